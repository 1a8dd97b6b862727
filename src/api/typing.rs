//! Typing over REST.

use super::Tag;
use super::answer::{Done, Fails, S403, S404, S409};
use super::body::Body;
use super::caller::Signed;
use crate::id::{ChannelId, MessageId};
use crate::service::Context;
use crate::service::typing;
use poem_openapi::param::Path;
use poem_openapi::types::Example;
use poem_openapi::{Enum, Object, OpenApi};
use std::sync::Arc;

/// The operations on typing.
pub struct TypingApi(pub Arc<Context>);

/// Whether somebody is writing.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename_all = "lowercase")]
pub enum TypingState {
    /// Began, or goes on.
    Started,
    /// Stopped.
    Stopped,
}

/// What the caller does, and where.
#[derive(Debug, Object)]
#[oai(example)]
pub struct SetTyping {
    /// Started or stopped. A start lasts 15 s unless repeated.
    pub state: TypingState,
    /// The thread's root if it is a reply that is written.
    pub parent_id: Option<MessageId>,
}

impl Example for SetTyping {
    fn example() -> Self {
        Self { state: TypingState::Started, parent_id: None }
    }
}

#[OpenApi]
impl TypingApi {
    /// Say that one is typing, or not any more.
    ///
    /// Members may. A message sent there ends it too.
    #[oai(
        path = "/v1/channels/:channel_id/typing",
        method = "post",
        operation_id = "set_typing",
        tag = "Tag::Typing"
    )]
    async fn set_typing(
        &self, Signed(caller): Signed, /// Which channel.
        channel_id: Path<ChannelId>,
        body: Body<SetTyping>,
    ) -> Result<Done, Fails<{ S403 | S404 | S409 }>> {
        let SetTyping { state, parent_id } = body.0;
        match state {
            TypingState::Started => typing::start(&self.0, &caller, channel_id.0, parent_id).await?,
            TypingState::Stopped => typing::stop(&self.0, &caller, channel_id.0, parent_id).await?,
        }
        Ok(Done)
    }
}
