use super::*;
use crate::clock::Clock;
use crate::config::Database;
use crate::error::Code;
use crate::event::audience::Audience;
use crate::event::row::EventKind;
use crate::event::{Envelope, Event, MemberData};
use crate::id::Seq;
use crate::model::member::Role;
use crate::store::{events, members, messages, on, users};
use futures_util::future::{join, join_all};
use std::sync::Arc;
use std::time::Duration;

#[expect(dead_code, reason = "the server's tests use more of it")]
#[path = "../../../tests/it/support/leash.rs"]
mod leash;
#[path = "../../../tests/it/support/port.rs"]
mod port;
#[expect(dead_code, reason = "as above")]
#[path = "../../../tests/it/support/postgres.rs"]
mod postgres;

/// A channel with two members, and what is published.
struct Scene {
    store: Store,
    group: Group,
    published: Arc<std::sync::Mutex<Vec<Arc<Envelope>>>>,
    channel_id: ChannelId,
    alice: UserId,
    bob: UserId,
    _folder: Option<tempfile::TempDir>,
}

/// The same on each database: a SQLite file, and a PostgreSQL of the tests' own.
async fn scenes() -> Vec<Scene> {
    let folder = tempfile::tempdir().unwrap();
    let file = Database::Sqlite(folder.path().join("test.db"));
    let url = postgres::create_database().await;
    vec![scene(file, Some(folder)).await, scene(Database::Postgres(url), None).await]
}

async fn scene(database: Database, folder: Option<tempfile::TempDir>) -> Scene {
    let store = Store::open(&database, Clock::system()).await.unwrap();
    let published: Arc<std::sync::Mutex<Vec<Arc<Envelope>>>> = Arc::default();
    let heard = published.clone();
    let group = Group::start(store.clone(), move |committed| {
        heard.lock().unwrap().extend(committed.into_envelopes());
    });
    let (channel_id, alice, bob) = (ChannelId::new(), UserId::new(), UserId::new());
    let scene = Scene { store, group, published, channel_id, alice, bob, _folder: folder };
    scene.add_channel(channel_id).await;
    for user_id in [alice, bob] {
        scene.add_user(user_id).await;
        scene.add_member(user_id).await;
    }
    scene
}

impl Scene {
    async fn add_channel(&self, id: ChannelId) {
        const SQL: &str = "insert into channels (id, kind, name, name_folded, description, created_at) \
            values ($1, 'private', 'den', 'den', '', 0)";
        let mut tx = self.store.begin().await.unwrap();
        let conn = tx.conn();
        on!(conn => sqlx::query(SQL).bind(id).execute(conn).await.unwrap().rows_affected());
        tx.commit().await.unwrap();
    }

    async fn add_user(&self, id: UserId) {
        const SQL: &str = "insert into users (id, username, password_hash, display_name, display_name_folded, avatar_color, created_at) \
            values ($1, $2, '', 'A', 'a', '#000000', 0)";
        let mut tx = self.store.begin().await.unwrap();
        let conn = tx.conn();
        on!(conn => sqlx::query(SQL).bind(id).bind(id.hex()).execute(conn).await.unwrap().rows_affected());
        tx.commit().await.unwrap();
    }

    async fn add_member(&self, user_id: UserId) {
        let mut tx = self.store.begin().await.unwrap();
        let (now, seq) = (self.store.clock().now(), self.head().await);
        members::insert(tx.conn(), self.channel_id, user_id, Role::Member, seq, now).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// As anybody else would who appends to the log: the event is the sign of it.
    async fn remove_member(&self, user_id: UserId) {
        let mut append = self.store.begin_append().await.unwrap();
        members::delete(append.conn(), self.channel_id, user_id).await.unwrap();
        let user = users::find(append.conn(), user_id).await.unwrap().unwrap().user;
        let (seq, channel_id) = (append.next_seq(), self.channel_id);
        let event = Event::MemberLeft(MemberData { channel_id, user });
        append.append(seq, &event, Audience::ChannelAnd(channel_id, user_id));
        drop(append.commit().await.unwrap());
    }

    async fn head(&self) -> Seq {
        let mut read = self.store.read().await.unwrap();
        events::head(read.conn()).await.unwrap().seq
    }

    fn say(&self, sender_id: UserId, text: &str) -> Send {
        let (id, channel_id) = (MessageId::new(), self.channel_id);
        Send { id, sender_id, channel_id, parent_id: None, text: text.to_owned(), nonce: None }
    }

    async fn send(&self, send: Send) -> Message {
        self.group.send(send).await.unwrap().message
    }

    async fn mark(&self, user_id: UserId, message_id: MessageId) -> Marked {
        self.group.mark(Mark { user_id, channel_id: self.channel_id, message_id }).await.unwrap()
    }

    fn kinds(&self) -> Vec<EventKind> {
        self.published.lock().unwrap().iter().map(|envelope| envelope.kind).collect()
    }
}

fn with_nonce(send: Send, nonce: &str) -> Send {
    Send { nonce: Some(nonce.to_owned()), ..send }
}

fn reply_to(root: &Message, send: Send) -> Send {
    Send { parent_id: Some(root.id), ..send }
}

#[tokio::test]
async fn a_bad_send_never_fails_its_neighbours() {
    for scene in scenes().await {
        let before = scene.head().await;
        let stranger = UserId::new();
        let absent = Send { channel_id: ChannelId::new(), ..scene.say(scene.alice, "where?") };
        let batch = [
            scene.say(scene.alice, "one"),
            scene.say(stranger, "no"),
            absent,
            scene.say(scene.bob, "two \u{1}\"\\ ä🦀"),
        ];
        let mut results = join_all(batch.map(|send| scene.group.send(send))).await.into_iter();
        let one = results.next().unwrap().unwrap();
        assert_eq!(results.next().unwrap().unwrap_err().code, Code::NotFound);
        assert_eq!(results.next().unwrap().unwrap_err().code, Code::NotFound);
        let two = results.next().unwrap().unwrap();
        assert_eq!((one.message.seq, two.message.seq), (before + 1, before + 2));
        let mut read = scene.store.read().await.unwrap();
        let stored = messages::list_after(read.conn(), scene.channel_id, 0, 9).await.unwrap();
        assert_eq!(stored, [one.message, two.message], "what is answered is what is stored");
        assert_eq!(scene.published.lock().unwrap().len(), 2, "published before anybody was answered");
    }
}

#[tokio::test]
async fn a_nonce_counts_once_also_within_one_batch() {
    for scene in scenes().await {
        let batch = [("hi", "n1"), ("hi", "n1"), ("other", "n1"), ("hi", "n2")]
            .map(|(text, nonce)| with_nonce(scene.say(scene.alice, text), nonce));
        let results = join_all(batch.map(|send| scene.group.send(send))).await;
        let [first, second, third, fourth] = <[Result<Sent>; 4]>::try_from(results).unwrap();
        let (first, second) = (first.unwrap(), second.unwrap());
        assert!(first.is_new && !second.is_new && fourth.unwrap().is_new);
        assert_eq!(first.message, second.message);
        assert_eq!(third.unwrap_err().code, Code::NonceReused);
        let same_nonce_of_another = with_nonce(scene.say(scene.bob, "hi"), "n1");
        assert!(scene.group.send(same_nonce_of_another).await.unwrap().is_new);
    }
}

#[tokio::test]
async fn a_stored_send_is_answered_after_its_sender_was_removed() {
    for scene in scenes().await {
        let send = with_nonce(scene.say(scene.alice, "hi"), "n");
        let message = scene.send(send.clone()).await;
        scene.remove_member(scene.alice).await;
        let again = scene.group.send(Send { id: MessageId::new(), ..send }).await.unwrap();
        assert_eq!((again.message, again.is_new), (message, false));
        let new = with_nonce(scene.say(scene.alice, "hi"), "m");
        assert_eq!(scene.group.send(new).await.unwrap_err().code, Code::NotFound);
    }
}

#[tokio::test]
async fn each_thread_updated_shows_its_root_as_of_its_own_number() {
    for scene in scenes().await {
        let root = scene.send(scene.say(scene.alice, "root")).await;
        let replies =
            [scene.alice, scene.bob, scene.alice].map(|who| reply_to(&root, scene.say(who, "reply")));
        let replies = join_all(replies.map(|send| scene.send(send))).await;
        assert_eq!(
            replies.iter().map(|r| r.seq - root.seq).collect::<Vec<_>>(),
            [1, 3, 5],
            "a reply takes two numbers"
        );
        assert_eq!(scene.kinds()[1..3], [EventKind::MessageCreated, EventKind::ThreadUpdated]);
        let counts: Vec<i64> = scene.published.lock().unwrap()[1..]
            .iter()
            .filter(|envelope| envelope.kind == EventKind::ThreadUpdated)
            .map(|envelope| {
                let event: serde_json::Value = serde_json::from_slice(&envelope.encoded.json()).unwrap();
                assert_eq!(event["data"]["replies_version"], envelope.seq);
                event["data"]["reply_count"].as_i64().unwrap()
            })
            .collect();
        assert_eq!(counts, [1, 2, 3]);
        let mut read = scene.store.read().await.unwrap();
        let root = messages::find(read.conn(), root.id).await.unwrap().unwrap();
        assert_eq!((root.reply_count, root.replies_version), (3, replies[2].seq + 1));
        assert_eq!(root.reply_user_ids, [scene.alice, scene.bob]);
        assert_eq!(root.last_reply_at, Some(replies[2].created_at));
    }
}

#[tokio::test]
async fn only_a_message_of_the_timeline_takes_replies() {
    for scene in scenes().await {
        let root = scene.send(scene.say(scene.alice, "root")).await;
        let reply = scene.send(reply_to(&root, scene.say(scene.bob, "reply"))).await;
        let absent = Message { id: MessageId::new(), ..root.clone() };
        let gone = scene.send(scene.say(scene.alice, "gone")).await;
        let deleted = Message { deleted_at: Some(scene.store.clock().now()), ..gone };
        let mut tx = scene.store.begin().await.unwrap();
        messages::delete(tx.conn(), &deleted).await.unwrap();
        tx.commit().await.unwrap();
        for parent in [&reply, &absent, &deleted] {
            let error = scene.group.send(reply_to(parent, scene.say(scene.bob, "no"))).await.unwrap_err();
            assert_eq!((error.code, error.errors[0].field.as_str()), (Code::Invalid, "parent_id"));
        }
    }
}

#[tokio::test]
async fn a_mark_only_moves_forward_and_counts_what_is_left() {
    for scene in scenes().await {
        let mut sent = Vec::new();
        for (who, text) in [(scene.alice, "1"), (scene.bob, "2"), (scene.alice, "3"), (scene.alice, "4")] {
            sent.push(scene.send(scene.say(who, text)).await);
        }
        let marked = scene.mark(scene.bob, sent[1].id).await;
        let moved = marked.moved.unwrap();
        assert_eq!((moved.from_ordinal, moved.to_ordinal), (0, 2));
        assert_eq!((marked.state.unread_count, marked.state.last_read_seq), (2, sent[1].seq));
        assert_eq!(marked.state.state_seq, scene.head().await);
        let older = scene.mark(scene.bob, sent[0].id).await;
        assert!(older.moved.is_none());
        assert_eq!(older.state, marked.state);
        let (further, furthest) =
            join(scene.mark(scene.bob, sent[2].id), scene.mark(scene.bob, sent[3].id)).await;
        assert_eq!(further.state, furthest.state, "of one batch both see where it ended");
        assert_eq!((furthest.state.unread_count, furthest.moved.unwrap().from_ordinal), (0, 3));
        assert_eq!(scene.mark(scene.alice, sent[0].id).await.state.unread_count, 1, "one's own do not count");
    }
}

#[tokio::test]
async fn a_mark_names_a_message_of_the_timeline() {
    for scene in scenes().await {
        let root = scene.send(scene.say(scene.alice, "root")).await;
        let reply = scene.send(reply_to(&root, scene.say(scene.bob, "reply"))).await;
        let (user_id, channel_id) = (scene.bob, scene.channel_id);
        for message_id in [reply.id, MessageId::new()] {
            let error = scene.group.mark(Mark { user_id, channel_id, message_id }).await.unwrap_err();
            assert_eq!((error.code, error.errors[0].field.as_str()), (Code::Invalid, "message_id"));
        }
        let stranger = Mark { user_id: UserId::new(), channel_id, message_id: root.id };
        assert_eq!(scene.group.mark(stranger).await.unwrap_err().code, Code::NotFound);
    }
}

#[tokio::test]
async fn when_the_database_is_gone_everyone_is_told_so() {
    for scene in scenes().await {
        scene.store.close().await;
        let sends = ["a", "b"].map(|text| scene.group.send(scene.say(scene.alice, text)));
        for result in join_all(sends).await {
            assert_eq!(result.unwrap_err().code, Code::Unavailable);
        }
    }
}

#[tokio::test]
async fn who_waits_for_commits_has_those_that_are_in_flight_and_waiting() {
    for scene in scenes().await {
        let mut commits = scene.group.commits();
        commits.settled().await;
        let append = scene.store.begin_append().await.unwrap();
        let send = |text| {
            let (group, send) = (scene.group.clone(), scene.say(scene.alice, text));
            tokio::spawn(async move { group.send(send).await.unwrap() })
        };
        send("in flight");
        while !commits.turns.borrow().is_busy {
            tokio::task::yield_now().await;
        }
        send("waiting");
        while scene.group.queue.capacity() == QUEUE {
            tokio::task::yield_now().await;
        }
        let waited = tokio::time::timeout(Duration::from_millis(50), commits.settled()).await;
        assert!(waited.is_err(), "nothing is committed while another holds the log");
        drop(append);
        commits.settled().await;
        assert_eq!(scene.published.lock().unwrap().len(), 2);
    }
}
