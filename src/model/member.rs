//! Who belongs to a channel.

use crate::clock::Time;
use crate::id::{MessageId, Seq};
use crate::model::user::UserWithPresence;
use poem_openapi::{Enum, Object};
use serde::Serialize;
use sqlx::FromRow;

/// What a member may do beyond talking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Enum, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[oai(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Role {
    /// Renames, archives, removes members.
    Owner,
    /// Talks and invites.
    Member,
}

/// A member of a channel.
#[derive(Debug, Clone, Serialize, Object)]
pub struct Member {
    /// Who.
    pub user: UserWithPresence,
    /// Owner or member.
    pub role: Role,
    /// Since when.
    pub joined_at: Time,
}

/// One person's row in a channel: role, and how far they have read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct Membership {
    /// Owner or member.
    pub role: Role,
    /// Since when.
    pub joined_at: Time,
    /// The `seq` of the join (or of the channel's creation).
    pub joined_seq: Seq,
    /// How far they have read, in the log's numbers.
    pub last_read_seq: Seq,
    /// The message they have read up to.
    pub last_read_message_id: Option<MessageId>,
    /// How far they have read, in the timeline's ordinals: unread counts are derived from it.
    pub read_ordinal: i64,
}
