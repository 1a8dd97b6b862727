//! The rules, one file a noun, as verbs of what people do. Each looks a thing up *through* the caller's membership, so
//! "not yours" and "not there" are one answer; writes that the log records check again under its lock.

pub mod accounts;
pub mod channels;
pub mod connections;
pub mod dms;
pub mod history;
pub mod log;
pub mod members;
pub mod messages;
pub mod presence;
pub mod read_marks;
pub mod sessions;
pub mod threads;
pub mod typing;
pub mod users;

use crate::auth::password::Passwords;
use crate::auth::token::Tokens;
use crate::bus::Bus;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::presence::Presence;
use crate::store::Store;
use crate::store::group::Group;
use futures_util::TryFutureExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// What every verb needs; built once, shared by all requests and streams.
pub struct Context {
    /// The database.
    pub store: Store,
    /// Sends and read marks, many to a commit.
    pub group: Group,
    /// Where committed events and signals go.
    pub bus: Arc<dyn Bus>,
    /// Who is online, who is typing.
    pub presence: Arc<Presence>,
    /// Signs and checks tokens.
    pub tokens: Tokens,
    /// Hashes and checks passwords, away from the async threads.
    pub passwords: Passwords,
    /// Remembers for a moment which sessions are good.
    pub sessions: sessions::Liveness,
    /// Gathers moved marks for the authors of what was read.
    pub reads: read_marks::Reads,
    /// The wall clock.
    pub clock: Clock,
    /// Above this many members a channel's presence is asked for, not pushed.
    pub presence_max_members: i64,
}

/// How long a client waits for an answer at most, should the database hang: then it is told to come again.
pub const ANSWER_TIMEOUT: Duration = Duration::from_millis(4_500);

/// Ends a wait for the database at `deadline`. What was begun by then may still be done, or not: a nonce tells.
pub fn answer_by<T>(deadline: Instant, answer: impl Future<Output = T>) -> impl Future<Output = Result<T>> {
    let away = |_| Error::unavailable("The database does not answer.", 1);
    tokio::time::timeout_at(deadline, answer).map_err(away)
}

/// A user in at most this many channels, besides DMs.
pub const MAX_CHANNELS: i64 = 1_000;
