//! How far somebody has read, and what follows from it.

use crate::clock::Time;
use crate::id::{MessageId, Seq, UserId};
use poem_openapi::Object;
use serde::Serialize;
use sqlx::FromRow;

/// How far one member has read in one channel. It only moves forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Object, FromRow)]
pub struct ReadMark {
    /// Who.
    pub user_id: UserId,
    /// The message read up to; null if nothing was since the join.
    pub message_id: Option<MessageId>,
    /// The same as a `seq`; the join's at first.
    pub last_read_seq: Seq,
    /// The `seq` of the join: what is older counts as read, but gives no receipt.
    pub joined_seq: Seq,
    /// When the mark was last moved; null if never.
    pub read_at: Option<Time>,
}

/// Somebody has read a message (derived from read marks).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Object, FromRow)]
pub struct Receipt {
    /// Who.
    pub user_id: UserId,
    /// When their mark was last moved.
    pub read_at: Option<Time>,
}

/// The caller's own standing in a channel after a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Object)]
pub struct ReadState {
    /// Messages after the mark, not the caller's own and not deleted.
    pub unread_count: i64,
    /// The message read up to; null if nothing was since the join.
    pub last_read_message_id: Option<MessageId>,
    /// The same as a `seq`.
    pub last_read_seq: Seq,
    /// Events up to this `seq` are counted in it.
    pub state_seq: Seq,
}
