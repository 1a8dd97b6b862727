//! Too many at once.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use crate::support::*;

/// With every file in use a connection can be seen but not taken: a loop that tries at once, again and again, takes a
/// whole core from those who are connected.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_server_without_a_free_file_waits_calmly_and_recovers() {
    let server = Process::start_after(Db::Sqlite, "ulimit -n 80", &[]).await;
    let alice = server.user("alice").await;
    let mut crowd = Vec::new();
    for _ in 0..150 {
        crowd.push(RawHttp::open(alice.base()).await);
    }
    sleep(Duration::from_millis(300)).await;

    let (began, cpu_before) = (Instant::now(), cpu(server.pid()));
    sleep(Duration::from_millis(1500)).await;
    let share = (cpu(server.pid()) - cpu_before).as_secs_f64() / began.elapsed().as_secs_f64();

    assert!(server.log().contains("could not be accepted"), "the files did not run out");
    assert!(share < 0.1, "it took {share:.2} of a core to wait");
    drop(crowd);
    timeout(Duration::from_secs(5), alice.get("/v1/me"))
        .await
        .expect("it takes connections again")
        .expect(200);
}

/// How long a process has run on a processor.
#[cfg(target_os = "linux")]
fn cpu(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let ticks = fields.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap());
    Duration::from_millis(ticks.sum::<u64>() * 10)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_half_open_connections_stop_nobody() {
    hubbub::listen::raise_file_limit();
    let server = Process::start(Db::Sqlite, &[]).await;
    let alice = server.user("alice").await;
    let general = alice.channel("general").await;
    let mut crowd = Vec::new();
    for _ in 0..1000 {
        let mut raw = RawHttp::open(alice.base()).await;
        raw.write("GET /v1/me HTTP/1.1\r\nhost: x\r\nx-half: ").await.unwrap();
        crowd.push(raw);
    }

    let mut times = Vec::new();
    for number in 0..40 {
        let asked_at = Instant::now();
        // Each on a connection of its own, as a new client would come.
        let mut newcomer = server.stranger();
        newcomer.token.clone_from(&alice.token);
        newcomer.send(&general, &format!("Good {number}")).await;
        times.push(asked_at.elapsed());
    }

    times.sort_unstable();
    assert!(times[37] < Duration::from_secs(1), "the slowest took {:?}", &times[37..]);
    drop(crowd);
}
