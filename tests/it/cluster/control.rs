//! Control requests reach a stream wherever it is held, and say so where they cannot.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::kit::*;
use crate::support::*;

/// Two instances, and a stream at the first of someone who asks at the second.
async fn scene(transport: Transport) -> (Cluster, Client, Stream) {
    let cluster = Cluster::start().await;
    let alice = cluster.instances[0].user("alice").await;
    let stream = alice.stream(transport, None, "").await;
    let there = alice.at(cluster.instances[1].base());
    (cluster, there, stream)
}

async fn reaches_a_stream_elsewhere(transport: Transport) {
    let (cluster, there, mut stream) = scene(transport).await;
    let path = stream.control_path();
    let general = there.channel("general").await;
    let root = there.send(&general, "root").await;
    let bob = cluster.instances[1].user("bob").await;
    let bobs_root = bob.send(&general, "a root of bob's").await;
    stream.skip_to("message.created").await;
    stream.skip_to("message.created").await;

    there.post(&format!("{path}/ping"), Value::Null).await.expect(204);
    let pong = stream.skip_to("pong").await;
    assert_eq!(pong.data()["cursor"].as_u64(), Some(stream.cursor()));

    there.post(&format!("{path}/token"), Value::Null).await.expect(204);

    let thread = format!("{path}/threads/{}", bobs_root.id());
    there.put(&thread, Value::Null).await.expect(204);
    let reply = bob.reply(&bobs_root, "seen").await;
    assert_eq!(stream.expect("message.created").await.data()["message"]["id"], reply["id"]);
    stream.expect("thread.updated").await;
    there.delete(&thread).await.expect(204);
    bob.reply(&bobs_root, "unseen").await;
    stream.expect("thread.updated").await;
    there.send(&general, "the end").await;
    assert_eq!(stream.expect("message.created").await.data()["message"]["text"], "the end");

    bob.post(&format!("{path}/ping"), Value::Null).await.problem(404, "not_found");
    let nobody = format!("/v1/connections/{}/ping", root.id());
    there.post(&nobody, Value::Null).await.problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reaches_an_sse_stream_elsewhere() {
    reaches_a_stream_elsewhere(Transport::Sse).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reaches_a_websocket_elsewhere() {
    reaches_a_stream_elsewhere(Transport::WebSocket).await;
}

/// Where the holder cannot be reached, the answer is to come again; the stream goes on, and so does control of it where
/// it is held.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn says_when_the_holder_cannot_be_reached() {
    let (cluster, there, mut stream) = scene(Transport::Sse).await;
    let ping = format!("{}/ping", stream.control_path());
    there.post(&ping, Value::Null).await.expect(204);
    stream.skip_to("pong").await;

    cluster.redis.freeze();
    let asked_at = Instant::now();
    let answer = there.post(&ping, Value::Null).await;
    let took = asked_at.elapsed();
    assert!(answer.header("retry-after").is_some(), "{answer:?}");
    answer.problem(503, "unavailable");
    println!("told after {took:?}");
    assert!(took < Duration::from_millis(3_000), "{took:?}");
    stream.ping().await;

    cluster.redis.thaw();
    let reached = async || there.post(&ping, Value::Null).await.status == 204;
    eventually(Duration::from_secs(15), "the holder is reached again", reached).await;
    stream.skip_to("pong").await;
}

/// A logout ends streams at every instance, also while there is no bus.
async fn logout_ends_streams_elsewhere(breaks: impl AsyncFnOnce(&mut Cluster), within: Duration) {
    let (mut cluster, there, mut stream) = scene(Transport::WebSocket).await;
    let here = there.at(cluster.instances[0].base());
    here.get("/v1/me").await.expect(200);

    breaks(&mut cluster).await;
    there.post("/v1/auth/logout", Value::Null).await.expect(204);
    let left_at = Instant::now();

    assert_eq!(stream.closing().await["code"], 4401);
    let took = left_at.elapsed();
    println!("the stream was ended after {took:?}");
    assert!(took < within, "{took:?}");
    let refused = async || here.get("/v1/me").await.status == 401;
    eventually(within, "the token is refused everywhere", refused).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_logout_ends_streams_elsewhere() {
    logout_ends_streams_elsewhere(async |_| {}, Duration::from_secs(2)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_logout_ends_streams_elsewhere_without_the_bus() {
    logout_ends_streams_elsewhere(async |cluster| cluster.redis.kill9().await, Duration::from_secs(10)).await;
}

/// The instance that holds the stream was never cut off; that it did not hear the other one shows only afterwards.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mark_made_at_an_instance_that_was_cut_off_is_told_elsewhere_afterwards() {
    let (cluster, there, mut stream) = scene(Transport::WebSocket).await;
    let general = there.channel("general").await;
    let bob = cluster.instances[0].user("bob").await;
    let message = bob.send(&general, "hello").await;
    stream.skip_to("message.created").await;

    cluster.buses[1].wire.set(Wire::IsSilent);
    let notices = async || there.get("/readyz").await.json()["status"] == "degraded";
    eventually(Duration::from_secs(15), "it notices that it is cut off", notices).await;
    there.mark_read(&general, &message).await;
    // Longer than what is read again after any loss.
    sleep(Duration::from_secs(12)).await;
    stream.ping().await;
    cluster.buses[1].wire.set(Wire::Passes);

    let read = stream.skip_to("read.updated").await;
    assert_eq!((&read.data()["unread_count"], &read.data()["channel_id"]), (&json!(0), &general["id"]));
}
