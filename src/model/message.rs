//! What people say.

use crate::clock::Time;
use crate::id::{ChannelId, MessageId, Seq, UserId};
use poem_openapi::Object;
use poem_openapi::types::Example;
use serde::Serialize;
use sqlx::FromRow;
use uuid::Uuid;

/// A message of the timeline, or a reply in a thread. A deleted one keeps its place, with an empty text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Object, FromRow)]
#[oai(example)]
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

/// One page of a timeline or a thread, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Object)]
#[oai(example)]
pub struct MessagePage {
    /// The messages, oldest first; deleted ones as tombstones.
    pub items: Vec<Message>,
    /// Whether the list has older ones: ask with the first item's id as `before`.
    pub has_before: bool,
    /// Whether the list has newer ones: ask with the last item's id as `after`.
    pub has_after: bool,
}

/// How many people `reply_user_ids` names at most.
pub const REPLY_USERS: usize = 5;

impl Message {
    /// Whether it was deleted.
    pub fn is_deleted(&self) -> bool {
        self.deleted_at.is_some()
    }

    /// Counts one reply more, as of the `thread.updated` numbered `version`.
    pub fn count_reply(&mut self, sender_id: UserId, at: Time, version: Seq) {
        self.reply_count += 1;
        self.last_reply_at = Some(at);
        self.reply_user_ids.retain(|id| *id != sender_id);
        self.reply_user_ids.insert(0, sender_id);
        self.reply_user_ids.truncate(REPLY_USERS);
        self.replies_version = version;
    }
}

impl Example for Message {
    fn example() -> Self {
        let person = UserId(Uuid::from_u128(0x0199_8a3c_1f20_7c51_9d3e_5b6a_7c8d_9e01));
        let sent_at = Time(1_785_405_600_123);
        Self {
            id: MessageId(Uuid::from_u128(0x0199_8a40_2b1c_7f3a_8e4d_6c7b_8d9e_af02)),
            seq: 1042,
            version: 1042,
            channel_id: ChannelId(Uuid::from_u128(0x0199_8a3c_0000_7aaa_8bbb_4a5b_6c7d_8e03)),
            sender_id: person,
            parent_id: None,
            text: "Lunch at noon?".to_owned(),
            nonce: Some("c7f1-17".to_owned()),
            created_at: sent_at,
            edited_at: None,
            deleted_at: None,
            reply_count: 1,
            last_reply_at: Some(sent_at.plus_ms(60_000)),
            reply_user_ids: vec![person],
            replies_version: 1044,
        }
    }
}

impl Example for MessagePage {
    fn example() -> Self {
        Self { items: vec![Message::example()], has_before: true, has_after: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_people_stand_first_each_once_and_five_at_most() {
        let mut root = Message { reply_count: 0, reply_user_ids: vec![], ..Message::example() };
        let people: Vec<UserId> = (0..6).map(|_| UserId::new()).collect();
        for (version, person) in people.iter().chain([&people[4]]).enumerate() {
            root.count_reply(*person, Time(0), version as Seq);
        }
        assert_eq!(root.reply_count, 7);
        assert_eq!(root.reply_user_ids, [people[4], people[5], people[3], people[2], people[1]]);
    }
}
