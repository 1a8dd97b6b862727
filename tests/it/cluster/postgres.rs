//! PostgreSQL is restarted, stands still or is gone: whoever asks is told so in time, and nothing acknowledged is lost.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::kit::*;
use crate::support::*;

/// How long an answer may take, whatever the database does.
const ANSWER: Duration = Duration::from_secs(5);
/// How soon it is used again once it is back.
const RECOVERY: Duration = Duration::from_secs(5);

async fn restarted(signal: &str) {
    let mut cluster = Cluster::with_own_postgres().await;
    let load = Load::start(&cluster).await;

    for _ in 0..short_or_long(2, 20) {
        cluster.own_postgres().stop(signal).await;
        load.runs(Duration::from_millis(500)).await;
        cluster.own_postgres().start_again();
        cluster.own_postgres().is_ready().await;
        let took = load.goes_on().await;
        println!("sends went on {took:?} after it was back");
        assert!(took < 2 * RECOVERY, "HUBBUB_SEED={}", cluster.seed);
    }

    assert_eq!(load.unanswered_count(), 0, "an answer in time; HUBBUB_SEED={}", cluster.seed);
    load.settle(&cluster).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn restarted_fast() {
    restarted("INT").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn restarted_at_once() {
    restarted("QUIT").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frozen() {
    let mut cluster = Cluster::with_own_postgres().await;
    let load = Load::start(&cluster).await;

    cluster.own_postgres().freeze();
    load.runs(short_or_long(Duration::from_secs(6), Duration::from_secs(10))).await;
    cluster.own_postgres().thaw();
    let took = load.goes_on().await;

    println!("sends went on {took:?} after it was thawed");
    assert!(took < 2 * RECOVERY, "HUBBUB_SEED={}", cluster.seed);
    assert!(load.unknown_count() > 0, "nobody noticed; HUBBUB_SEED={}", cluster.seed);
    assert_eq!(load.unanswered_count(), 0, "an answer in time; HUBBUB_SEED={}", cluster.seed);
    load.settle(&cluster).await;
}

/// No byte moves, and nobody is told: the wire between is dead.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn partitioned_from_one_instance() {
    let cluster = Cluster::start().await;
    let load = Load::start(&cluster).await;

    cluster.stores[0].set(Wire::IsSilent);
    load.runs(short_or_long(Duration::from_secs(6), Duration::from_secs(30))).await;
    load.goes_on().await;
    cluster.stores[0].set(Wire::Passes);
    load.goes_on().await;

    assert_eq!(load.unanswered_count(), 0, "an answer in time; HUBBUB_SEED={}", cluster.seed);
    load.settle(&cluster).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow() {
    let cluster = Cluster::start().await;
    let load = Load::start(&cluster).await;

    cluster.stores.iter().for_each(|store| store.set(Wire::Delays(Duration::from_millis(20))));
    load.runs(short_or_long(Duration::from_secs(2), Duration::from_secs(30))).await;
    load.goes_on().await;
    cluster.stores.iter().for_each(|store| store.set(Wire::Passes));

    load.settle(&cluster).await;
}

/// What everyone is told while it is away, and that all goes on by itself when it is back.
async fn away(breaks: impl AsyncFnOnce(&mut Postgres), mends: impl AsyncFnOnce(&mut Postgres)) {
    let mut cluster = Cluster::with_own_postgres().await;
    let alice = cluster.instances[0].user("alice").await;
    let general = alice.channel("general").await;
    let mut streams = Vec::new();
    for instance in &cluster.instances {
        for transport in [Transport::WebSocket, Transport::Sse] {
            streams.push(alice.at(instance.base()).stream(transport, None, "").await);
        }
    }

    breaks(cluster.own_postgres()).await;
    let path = format!("/v1/channels/{}/messages", general.id());
    for instance in &cluster.instances {
        let there = alice.at(instance.base());
        let nonce = format!("while away, at {}", instance.base());
        is_unavailable(async || there.post(&path, json!({"text": "hello", "nonce": nonce})).await).await;
        is_unavailable(async || there.get(&path).await).await;
        let status = async |path: &str| there.get(path).await.status;
        eventually(ANSWER, "it is not ready", async || status("/readyz").await == 503).await;
        assert_eq!(status("/healthz").await, 200);
    }
    for stream in &mut streams {
        stream.stays_quiet(Duration::from_millis(100)).await;
    }

    mends(cluster.own_postgres()).await;
    let back = async || alice.get("/readyz").await.status == 200;
    let took = eventually(2 * RECOVERY, "it is ready again", back).await;
    println!("ready {took:?} after it was back");
    let text = "we are back";
    let sent = async || alice.post(&path, json!({"text": text, "nonce": text})).await.status < 300;
    eventually(2 * RECOVERY, "a send is taken", sent).await;
    for stream in &mut streams {
        while stream.next_durable().await.data()["message"]["text"] != text {}
    }
}

/// Asks, and expects to be told in time to come again.
async fn is_unavailable(ask: impl AsyncFn() -> Answer) {
    let asked_at = Instant::now();
    let answer = ask().await;
    let took = asked_at.elapsed();
    let retry_after: Option<u64> = answer.header("retry-after").map(|seconds| seconds.parse().unwrap());
    let problem: Value = answer.problem(503, "unavailable");
    println!("{} after {took:?}", problem["detail"]);
    assert!(retry_after.is_some_and(|seconds| seconds > 0), "{problem}");
    assert!(took < ANSWER + Duration::from_millis(500), "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopped_for_a_while() {
    away(
        async |postgres| postgres.stop("INT").await,
        async |postgres| {
            postgres.start_again();
            postgres.is_ready().await;
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frozen_for_a_while() {
    away(async |postgres| postgres.freeze(), async |postgres| postgres.thaw()).await;
}
