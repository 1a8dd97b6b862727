//! Who is online, and since when not; who is typing.

use crate::clock::Time;
use crate::id::{ChannelId, MessageId, UserId};
use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};

/// Online or offline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Enum)]
#[serde(rename_all = "lowercase")]
#[oai(rename_all = "lowercase")]
pub enum Status {
    /// Has at least one open stream.
    Online,
    /// Has none.
    Offline,
}

/// One user's presence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Object)]
pub struct Presence {
    /// Online or offline.
    pub status: Status,
    /// When the user was last online, null if never.
    pub last_seen_at: Option<Time>,
}

/// One user's presence, with the user's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Object)]
pub struct UserPresence {
    /// Whose.
    pub user_id: UserId,
    /// Online or offline.
    pub status: Status,
    /// When the user was last online, null if never.
    pub last_seen_at: Option<Time>,
}

/// Somebody is writing: in a channel, or in a thread of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Object)]
pub struct Typing {
    /// Where.
    pub channel_id: ChannelId,
    /// Who.
    pub user_id: UserId,
    /// The thread's root, null for the channel itself.
    pub parent_id: Option<MessageId>,
}
