//! REST for what people say.

use super::Tag;
use super::answer::{CreatedOrFound, Done, Fails, Found, S403, S404, S409};
use super::body::Body;
use super::caller::Signed;
use crate::id::{ChannelId, MessageId};
use crate::model::message::{Message, MessagePage};
use crate::service::Context;
use crate::service::history::Window;
use crate::service::messages::{self, NewMessage};
use poem_openapi::param::{Path, Query};
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use std::sync::Arc;

/// A message to send.
#[derive(Debug, Object)]
#[oai(example)]
pub struct SendMessage {
    /// 1 to 8,000 characters after removing white space at both ends.
    pub text: String,
    /// The sender's own id for this send, unique per sender for ever. The same send again, with the same nonce, gives the
    /// message that is there instead of another.
    #[oai(validator(min_length = 1, max_length = 64))]
    pub nonce: Option<String>,
    /// The root of the thread to reply in; a message of the channel's timeline.
    pub parent_id: Option<MessageId>,
}

impl Example for SendMessage {
    fn example() -> Self {
        Self { text: "Lunch at noon?".to_owned(), nonce: Some("c7f1-17".to_owned()), parent_id: None }
    }
}

/// A message's new text.
#[derive(Debug, Object)]
#[oai(example)]
pub struct EditMessage {
    /// 1 to 8,000 characters after removing white space at both ends.
    pub text: String,
}

impl Example for EditMessage {
    fn example() -> Self {
        Self { text: "Lunch at half past twelve?".to_owned() }
    }
}

/// The operations on messages.
pub struct MessagesApi(pub Arc<Context>);

#[OpenApi(tag = "Tag::Messages")]
impl MessagesApi {
    /// List a channel's messages
    ///
    /// A page of the timeline, always oldest first; the newest by default. At most one of `before`, `after`, `around`.
    /// Replies are not in the timeline.
    #[oai(path = "/v1/channels/:channel_id/messages", method = "get", operation_id = "list_messages")]
    async fn list_messages(
        &self, Signed(caller): Signed, channel_id: Path<ChannelId>,
        /// The page right before this message.
        before: Query<Option<MessageId>>,
        /// The page right after this message.
        after: Query<Option<MessageId>>,
        /// The page around this message, itself included; or `first_unread`: around the first message that the caller
        /// has not read, the newest page when nothing is unread.
        around: Query<Option<String>>,
        /// How many, 50 if not given.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<u32>>,
    ) -> Result<Found<MessagePage>, Fails<{ S404 }>> {
        let window = Window::new(before.0, after.0, around.0.as_deref(), limit.0)?;
        Ok(Found(messages::list_timeline(&self.0, &caller, channel_id.0, window).await?))
    }

    /// Send a message
    ///
    /// Into the channel's timeline, or into a thread with `parent_id`. Members only. `201` if it is new, `200` with the
    /// message as it is now if this nonce was sent before.
    #[oai(path = "/v1/channels/:channel_id/messages", method = "post", operation_id = "send_message")]
    async fn send_message(
        &self, Signed(caller): Signed, channel_id: Path<ChannelId>, Body(body): Body<SendMessage>,
    ) -> Result<CreatedOrFound<Message>, Fails<{ S403 | S404 | S409 }>> {
        let SendMessage { text, nonce, parent_id } = body;
        let new = NewMessage { text, nonce, parent_id };
        let sent = messages::send(&self.0, &caller, channel_id.0, new).await?;
        Ok(CreatedOrFound { is_new: sent.is_new, value: sent.message })
    }

    /// Get a message
    ///
    /// Of the timeline, or a reply.
    #[oai(path = "/v1/messages/:message_id", method = "get", operation_id = "get_message")]
    async fn get_message(
        &self, Signed(caller): Signed, message_id: Path<MessageId>,
    ) -> Result<Found<Message>, Fails<{ S404 }>> {
        Ok(Found(messages::get(&self.0, &caller, message_id.0).await?))
    }

    /// Edit a message
    ///
    /// One's own only, and only while a member. The same text again changes nothing.
    #[oai(path = "/v1/messages/:message_id", method = "patch", operation_id = "edit_message")]
    async fn edit_message(
        &self, Signed(caller): Signed, message_id: Path<MessageId>, Body(body): Body<EditMessage>,
    ) -> Result<Found<Message>, Fails<{ S403 | S404 | S409 }>> {
        Ok(Found(messages::edit(&self.0, &caller, message_id.0, &body.text).await?))
    }

    /// Delete a message
    ///
    /// One's own only, and only while a member. It keeps its place as a tombstone, without its text. Deleting twice
    /// succeeds.
    #[oai(path = "/v1/messages/:message_id", method = "delete", operation_id = "delete_message")]
    async fn delete_message(
        &self, Signed(caller): Signed, message_id: Path<MessageId>,
    ) -> Result<Done, Fails<{ S403 | S404 | S409 }>> {
        messages::delete(&self.0, &caller, message_id.0).await?;
        Ok(Done)
    }
}
