//! Ephemeral events: no `seq`, not replayed. After a (re)connect `ready` carries their current state instead.

use super::audience::Viewer;
use super::encoded::Encoded;
use super::presence::Word;
use crate::id::{ChannelId, ConnectionId, LogId, MessageId, Seq, UserId};
use crate::model::channel::ChannelView;
use crate::model::presence::{Typing, UserPresence};
use crate::model::user::UserWithPresence;
use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

/// How often to ping, and when silence ends the stream.
#[derive(Debug, Clone, Copy, Serialize, Object)]
pub struct Heartbeat {
    /// How often a client pings.
    pub interval_ms: u64,
    /// After how long a silence the stream is closed.
    pub timeout_ms: u64,
}

/// The `data` of `ready`, the first event of every stream.
#[derive(Debug, Clone, Serialize, Object)]
pub struct ReadyData {
    /// This stream's id, for control requests.
    pub connection_id: ConnectionId,
    /// The caller.
    pub user: UserWithPresence,
    /// The log that cursors belong to.
    pub log_id: LogId,
    /// Whether the given cursor is served.
    pub resumed: bool,
    /// Where this stream starts: every event with a higher `seq` that the caller may see follows.
    pub cursor: Seq,
    /// Events up to this `seq` are counted in `channels`.
    pub state_seq: Seq,
    /// As `GET /v1/channels`.
    pub channels: Vec<ChannelView>,
    /// Who is online.
    pub presence: Vec<UserPresence>,
    /// Who is typing.
    pub typing: Vec<Typing>,
    /// The heartbeat to keep.
    pub heartbeat: Heartbeat,
}

/// The `data` of `state`: a stream that fell behind has caught up, this is what it skipped.
#[derive(Debug, Clone, Serialize, Object)]
pub struct StateData {
    /// As in `ready`.
    pub channels: Vec<ChannelView>,
    /// As in `ready`.
    pub state_seq: Seq,
    /// As in `ready`.
    pub presence: Vec<UserPresence>,
    /// As in `ready`.
    pub typing: Vec<Typing>,
}

/// One moved mark in `read.updated`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, FromRow, Object)]
pub struct MovedMark {
    /// Whose.
    pub user_id: UserId,
    /// The message read up to.
    pub message_id: Option<MessageId>,
    /// The same as a `seq`.
    pub last_read_seq: Seq,
    /// The `seq` of the reader's join.
    pub joined_seq: Seq,
}

/// The `data` of `read.updated`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Object)]
pub struct ReadData {
    /// Where.
    pub channel_id: ChannelId,
    /// The marks that moved.
    pub items: Vec<MovedMark>,
    /// What is still unread; to the reader's own connections only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[oai(skip_serializing_if_is_none)]
    pub unread_count: Option<i64>,
    /// Events up to this `seq` are counted in it; to the reader's own connections only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[oai(skip_serializing_if_is_none)]
    pub state_seq: Option<Seq>,
}

/// The `data` of `presence.updated`: a batch, at most one a second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Object)]
pub struct PresenceData {
    /// Who came or went.
    pub items: Vec<UserPresence>,
}

/// The `data` of `pong`.
#[derive(Debug, Clone, Copy, Serialize, Object)]
pub struct PongData {
    /// The last `seq` that this stream is past.
    pub cursor: Seq,
    /// How many durable events were sent on this stream.
    pub delivered: u64,
}

/// The `data` of `reset`: nothing; the cursor cannot be served, load over REST.
#[derive(Debug, Clone, Copy, Serialize, Object)]
pub struct ResetData {}

/// What a client does after a stream was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Enum)]
#[serde(rename_all = "lowercase")]
#[oai(rename_all = "lowercase")]
pub enum Reconnect {
    /// Come back after `reconnect_after_ms`.
    Now,
    /// Come back, waiting longer each time.
    Backoff,
    /// Sign in again first.
    Reauth,
    /// Do not come back.
    Never,
}

/// The `data` of `closing`, the last event before the server closes.
#[derive(Debug, Clone, Serialize, Object)]
pub struct ClosingData {
    /// The close code, the same number as in a WebSocket close frame.
    pub code: u16,
    /// Why, in words.
    pub reason: String,
    /// What to do.
    pub reconnect: Reconnect,
    /// How long to wait first.
    pub reconnect_after_ms: u64,
}

/// One user who came or went, and the channels through which others may know.
#[derive(Debug, Clone)]
pub struct PresenceChange {
    /// What is told.
    pub presence: UserPresence,
    /// Where the change is pushed: the user's DMs, and channels that are not too large.
    pub channel_ids: Vec<ChannelId>,
}

/// What instances tell each other beyond the log; lost without harm.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Signal {
    /// Somebody began or went on typing.
    TypingStarted(Typing),
    /// Somebody stopped.
    TypingStopped(Typing),
    /// Typing ran out, as every instance finds by itself: told to its own streams alone.
    TypingExpired(Typing),
    /// To all connections of one user: the user's own mark moved.
    OwnRead(UserId, ReadData),
    /// To all connections of one author, while a member: their messages were read.
    AuthorRead(UserId, ReadData),
    /// People came or went, as every instance finds by itself: told to its own streams alone.
    #[serde(skip)]
    Presence(Vec<PresenceChange>),
    /// One instance tells the others about its users.
    PresenceWord(Word),
    /// These sessions have ended: so do their streams.
    SessionsEnded(Vec<crate::id::SessionId>),
}

impl Signal {
    /// Whether this reader is told of it.
    pub fn concerns(&self, viewer: &Viewer) -> bool {
        match self {
            Signal::TypingStarted(typing) | Signal::TypingStopped(typing) | Signal::TypingExpired(typing) => {
                viewer.sees_typing(typing)
            }
            Signal::OwnRead(user_id, _) | Signal::AuthorRead(user_id, _) => *user_id == viewer.user_id,
            Signal::Presence(changes) => changes.iter().any(|change| {
                change.presence.user_id == viewer.user_id
                    || change.channel_ids.iter().any(|id| viewer.channels.contains_key(id))
            }),
            Signal::PresenceWord(_) | Signal::SessionsEnded(_) => false,
        }
    }
}

impl Typing {
    /// `typing.started`.
    pub fn started(&self) -> Encoded {
        Encoded::ephemeral("typing.started", self)
    }

    /// `typing.stopped`.
    pub fn stopped(&self) -> Encoded {
        Encoded::ephemeral("typing.stopped", self)
    }
}
