//! One heartbeat for both transports that push, and what it says about who is online.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use crate::support::*;

const QUICK: [(&str, &str); 2] = [("HEARTBEAT_INTERVAL_MS", "500"), ("HEARTBEAT_TIMEOUT_MS", "1500")];
const TIMEOUT: Duration = Duration::from_millis(1500);

fn ids(presence: &Value) -> Vec<&str> {
    let mut ids: Vec<&str> =
        presence.as_array().unwrap().iter().map(|item| item["user_id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids
}

fn sorted(mut ids: Vec<&str>) -> Vec<&str> {
    ids.sort_unstable();
    ids
}

/// Waits until `watcher` is told of this status of `user`, and gives how it was told.
async fn told(watcher: &mut Stream, user: &Client, status: &str) -> Value {
    loop {
        let event = watcher.expect("presence.updated").await;
        let items = event.data()["items"].as_array().unwrap();
        if let Some(item) = items.iter().find(|item| item["user_id"] == user.user["id"]) {
            assert_eq!(item["status"], status, "{}", event.raw);
            return item.clone();
        }
    }
}

on_both! {
    async fn silence_ends_a_stream(db: Db, transport: PushTransport) {
        let app = App::with(db, &QUICK).await;
        let alice = app.user("alice").await;
        let mut stream = alice.stream(transport, None, "").await;
        let opened_at = Instant::now();

        let unasked = stream.expect("pong").await;
        assert_eq!(unasked.json.get("id"), None);
        assert!(opened_at.elapsed() < TIMEOUT, "the client is asked before its time is over");
        let closing = stream.closing().await;

        assert!(opened_at.elapsed() >= TIMEOUT - Duration::from_millis(100));
        assert_eq!(closing["code"], 4408);
        assert_eq!((&closing["reconnect"], &closing["reconnect_after_ms"]), (&json!("now"), &json!(0)));
        assert_ne!(closing["reason"], "");
    }

    async fn its_own_way_to_ping_keeps_a_stream(db: Db, transport: PushTransport) {
        let app = App::with(db, &QUICK).await;
        let alice = app.user("alice").await;
        let mut stream = alice.stream(transport, None, "").await;

        for _ in 0..9 {
            sleep(TIMEOUT / 3).await;
            stream.ping().await;
        }
    }

    async fn any_control_request_keeps_any_stream(db: Db, transport: PushTransport) {
        let app = App::with(db, &QUICK).await;
        let alice = app.user("alice").await;
        let root = alice.send(&alice.channel("general").await, "root").await;
        let mut stream = alice.stream(transport, None, "").await;
        let path = stream.control_path();

        for _ in 0..3 {
            sleep(TIMEOUT / 3).await;
            alice.post(&format!("{path}/ping"), Value::Null).await.expect(204);
            sleep(TIMEOUT / 3).await;
            alice.put(&format!("{path}/threads/{}", root.id()), Value::Null).await.expect(204);
            sleep(TIMEOUT / 3).await;
            alice.post(&format!("{path}/token"), Value::Null).await.expect(204);
        }

        let pong = stream.skip_to("pong").await;
        assert_eq!(pong.json.get("id"), None, "a REST ping has no id to give back");
    }

    async fn pongs_count_what_was_sent(app: App, transport: PushTransport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        let plans = alice.create_channel("plans", "private").await;
        let mut stream = bob.stream(transport, None, "").await;
        assert_eq!(stream.ping().await["delivered"], 0);
        for count in 1..=3 {
            alice.send(&general, "for all").await;
            stream.expect("message.created").await;
            let unseen = alice.send(&plans, "not for bob").await;

            let pong = stream.ping().await;

            assert_eq!(pong["delivered"], count);
            assert_eq!(pong["cursor"], unseen["seq"], "past what is not for him too");
        }
    }

    async fn whoever_has_a_stream_is_online(app: App, transport: PushTransport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let mut watcher = bob.stream(transport, None, "").await;
        told(&mut watcher, &bob, "online").await;
        let stream = alice.stream(transport, None, "").await;
        assert_eq!(ids(&stream.ready()["presence"]), sorted(vec![alice.id(), bob.id()]));
        assert_eq!(stream.ready()["user"]["presence"]["status"], "online");

        let seen = told(&mut watcher, &alice, "online").await;
        assert_ne!(seen["last_seen_at"], Value::Null);
        let listed = bob.get("/v1/presence").await.expect(200);
        assert_eq!(ids(&listed["items"]), sorted(vec![alice.id(), bob.id()]));
        drop(stream);
        let dropped_at = Instant::now();
        told(&mut watcher, &alice, "offline").await;

        assert!(dropped_at.elapsed() >= Duration::from_millis(2_500), "a moment of grace");
        let listed = bob.get("/v1/presence").await.expect(200);
        assert_eq!(ids(&listed["items"]), [bob.id()]);
    }

    async fn a_reload_does_not_flicker(app: App, transport: PushTransport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let mut watcher = bob.stream(transport, None, "").await;
        let stream = alice.stream(transport, None, "").await;
        told(&mut watcher, &alice, "online").await;

        drop(stream);
        sleep(Duration::from_millis(500)).await;
        let _again = alice.stream(transport, None, "").await;

        let flicker = timeout(Duration::from_secs(5), watcher.expect("presence.updated")).await;
        assert!(flicker.is_err(), "{flicker:?}");
    }

    async fn a_client_that_falls_silent_goes_offline(db: Db, transport: PushTransport) {
        let app = App::with(db, &QUICK).await;
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let mut watcher = bob.stream(transport, None, "").await;
        let _silent = alice.stream(transport, None, "").await;
        let silent_since = Instant::now();

        let offline = async {
            told(&mut watcher, &alice, "online").await;
            loop {
                let came = timeout(TIMEOUT / 3, watcher.expect("presence.updated")).await;
                if came.is_ok_and(|event| event.raw.contains("offline")) {
                    return;
                }
                watcher.ping().await;
            }
        };
        offline.await;

        let bound = TIMEOUT + Duration::from_secs(5);
        assert!(silent_since.elapsed() < bound, "{:?}", silent_since.elapsed());
    }

    async fn a_crowd_comes_in_one_batch(app: App) {
        let bob = app.user("bob").await;
        let mut crowd = Vec::new();
        for number in 0..6 {
            crowd.push(app.user(&format!("guest{number}")).await);
        }
        let mut watcher = bob.stream(Transport::WebSocket, None, "").await;
        told(&mut watcher, &bob, "online").await;

        let arriving = crowd.iter().map(|guest| guest.stream(Transport::Sse, None, ""));
        let _streams = futures_util::future::join_all(arriving).await;

        let (mut came, mut batch_count, mut batched_at) = (0, 0, None::<Instant>);
        while came < crowd.len() {
            let batch = watcher.expect("presence.updated").await;
            came += batch.data()["items"].as_array().unwrap().len();
            batch_count += 1;
            let since = batched_at.replace(Instant::now()).map(|at| at.elapsed());
            assert!(since.is_none_or(|since| since > Duration::from_millis(700)), "{since:?} after another");
        }
        assert!(came == crowd.len() && batch_count <= 3, "{came} in {batch_count} batches");
    }

    async fn in_a_large_channel_presence_is_asked_for(db: Db, transport: PushTransport) {
        let app = App::with(db, &[("PRESENCE_MAX_MEMBERS", "2")]).await;
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let carol = app.user("carol").await;
        let dm = alice.dm(&bob).await;
        let mut watcher = alice.stream(transport, None, "").await;
        let _carol_is_here = carol.stream(transport, None, "").await;
        let _bob_is_here = bob.stream(transport, None, "").await;

        told(&mut watcher, &bob, "online").await;

        let here = sorted(vec![alice.id(), bob.id()]);
        let again = alice.stream(transport, None, "").await;
        assert_eq!(ids(&again.ready()["presence"]), here, "herself and whom she has a DM with");
        assert_eq!(ids(&alice.get("/v1/presence").await.expect(200)["items"]), here);
        let general = alice.channel("general").await;
        let members = alice.get(&format!("/v1/channels/{}/members", general.id())).await.expect(200);
        assert_eq!(members["online_count"], 3, "{members}");
        drop((again, dm));
        drop(_carol_is_here);
        sleep(Duration::from_secs(5)).await;
        watcher.stays_quiet(Duration::from_millis(10)).await;
        while let Ok(event) = timeout(Duration::from_millis(50), watcher.next()).await {
            assert!(!event.raw.contains(carol.id()), "{}", event.raw);
        }
    }

    async fn a_long_poll_makes_nobody_online(app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let poll = alice.stream(Transport::Poll, None, "").await;

        let page = alice.get(&format!("/v1/events?cursor={}&wait=1", poll.cursor())).await.expect(200);

        assert_eq!(page["items"], json!([]));
        let seen = bob.get(&format!("/v1/users/{}", alice.id())).await.expect(200);
        assert_eq!(seen["presence"]["status"], "offline");
    }
}
