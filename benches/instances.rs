//! What a second instance costs: 1,000 WebSockets of one channel on one instance, and half of them on each of two that a
//! Redis connects, on a PostgreSQL either way. Deliveries for each second of CPU that the instances take, at ease (one
//! message at a time, twenty a second), under load (32 writers, each of whom sends as soon as the last is answered) and in
//! bursts (32 messages that come at once, and nothing until they are everywhere), and the latency at ease from the
//! sender's request to each reader. Goal: at least 0.85 of the deliveries of one instance.
//!
//! `cargo bench --bench instances`.

#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests use more of it, and fail where they stand"
)]
#[path = "../tests/it/support/mod.rs"]
mod support;

use anyhow::{Context, Result, ensure};
use futures_util::future::{join_all, try_join_all};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use support::{Client, Database, Db, HasId, Program, RawSocket, Redis};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

const READERS: usize = 1_000;
const PEOPLE: usize = 20;
const AT_EASE: Duration = Duration::from_secs(8);
const BETWEEN: Duration = Duration::from_millis(50);
const UNDER_LOAD: Duration = Duration::from_secs(6);
const BURSTS: usize = 200;
const BURST: usize = 32;
/// Turn by turn, so that whatever else the machine does falls on both.
const ROUNDS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(60);
const TEXT: &str = "What a chat message says is short most of the time, about a hundred characters and then some, like this one here.";

/// What one run came to.
#[derive(Clone, Copy)]
struct Figures {
    at_ease: f64,
    under_load: f64,
    in_bursts: f64,
    p50: Duration,
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut runs = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (count, figures) in (1..).zip(&mut runs) {
            let mut scene = Scene::set(count).await?;
            figures.push(scene.measure().await?);
        }
    }
    let [one, two] = runs;
    println!("{:<46} {:>12} {:>12} {:>8}", "median of 3", "1 instance", "2 instances", "");
    print("deliveries a second of CPU, at ease", &one, &two, |figures| figures.at_ease);
    print("deliveries a second of CPU, under load", &one, &two, |figures| figures.under_load);
    print("deliveries a second of CPU, in bursts", &one, &two, |figures| figures.in_bursts);
    let p50 = |figures: &Figures| figures.p50.as_secs_f64() * 1e3;
    let (one, two) = (median(&one, p50), median(&two, p50));
    println!("{:<46} {one:>9.2} ms {two:>9.2} ms {:>+5.2} ms", "latency at ease, p50", two - one);
    Ok(())
}

fn print(what: &str, one: &[Figures], two: &[Figures], figure: impl Fn(&Figures) -> f64) {
    let (one, two) = (median(one, &figure), median(two, &figure));
    println!("{what:<46} {one:>12.0} {two:>12.0} {:>7.2}x", two / one);
}

fn median(runs: &[Figures], figure: impl Fn(&Figures) -> f64) -> f64 {
    let mut values: Vec<f64> = runs.iter().map(figure).collect();
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

/// What has arrived, of messages that end in the time of their sending.
struct Arrivals {
    count: AtomicUsize,
    awaited: AtomicUsize,
    all: Notify,
    latencies: mpsc::UnboundedSender<Duration>,
}

/// Instances with readers on them.
struct Scene {
    began_at: Instant,
    writers: Vec<Client>,
    path: String,
    arrivals: Arc<Arrivals>,
    latencies: mpsc::UnboundedReceiver<Duration>,
    /// In the order in which they end.
    _readers: JoinSet<()>,
    instances: Vec<Program>,
    _redis: Redis,
    _database: Database,
}

impl Scene {
    async fn set(count: usize) -> Result<Scene> {
        let (redis, database) = (Redis::start().await, Database::fresh(Db::Postgres).await);
        let redis_url = format!("redis://127.0.0.1:{}", redis.port);
        let settings = if count > 1 { vec![("REDIS_URL", redis_url.as_str())] } else { vec![] };
        let instances: Vec<Program> = (0..count).map(|_| Program::start_on(&database, &settings)).collect();
        join_all(instances.iter().map(Program::is_ready)).await;
        let mut people = Vec::new();
        for number in 0..PEOPLE {
            people.push(instances[0].user(&format!("reader{number}")).await);
        }
        let channel = people[0].channel("general").await;
        let (heard, latencies) = mpsc::unbounded_channel();
        let arrivals = Arc::new(Arrivals {
            count: AtomicUsize::new(0),
            awaited: AtomicUsize::new(0),
            all: Notify::new(),
            latencies: heard,
        });
        let began_at = Instant::now();
        let mut readers = JoinSet::new();
        for number in 0..READERS {
            let person = people[number % people.len()].at(instances[number % count].base());
            let socket = RawSocket::websocket(&person).await;
            readers.spawn(read(socket, began_at, arrivals.clone()));
        }
        let writers = people.iter().zip(instances.iter().cycle());
        Ok(Scene {
            began_at,
            writers: writers.map(|(person, instance)| person.at(instance.base())).collect(),
            path: format!("/v1/channels/{}/messages", channel.id()),
            arrivals,
            latencies,
            _readers: readers,
            instances,
            _redis: redis,
            _database: database,
        })
    }

    async fn measure(&mut self) -> Result<Figures> {
        // Everyone is there, everyone's presence is told, and what is used often is warm.
        self.burst().await?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        self.burst().await?;

        while self.latencies.try_recv().is_ok() {}
        let before = self.cpu()?;
        let sent = self.at_ease().await?;
        let at_ease = (sent * READERS) as f64 / (self.cpu()? - before);
        let mut latencies = Vec::new();
        while let Ok(latency) = self.latencies.try_recv() {
            latencies.push(latency);
        }
        latencies.sort_unstable();

        let before = self.cpu()?;
        let sent = self.under_load().await?;
        let under_load = (sent * READERS) as f64 / (self.cpu()? - before);

        let before = self.cpu()?;
        for _ in 0..BURSTS {
            self.burst().await?;
        }
        let in_bursts = (BURSTS * BURST * READERS) as f64 / (self.cpu()? - before);
        Ok(Figures { at_ease, under_load, in_bursts, p50: latencies[latencies.len() / 2] })
    }

    /// One message at a time, at its time whatever became of the one before; gives how many.
    async fn at_ease(&self) -> Result<usize> {
        let count = (AT_EASE.as_millis() / BETWEEN.as_millis()) as usize;
        let all = self.expect(count);
        let mut ticks = interval(BETWEEN);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut sends = Vec::new();
        for number in 0..count {
            ticks.tick().await;
            sends.push(tokio::spawn(self.send(number)));
        }
        for send in sends {
            send.await??;
        }
        self.arrived(all).await?;
        Ok(count)
    }

    /// Writers who never rest; gives how many messages they sent.
    async fn under_load(&self) -> Result<usize> {
        let (before, until) = (self.arrivals.count.load(Ordering::SeqCst), Instant::now() + UNDER_LOAD);
        self.arrivals.awaited.store(usize::MAX, Ordering::SeqCst);
        let writers = (0..BURST).map(|number| async move {
            let mut count = 0;
            while Instant::now() < until {
                self.send(number).await?;
                count += 1;
            }
            anyhow::Ok(count)
        });
        let sent: usize = try_join_all(writers).await?.into_iter().sum();
        let all = before + sent * READERS;
        self.arrivals.awaited.store(all, Ordering::SeqCst);
        if self.arrivals.count.load(Ordering::SeqCst) < all {
            self.arrived(all).await?;
        }
        Ok(sent)
    }

    /// Many messages at once, until each has arrived everywhere.
    async fn burst(&self) -> Result<()> {
        let all = self.expect(BURST);
        try_join_all((0..BURST).map(|number| self.send(number))).await?;
        self.arrived(all).await
    }

    fn send(&self, number: usize) -> impl Future<Output = Result<()>> + use<> {
        let writer = &self.writers[number % self.writers.len()];
        let sent_us = self.began_at.elapsed().as_micros();
        let request = writer.request(reqwest::Method::POST, &self.path);
        let request = request.json(&json!({"text": format!("{TEXT} {sent_us}")}));
        async move {
            let answer = request.send().await?;
            ensure!(answer.status() == 201, "a send was answered {}", answer.status());
            answer.bytes().await?;
            Ok(())
        }
    }

    /// So many messages are about to be sent: gives how many deliveries there will have been.
    fn expect(&self, count: usize) -> usize {
        let all = self.arrivals.count.load(Ordering::SeqCst) + count * READERS;
        self.arrivals.awaited.store(all, Ordering::SeqCst);
        all
    }

    async fn arrived(&self, all: usize) -> Result<()> {
        let arrivals = &self.arrivals;
        timeout(PATIENCE, arrivals.all.notified()).await.context("a message did not arrive")?;
        ensure!(arrivals.count.load(Ordering::SeqCst) == all, "more arrived than was sent");
        Ok(())
    }

    /// Seconds of CPU that the instances have taken (`proc(5)`: user and system time, in hundredths).
    fn cpu(&self) -> Result<f64> {
        let mut ticks = 0.0;
        for instance in &self.instances {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", instance.pid()))?;
            let (_, fields) = stat.rsplit_once(')').context("a process has a name")?;
            let times = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
            ticks += times.sum::<Result<f64, _>>()?;
        }
        Ok(ticks / 100.0)
    }
}

/// Reads to the end of the socket.
async fn read(mut socket: RawSocket, began_at: Instant, arrivals: Arc<Arrivals>) {
    while let Some(frame) = socket.next().await {
        let Some(sent_us) = sent_us(&frame.payload) else { continue };
        let sent_at = began_at + Duration::from_micros(sent_us);
        arrivals.latencies.send(sent_at.elapsed()).ok();
        let count = arrivals.count.fetch_add(1, Ordering::SeqCst) + 1;
        if count == arrivals.awaited.load(Ordering::SeqCst) {
            arrivals.all.notify_one();
        }
    }
}

/// The time in a message of ours.
fn sent_us(payload: &[u8]) -> Option<u64> {
    let text = str::from_utf8(payload).ok().filter(|text| text.contains("\"message.created\""))?;
    let (_, rest) = text.split_once(TEXT)?;
    rest.trim_start().split('"').next()?.parse().ok()
}
