//! A reader who pauses costs the others nothing and misses nothing: the stream goes on from the log, in order.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use crate::support::*;

/// More than the kernel's buffers and the stream's own queue hold.
const COUNT: usize = 1_600;

async fn send_many(writer: &Client, channel: &Value, count: usize) {
    let text = "x".repeat(6_000);
    for start in (0..count).step_by(100) {
        let sends = (start..count.min(start + 100)).map(|_| writer.send(channel, &text));
        futures_util::future::join_all(sends).await;
    }
}

/// The numbers of the log's events after `cursor` that the reader may see.
async fn log_after(reader: &Client, mut cursor: u64, threads: &str) -> Vec<u64> {
    let mut seqs = Vec::new();
    loop {
        let page = reader.get(&format!("/v1/events?cursor={cursor}&limit=500&{threads}")).await.expect(200);
        let items = page["items"].as_array().unwrap();
        if items.is_empty() {
            return seqs;
        }
        seqs.extend(items.iter().map(|event| event["seq"].as_u64().unwrap()));
        cursor = page["cursor"].as_u64().unwrap();
    }
}

on_both! {
    async fn a_reader_who_pauses_misses_nothing(app: App, transport: PushTransport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let carol = app.user("carol").await;
        let general = alice.channel("general").await;
        let root = alice.send(&general, "root").await;
        let threads = format!("threads={}", root.id());
        let mut paused = bob.narrow_stream(transport, &threads).await;
        let start = paused.cursor();
        let mut other = carol.stream(transport, None, "").await;
        let ping = format!("{}/ping", paused.control_path());

        let others_follow = async {
            for _ in 0..COUNT {
                let sent_at = Instant::now();
                other.skip_to("message.created").await;
                assert!(sent_at.elapsed() < Duration::from_secs(5), "the others wait");
            }
        };
        let pinging = async {
            for _ in 0..20 {
                bob.post(&ping, Value::Null).await.expect(204);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::join!(send_many(&alice, &general, COUNT), others_follow, pinging);
        let path = format!("/v1/channels/{}/typing", general.id());
        alice.post(&path, json!({"state": "started"})).await.expect(204);
        alice.reply(&root, "in the thread").await;

        let log = log_after(&bob, start, &threads).await;
        assert_eq!(log.len(), COUNT + 2);
        let (mut seen, mut pong_count, mut asked_at) = (Vec::new(), 0, 0);
        while seen.len() < log.len() {
            let event = paused.next().await;
            seen.extend(event.seq());
            pong_count += usize::from(event.kind() == "pong");
            if seen.len() >= asked_at + 200 {
                asked_at = seen.len();
                bob.post(&ping, Value::Null).await.expect(204);
            }
        }
        assert_eq!(seen, log);
        let state = paused.skip_to("state").await;
        assert_eq!(state.data()["typing"][0]["user_id"], alice.user["id"], "what it skipped meanwhile");
        let listed = bob.get("/v1/channels").await.expect(200);
        assert_eq!(state.data()["channels"], listed["items"]);
        assert!(pong_count > 3, "pongs are never skipped: {pong_count}");

        let reply = alice.reply(&root, "and live again").await;
        assert_eq!(paused.skip_to("message.created").await.data()["message"], reply);
        let pong = paused.ping().await;
        assert_eq!(pong["delivered"], COUNT + 4);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_takes_no_byte_for_half_a_minute_is_let_go() {
    let app = App::start(Db::Sqlite).await;
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let dave = app.user("dave").await;
    let general = alice.channel("general").await;
    let mut watcher = alice.stream(Transport::WebSocket, None, "").await;
    let _stuck = bob.narrow_stream(Transport::WebSocket, "").await;
    let _stuck_too = dave.narrow_stream(Transport::Sse, "").await;
    let stuck_since = Instant::now();
    send_many(&alice, &general, COUNT).await;

    let mut gone = Vec::new();
    while gone.len() < 2 && stuck_since.elapsed() < Duration::from_secs(60) {
        let came = timeout(Duration::from_secs(5), watcher.skip_to("presence.updated")).await;
        let items = came.map(|event| event.data()["items"].as_array().unwrap().clone()).unwrap_or_default();
        gone.extend(items.into_iter().filter(|item| item["status"] == "offline"));
        watcher.ping().await;
    }

    assert_eq!(gone.len(), 2, "{gone:?}");
    assert!(stuck_since.elapsed() > Duration::from_secs(25), "{:?}", stuck_since.elapsed());
}
