//! Redis goes away, stands still or cannot be reached: sends go on, and nobody misses anything.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::kit::*;
use crate::support::*;

/// For how long Redis is away.
fn away() -> Duration {
    short_or_long(Duration::from_secs(3), Duration::from_secs(30))
}

/// Breaks Redis under load, and mends it.
async fn under_load(
    breaks: impl AsyncFnOnce(&mut Cluster), lasting: Duration, mends: impl AsyncFnOnce(&mut Cluster),
) {
    let mut cluster = Cluster::start().await;
    let load = Load::start(&cluster).await;

    breaks(&mut cluster).await;
    load.runs(lasting).await;
    load.goes_on().await;
    mends(&mut cluster).await;
    load.goes_on().await;

    assert_eq!(load.unknown_count(), 0, "no send is disturbed; HUBBUB_SEED={}", cluster.seed);
    load.settle(&cluster).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_and_restarted() {
    under_load(
        async |cluster| cluster.redis.kill9().await,
        away(),
        async |cluster| cluster.redis.restart().await,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frozen() {
    under_load(async |cluster| cluster.redis.freeze(), away(), async |cluster| cluster.redis.thaw()).await;
}

/// Long enough that every instance notices by itself: nobody tells it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn partitioned() {
    let lasting = short_or_long(Duration::from_secs(11), Duration::from_secs(30));
    under_load(
        async |cluster| cluster.set_buses(Wire::IsSilent),
        lasting,
        async |cluster| cluster.set_buses(Wire::Passes),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn partitioned_from_one_instance() {
    under_load(
        async |cluster| cluster.buses[1].wire.set(Wire::IsSilent),
        away(),
        async |cluster| cluster.buses[1].wire.set(Wire::Passes),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_off_again_and_again() {
    under_load(
        async |cluster| {
            for _ in 0..10 {
                cluster.buses.iter().for_each(|bus| bus.wire.cut());
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        },
        Duration::ZERO,
        async |_| {},
    )
    .await;
}

/// What a dead Redis may add to a send, as the 95th percentile.
const ADDED: Duration = Duration::from_millis(50);
/// How soon a message is on the other instance all the same.
const DELIVERED: Duration = Duration::from_secs(2);

/// What a send costs without Redis beside what it cost with it, and how soon it is on the other side. In the short form one
/// stretch of several has to be within the bounds, since other tests run beside it; in the long form each has.
async fn sends_go_on(breaks: impl AsyncFnOnce(&mut Cluster)) {
    let mut cluster = Cluster::start().await;
    let alice = cluster.instances[0].user("alice").await;
    let general = alice.channel("general").await;
    let mut streams = Vec::new();
    for transport in [Transport::WebSocket, Transport::Sse] {
        streams.push(alice.at(cluster.instances[1].base()).stream(transport, None, "").await);
    }
    let with_redis = send_and_wait(&alice, &general, &mut streams).await;

    breaks(&mut cluster).await;
    let mut stretches = Vec::new();
    for _ in 0..5 {
        stretches.push(send_and_wait(&alice, &general, &mut streams).await);
    }

    println!("sends with Redis: {with_redis:?}; without: {stretches:#?}");
    let is_good = |pace: &Pace| {
        pace.send_p95.saturating_sub(with_redis.send_p95) <= ADDED && pace.slowest_delivery <= DELIVERED
    };
    let good_count = stretches.iter().filter(|pace| is_good(pace)).count();
    assert!(good_count >= short_or_long(1, 5), "{good_count} of 5 were within the bounds");
}

#[derive(Debug)]
struct Pace {
    send_p95: Duration,
    slowest_delivery: Duration,
}

/// Sends one message after the other; every fifth is waited for on the other instance.
async fn send_and_wait(alice: &Client, general: &Value, streams: &mut [Stream]) -> Pace {
    let (mut sends, mut slowest_delivery) = (Vec::new(), Duration::ZERO);
    for number in 0..short_or_long(20, 100) {
        let asked_at = Instant::now();
        let message = alice.send(general, "hello").await;
        sends.push(asked_at.elapsed());
        if number % 5 == 0 {
            let sent_at = Instant::now();
            for stream in streams.iter_mut() {
                while stream.next_durable().await.data()["message"] != message {}
            }
            slowest_delivery = slowest_delivery.max(sent_at.elapsed());
        }
    }
    sends.sort_unstable();
    Pace { send_p95: sends[sends.len() * 95 / 100], slowest_delivery }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sends_go_on_while_it_is_dead() {
    sends_go_on(async |cluster| cluster.redis.kill9().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sends_go_on_while_it_is_frozen() {
    sends_go_on(async |cluster| cluster.redis.freeze()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sends_go_on_while_it_cannot_be_reached() {
    sends_go_on(async |cluster| cluster.set_buses(Wire::IsSilent)).await;
}

async fn readiness(client: &Client) -> (u16, Value) {
    let answer = client.get("/readyz").await;
    (answer.status, answer.json())
}

/// An instance without Redis serves, and says that something is missing; it mends by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readiness_says_that_it_is_missing() {
    let mut cluster = Cluster::start().await;
    let probe = cluster.instances[0].stranger();
    let is = async |status: &str| {
        let (code, ready) = readiness(&probe).await;
        assert_eq!(code, 200, "{ready}");
        ready["status"] == status
    };
    eventually(Duration::from_secs(10), "all is well", async || is("ok").await).await;

    cluster.redis.freeze();
    let noticed =
        eventually(Duration::from_secs(15), "a frozen Redis is noticed", async || is("degraded").await).await;
    assert_eq!(readiness(&probe).await.1["presence"], "degraded");
    cluster.redis.thaw();
    let mended = eventually(Duration::from_secs(15), "a thawed Redis is used", async || is("ok").await).await;
    println!("frozen: noticed after {noticed:?}, mended after {mended:?}");

    cluster.redis.kill9().await;
    let noticed =
        eventually(Duration::from_secs(15), "a dead Redis is noticed", async || is("degraded").await).await;
    cluster.redis.restart().await;
    let mended = eventually(Duration::from_secs(15), "a new Redis is used", async || is("ok").await).await;
    println!("dead: noticed after {noticed:?}, mended after {mended:?}");
}

/// `REDIS_URL` may name what is not there yet.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_start_without_it() {
    let mut cluster = Cluster::start().await;
    cluster.redis.kill9().await;
    for instance in &mut cluster.instances {
        instance.kill9().await;
        instance.restart().await;
    }
    let alice = cluster.instances[0].user("alice").await;
    let general = alice.channel("general").await;
    let mut stream = alice.at(cluster.instances[1].base()).stream(Transport::WebSocket, None, "").await;

    let message = alice.send(&general, "hello").await;

    assert_eq!(stream.expect("message.created").await.data()["message"], message);
}
