//! Who is online, and who is typing, on any instance. One logic for every transport: a connection arrives, is renewed by
//! its pings, and leaves.

pub mod memory;

use crate::id::{ConnectionId, UserId};
use crate::model::presence::Typing;
use std::collections::HashSet;
use std::time::Duration;

/// How long a start of typing lasts unless it is repeated.
pub const TYPING_LASTS: Duration = Duration::from_secs(15);
/// How long it lasts at most after the typist's last stream ended.
pub const TYPING_LINGERS: Duration = Duration::from_secs(5);
/// How long a user stays online after the ordinary end of the last stream: a reload does not flicker.
pub const OFFLINE_GRACE: Duration = Duration::from_secs(3);

/// Who is online, as leases of connections.
///
/// Promises: a user with an open stream is online on every instance; a user whose last stream has ended goes offline
/// after its grace, and one whose instance died goes offline by itself when the lease runs out. What is asked is answered
/// from memory, at once. Changes are told exactly once, in order for each user.
pub trait Presence: Send + Sync {
    /// A stream has opened.
    fn arrive(&self, user_id: UserId, connection_id: ConnectionId);

    /// It is alive.
    fn renew(&self, user_id: UserId, connection_id: ConnectionId);

    /// It has ended; unless another is open by then, the user is offline after `grace`.
    fn leave(&self, user_id: UserId, connection_id: ConnectionId, grace: Duration);

    /// Whether this user is online.
    fn is_online(&self, user_id: UserId) -> bool;

    /// Everyone who is online.
    fn online(&self) -> HashSet<UserId>;

    /// Begins or prolongs typing.
    fn start_typing(&self, typing: Typing);

    /// Ends typing; false if there was none.
    fn stop_typing(&self, typing: &Typing) -> bool;

    /// Everyone who is typing.
    fn typing(&self) -> Vec<Typing>;
}

/// What changed, told by whoever keeps the presence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The user's first stream has opened.
    Online(UserId),
    /// The user's last stream has ended, and its grace is over.
    Offline(UserId),
    /// Typing ran out without a stop.
    TypingExpired(Typing),
}
