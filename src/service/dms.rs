//! DMs: the one channel of two people.

use super::Context;
use super::channels::{found, to_views, view};
use crate::auth::caller::Caller;
use crate::error::{Error, Result};
use crate::id::{ChannelId, UserId};
use crate::model::channel::{Channel, ChannelKind, ChannelView};
use crate::model::member::Role;
use crate::store::{channels, lists, users};

/// Opens the DM of the caller and somebody else, or returns it; true if it is new.
pub async fn open(ctx: &Context, caller: &Caller, user_id: UserId) -> Result<(ChannelView, bool)> {
    if user_id == caller.user_id {
        return Err(Error::invalid("user_id", "must be somebody else"));
    }
    let pair = [caller.user_id, user_id];
    let mut read = ctx.store.read().await?;
    if let Some(channel) = channels::find_dm(read.conn(), pair).await? {
        return Ok((view(ctx, read.conn(), channel.id, caller.user_id).await?, false));
    }
    users::find(read.conn(), user_id).await?.ok_or_else(|| Error::invalid("user_id", "is no user"))?;
    drop(read);
    let mut append = ctx.store.begin_append().await?;
    if let Some(channel) = channels::find_dm(append.conn(), pair).await? {
        return Ok((view(ctx, append.conn(), channel.id, caller.user_id).await?, false));
    }
    let channel = Channel {
        id: ChannelId::new(),
        kind: ChannelKind::Dm,
        name: None,
        description: String::new(),
        created_by: Some(caller.user_id),
        created_at: append.now(),
        archived_at: None,
        version: append.head() + 1,
        user_ids: Some(pair.to_vec()),
    };
    found(&mut append, &channel, &pair.map(|user_id| (user_id, Role::Member))).await?;
    let view = view(ctx, append.conn(), channel.id, caller.user_id).await?;
    ctx.bus.publish(append.commit().await?);
    Ok((view, true))
}

/// The caller's DMs, the last spoken in first. One in which nothing was said is listed only for who opened it.
pub async fn list(ctx: &Context, caller: &Caller) -> Result<Vec<ChannelView>> {
    let mut read = ctx.store.snapshot().await?;
    Ok(to_views(ctx, lists::list_dms(read.conn(), caller.user_id).await?))
}
