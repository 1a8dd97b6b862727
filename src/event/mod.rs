//! What happens: durable events, which have a `seq` and stand in the log, and ephemeral ones, which do not.

pub mod audience;
pub mod encoded;
pub mod ephemeral;
pub mod presence;
pub mod row;
pub mod schema;

use crate::clock::Time;
use crate::id::{ChannelId, MessageId, Seq, UserId};
use crate::model::channel::Channel;
use crate::model::member::Role;
use crate::model::message::Message;
use crate::model::user::User;
use audience::Audience;
use encoded::Encoded;
use poem_openapi::Object;
use row::{EventKind, EventRow};
use serde::{Deserialize, Serialize};

/// The `data` of `message.created`, `message.updated` and `message.deleted`.
#[derive(Debug, Clone, PartialEq, Serialize, Object)]
pub struct MessageData {
    /// The message.
    pub message: Message,
}

/// The `data` of `thread.updated`: a root's four fields about replies, and their version.
#[derive(Debug, Clone, PartialEq, Serialize, Object)]
pub struct ThreadData {
    /// Where the thread is.
    pub channel_id: ChannelId,
    /// Its root.
    pub message_id: MessageId,
    /// How many replies, deleted ones not counted.
    pub reply_count: i64,
    /// When the last of them was sent; null if there is none.
    pub last_reply_at: Option<Time>,
    /// The 5 latest people among them, latest first.
    pub reply_user_ids: Vec<UserId>,
    /// The version of these fields.
    pub replies_version: Seq,
}

impl From<&Message> for ThreadData {
    fn from(root: &Message) -> Self {
        Self {
            channel_id: root.channel_id,
            message_id: root.id,
            reply_count: root.reply_count,
            last_reply_at: root.last_reply_at,
            reply_user_ids: root.reply_user_ids.clone(),
            replies_version: root.replies_version,
        }
    }
}

/// The `data` of `channel.created`.
#[derive(Debug, Clone, PartialEq, Serialize, Object)]
pub struct ChannelCreatedData {
    /// The channel.
    pub channel: Channel,
    /// Its first members, for whom no `member.joined` follows.
    pub user_ids: Vec<UserId>,
}

/// The `data` of `channel.updated` and `channel.archived`.
#[derive(Debug, Clone, PartialEq, Serialize, Object)]
pub struct ChannelData {
    /// The channel.
    pub channel: Channel,
}

/// The `data` of `member.joined` and `member.left`.
#[derive(Debug, Clone, PartialEq, Serialize, Object)]
pub struct MemberData {
    /// Where.
    pub channel_id: ChannelId,
    /// Who.
    pub user: User,
}

/// The `data` of `member.updated`.
#[derive(Debug, Clone, PartialEq, Serialize, Object)]
pub struct MemberUpdatedData {
    /// Where.
    pub channel_id: ChannelId,
    /// Who.
    pub user_id: UserId,
    /// The role from now on.
    pub role: Role,
}

/// The `data` of `user.updated`.
#[derive(Debug, Clone, PartialEq, Serialize, Object)]
pub struct UserData {
    /// The user.
    pub user: User,
}

/// A durable event, with its objects.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A message was sent.
    MessageCreated(MessageData),
    /// A message was edited.
    MessageUpdated(MessageData),
    /// A message was deleted; it stays as a tombstone.
    MessageDeleted(MessageData),
    /// A thread has one reply more or less.
    ThreadUpdated(ThreadData),
    /// A channel was made.
    ChannelCreated(ChannelCreatedData),
    /// A channel was renamed, described or unarchived.
    ChannelUpdated(ChannelData),
    /// A channel was archived.
    ChannelArchived(ChannelData),
    /// Somebody joined or was added.
    MemberJoined(MemberData),
    /// Somebody left or was removed.
    MemberLeft(MemberData),
    /// Somebody has another role.
    MemberUpdated(MemberUpdatedData),
    /// Somebody changed their profile.
    UserUpdated(UserData),
}

impl Event {
    /// The event's kind.
    pub fn kind(&self) -> EventKind {
        match self {
            Event::MessageCreated(_) => EventKind::MessageCreated,
            Event::MessageUpdated(_) => EventKind::MessageUpdated,
            Event::MessageDeleted(_) => EventKind::MessageDeleted,
            Event::ThreadUpdated(_) => EventKind::ThreadUpdated,
            Event::ChannelCreated(_) => EventKind::ChannelCreated,
            Event::ChannelUpdated(_) => EventKind::ChannelUpdated,
            Event::ChannelArchived(_) => EventKind::ChannelArchived,
            Event::MemberJoined(_) => EventKind::MemberJoined,
            Event::MemberLeft(_) => EventKind::MemberLeft,
            Event::MemberUpdated(_) => EventKind::MemberUpdated,
            Event::UserUpdated(_) => EventKind::UserUpdated,
        }
    }

    /// The event on the wire, byte for byte the same on every transport.
    pub fn encode(&self, seq: Seq) -> Encoded {
        let name = self.kind().as_str();
        match self {
            Event::MessageCreated(data) | Event::MessageUpdated(data) | Event::MessageDeleted(data) => {
                Encoded::durable(name, seq, data)
            }
            Event::ThreadUpdated(data) => Encoded::durable(name, seq, data),
            Event::ChannelCreated(data) => Encoded::durable(name, seq, data),
            Event::ChannelUpdated(data) | Event::ChannelArchived(data) => Encoded::durable(name, seq, data),
            Event::MemberJoined(data) | Event::MemberLeft(data) => Encoded::durable(name, seq, data),
            Event::MemberUpdated(data) => Encoded::durable(name, seq, data),
            Event::UserUpdated(data) => Encoded::durable(name, seq, data),
        }
    }

    /// What the log keeps of it: references, no text.
    pub fn row(&self, seq: Seq, audience: &Audience) -> EventRow {
        let mut row = EventRow::new(seq, self.kind());
        match self {
            Event::MessageCreated(data) | Event::MessageUpdated(data) | Event::MessageDeleted(data) => {
                row.channel_id = Some(data.message.channel_id);
                row.message_id = Some(data.message.id);
                row.parent_id = data.message.parent_id;
                if let Audience::Thread { author_id, .. } = audience {
                    row.user_id = Some(*author_id);
                }
            }
            Event::ThreadUpdated(data) => {
                row.channel_id = Some(data.channel_id);
                row.message_id = Some(data.message_id);
            }
            Event::ChannelCreated(data) => {
                row.channel_id = Some(data.channel.id);
                row.user_ids = Some(data.user_ids.clone());
            }
            Event::ChannelUpdated(data) | Event::ChannelArchived(data) => {
                row.channel_id = Some(data.channel.id)
            }
            Event::MemberJoined(data) | Event::MemberLeft(data) => {
                row.channel_id = Some(data.channel_id);
                row.user_id = Some(data.user.id);
            }
            Event::MemberUpdated(data) => {
                row.channel_id = Some(data.channel_id);
                row.user_id = Some(data.user_id);
                row.role = Some(data.role);
            }
            Event::UserUpdated(data) => row.user_id = Some(data.user.id),
        }
        row
    }

    /// How it changes who is in which channel.
    fn effect(&self) -> Effect {
        match self {
            Event::ChannelCreated(data) => Effect::Join(data.channel.id, data.user_ids.clone()),
            Event::MemberJoined(data) => Effect::Join(data.channel_id, vec![data.user.id]),
            Event::MemberLeft(data) => Effect::Leave(data.channel_id, data.user.id),
            _ => Effect::None,
        }
    }
}

/// How an event changes who is in which channel: the hub's map follows the log by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// Not at all.
    None,
    /// These are members from this `seq` on.
    Join(ChannelId, Vec<UserId>),
    /// This one is no member any more.
    Leave(ChannelId, UserId),
}

/// A durable event as it travels from the commit to the streams: written once, shared by all.
#[derive(Debug)]
pub struct Envelope {
    /// Its number.
    pub seq: Seq,
    /// Its kind.
    pub kind: EventKind,
    /// Who may see it.
    pub audience: Audience,
    /// How it changes who is in which channel.
    pub effect: Effect,
    /// The message it shows, if it shows one.
    pub message_id: Option<MessageId>,
    /// Its bytes.
    pub encoded: Encoded,
}

impl Envelope {
    /// Writes the event down for the streams.
    pub fn new(seq: Seq, event: &Event, audience: Audience) -> Self {
        let message_id = match event {
            Event::MessageCreated(data) | Event::MessageUpdated(data) | Event::MessageDeleted(data) => {
                Some(data.message.id)
            }
            _ => None,
        };
        Self {
            seq,
            kind: event.kind(),
            audience,
            effect: event.effect(),
            message_id,
            encoded: event.encode(seq),
        }
    }
}
