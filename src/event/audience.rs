//! Who may see a durable event (contract, section 4). Every event names its audience; there is no default.

use crate::id::{ChannelId, MessageId, Seq, UserId};
use crate::model::presence::Typing;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Who gets an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Audience {
    /// The members of a channel.
    Channel(ChannelId),
    /// Of the members, connections that have the thread open, and those of its root's author.
    Thread {
        /// The channel.
        channel_id: ChannelId,
        /// The thread.
        root_id: MessageId,
        /// Who wrote the root.
        author_id: UserId,
    },
    /// The members of a channel, and one more.
    ChannelAnd(ChannelId, UserId),
    /// Those who share a channel with a user, and the user.
    Sharing {
        /// The user.
        user_id: UserId,
        /// The channels that the user is in.
        channel_ids: Vec<ChannelId>,
    },
}

/// One reader of the log, as the audience's rules see them.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// Who reads.
    pub user_id: UserId,
    /// The channels they are in now, with the `seq` of their last join.
    pub channels: HashMap<ChannelId, Seq>,
    /// The threads they have open, with their channels.
    pub threads: HashMap<MessageId, ChannelId>,
}

impl Viewer {
    /// Somebody in no channel.
    pub fn new(user_id: UserId) -> Self {
        Self { user_id, channels: HashMap::new(), threads: HashMap::new() }
    }

    /// Whether they are shown that somebody is writing: in their channels, and in the threads they have open; never
    /// themselves.
    pub fn sees_typing(&self, typing: &Typing) -> bool {
        typing.user_id != self.user_id
            && self.channels.contains_key(&typing.channel_id)
            && typing.parent_id.is_none_or(|root_id| self.threads.contains_key(&root_id))
    }

    /// Whether they were in the channel at `seq`, and still are.
    fn is_member_since(&self, channel_id: &ChannelId, seq: Seq) -> bool {
        self.channels.get(channel_id).is_some_and(|joined_seq| *joined_seq <= seq)
    }
}

impl Audience {
    /// Whether `viewer` gets the event `seq`: members from their last join's event on, and what concerns the viewer.
    pub fn admits(&self, seq: Seq, viewer: &Viewer) -> bool {
        match self {
            Audience::Channel(channel_id) => viewer.is_member_since(channel_id, seq),
            Audience::Thread { channel_id, root_id, author_id } => {
                viewer.is_member_since(channel_id, seq)
                    && (*author_id == viewer.user_id || viewer.threads.contains_key(root_id))
            }
            Audience::ChannelAnd(channel_id, user_id) => {
                *user_id == viewer.user_id || viewer.is_member_since(channel_id, seq)
            }
            Audience::Sharing { user_id, channel_ids } => {
                *user_id == viewer.user_id || channel_ids.iter().any(|id| viewer.channels.contains_key(id))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_sees_a_channel_from_the_last_join_on() {
        let (channel, other) = (ChannelId::new(), ChannelId::new());
        let mut viewer = Viewer::new(UserId::new());
        viewer.channels.insert(channel, 10);
        assert!(!Audience::Channel(channel).admits(9, &viewer));
        assert!(Audience::Channel(channel).admits(10, &viewer));
        assert!(!Audience::Channel(other).admits(11, &viewer));
    }

    #[test]
    fn a_reply_reaches_open_threads_and_the_root_author_while_members() {
        let (channel_id, root_id) = (ChannelId::new(), MessageId::new());
        let mut author = Viewer::new(UserId::new());
        let audience = Audience::Thread { channel_id, root_id, author_id: author.user_id };
        assert!(!audience.admits(5, &author), "an author who left gets nothing");
        author.channels.insert(channel_id, 1);
        assert!(audience.admits(5, &author));
        let mut reader = Viewer::new(UserId::new());
        reader.channels.insert(channel_id, 1);
        assert!(!audience.admits(5, &reader));
        reader.threads.insert(root_id, channel_id);
        assert!(audience.admits(5, &reader));
    }

    #[test]
    fn the_one_who_leaves_sees_it_and_strangers_see_nothing() {
        let channel = ChannelId::new();
        let (gone, stranger) = (Viewer::new(UserId::new()), Viewer::new(UserId::new()));
        let audience = Audience::ChannelAnd(channel, gone.user_id);
        assert!(audience.admits(3, &gone));
        assert!(!audience.admits(3, &stranger));
        let profile = Audience::Sharing { user_id: gone.user_id, channel_ids: vec![channel] };
        assert!(profile.admits(4, &gone));
        assert!(!profile.admits(4, &stranger));
    }
}
