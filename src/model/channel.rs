//! Places to talk.

use crate::clock::Time;
use crate::id::{ChannelId, MessageId, Seq, UserId};
use crate::model::member::Role;
use crate::model::user::UserWithPresence;
use poem_openapi::types::MaybeUndefined;
use poem_openapi::{Enum, Object};
use serde::Serialize;
use sqlx::FromRow;

/// The kind of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Enum, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[oai(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum ChannelKind {
    /// Anyone signed in may see, read and join it.
    Public,
    /// Only members know of it.
    Private,
    /// Two people, for ever.
    Dm,
}

/// A channel as every member sees it, and as events carry it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Object, FromRow)]
pub struct Channel {
    /// The id.
    pub id: ChannelId,
    /// Public, private or DM.
    pub kind: ChannelKind,
    /// The name; null for a DM.
    pub name: Option<String>,
    /// What it is for; may be empty.
    pub description: String,
    /// Who made it; null for the channels that exist from the start.
    pub created_by: Option<UserId>,
    /// When it was made.
    pub created_at: Time,
    /// When it was archived; null while it is not.
    pub archived_at: Option<Time>,
    /// The `seq` of the last `channel.*` event of this channel, 0 if none: keep the object with the higher one.
    pub version: Seq,
    /// The two of a DM; absent for other kinds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[oai(skip_serializing_if_is_none)]
    #[sqlx(json(nullable))]
    pub user_ids: Option<Vec<UserId>>,
}

impl Channel {
    /// True for the channels that exist from the start: nobody owns, renames or archives them.
    pub fn is_built_in(&self) -> bool {
        self.created_by.is_none()
    }

    /// True for a DM.
    pub fn is_dm(&self) -> bool {
        self.kind == ChannelKind::Dm
    }
}

/// What a member has in a channel; these fields are absent for others.
#[derive(Debug, Clone, Serialize, Object)]
pub struct ChannelView {
    /// The channel.
    #[serde(flatten)]
    #[oai(flatten)]
    pub channel: Channel,
    /// How many members it has.
    pub member_count: i64,
    /// When the last message of the timeline was sent; null if there is none.
    pub last_message_at: Option<Time>,
    /// Messages of the timeline after the caller's mark, not the caller's own and not deleted. Members only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[oai(skip_serializing_if_is_none)]
    pub unread_count: Option<i64>,
    /// The message that the caller has read up to; null if only the join was. Members only.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    #[oai(skip_serializing_if = "MaybeUndefined::is_undefined")]
    pub last_read_message_id: MaybeUndefined<MessageId>,
    /// The `seq` that the caller has read up to. Members only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[oai(skip_serializing_if_is_none)]
    pub last_read_seq: Option<Seq>,
    /// The caller's role. Members only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[oai(skip_serializing_if_is_none)]
    pub role: Option<Role>,
    /// The other of a DM. Members of a DM only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[oai(skip_serializing_if_is_none)]
    pub peer: Option<UserWithPresence>,
}

/// A public channel in the list to browse.
#[derive(Debug, Clone, Serialize, Object)]
pub struct BrowsedChannel {
    /// The channel.
    #[serde(flatten)]
    #[oai(flatten)]
    pub channel: Channel,
    /// How many members it has.
    pub member_count: i64,
    /// When the last message of the timeline was sent; null if there is none.
    pub last_message_at: Option<Time>,
    /// Whether the caller is one of them.
    pub is_member: bool,
}
