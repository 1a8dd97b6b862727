//! Ephemeral events: who gets them. What one stream misses of them, `ready` or `state` makes up for.

use super::{Connection, Hub};
use crate::event::encoded::Encoded;
use crate::event::ephemeral::{PresenceChange, PresenceData, ReadData, Signal};
use crate::id::{ConnectionId, UserId};
use crate::model::presence::{Typing, UserPresence};
use std::collections::HashMap;
use std::sync::Arc;

impl Hub {
    /// Acts on what an instance said.
    pub(super) fn hear(&self, signal: Signal) {
        if !self.is_news(&signal) {
            return;
        }
        self.lock().remember(&signal);
        match signal {
            Signal::TypingStarted(typing) => self.tell_typing(&typing, typing.started()),
            Signal::TypingStopped(typing) | Signal::TypingExpired(typing) => {
                self.tell_typing(&typing, typing.stopped())
            }
            Signal::OwnRead(user_id, data) => self.tell_user(user_id, &data, false),
            Signal::AuthorRead(user_id, data) => self.tell_user(user_id, &data, true),
            Signal::Presence(changes) => self.tell_presence(&changes),
            Signal::PresenceWord(word) => self.presence.hear(word),
            Signal::SessionsEnded(sessions) => self.end_sessions(&sessions),
        }
    }

    /// Whether there is something to tell. Typing is noted first, so that whoever comes in between finds it in the state.
    fn is_news(&self, signal: &Signal) -> bool {
        match signal {
            Signal::TypingStarted(typing) => {
                self.presence.start_typing(*typing);
                true
            }
            Signal::TypingStopped(typing) => self.presence.stop_typing(typing),
            Signal::TypingExpired(typing) => !self.presence.is_typing(typing),
            _ => true,
        }
    }

    /// Members; in a thread, those who have it open; never the typist.
    fn tell_typing(&self, typing: &Typing, encoded: Encoded) {
        let mut map = self.lock();
        let others = |connection: &&Arc<Connection>| connection.user_id != typing.user_id;
        let to = match typing.parent_id {
            None => map.streams_in(&typing.channel_id).filter(others).cloned().collect(),
            Some(root_id) => {
                let readers = map.streams_with(&root_id).filter(others);
                readers.filter(|c| map.is_in(c.id, &typing.channel_id)).cloned().collect()
            }
        };
        map.tell(encoded, to);
    }

    fn tell_user(&self, user_id: UserId, data: &ReadData, only_members: bool) {
        let mut map = self.lock();
        let concerned = |c: &&Arc<Connection>| !only_members || map.is_in(c.id, &data.channel_id);
        let to = map.streams_of(&user_id).filter(concerned).cloned().collect();
        map.tell(Encoded::ephemeral("read.updated", data), to);
    }

    /// Each stream gets the changes that its user may know of, in one event; streams that may know the same share its bytes.
    fn tell_presence(&self, changes: &[PresenceChange]) {
        let mut map = self.lock();
        let mut told: HashMap<ConnectionId, (Arc<Connection>, Vec<usize>)> = HashMap::new();
        for (index, change) in changes.iter().enumerate() {
            let sharing = change.channel_ids.iter().flat_map(|id| map.streams_in(id));
            for connection in sharing.chain(map.streams_of(&change.presence.user_id)) {
                let (_, indexes) =
                    told.entry(connection.id).or_insert_with(|| (connection.clone(), Vec::new()));
                if indexes.last() != Some(&index) {
                    indexes.push(index);
                }
            }
        }
        let mut alike: HashMap<Vec<usize>, Vec<Arc<Connection>>> = HashMap::new();
        for (connection, indexes) in told.into_values() {
            alike.entry(indexes).or_default().push(connection);
        }
        for (indexes, to) in alike {
            let items: Vec<UserPresence> =
                indexes.iter().filter_map(|index| changes.get(*index)).map(|c| c.presence).collect();
            map.tell(Encoded::ephemeral("presence.updated", PresenceData { items }), to);
        }
    }
}
