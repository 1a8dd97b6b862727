//! The bus loses, repeats and reorders what it carries; the log mends it.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::kit::*;
use crate::support::*;

/// Runs under load with a bus that does this.
async fn under_load(rates: Rates) {
    let cluster = Cluster::start().await;
    let load = Load::start(&cluster).await;
    let before = cluster.bus_counts();

    cluster.spoil_buses(rates);
    load.runs(short_or_long(Duration::from_secs(4), Duration::from_secs(60))).await;
    load.goes_on().await;
    let after = cluster.bus_counts();
    cluster.spoil_buses(Rates::default());

    let (messages, faults) = (after.0 - before.0, after.1 - before.1);
    println!("{faults} of {messages} messages of the bus were spoilt");
    assert!(faults > 0, "nothing was spoilt; HUBBUB_SEED={}", cluster.seed);
    assert_eq!(load.unknown_count(), 0, "no send is disturbed; HUBBUB_SEED={}", cluster.seed);
    load.settle(&cluster).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn loses_a_tenth() {
    under_load(Rates { lost: 0.1, ..Rates::default() }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doubles_a_tenth() {
    under_load(Rates { doubled: 0.1, ..Rates::default() }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reorders() {
    under_load(Rates { late: 0.3, ..Rates::default() }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn does_all_of_it() {
    under_load(Rates { lost: 0.1, doubled: 0.1, late: 0.3 }).await;
}

/// How soon a message that was swallowed is everywhere.
const HEALED: Duration = Duration::from_millis(1_500);

/// Nothing follows that would show the hole. In the short form most rounds are in time, since other tests run beside it; in
/// the long form all are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn swallows_the_last_message() {
    let cluster = Cluster::start().await;
    let (here, there) = (&cluster.instances[0], &cluster.instances[1]);
    let alice = here.user("alice").await;
    let bob = there.stranger().register("bob").await;
    let general = alice.channel("general").await;
    let mut streams = Vec::new();
    for client in [&bob, &bob.at(here.base())] {
        for transport in [Transport::WebSocket, Transport::Sse] {
            streams.push(client.stream(transport, None, "").await);
        }
    }
    let mut rounds = Vec::new();
    for round in 0..short_or_long(5, 30) {
        // Both instances have come to rest: who is online has been told, and the head is known.
        sleep(Duration::from_millis(500)).await;
        let text = format!("nobody hears this, {round}");
        cluster.buses.iter().for_each(|bus| bus.faults.swallow(&text));
        let before = cluster.bus_counts().1;

        let message = alice.send(&general, &text).await;
        let sent_at = Instant::now();

        for stream in &mut streams {
            assert_eq!(stream.expect("message.created").await.data()["message"], message);
        }
        rounds.push(sent_at.elapsed());
        assert!(cluster.bus_counts().1 > before, "nothing was swallowed");
    }
    rounds.sort_unstable();
    println!("a swallowed message was everywhere after {rounds:?}");
    let judged = short_or_long(rounds[rounds.len() / 2], rounds[rounds.len() - 1]);
    assert!(judged < HEALED, "{judged:?}");
    for stream in &mut streams {
        stream.ping().await;
    }
}
