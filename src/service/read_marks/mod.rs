//! How far everyone has read: a mark per member and channel, and the receipts that follow from it.

mod again;
mod reads;

pub use again::tell_again;
pub use reads::Reads;

use super::Context;
use super::messages::visible;
use crate::auth::caller::Caller;
use crate::error::{Error, Result};
use crate::event::ephemeral::{ReadData, Signal};
use crate::id::{ChannelId, MessageId, UserId};
use crate::model::read_mark::{ReadMark, ReadState, Receipt};
use crate::store::group::Mark;
use crate::store::{access, read_marks};

/// Moves the caller's mark forward; an older message succeeds and changes nothing. The caller's other connections hear of
/// it at once, the authors of what was just read within a second or so.
///
/// Fails with `not_found`, with `forbidden` for who is no member, and with `invalid` on `message_id`.
pub async fn mark(
    ctx: &Context, caller: &Caller, channel_id: ChannelId, message_id: MessageId,
) -> Result<ReadState> {
    let marked = ctx.group.mark(Mark { user_id: caller.user_id, channel_id, message_id }).await?;
    if let Some(moved) = marked.moved {
        let data = ReadData {
            channel_id,
            items: vec![moved.mark],
            unread_count: Some(marked.state.unread_count),
            state_seq: Some(marked.state.state_seq),
        };
        ctx.bus.signal(Signal::OwnRead(caller.user_id, data));
        ctx.reads.add(channel_id, moved);
    }
    Ok(marked.state)
}

/// The marks of a channel's members, in the order of their ids: at most `limit` after one of them.
///
/// Fails with `not_found`, and with `forbidden` for who is no member.
pub async fn list(
    ctx: &Context, caller: &Caller, channel_id: ChannelId, after: Option<UserId>, limit: u32,
) -> Result<Vec<ReadMark>> {
    let mut read = ctx.store.read().await?;
    let access = access::find(read.conn(), channel_id, caller.user_id).await?;
    access.ok_or_else(Error::not_found)?.see()?.member()?;
    read_marks::list(read.conn(), channel_id, after, limit.into()).await
}

/// Who has read a message, in the order of their ids: at most `limit` after one of them. For a reply, too, it is the mark
/// in the timeline that counts.
///
/// Fails with `not_found`, and with `forbidden` for who is no member.
pub async fn receipts(
    ctx: &Context, caller: &Caller, message_id: MessageId, after: Option<UserId>, limit: u32,
) -> Result<Vec<Receipt>> {
    let mut read = ctx.store.read().await?;
    let (message, access) = visible(read.conn(), caller, message_id).await?;
    access.member()?;
    read_marks::list_receipts(read.conn(), &message, after, limit.into()).await
}
