//! REST for threads.

use super::Tag;
use super::answer::{Fails, Found, S404};
use super::caller::Signed;
use crate::id::MessageId;
use crate::model::message::MessagePage;
use crate::service::history::Window;
use crate::service::{Context, threads};
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use std::sync::Arc;

/// The operations on threads.
pub struct ThreadsApi(pub Arc<Context>);

#[OpenApi(tag = "Tag::Threads")]
impl ThreadsApi {
    /// List a thread's replies
    ///
    /// A page of the replies to a message of the timeline, always oldest first; the newest by default. At most one of
    /// `before`, `after`, `around`. Deleted replies are listed as tombstones.
    #[oai(path = "/v1/messages/:message_id/replies", method = "get", operation_id = "list_replies")]
    async fn list_replies(
        &self, Signed(caller): Signed, message_id: Path<MessageId>,
        /// The page right before this reply.
        before: Query<Option<MessageId>>,
        /// The page right after this reply.
        after: Query<Option<MessageId>>,
        /// The page around this reply, itself included; `first_unread` is the newest page, as no reply counts as unread.
        around: Query<Option<String>>,
        /// How many, 50 if not given.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<u32>>,
    ) -> Result<Found<MessagePage>, Fails<{ S404 }>> {
        let window = Window::new(before.0, after.0, around.0.as_deref(), limit.0)?;
        Ok(Found(threads::list_replies(&self.0, &caller, message_id.0, window).await?))
    }
}
