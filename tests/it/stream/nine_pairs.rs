//! A reader who drops at random moments and returns on another transport, under load from eight writers, sees every event
//! exactly once and in order.
//!
//! `HUBBUB_SEED` replays one run, `HUBBUB_RUNS` says how many there are.

use std::collections::BTreeSet;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::*;

const WRITERS: usize = 8;
const STEPS: usize = 6;
const EVERY: [Transport; 3] = [Transport::WebSocket, Transport::Sse, Transport::Poll];

/// Those who take part in all runs.
struct Cast {
    writers: Vec<Client>,
    reader: Client,
    general: Value,
    side: Value,
    /// The reader has the first open, wrote the second, and only counts the replies of the third.
    roots: Vec<Value>,
}

impl Cast {
    async fn gather(app: &App) -> Cast {
        let reader = app.user("reader").await;
        let mut writers = Vec::new();
        for number in 0..WRITERS {
            writers.push(app.user(&format!("writer{number}")).await);
        }
        let general = reader.channel("general").await;
        let side = reader.create_channel("side", "public").await;
        let roots = vec![
            writers[0].send(&general, "open").await,
            reader.send(&general, "the reader's own").await,
            writers[0].send(&general, "closed").await,
        ];
        Cast { writers, reader, general, side, roots }
    }

    fn threads(&self) -> String {
        format!("threads={}", self.roots[0].id())
    }

    /// What one writer does in a run. What is refused (outside of the second channel at the time) is no event.
    async fn write(&self, number: usize, mut rng: StdRng) {
        let writer = &self.writers[number];
        let mut own: Vec<String> = Vec::new();
        for step in 0..STEPS {
            let (general, side) = (self.general.id(), self.side.id());
            let text = format!("{number}.{step}");
            let sent = match rng.random_range(0..12) {
                0..=3 => {
                    writer.post(&format!("/v1/channels/{general}/messages"), json!({"text": text})).await
                }
                4 => writer.post(&format!("/v1/channels/{side}/messages"), json!({"text": text})).await,
                5..=6 => {
                    let root = self.roots.choose(&mut rng).unwrap();
                    let body = json!({"text": text, "parent_id": root.id()});
                    writer.post(&format!("/v1/channels/{general}/messages"), body).await
                }
                7 => writer.post(&format!("/v1/channels/{side}/join"), Value::Null).await,
                8 => writer.post(&format!("/v1/channels/{side}/leave"), Value::Null).await,
                9 => writer.patch("/v1/me", json!({"display_name": text})).await,
                change => {
                    let Some(id) = own.choose(&mut rng) else { continue };
                    let path = format!("/v1/messages/{id}");
                    if change == 10 {
                        writer.patch(&path, json!({"text": format!("{text} edited")})).await
                    } else {
                        writer.delete(&path).await
                    }
                }
            };
            assert!(sent.status < 500 && sent.status != 401, "{sent:?}");
            if sent.status == 201 {
                own.push(sent.json().id().to_owned());
            }
            if rng.random_bool(0.3) {
                tokio::time::sleep(Duration::from_millis(rng.random_range(0..6))).await;
            }
        }
    }

    /// Follows from `cursor` until the event `last`, breaking off at random; which pairs of transports it crossed is noted.
    async fn read(
        &self, cursor: u64, last: impl Future<Output = u64>, mut rng: StdRng, pairs: &mut Pairs,
    ) -> Vec<Event> {
        let mut last = std::pin::pin!(last);
        let (mut seen, mut at, mut end) = (Vec::new(), cursor, None);
        let mut transport = *EVERY.choose(&mut rng).unwrap();
        loop {
            let mut stream = self.reader.stream(transport, Some(at), &self.threads()).await;
            let (stays_for, takes) = (rng.random_range(0..25), rng.random_range(0..12));
            let leg = async {
                for _ in 0..takes {
                    seen.push(stream.next_durable().await);
                    if end.is_some() && seen.last().and_then(Event::seq) >= end {
                        break;
                    }
                }
            };
            tokio::select! {
                seq = &mut last, if end.is_none() => end = Some(seq),
                _ = timeout(Duration::from_millis(stays_for), leg) => {}
            }
            drop(stream);
            at = seen.last().and_then(Event::seq).unwrap_or(cursor);
            if end.is_some_and(|end| at >= end) {
                return seen;
            }
            let next = *EVERY.choose(&mut rng).unwrap();
            pairs.insert((transport as usize, next as usize));
            transport = next;
        }
    }

    async fn run(&self, seed: u64, pairs: &mut Pairs) {
        let rng = |part: u64| StdRng::seed_from_u64(seed.wrapping_mul(31).wrapping_add(part));
        let start = head(&self.reader).await;
        let load = async {
            let writing = (0..WRITERS).map(|number| self.write(number, rng(number as u64)));
            futures_util::future::join_all(writing).await;
            self.writers[0].send(&self.general, "the last").await["seq"].as_u64().unwrap()
        };
        let seen = self.read(start, load, rng(99), pairs).await;
        let truth = read_log(&self.reader, start, &self.threads()).await;
        let outline = |event: &Value| {
            let data = &event["data"];
            let id = ["message", "user"]
                .into_iter()
                .find_map(|name| data.get(name))
                .map(|object| object["id"].clone());
            json!([event["seq"], event["type"], id.unwrap_or_else(|| data["message_id"].clone())])
        };
        let seen: Vec<Value> = seen.iter().map(|event| outline(&event.json)).collect();
        let truth: Vec<Value> = truth.iter().map(outline).collect();
        assert_eq!(seen, truth, "HUBBUB_SEED={seed} shows it again");
    }
}

type Pairs = BTreeSet<(usize, usize)>;

async fn head(reader: &Client) -> u64 {
    reader.get("/v1/events").await.expect(200)["cursor"].as_u64().unwrap()
}

/// The log after `cursor`, as the reader may see it in the end.
async fn read_log(reader: &Client, cursor: u64, threads: &str) -> Vec<Value> {
    let (mut at, mut events) = (cursor, Vec::new());
    loop {
        let page = reader.get(&format!("/v1/events?cursor={at}&limit=1000&{threads}")).await.expect(200);
        let items = page["items"].as_array().unwrap();
        if items.is_empty() {
            return events;
        }
        events.extend(items.iter().cloned());
        at = page["cursor"].as_u64().unwrap();
    }
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} must be a number")))
}

async fn every_event_once_in_order(db: Db, runs: u64) {
    let app = App::start(db).await;
    let cast = Cast::gather(&app).await;
    let (first, runs) = match setting("HUBBUB_SEED") {
        Some(seed) => (seed, 1),
        None => (u64::from(rand::random::<u32>()), setting("HUBBUB_RUNS").unwrap_or(runs)),
    };
    let mut pairs = Pairs::new();
    println!("seeds {first} to {}", first + runs - 1);
    for seed in first..first + runs {
        cast.run(seed, &mut pairs).await;
    }
    assert!(runs < 10 || pairs.len() == 9, "only {pairs:?} were crossed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_once_in_order_on_sqlite() {
    every_event_once_in_order(Db::Sqlite, 100).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_once_in_order_on_postgres() {
    every_event_once_in_order(Db::Postgres, 20).await;
}
