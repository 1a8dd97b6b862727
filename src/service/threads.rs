//! Replies: a thread is its root and what was answered to it.

use super::Context;
use super::history::{List, Window};
use super::messages::visible;
use crate::auth::caller::Caller;
use crate::error::{Error, Result};
use crate::id::{ChannelId, MessageId, Seq, UserId};
use crate::model::message::MessagePage;
use crate::store::{Read, access, events, replies};
use std::collections::HashMap;

/// A page of a thread's replies. No reply is ever unread, so `first_unread` is the newest end.
///
/// Fails with `not_found` (a reply has no thread of its own), and with `invalid` for a cursor that is not of this thread.
pub async fn list_replies(
    ctx: &Context, caller: &Caller, root_id: MessageId, window: Window,
) -> Result<MessagePage> {
    let mut read = ctx.store.snapshot().await?;
    let opened = access::find_in_thread(read.conn(), root_id, caller.user_id, window.place.cursor()).await?;
    let opened = opened.ok_or_else(Error::not_found)?;
    opened.access.see()?;
    List::Thread(root_id).page(read.conn(), window.at(opened.place)?, window.limit).await
}

/// Of these messages the threads that a user may open, as of a snapshot: roots in channels of which they are a member, with
/// those channels. The rest is left out.
pub async fn find_openable(
    read: &mut Read, user_id: UserId, ids: &[MessageId],
) -> Result<HashMap<MessageId, ChannelId>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let openable = replies::list_openable(read.conn(), user_id, ids).await?;
    Ok(openable.into_iter().map(|(channel_id, root_id)| (root_id, channel_id)).collect())
}

/// The thread of a root, if the caller may open it, and as of which `seq` that is so.
///
/// Fails with `not_found`, with `forbidden` for who is no member, and with `invalid` on `message_id` for a reply.
pub async fn open(
    ctx: &Context, caller: &Caller, message_id: MessageId,
) -> Result<(ChannelId, MessageId, Seq)> {
    let mut read = ctx.store.snapshot().await?;
    let as_of = events::head(read.conn()).await?.seq;
    let (root, access) = visible(read.conn(), caller, message_id).await?;
    access.member()?;
    if root.parent_id.is_some() {
        return Err(Error::invalid("message_id", "names a reply, which has no thread of its own"));
    }
    Ok((root.channel_id, root.id, as_of))
}
