//! A snapshot before, plus the events, equals a snapshot after: for every type of event.

mod actions;
mod follower;

use std::collections::BTreeSet;
use std::time::Duration;

use hubbub::event::row::EventKind;
use serde_json::Value;
use tokio::time::Instant;

use super::operation::types_of;
use crate::support::*;
use actions::Scene;
use follower::Follower;

/// Events that change nothing a client holds: they begin and end streams, and answer.
const OF_THE_STREAM: [&str; 7] = ["ready", "state", "reset", "closing", "pong", "ack", "error"];
/// How long ephemeral events may take: presence goes 3 s after the last stream.
const PATIENCE: Duration = Duration::from_secs(8);

/// What a client has to know: all that the document lists but for the stream's own.
fn kinds() -> Vec<String> {
    let kinds = types_of("StreamEvent");
    let listed: BTreeSet<&str> = kinds.iter().map(String::as_str).collect();
    assert!(EventKind::ALL.iter().all(|kind| listed.contains(kind.as_str())), "the document leaves one out");
    kinds.into_iter().filter(|kind| !OF_THE_STREAM.contains(&kind.as_str())).collect()
}

fn is_durable(kind: &str) -> bool {
    EventKind::ALL.iter().any(|durable| durable.as_str() == kind)
}

/// What has come on a stream up to the log's head.
async fn arrived(stream: &mut Stream, watcher: &Client) -> Vec<Value> {
    let head = watcher.get("/v1/events").await.expect(200)["cursor"].as_u64();
    while stream.ping().await["cursor"].as_u64() < head {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stream.take_kept().into_iter().map(|event| event.json).collect()
}

async fn replayed(watcher: &Client, cursor: i64, threads: &str) -> Vec<Value> {
    let path = format!("/v1/events?cursor={cursor}&limit=1000&threads={threads}");
    watcher.get(&path).await.expect(200)["items"].as_array().unwrap().clone()
}

fn assert_same(what: &str, found: &Value, expected: &Value) {
    if found != expected {
        let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap();
        let (found, expected) = (pretty(found), pretty(expected));
        let differing = found.lines().zip(expected.lines()).filter(|(found, expected)| found != expected);
        let differing: Vec<String> =
            differing.take(12).map(|(found, expected)| format!("{found}   not{expected}")).collect();
        panic!("{what}: {differing:#?}\n{found}\n\nnot\n\n{expected}");
    }
}

async fn holds_for(app: &App, kind: &str) {
    let mut scene = Scene::set(app, &kind.replace('.', "-")).await;
    scene.prepare(kind).await;
    let (bob, people) = (scene.bob.clone(), scene.people());
    let roots = Follower::load(&bob, &people, "").await.roots();
    let mut stream = bob.stream(Transport::WebSocket, None, &format!("threads={roots}")).await;
    let before = Follower::load(&bob, &people, &roots).await;

    assert!(scene.act(kind).await, "{kind} is not tested: say in actions.rs what causes it");

    let (mut live, mut events) = (before.clone(), Vec::new());
    let deadline = Instant::now() + PATIENCE;
    let after = loop {
        let arrived = arrived(&mut stream, &bob).await;
        live.follow(&arrived).await;
        events.extend(arrived);
        let after = live.reloaded().await;
        let is_seen = events.iter().any(|event| event["type"] == kind);
        if is_durable(kind) {
            assert!(is_seen, "{kind} was caused, and not told");
            assert_same(&format!("after {kind}"), &live.durable_view(), &after.durable_view());
        }
        if is_seen && live.view() == after.view() {
            break after;
        }
        if Instant::now() > deadline {
            assert_same(&format!("after {kind}"), &live.view(), &after.view());
            panic!("{kind} was caused, and not told");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };

    let durable: Vec<Value> = events.into_iter().filter(|event| !event["seq"].is_null()).collect();
    live.follow(&durable).await;
    assert_same(&format!("{kind} twice"), &live.view(), &after.view());
    let mut late = after.clone();
    late.follow(&durable).await;
    assert_same(&format!("{kind} late"), &late.view(), &after.view());
    if is_durable(kind) {
        let log = replayed(&bob, before.state_seq, &roots).await;
        let mut resumed = before.clone();
        resumed.follow(&log).await;
        assert_same(&format!("{kind} replayed"), &resumed.durable_view(), &after.durable_view());
        late.follow(&log).await;
        assert_same(&format!("{kind} replayed late"), &late.view(), &after.view());
    }
}

on_both! {
    async fn a_snapshot_and_the_events_after_it_equal_a_later_snapshot(app: App) {
        for kind in kinds() {
            holds_for(&app, &kind).await;
        }
    }
}
