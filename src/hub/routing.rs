//! Who is where: the map from channels, threads and users to open streams, changed by the log's own events in their order.

use super::connection::Connection;
use super::delivery::{Outgoing, Streams};
use super::ring::Ring;
use crate::error::{Error, Result};
use crate::event::audience::{Audience, Viewer};
use crate::event::encoded::Encoded;
use crate::event::ephemeral::Signal;
use crate::event::{Effect, Envelope};
use crate::id::{ChannelId, ConnectionId, MessageId, Seq, UserId};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

/// How many threads one stream may have open.
pub const MAX_OPEN_THREADS: usize = 50;

/// A stream as the map knows it.
struct Place {
    connection: Arc<Connection>,
    viewer: Viewer,
    /// The `seq` that `viewer` was true at when it was read; events up to it change nothing.
    as_of: Seq,
    /// The `seq` as of which each open thread might be opened: it ends with that membership, not with an earlier one.
    opened: HashMap<MessageId, Seq>,
}

/// What happened while a new stream's snapshot was being read.
#[derive(Default)]
struct Meanwhile {
    /// To its user's memberships.
    effects: Vec<(Seq, Effect)>,
    /// Beyond the log.
    signals: Vec<Signal>,
}

/// The map, and how far it has followed the log.
#[derive(Default)]
pub(super) struct Map {
    applied: Seq,
    pub(super) ring: Ring,
    pub(super) outgoing: Outgoing,
    pub(super) listeners: usize,
    places: HashMap<ConnectionId, Place>,
    opening: HashMap<ConnectionId, Meanwhile>,
    by_user: Index<UserId>,
    by_channel: Index<ChannelId>,
    by_thread: Index<MessageId>,
}

impl Map {
    /// The last event that was applied.
    pub fn applied(&self) -> Seq {
        self.applied
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Whether anybody listens at all.
    pub fn is_watched(&self) -> bool {
        !self.places.is_empty() || self.listeners > 0
    }

    pub fn counts(&self) -> (usize, usize) {
        let sse = self.places.values().filter(|place| place.connection.form.is_sse()).count();
        (self.places.len() - sse, sse)
    }

    pub fn connections(&self) -> impl Iterator<Item = &Arc<Connection>> {
        self.places.values().map(|place| &place.connection)
    }

    /// Who has streams here.
    pub fn users(&self) -> Vec<UserId> {
        self.by_user.keys().copied().collect()
    }

    pub fn find(&self, id: ConnectionId) -> Option<Arc<Connection>> {
        self.places.get(&id).map(|place| place.connection.clone())
    }

    /// Leaves out what nobody here has asked for.
    pub fn skip_to(&mut self, seq: Seq) {
        if seq > self.applied {
            self.applied = seq;
            self.ring.clear();
        }
    }

    pub fn insert(&mut self, connection: Arc<Connection>) {
        list(&mut self.by_user, connection.user_id, &connection);
        let viewer = Viewer::new(connection.user_id);
        self.opening.insert(connection.id, Meanwhile::default());
        let place = Place { connection, viewer, as_of: 0, opened: HashMap::new() };
        self.places.insert(place.connection.id, place);
    }

    pub fn activate(&mut self, connection: &Arc<Connection>, viewer: Viewer, as_of: Seq, cursor: Seq) {
        let Some(place) = self.places.get_mut(&connection.id) else { return };
        let Meanwhile { effects, signals } = self.opening.remove(&connection.id).unwrap_or_default();
        let (channels, threads) = (viewer.channels, viewer.threads);
        place.as_of = as_of;
        for (channel_id, joined_seq) in channels {
            self.enter(connection.id, channel_id, joined_seq);
        }
        for (root_id, channel_id) in threads.into_iter().take(MAX_OPEN_THREADS) {
            self.show_thread(connection.id, channel_id, root_id, as_of);
        }
        for (seq, effect) in effects.into_iter().filter(|(seq, _)| *seq > as_of) {
            match effect {
                Effect::Join(channel_id, _) => self.enter(connection.id, channel_id, seq),
                Effect::Leave(channel_id, _) => self.exit(connection.id, channel_id, seq),
                Effect::None => {}
            }
        }
        let viewer = self.viewer(connection.id);
        let was_missed = viewer.is_some_and(|viewer| signals.iter().any(|signal| signal.concerns(viewer)));
        connection.begin(cursor, self.applied, was_missed);
    }

    /// Remembers something ephemeral for streams whose snapshot may be older.
    pub fn remember(&mut self, signal: &Signal) {
        if !matches!(signal, Signal::PresenceWord(_)) {
            self.opening.values_mut().for_each(|meanwhile| meanwhile.signals.push(signal.clone()));
        }
    }

    pub fn remove(&mut self, id: ConnectionId) {
        let Some(place) = self.places.remove(&id) else { return };
        self.opening.remove(&id);
        let connection = &place.connection;
        forget(&mut self.by_user, &connection.user_id, connection);
        for channel_id in place.viewer.channels.keys() {
            forget(&mut self.by_channel, channel_id, connection);
        }
        for root_id in place.viewer.threads.keys() {
            forget(&mut self.by_thread, root_id, connection);
        }
    }

    /// Opens a thread that the user might open as of `as_of`: unless the membership has ended since, or another begun.
    pub fn open_thread(
        &mut self, id: ConnectionId, channel_id: ChannelId, root_id: MessageId, as_of: Seq,
    ) -> Result<()> {
        let place = self.places.get(&id).ok_or_else(Error::not_found)?;
        let joined_seq = place.viewer.channels.get(&channel_id);
        if self.applied >= as_of && joined_seq.is_none_or(|joined_seq| *joined_seq > as_of) {
            return Err(Error::not_found());
        }
        if place.viewer.threads.len() >= MAX_OPEN_THREADS && !place.viewer.threads.contains_key(&root_id) {
            let message = format!("a stream has at most {MAX_OPEN_THREADS} threads open: close one first");
            return Err(Error::invalid("message_id", message));
        }
        self.show_thread(id, channel_id, root_id, as_of);
        Ok(())
    }

    fn show_thread(&mut self, id: ConnectionId, channel_id: ChannelId, root_id: MessageId, as_of: Seq) {
        let Some(place) = self.places.get_mut(&id) else { return };
        place.opened.insert(root_id, as_of);
        if place.viewer.threads.insert(root_id, channel_id).is_none() {
            list(&mut self.by_thread, root_id, &place.connection);
        }
    }

    pub fn close_thread(&mut self, id: ConnectionId, root_id: MessageId) {
        if let Some(place) = self.places.get_mut(&id) {
            place.opened.remove(&root_id);
            if place.viewer.threads.remove(&root_id).is_some() {
                forget(&mut self.by_thread, &root_id, &place.connection);
            }
        }
    }

    fn enter(&mut self, id: ConnectionId, channel_id: ChannelId, joined_seq: Seq) {
        let Some(place) = self.places.get_mut(&id) else { return };
        if place.viewer.channels.insert(channel_id, joined_seq).is_none() {
            list(&mut self.by_channel, channel_id, &place.connection);
        }
    }

    fn exit(&mut self, id: ConnectionId, channel_id: ChannelId, seq: Seq) {
        let Some(place) = self.places.get_mut(&id) else { return };
        if place.viewer.channels.remove(&channel_id).is_some() {
            forget(&mut self.by_channel, &channel_id, &place.connection);
        }
        let is_over =
            |root_id: &MessageId| place.opened.get(root_id).is_none_or(|opened_seq| *opened_seq < seq);
        let threads =
            place.viewer.threads.iter().filter(|(root_id, c)| **c == channel_id && is_over(root_id));
        let closed: Vec<MessageId> = threads.map(|(root_id, _)| *root_id).collect();
        for root_id in closed {
            self.close_thread(id, root_id);
        }
    }

    /// Applies the next event: whoever may see it gets it, and the map follows it.
    pub fn apply(&mut self, envelope: Arc<Envelope>) {
        if envelope.seq <= self.applied {
            return;
        }
        self.applied = envelope.seq;
        if let Effect::Join(channel_id, user_ids) = &envelope.effect {
            for user_id in user_ids {
                self.follow(*user_id, &envelope, |map, id| map.enter(id, *channel_id, envelope.seq));
            }
        }
        self.deliver(&envelope);
        if let Effect::Leave(channel_id, user_id) = &envelope.effect {
            self.follow(*user_id, &envelope, |map, id| map.exit(id, *channel_id, envelope.seq));
        }
        self.ring.push(envelope);
    }

    /// Changes the places of one user's streams, now or, where the snapshot is still being read, then.
    fn follow(&mut self, user_id: UserId, envelope: &Envelope, change: impl Fn(&mut Self, ConnectionId)) {
        let ids: Vec<ConnectionId> = self.streams_of(&user_id).map(|connection| connection.id).collect();
        for id in ids {
            if let Some(meanwhile) = self.opening.get_mut(&id) {
                meanwhile.effects.push((envelope.seq, envelope.effect.clone()));
            } else if self.places.get(&id).is_some_and(|place| envelope.seq > place.as_of) {
                change(self, id);
            }
        }
    }

    fn deliver(&mut self, envelope: &Arc<Envelope>) {
        let to = self.listeners_to(&envelope.audience);
        self.outgoing.add(envelope.seq - 1, envelope, to);
    }

    /// Whom an event is handed to. A stream that is reached twice takes it once: it is past it the second time.
    fn listeners_to(&self, audience: &Audience) -> Vec<Streams> {
        let in_channel = |id: &ChannelId| self.by_channel.get(id);
        let of_user = |id: &UserId| self.by_user.get(id);
        match audience {
            Audience::Channel(channel_id) => in_channel(channel_id).into_iter().cloned().collect(),
            Audience::ChannelAnd(channel_id, user_id) => {
                in_channel(channel_id).into_iter().chain(of_user(user_id)).cloned().collect()
            }
            Audience::Sharing { user_id, channel_ids } => {
                channel_ids.iter().filter_map(in_channel).chain(of_user(user_id)).cloned().collect()
            }
            Audience::Thread { channel_id, root_id, author_id } => {
                let readers = self.streams_with(root_id).chain(self.streams_of(author_id));
                let members = readers.filter(|connection| self.is_in(connection.id, channel_id));
                some(members.cloned().collect())
            }
        }
    }

    /// Hands over something ephemeral.
    pub fn tell(&mut self, encoded: Encoded, to: Vec<Arc<Connection>>) {
        let to = some(to);
        if !to.is_empty() {
            self.outgoing.add_ephemeral(encoded, to);
        }
    }

    /// Whether a stream's user is in the channel, as far as the log was followed.
    pub fn is_in(&self, id: ConnectionId, channel_id: &ChannelId) -> bool {
        self.places.get(&id).is_some_and(|place| place.viewer.channels.contains_key(channel_id))
    }

    /// What a stream's user may see now.
    pub fn viewer(&self, id: ConnectionId) -> Option<&Viewer> {
        self.places.get(&id).map(|place| &place.viewer)
    }

    pub fn streams_of(&self, user_id: &UserId) -> impl Iterator<Item = &Arc<Connection>> {
        streams(&self.by_user, user_id)
    }

    pub fn streams_in(&self, channel_id: &ChannelId) -> impl Iterator<Item = &Arc<Connection>> {
        streams(&self.by_channel, channel_id)
    }

    pub fn streams_with(&self, root_id: &MessageId) -> impl Iterator<Item = &Arc<Connection>> {
        streams(&self.by_thread, root_id)
    }
}

type Index<K> = HashMap<K, Streams>;

fn streams<'i, K: Eq + Hash>(
    index: &'i Index<K>, key: &K,
) -> impl Iterator<Item = &'i Arc<Connection>> + use<'i, K> {
    index.get(key).into_iter().flat_map(|streams| streams.iter())
}

fn list<K: Eq + Hash>(index: &mut Index<K>, key: K, connection: &Arc<Connection>) {
    Arc::make_mut(index.entry(key).or_default()).push(connection.clone());
}

fn forget<K: Eq + Hash>(index: &mut Index<K>, key: &K, connection: &Arc<Connection>) {
    let Some(streams) = index.get_mut(key) else { return };
    let streams = Arc::make_mut(streams);
    if let Some(place) = streams.iter().position(|other| Arc::ptr_eq(other, connection)) {
        streams.swap_remove(place);
    }
    if streams.is_empty() {
        index.remove(key);
    }
}

/// These streams, if there are any.
fn some(streams: Vec<Arc<Connection>>) -> Vec<Streams> {
    if streams.is_empty() { Vec::new() } else { vec![Arc::new(streams)] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::event::encoded::Form;
    use crate::event::{Event, MemberData, MemberUpdatedData};
    use crate::hub::NewConnection;
    use crate::id::SessionId;
    use crate::model::member::Role;
    use crate::model::user::User;

    /// A map with one live stream, whose user has been in a channel since 3 as of 5; and a thread there.
    struct Scene {
        map: Map,
        connection: Arc<Connection>,
        user: User,
        channel_id: ChannelId,
        root_id: MessageId,
    }

    fn stream_of(user_id: UserId) -> Arc<Connection> {
        Arc::new(Connection::new(NewConnection {
            user_id,
            session_id: SessionId::new(),
            expires_at: Clock::system().now(),
            form: Form::WebSocket,
        }))
    }

    impl Scene {
        fn set() -> Self {
            let mut user = User {
                id: UserId::new(),
                username: "alice".into(),
                display_name: "Alice".into(),
                avatar_color: "#123456".into(),
                version: 0,
            };
            user.version = 1;
            let connection = stream_of(user.id);
            let (channel_id, root_id) = (ChannelId::new(), MessageId::new());
            let mut map = Map::default();
            map.skip_to(5);
            map.insert(connection.clone());
            let mut viewer = Viewer::new(user.id);
            viewer.channels.insert(channel_id, 3);
            map.activate(&connection, viewer, 5, 5);
            Self { map, connection, user, channel_id, root_id }
        }

        fn comes_and_goes(&mut self) {
            for is_join in [false, true] {
                let data = MemberData { channel_id: self.channel_id, user: self.user.clone() };
                let event = if is_join { Event::MemberJoined(data) } else { Event::MemberLeft(data) };
                let audience = Audience::ChannelAnd(self.channel_id, self.user.id);
                let envelope = Envelope::new(self.map.applied() + 1, &event, audience);
                self.map.apply(Arc::new(envelope));
            }
        }

        fn say(&mut self) {
            let data =
                MemberUpdatedData { channel_id: self.channel_id, user_id: self.user.id, role: Role::Owner };
            let audience = Audience::Channel(self.channel_id);
            let seq = self.map.applied() + 1;
            self.map.apply(Arc::new(Envelope::new(seq, &Event::MemberUpdated(data), audience)));
        }

        /// Another stream of the same user, live from here on.
        fn joined_by_another(&mut self) -> Arc<Connection> {
            let connection = stream_of(self.user.id);
            self.map.insert(connection.clone());
            let mut viewer = Viewer::new(self.user.id);
            viewer.channels.insert(self.channel_id, 3);
            let applied = self.map.applied();
            self.map.activate(&connection, viewer, applied, applied);
            connection
        }

        fn open(&mut self, as_of: Seq) -> bool {
            self.map.open_thread(self.connection.id, self.channel_id, self.root_id, as_of).is_ok()
        }

        fn is_open(&self) -> bool {
            self.map.streams_with(&self.root_id).next().is_some()
        }
    }

    #[tokio::test]
    async fn a_thread_ends_with_the_membership_that_opened_it() {
        let mut scene = Scene::set();
        assert!(scene.open(5) && scene.is_open());
        scene.comes_and_goes();
        assert!(!scene.is_open());
    }

    #[tokio::test]
    async fn a_wish_that_is_older_than_the_membership_opens_nothing() {
        let mut scene = Scene::set();
        scene.comes_and_goes();
        assert!(!scene.open(5) && !scene.is_open());
        assert!(scene.open(7) && scene.is_open());
    }

    #[tokio::test]
    async fn a_wish_that_is_newer_than_the_map_outlives_an_older_membership() {
        let mut scene = Scene::set();
        assert!(scene.open(7), "the map has not heard of the coming and going yet");
        scene.comes_and_goes();
        assert!(scene.is_open());
    }

    /// A run is shared by those who were there for all of it: a stream that comes in between begins a new one.
    #[tokio::test]
    async fn a_stream_that_comes_during_a_run_gets_the_rest_of_it() {
        let mut scene = Scene::set();
        scene.say();
        let late = scene.joined_by_another();
        scene.say();
        for parcel in scene.map.outgoing.take() {
            parcel.hand_over().await;
        }
        assert_eq!((scene.connection.position(), late.position()), (7, 7));
    }
}
