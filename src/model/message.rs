//! What people say.

use crate::clock::Time;
use crate::id::{ChannelId, MessageId, Seq, UserId};
use poem_openapi::Object;
use serde::Serialize;
use sqlx::FromRow;

/// A message of the timeline, or a reply in a thread. A deleted one keeps its place, with an empty text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Object, FromRow)]
pub struct Message {
    /// The id.
    pub id: MessageId,
    /// Its place: the `seq` of its `message.created`, which never changes. Lists follow it.
    pub seq: Seq,
    /// The `seq` of its last `message.*` event: keep the object with the higher one.
    pub version: Seq,
    /// Where it stands.
    pub channel_id: ChannelId,
    /// Who sent it.
    pub sender_id: UserId,
    /// The thread's root if it is a reply, else null.
    pub parent_id: Option<MessageId>,
    /// What it says; empty if deleted.
    pub text: String,
    /// The sender's own id for this send, null if none was given.
    pub nonce: Option<String>,
    /// When it was sent.
    pub created_at: Time,
    /// When it was last edited; null if never.
    pub edited_at: Option<Time>,
    /// When it was deleted; null if it was not.
    pub deleted_at: Option<Time>,
    /// How many replies it has, deleted ones not counted.
    pub reply_count: i64,
    /// When the last of them was sent; null if there is none.
    pub last_reply_at: Option<Time>,
    /// The 5 latest people among them, latest first.
    #[sqlx(json)]
    pub reply_user_ids: Vec<UserId>,
    /// The `seq` of its last `thread.updated`, 0 if none: the version of the four fields about replies.
    pub replies_version: Seq,
}

/// How many people `reply_user_ids` names at most.
pub const REPLY_USERS: usize = 5;
