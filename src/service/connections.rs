//! Open streams: what one begins with, and the control of it from any request of its user.

use super::{Context, channels, presence, threads};
use crate::auth::caller::Caller;
use crate::bus::{Control, ControlRequest};
use crate::error::{Error, Result};
use crate::event::audience::Viewer;
use crate::id::{ConnectionId, MessageId, Seq, UserId};
use crate::model::channel::ChannelView;
use crate::model::presence::{Typing, UserPresence};
use crate::model::user::UserWithPresence;
use crate::store::events::Head;
use crate::store::users::SeenUser;
use crate::store::{Read, events, lists, users};

/// All that a stream begins with, as of one moment of the log.
#[derive(Debug)]
pub struct Snapshot {
    /// The moment.
    pub state_seq: Seq,
    /// Cursors below it are too old.
    pub pruned_seq: Seq,
    /// The caller.
    pub user: UserWithPresence,
    /// Their channels.
    pub channels: Vec<ChannelView>,
    /// Who is online.
    pub presence: Vec<UserPresence>,
    /// Who is typing in their channels, and in the threads that are open.
    pub typing: Vec<Typing>,
    /// What they may see.
    pub viewer: Viewer,
}

/// Reads all that a stream of this user begins with. Of `open_threads`, those that the user may not open are left out.
pub async fn snapshot(ctx: &Context, user_id: UserId, open_threads: &[MessageId]) -> Result<Snapshot> {
    let mut read = ctx.store.snapshot().await?;
    let threads = threads::find_openable(&mut read, user_id, open_threads).await?;
    let standing = lists::list_standing(read.conn(), user_id).await?;
    let (head, user) = match standing.first() {
        Some(first) => (first.head, first.user(user_id)),
        None => of_nowhere(&mut read, user_id).await?,
    };
    let presence = presence::visible(ctx, &mut read, user_id).await?;
    let joined = standing.iter().filter_map(|s| Some((s.listed.channel.id, s.listed.joined_seq?)));
    let viewer = Viewer { user_id, channels: joined.collect(), threads };
    let channels = channels::to_views(ctx, standing.into_iter().map(|standing| standing.listed));
    let typing = ctx.presence.typing(|typing| viewer.sees_typing(typing));
    let user = super::users::with_presence(ctx, user);
    Ok(Snapshot {
        state_seq: head.seq,
        pruned_seq: head.pruned_seq,
        user,
        channels,
        presence,
        typing,
        viewer,
    })
}

/// The same for somebody who is in no channel.
async fn of_nowhere(read: &mut Read, user_id: UserId) -> Result<(Head, SeenUser)> {
    let head = events::head(read.conn()).await?;
    let user = users::find(read.conn(), user_id).await?;
    Ok((head, user.ok_or_else(|| Error::unauthenticated("The account is gone."))?))
}

async fn control(ctx: &Context, caller: &Caller, connection_id: ConnectionId, action: Control) -> Result<()> {
    let request =
        ControlRequest { connection_id, user_id: caller.user_id, session_id: caller.session_id, action };
    ctx.bus.control(request).await
}

/// Says that the client of a stream is alive; the stream gets a `pong`, with the id of the frame that asked if one did.
pub async fn ping(
    ctx: &Context, caller: &Caller, connection_id: ConnectionId, id: Option<serde_json::Value>,
) -> Result<()> {
    control(ctx, caller, connection_id, Control::Ping(id)).await
}

/// Lets a stream live as long as the caller's credential, which must be of the stream's own session.
pub async fn renew(ctx: &Context, caller: &Caller, connection_id: ConnectionId) -> Result<()> {
    control(ctx, caller, connection_id, Control::Renew(caller.expires_at)).await
}

/// Shows the replies of a thread on a stream. It takes membership and ends with it.
pub async fn open_thread(
    ctx: &Context, caller: &Caller, connection_id: ConnectionId, message_id: MessageId,
) -> Result<()> {
    let (channel_id, root_id, as_of) = threads::open(ctx, caller, message_id).await?;
    control(ctx, caller, connection_id, Control::OpenThread(channel_id, root_id, as_of)).await
}

/// Shows them no more. Closing twice succeeds.
pub async fn close_thread(
    ctx: &Context, caller: &Caller, connection_id: ConnectionId, message_id: MessageId,
) -> Result<()> {
    control(ctx, caller, connection_id, Control::CloseThread(message_id)).await
}
