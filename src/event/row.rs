//! An event as the log keeps it: references and no text, so that a deleted message's text is never replayed.

use crate::id::{ChannelId, MessageId, Seq, UserId};
use crate::model::member::Role;
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// The type of a durable event.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
        #[sqlx(type_name = "text")]
        pub enum EventKind { $($(#[$doc])* #[serde(rename = $text)] #[sqlx(rename = $text)] $name,)* }

        impl EventKind {
            /// Every type.
            pub const ALL: &[EventKind] = &[$(EventKind::$name),*];

            /// The name on the wire and in the log.
            pub fn as_str(self) -> &'static str {
                match self { $(EventKind::$name => $text),* }
            }
        }
    };
}

kinds! {
    /// A message was sent.
    MessageCreated = "message.created";
    /// A message was edited.
    MessageUpdated = "message.updated";
    /// A message was deleted.
    MessageDeleted = "message.deleted";
    /// A thread has one reply more or less.
    ThreadUpdated = "thread.updated";
    /// A channel was made.
    ChannelCreated = "channel.created";
    /// A channel was renamed, described or unarchived.
    ChannelUpdated = "channel.updated";
    /// A channel was archived.
    ChannelArchived = "channel.archived";
    /// Somebody joined or was added.
    MemberJoined = "member.joined";
    /// Somebody left or was removed.
    MemberLeft = "member.left";
    /// Somebody has another role.
    MemberUpdated = "member.updated";
    /// Somebody changed their profile.
    UserUpdated = "user.updated";
}

/// One row of the log.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct EventRow {
    /// The number.
    pub seq: Seq,
    /// The type.
    pub kind: EventKind,
    /// The channel it is about, if any.
    pub channel_id: Option<ChannelId>,
    /// The message it is about, if any; the root for `thread.updated`.
    pub message_id: Option<MessageId>,
    /// The root, if that message is a reply.
    pub parent_id: Option<MessageId>,
    /// The user it is about; for a reply the root's author.
    pub user_id: Option<UserId>,
    /// The role of `member.updated`.
    pub role: Option<Role>,
    /// The first members of `channel.created`.
    #[sqlx(json(nullable))]
    pub user_ids: Option<Vec<UserId>>,
}

impl EventRow {
    /// A row without references.
    pub fn new(seq: Seq, kind: EventKind) -> Self {
        Self {
            seq,
            kind,
            channel_id: None,
            message_id: None,
            parent_id: None,
            user_id: None,
            role: None,
            user_ids: None,
        }
    }
}
