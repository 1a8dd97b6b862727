//! Who is writing. One logic for every transport.

use super::Context;
use super::channels::access;
use crate::auth::caller::Caller;
use crate::error::{Error, Result};
use crate::event::ephemeral::Signal;
use crate::id::{ChannelId, MessageId, UserId};
use crate::model::presence::Typing;
use crate::store::lists;

/// Begins or prolongs the caller's typing, in the channel or in a thread of it, and tells so each time.
pub async fn start(
    ctx: &Context, caller: &Caller, channel_id: ChannelId, parent_id: Option<MessageId>,
) -> Result<()> {
    let typing = allowed(ctx, caller, channel_id, parent_id).await?;
    ctx.presence.start_typing(typing);
    ctx.bus.signal(Signal::TypingStarted(typing));
    Ok(())
}

/// Ends the caller's typing there, on whichever instance it began; none is fine.
pub async fn stop(
    ctx: &Context, caller: &Caller, channel_id: ChannelId, parent_id: Option<MessageId>,
) -> Result<()> {
    let typing = allowed(ctx, caller, channel_id, parent_id).await?;
    // The start may not have been heard here yet.
    ctx.bus.signal(Signal::TypingStopped(typing));
    Ok(())
}

/// Ends typing by the typist's message, if there is any; each instance tells so when it hears it.
pub fn end(ctx: &Context, typing: Typing) {
    if ctx.presence.is_typing(&typing) {
        ctx.bus.signal(Signal::TypingStopped(typing));
    }
}

/// Ends all typing of somebody who is no longer in the channel.
pub(super) fn end_all(ctx: &Context, channel_id: ChannelId, user_id: UserId) {
    let theirs = |typing: &Typing| (typing.channel_id, typing.user_id) == (channel_id, user_id);
    for typing in ctx.presence.typing(theirs) {
        ctx.bus.signal(Signal::TypingStopped(typing));
    }
}

async fn allowed(
    ctx: &Context, caller: &Caller, channel_id: ChannelId, parent_id: Option<MessageId>,
) -> Result<Typing> {
    let mut read = ctx.store.read().await?;
    access(read.conn(), channel_id, caller.user_id).await?.write()?;
    if let Some(root_id) = parent_id
        && !lists::is_root(read.conn(), channel_id, root_id).await?
    {
        return Err(Error::invalid("parent_id", "is no message of the channel's timeline"));
    }
    Ok(Typing { channel_id, user_id: caller.user_id, parent_id })
}
