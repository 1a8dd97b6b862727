//! Everyone comes back at once.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep, timeout};

use super::kit::*;
use crate::support::*;

/// How far behind everyone is.
const MISSED: usize = 100;
/// How often an instance may read the log for all of them.
const LOG_READS: u64 = 10;

/// The most that a process had in memory since [`forget_peak`], in MiB.
fn peak_mib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

/// What was in memory before does not count (`proc(5)`, `clear_refs`).
fn forget_peak(pid: u32) {
    std::fs::write(format!("/proc/{pid}/clear_refs"), "5").unwrap();
}

/// A counter of an instance.
async fn counter(client: &Client, name: &str) -> u64 {
    let metrics = client.get("/metrics").await.text;
    let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.unwrap_or_else(|| panic!("no {name} in:\n{metrics}")).parse().unwrap()
}

/// Comes back with a cursor, and reads until the last message that was missed. Whoever is asked to come again does so,
/// after the time that the answer gives and a random part of it. Gives how often that was.
async fn catch_up(person: Client, cursor: u64) -> usize {
    let mut refused_count = 0;
    let mut socket = loop {
        let line = format!("GET /v1/ws?cursor={cursor} HTTP/1.1");
        let (socket, head) = RawSocket::open(&person, &line).await;
        if head.starts_with("HTTP/1.1 101 ") {
            break socket;
        }
        assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
        let head = head.to_lowercase();
        let retry_after = head.lines().find_map(|line| line.strip_prefix("retry-after: "));
        let seconds: f64 = retry_after.expect("when to come again").parse().unwrap();
        sleep(Duration::from_secs_f64(seconds * rand::random_range(1.0..2.0))).await;
        refused_count += 1;
    };
    let mut count = 0;
    while count < MISSED {
        let frame = socket.next().await.expect("the stream goes on");
        count += usize::from(frame.payload.windows(17).any(|part| part == b"\"message.created\""));
    }
    refused_count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everyone_comes_back_at_once() {
    let cluster = Cluster::start().await;
    let alice = cluster.instances[0].user("alice").await;
    let general = alice.channel("general").await;
    let mut people = Vec::new();
    for number in 0..20 {
        people.push(cluster.instances[0].user(&format!("reader{number}")).await);
    }
    let cursor = alice.get("/v1/events").await.expect(200)["cursor"].as_u64().unwrap();
    // Someone is there on each instance, so that it follows the log.
    let mut watchers = Vec::new();
    for instance in &cluster.instances {
        watchers.push(Online::at(&alice, &[instance]).await);
    }
    for number in 0..MISSED {
        alice.send(&general, &format!("missed {number}")).await;
    }
    let here: Vec<Client> = cluster.instances.iter().map(|instance| alice.at(instance.base())).collect();
    for there in &here {
        let page = there.get(&format!("/v1/events?cursor={cursor}&limit=1")).await.expect(200);
        assert_eq!(page["items"].as_array().unwrap().len(), 1, "a read that is counted");
    }
    let reads = async || join_all(here.iter().map(|there| counter(there, "hubbub_log_reads_total"))).await;
    let before = reads().await;
    for instance in &cluster.instances {
        forget_peak(instance.pid());
        println!("{} MiB before", peak_mib(instance.pid()));
    }

    let count = short_or_long(500, 10_000);
    let began_at = Instant::now();
    let storm = (0..count).map(|number| {
        let base = cluster.instances[number % cluster.instances.len()].base();
        tokio::spawn(catch_up(people[number % people.len()].at(base), cursor))
    });
    let caught_up =
        timeout(Duration::from_secs(120), join_all(storm.collect::<Vec<_>>())).await.expect("in time");

    let refused_count: usize = caught_up.into_iter().map(|refused_count| refused_count.unwrap()).sum();
    println!(
        "{count} clients caught up after {:?}, {refused_count} times asked to come again",
        began_at.elapsed()
    );
    for (number, (before, after)) in before.into_iter().zip(reads().await).enumerate() {
        let memory = peak_mib(cluster.instances[number].pid());
        println!("instance {number}: {} reads of the log, {memory} MiB", after - before);
        assert!(after - before <= LOG_READS, "{} reads of the log", after - before);
        assert!(memory < 300, "{memory} MiB");
    }
}
