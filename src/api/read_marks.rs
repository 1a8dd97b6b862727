//! REST for how far everyone has read.

use super::Tag;
use super::answer::{Fails, Found, S403, S404};
use super::body::Body;
use super::caller::Signed;
use super::page::{DEFAULT_LIMIT, Page, from_cursor, to_cursor};
use crate::error::{Error, Result};
use crate::id::{ChannelId, MessageId, UserId};
use crate::model::read_mark::{ReadMark, ReadState, Receipt};
use crate::service::{Context, read_marks};
use poem_openapi::param::{Path, Query};
use poem_openapi::types::{Example, ParseFromJSON, ToJSON};
use poem_openapi::{Object, OpenApi};
use std::sync::Arc;
use uuid::Uuid;

/// How far the caller has read.
#[derive(Debug, Object)]
#[oai(example)]
pub struct MarkRead {
    /// A message of the channel's timeline: it and all before it are read.
    pub message_id: MessageId,
}

impl Example for MarkRead {
    fn example() -> Self {
        Self { message_id: crate::model::message::Message::example().id }
    }
}

/// The operations on read marks.
pub struct ReadMarksApi(pub Arc<Context>);

#[OpenApi(tag = "Tag::ReadMarks")]
impl ReadMarksApi {
    /// Mark a channel read
    ///
    /// Up to a message, itself included. A mark only moves forward: an older message succeeds and changes nothing.
    /// Members only.
    #[oai(path = "/v1/channels/:channel_id/read", method = "put", operation_id = "mark_read")]
    async fn mark_read(
        &self, Signed(caller): Signed, channel_id: Path<ChannelId>, Body(body): Body<MarkRead>,
    ) -> Result<Found<ReadState>, Fails<{ S403 | S404 }>> {
        Ok(Found(read_marks::mark(&self.0, &caller, channel_id.0, body.message_id).await?))
    }

    /// List a channel's read marks
    ///
    /// How far each member has read. Members only.
    #[oai(path = "/v1/channels/:channel_id/read-marks", method = "get", operation_id = "list_read_marks")]
    async fn list_read_marks(
        &self, Signed(caller): Signed, channel_id: Path<ChannelId>,
        /// How many, 50 if not given.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<u32>>,
        /// The `next` of the page before.
        after: Query<Option<String>>,
    ) -> Result<Found<Page<ReadMark>>, Fails<{ S403 | S404 }>> {
        let (limit, after) = (limit.0.unwrap_or(DEFAULT_LIMIT), user_after(after.0.as_deref())?);
        let items = read_marks::list(&self.0, &caller, channel_id.0, after, limit + 1).await?;
        Ok(Found(page(items, limit, |mark| mark.user_id)))
    }

    /// List a message's receipts
    ///
    /// The members other than its sender who have read it since they joined. Members only.
    #[oai(path = "/v1/messages/:message_id/receipts", method = "get", operation_id = "list_receipts")]
    async fn list_receipts(
        &self, Signed(caller): Signed, message_id: Path<MessageId>,
        /// How many, 50 if not given.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<u32>>,
        /// The `next` of the page before.
        after: Query<Option<String>>,
    ) -> Result<Found<Page<Receipt>>, Fails<{ S403 | S404 }>> {
        let (limit, after) = (limit.0.unwrap_or(DEFAULT_LIMIT), user_after(after.0.as_deref())?);
        let items = read_marks::receipts(&self.0, &caller, message_id.0, after, limit + 1).await?;
        Ok(Found(page(items, limit, |receipt| receipt.user_id)))
    }
}

/// Both lists are in the order of their users' ids, so the last user is the place to go on from.
fn user_after(after: Option<&str>) -> Result<Option<UserId>> {
    let read = |place: String| {
        Uuid::try_parse(&place)
            .map(UserId)
            .map_err(|_| Error::invalid("after", "is not a `next` of this list"))
    };
    from_cursor(after)?.map(read).transpose()
}

/// Cuts a list that was asked for one item more than the page has.
fn page<T: ParseFromJSON + ToJSON>(mut items: Vec<T>, limit: u32, user: impl Fn(&T) -> UserId) -> Page<T> {
    let has_more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = items.last().filter(|_| has_more).map(|last| to_cursor(&user(last).to_string()));
    Page { items, next }
}
