//! What instances tell each other. The bus carries speed, never truth: what it loses, the log still has.

pub mod memory;
pub mod redis;

use crate::clock::Time;
use crate::error::Result;
use crate::event::Envelope;
use crate::event::ephemeral::Signal;
use crate::id::{ChannelId, ConnectionId, MessageId, Seq, SessionId, UserId};
use crate::store::Committed;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// The bus between instances, each of which hears everything, its own words included.
///
/// Promises: nothing is heard before its commit; what one instance publishes is heard in the order it was published.
/// No promise: that anything is heard at all, or once only, or in order between instances. `hub::follow` mends all three
/// for events; signals may be lost for good.
pub trait Bus: Send + Sync {
    /// Tells every instance of committed events. Never waits.
    fn publish(&self, committed: Committed);

    /// Tells every instance something ephemeral. Never waits.
    fn signal(&self, signal: Signal);

    /// Tells this instance alone something ephemeral: what every instance finds by itself. Never waits, never lost.
    fn signal_here(&self, signal: Signal);

    /// Resolves when all that was said has left, or cannot.
    fn flushed(&self) -> BoxFuture<'_, ()>;

    /// Whether words reach the other instances at the moment.
    fn is_up(&self) -> bool;

    /// Asks the instance that holds a connection to act on it, and waits until it has: `not_found` if it is nobody's or
    /// another's, `unavailable` if the holder cannot be reached within 2 s (contract, section 3, "stream control").
    fn control(&self, request: ControlRequest) -> BoxFuture<'_, Result<()>>;
}

/// A wish about one open stream, by somebody who must own it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ControlRequest {
    /// Which stream.
    pub connection_id: ConnectionId,
    /// Who asks.
    pub user_id: UserId,
    /// From which session.
    pub session_id: SessionId,
    /// What to do.
    pub action: Control,
}

/// What can be asked of an open stream.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Control {
    /// It is alive: counts as a heartbeat and is answered by a `pong` on the stream, with the frame's id if there is one.
    Ping(Option<serde_json::Value>),
    /// Its credential is good until then; only the stream's own session may say so.
    Renew(Time),
    /// Show the replies of this thread, which the user may open as of this `seq`.
    OpenThread(ChannelId, MessageId, Seq),
    /// Show them no more.
    CloseThread(MessageId),
}

/// What an instance hears.
#[derive(Debug)]
pub enum Notice {
    /// Committed events, in order.
    Events(Vec<Arc<Envelope>>),
    /// Something ephemeral.
    Signal(Signal),
    /// A wish about one of this instance's streams, and where its answer goes.
    Control(ControlRequest, oneshot::Sender<Result<()>>),
    /// Words get through from now on; what others said before is lost.
    Up,
    /// Words do not get through any more.
    Down,
    /// Some signals of another instance were lost, said since then.
    Lost(Instant),
}
