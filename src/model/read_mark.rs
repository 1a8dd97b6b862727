//! How far somebody has read, and what follows from it.

use crate::clock::Time;
use crate::id::{MessageId, Seq, UserId};
use poem_openapi::Object;
use poem_openapi::types::Example;
use serde::Serialize;
use sqlx::FromRow;
use uuid::Uuid;

/// How far one member has read in one channel. It only moves forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Object, FromRow)]
#[oai(example)]
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
#[oai(example)]
pub struct Receipt {
    /// Who.
    pub user_id: UserId,
    /// When their mark was last moved.
    pub read_at: Option<Time>,
}

/// The caller's own standing in a channel after a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Object)]
#[oai(example)]
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

const PERSON: UserId = UserId(Uuid::from_u128(0x0199_8a3c_1f20_7c51_9d3e_5b6a_7c8d_9e01));
const MESSAGE: MessageId = MessageId(Uuid::from_u128(0x0199_8a40_2b1c_7f3a_8e4d_6c7b_8d9e_af02));
const READ_AT: Time = Time(1_785_405_660_000);

impl Example for ReadMark {
    fn example() -> Self {
        Self {
            user_id: PERSON,
            message_id: Some(MESSAGE),
            last_read_seq: 1042,
            joined_seq: 7,
            read_at: Some(READ_AT),
        }
    }
}

impl Example for Receipt {
    fn example() -> Self {
        Self { user_id: PERSON, read_at: Some(READ_AT) }
    }
}

impl Example for ReadState {
    fn example() -> Self {
        Self { unread_count: 3, last_read_message_id: Some(MESSAGE), last_read_seq: 1042, state_seq: 1050 }
    }
}
