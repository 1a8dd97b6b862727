//! Who is online, on any instance, when instances and Redis come and go.

use std::time::Duration;

use serde_json::json;

use super::kit::*;
use crate::support::*;

const QUICK: [(&str, &str); 2] = [("HEARTBEAT_INTERVAL_MS", "500"), ("HEARTBEAT_TIMEOUT_MS", "2000")];
const TIMEOUT: Duration = Duration::from_secs(2);
/// A killed instance's users are offline after the timeout and this at most.
const GRACE: Duration = Duration::from_secs(5);

/// Waits until all of these are online in the eyes of someone.
async fn are_online(watcher: &Client, people: &[&Client]) -> Duration {
    let all = async || {
        let presence = watcher.get("/v1/presence").await.expect(200);
        let online: Vec<&str> = presence["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|item| item["status"] == "online")
            .map(|item| item["user_id"].id())
            .collect();
        people.iter().all(|person| online.contains(&person.id()))
    };
    eventually(Duration::from_secs(15), "everyone is seen online", all).await
}

/// Someone at the second instance watches people at the first, of whom some are at the second too.
struct Scene {
    cluster: Cluster,
    watcher: Online,
    /// People who are at the first instance alone, and people who are at both.
    first_alone: Vec<Client>,
    both: Vec<Client>,
    _streams: Vec<Online>,
}

impl Scene {
    /// People at the first instance alone go on at the second when their stream ends, if `they_return`.
    async fn set(they_return: bool) -> Scene {
        let cluster = Cluster::of(2, &QUICK).await;
        let (first, second) = (&cluster.instances[0], &cluster.instances[1]);
        let watcher = Online::at(&second.user("watcher").await, &[second]).await;
        let (mut first_alone, mut both, mut streams) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..short_or_long(6, 60) {
            let person = first.user(&format!("first{number}")).await;
            let places = if they_return { &[first, second][..] } else { &[first] };
            streams.push(Online::at(&person, places).await);
            first_alone.push(person);
        }
        for number in 0..short_or_long(3, 30) {
            let person = first.user(&format!("both{number}")).await;
            streams.push(Online::at(&person, &[first]).await);
            streams.push(Online::at(&person, &[second]).await);
            both.push(person);
        }
        let everyone: Vec<&Client> = first_alone.iter().chain(&both).collect();
        let took = are_online(&watcher.person, &everyone).await;
        println!("everyone was seen at the other instance {took:?} later");
        let mut scene = Scene { cluster, watcher, first_alone, both, _streams: streams };
        scene.watcher.hears_of_presence(TIMEOUT).await;
        scene
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_instance_takes_its_users_offline_once() {
    let mut scene = Scene::set(false).await;

    scene.cluster.instances[0].kill9().await;
    let told = scene.watcher.hears_of_presence(TIMEOUT + GRACE).await;

    for person in &scene.first_alone {
        let of_them: Vec<&str> =
            told.iter().filter(|(id, _)| id == person.id()).map(|(_, status)| status.as_str()).collect();
        assert_eq!(of_them, ["offline"], "of {}", person.user["username"]);
    }
    for person in &scene.both {
        assert!(
            told.iter().all(|(id, _)| id != person.id()),
            "{} flickered: {told:?}",
            person.user["username"]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clean_stop_hands_over_without_a_flicker() {
    let mut scene = Scene::set(true).await;

    let Scene { cluster, watcher, .. } = &mut scene;
    let (code, told) = tokio::join!(
        cluster.instances[0].terminate(),
        watcher.hears_of_presence(Duration::from_secs(6) + TIMEOUT + GRACE),
    );

    assert_eq!(code, 0);
    let offline: Vec<_> = told.iter().filter(|(_, status)| status == "offline").collect();
    assert!(offline.is_empty(), "{offline:?}");
    let everyone: Vec<&Client> = scene.first_alone.iter().chain(&scene.both).collect();
    are_online(&scene.watcher.person, &everyone).await;
}

/// Without Redis an instance knows its own; when Redis is back, it knows the others again, and nobody was shown twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_recovers_when_redis_is_back() {
    let mut scene = Scene::set(false).await;

    scene.cluster.redis.kill9().await;
    scene.watcher.hears_of_presence(2 * TIMEOUT).await;
    let own: Vec<&Client> = scene.both.iter().collect();
    are_online(&scene.watcher.person, &own).await;
    scene.cluster.redis.restart().await;

    let everyone: Vec<&Client> = scene.first_alone.iter().chain(&scene.both).collect();
    let took = are_online(&scene.watcher.person, &everyone).await;
    println!("everyone was seen again {took:?} after Redis was back");
}

/// Who types at one instance is seen typing at the other, and no more once the message is there or the typist is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn typing_is_seen_elsewhere() {
    let mut cluster = Cluster::of(2, &QUICK).await;
    let (alice, bob) = (cluster.instances[0].user("alice").await, cluster.instances[1].user("bob").await);
    let general = alice.channel("general").await;
    let _alice_is_there = Online::at(&alice, &[&cluster.instances[0]]).await;
    are_online(&bob, &[&alice]).await;
    let mut bobs = Online::at(&bob, &[&cluster.instances[1]]).await;
    let typing = format!("/v1/channels/{}/typing", general.id());

    alice.post(&typing, json!({"state": "started"})).await.expect(204);
    assert_eq!(bobs.skip_to("typing.started", GRACE).await["user_id"], alice.id());
    let late = bob.stream(Transport::Sse, None, "").await;
    assert_eq!(late.ready()["typing"][0]["user_id"], alice.id());
    alice.send(&general, "done").await;
    assert_eq!(bobs.skip_to("typing.stopped", GRACE).await["user_id"], alice.id());

    alice.post(&typing, json!({"state": "started"})).await.expect(204);
    bobs.skip_to("typing.started", GRACE).await;
    cluster.instances[0].kill9().await;
    // Offline first, and five more seconds in which she might come back.
    assert_eq!(bobs.skip_to("typing.stopped", TIMEOUT + 2 * GRACE).await["user_id"], alice.id());
}
