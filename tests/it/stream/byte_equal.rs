//! One rendering for every transport: live events are the same bytes in the same order, and what is replayed is the same
//! events with their objects as they are now.

use std::collections::BTreeSet;

use hubbub::event::row::EventKind;
use serde_json::{Value, json};

use crate::support::*;

const EVERY: [Transport; 3] = [Transport::WebSocket, Transport::Sse, Transport::Poll];
/// What is said and then deleted.
const REGRETTED: &str = "what nobody should read again";

/// Bob, who listens on every transport at once with a thread open, and what he has heard.
struct Listener {
    streams: Vec<Stream>,
    heard: Vec<Event>,
}

impl Listener {
    /// The next events on every stream: of these types, the same bytes on each.
    async fn hears(&mut self, kinds: &[&str]) {
        for kind in kinds {
            let mut events = Vec::new();
            for stream in &mut self.streams {
                events.push(stream.next_durable().await);
            }
            assert_eq!(events[0].kind(), *kind, "{}", events[0].raw);
            for event in &events[1..] {
                assert_eq!(event.raw, events[0].raw);
            }
            self.heard.push(events.swap_remove(0));
        }
    }
}

/// Everything that can happen, each seen by Bob live; gives his open thread, where he began, and what he heard.
async fn play(app: &App, alice: &Client, bob: &Client) -> (String, u64, Vec<Event>) {
    let general = alice.channel("general").await;
    let root = alice.send(&general, "Lunch?").await;
    let threads = format!("threads={}", root.id());
    let mut streams = Vec::new();
    for transport in EVERY {
        streams.push(bob.stream(transport, None, &threads).await);
    }
    let start = streams[0].cursor();
    let mut bob_hears = Listener { streams, heard: Vec::new() };

    let message = alice.send(&general, REGRETTED).await;
    bob_hears.hears(&["message.created"]).await;
    alice.edit(&message, &format!("{REGRETTED}, edited \u{1f389} \u{2028} \"Grüße\" </script>")).await;
    bob_hears.hears(&["message.updated"]).await;
    let reply = alice.reply(&root, REGRETTED).await;
    bob_hears.hears(&["message.created", "thread.updated"]).await;
    alice.edit(&reply, "At noon").await;
    bob_hears.hears(&["message.updated"]).await;
    alice.delete_message(&reply).await;
    bob_hears.hears(&["message.deleted", "thread.updated"]).await;
    alice.delete_message(&message).await;
    bob_hears.hears(&["message.deleted"]).await;
    alice.patch("/v1/me", json!({"display_name": "Alice \u{1f984} \\ \"A\""})).await.expect(200);
    bob_hears.hears(&["user.updated"]).await;
    app.user("carol").await;
    bob_hears.hears(&["member.joined"; 3]).await;
    alice.dm(bob).await;
    bob_hears.hears(&["channel.created"]).await;
    let lunch = alice.create_channel("lunch", "public").await;
    bob.join(&lunch).await;
    bob_hears.hears(&["member.joined"]).await;
    let path = format!("/v1/channels/{}", lunch.id());
    alice.patch(&path, json!({"description": "Where \u{0} never stands"})).await;
    alice.patch(&path, json!({"description": "Where to eat"})).await.expect(200);
    bob_hears.hears(&["channel.updated"]).await;
    alice.leave(&lunch).await;
    bob_hears.hears(&["member.left", "member.updated"]).await;
    bob.post(&format!("{path}/archive"), Value::Null).await.expect(200);
    bob_hears.hears(&["channel.archived"]).await;
    bob.post(&format!("{path}/unarchive"), Value::Null).await.expect(200);
    bob_hears.hears(&["channel.updated"]).await;
    (threads, start, bob_hears.heard)
}

async fn replay(bob: &Client, transport: Transport, cursor: u64, threads: &str, count: usize) -> Vec<Event> {
    let mut stream = bob.stream(transport, Some(cursor), threads).await;
    let mut events = Vec::new();
    for _ in 0..count {
        events.push(stream.next_durable().await);
    }
    events
}

fn raw(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.raw.as_str()).collect()
}

/// What never changes about an event: its type, its number, and what its objects keep for ever.
fn outline(event: &Event) -> Value {
    let keep = |object: &Value, fields: &[&str]| -> Value {
        fields.iter().map(|field| ((*field).to_owned(), object[*field].clone())).collect()
    };
    let mut data = event.data().clone();
    for (name, fields) in [
        ("message", &["id", "seq", "channel_id", "sender_id", "parent_id", "nonce", "created_at"][..]),
        ("channel", &["id", "kind", "created_by", "created_at"]),
        ("user", &["id", "username"]),
    ] {
        if data.get(name).is_some() {
            data[name] = keep(&data[name], fields);
        }
    }
    if event.kind() == "thread.updated" {
        data = keep(&data, &["channel_id", "message_id"]);
    }
    json!([event.kind(), event.seq(), data])
}

/// The version of an event's object, if it shows one.
fn version(event: &Event) -> Option<u64> {
    let data = event.data();
    let object = ["message", "channel", "user"].into_iter().find_map(|name| data.get(name));
    object.map_or(&data["replies_version"], |object| &object["version"]).as_u64()
}

on_both! {
    async fn every_event_is_the_same_bytes_on_every_transport(app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);

        let (_, _, heard) = play(&app, &alice, &bob).await;

        let kinds: BTreeSet<&str> = heard.iter().map(Event::kind).collect();
        let every: BTreeSet<&str> = EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(kinds, every, "each durable event was compared");
    }

    async fn a_replay_is_the_same_events_and_never_older_objects(app: App, transport: Transport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (threads, start, heard) = play(&app, &alice, &bob).await;

        let replayed = replay(&bob, transport, start, &threads, heard.len()).await;

        for (now, then) in replayed.iter().zip(&heard) {
            assert_eq!(outline(now), outline(then));
            assert!(version(now) >= version(then), "{}\nis older than\n{}", now.raw, then.raw);
            if version(now) == version(then) && now.kind() != "message.created" {
                assert_eq!(now.raw, then.raw, "one version, one rendering");
            }
            assert!(!now.raw.contains(REGRETTED), "{}", now.raw);
        }
    }

    async fn from_the_log_alone_a_replay_is_byte_equal_too(mut app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (threads, start, heard) = play(&app, &alice, &bob).await;

        app.restart().await;

        let polled = replay(&bob, Transport::Poll, start, &threads, heard.len()).await;
        for transport in [Transport::WebSocket, Transport::Sse] {
            let replayed = replay(&bob, transport, start, &threads, heard.len()).await;
            assert_eq!(raw(&replayed), raw(&polled));
        }
        let outlines = |events: &[Event]| events.iter().map(outline).collect::<Vec<_>>();
        assert_eq!(outlines(&polled), outlines(&heard));
        for event in polled.iter().filter(|event| event.data().get("message").is_some()) {
            let message = &event.data()["message"];
            let path = format!("/v1/messages/{}", message.id());
            assert_eq!(&bob.get(&path).await.expect(200), message, "as it is now");
        }
    }

    async fn a_deleted_text_is_gone_before_the_deletion_is_replayed(app: App, transport: Transport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        let listening = bob.stream(Transport::WebSocket, None, "").await;
        let message = alice.send(&general, REGRETTED).await;
        let cursor = listening.cursor();
        alice.delete_message(&message).await;

        let mut stream = bob.stream(transport, Some(cursor), "").await;

        let created = stream.expect("message.created").await;
        assert_eq!(created.data()["message"]["text"], "");
        assert_ne!(created.data()["message"]["deleted_at"], Value::Null);
        stream.expect("message.deleted").await;
    }
}
