//! Writers, readers and people who mark as read, on a few channels and several instances; and the end of it, where the
//! books are closed and checked.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::cluster::Cluster;
use super::eventually::eventually;
use super::history::{History, What};
use super::reader::Reader;
use super::size::Size;
use super::unread::Unread;
use super::writer::Writer;
use crate::support::*;

/// How long a request may take that is no send.
const PATIENCE: Duration = Duration::from_millis(5_500);
/// How long everyone may take to come to the end, once nothing is broken any more.
const SETTLING: Duration = Duration::from_secs(60);

/// What all who take part share.
pub struct Scene {
    pub size: Size,
    pub history: History,
    pub channels: Vec<Value>,
    pub log_id: String,
    pub is_over: AtomicBool,
    /// When each instance acknowledged sends.
    pub acknowledged_at: Vec<Mutex<Vec<Instant>>>,
    /// Tries that the writer gave up waiting for.
    pub unanswered_count: AtomicUsize,
    /// Answers that no fault explains: neither a success nor an invitation to come again.
    pub surprises: Mutex<Vec<Answer>>,
    reached: Mutex<HashMap<String, u64>>,
}

impl Scene {
    /// A reader has come so far.
    pub fn reached(&self, reader: &str, seq: u64) {
        self.reached.lock().unwrap().insert(reader.to_owned(), seq);
    }

    fn count_behind(&self, seq: u64) -> usize {
        let readers = 2 * self.size.readers;
        let reached = self.reached.lock().unwrap();
        readers - reached.values().filter(|reached| **reached >= seq).count()
    }
}

/// One user who reads over several streams.
pub struct Person {
    pub at: Vec<Client>,
    /// What each stream holds, under the name of its reader.
    pub unread: Vec<(String, Arc<Mutex<Unread>>)>,
}

/// People who write, read and mark until told to stop.
pub struct Load {
    pub seed: u64,
    pub scene: Arc<Scene>,
    pub people: Vec<Arc<Person>>,
    pub first_seq: u64,
    last_writer: Writer,
    writers: JoinSet<()>,
    markers: JoinSet<()>,
    /// Readers are listened to until the load is dropped.
    _readers: JoinSet<()>,
}

impl Load {
    pub async fn start(cluster: &Cluster) -> Load {
        let size = Size::of_this_run();
        let seed = cluster.seed;
        let mut rng = StdRng::seed_from_u64(seed);
        let alice = cluster.instances[0].user("alice").await;
        let mut channels = Vec::new();
        for number in 0..size.channels {
            channels.push(alice.create_channel(&format!("channel{number}"), "public").await);
        }
        let mut members = Members { cluster, channels: &channels };
        let writers = members.enter("writer", size.writers + 1).await;
        let people = members.enter("reader", size.people).await;
        let log = alice.get("/v1/events").await.expect(200);
        let first_seq = log["cursor"].as_u64().unwrap();
        let scene = Arc::new(Scene {
            size,
            history: History::new(),
            log_id: log["log_id"].as_str().unwrap().to_owned(),
            channels,
            is_over: AtomicBool::new(false),
            acknowledged_at: cluster.instances.iter().map(|_| Mutex::default()).collect(),
            unanswered_count: AtomicUsize::new(0),
            surprises: Mutex::default(),
            reached: Mutex::default(),
        });
        let mut writers: Vec<Writer> = writers
            .into_iter()
            .enumerate()
            .map(|(number, at)| Writer {
                name: format!("writer{number}"),
                at,
                scene: scene.clone(),
                rng: StdRng::seed_from_u64(rng.random()),
            })
            .collect();
        let last_writer = writers.pop().unwrap();
        let (people, readers) = readers(&scene, people, first_seq);
        let markers = people
            .iter()
            .map(|person| mark(person.clone(), scene.clone(), StdRng::seed_from_u64(rng.random())))
            .collect();
        let load = Load {
            seed,
            people: people.clone(),
            first_seq,
            last_writer,
            writers: writers.into_iter().map(Writer::run).collect(),
            markers,
            _readers: readers,
            scene,
        };
        load.goes_on().await;
        load
    }

    /// Waits for twice as many sends as there are writers, and gives how long that took.
    pub async fn goes_on(&self) -> Duration {
        let goal = self.acknowledged_count() + 2 * self.scene.size.writers;
        let what = format!("sends go on; HUBBUB_SEED={}", self.seed);
        eventually(SETTLING, &what, async || self.acknowledged_count() >= goal).await
    }

    /// Lets it go on for so long.
    pub async fn runs(&self, duration: Duration) {
        sleep(duration).await;
    }

    fn acknowledged_count(&self) -> usize {
        self.scene.acknowledged_at.iter().map(|times| times.lock().unwrap().len()).sum()
    }

    /// How many sends an instance has acknowledged since then.
    pub fn acknowledged_since(&self, instance: usize, since: Instant) -> usize {
        let times = self.scene.acknowledged_at[instance].lock().unwrap();
        times.iter().rev().take_while(|at| **at > since).count()
    }

    /// How many tries were not answered in time, as they must be by every instance that is up.
    pub fn unanswered_count(&self) -> usize {
        self.scene.unanswered_count.load(Ordering::Relaxed)
    }

    /// How many tries did not come to an acknowledgement.
    pub fn unknown_count(&self) -> usize {
        self.scene.history.count(|what| matches!(what, What::Unknown { .. }))
    }

    /// Lets everyone finish, waits until all readers are at the end, and writes into the history what there is then.
    /// Every instance must be up.
    pub async fn settle(mut self, cluster: &Cluster) {
        self.scene.is_over.store(true, Ordering::Relaxed);
        let finished = async {
            while let Some(writer) = self.writers.join_next().await {
                writer.unwrap();
            }
            while let Some(marker) = self.markers.join_next().await {
                marker.unwrap();
            }
        };
        timeout(SETTLING, finished).await.unwrap_or_else(|_| panic!("sends hang; HUBBUB_SEED={}", self.seed));
        let end = self.last_writer.say(0, "the-end").await.unwrap();
        let at_end = async {
            while self.scene.count_behind(end) > 0 {
                sleep(Duration::from_millis(20)).await;
            }
        };
        // The checker says what they have missed who are not there in time.
        if timeout(SETTLING, at_end).await.is_err() {
            println!("{} readers have not come to the end", self.scene.count_behind(end));
        }
        super::report::close(&self, cluster).await;
    }
}

/// Makes users, members of every channel, each known at each instance.
struct Members<'a> {
    cluster: &'a Cluster,
    channels: &'a [Value],
}

impl Members<'_> {
    async fn enter(&mut self, name: &str, count: usize) -> Vec<Vec<Client>> {
        let mut people = Vec::new();
        for number in 0..count {
            let person = self.cluster.instances[0].user(&format!("{name}{number}")).await;
            for channel in self.channels {
                person.join(channel).await;
            }
            people.push(self.cluster.instances.iter().map(|instance| person.at(instance.base())).collect());
        }
        people
    }
}

/// Spreads the readers over people, transports and instances.
fn readers(scene: &Arc<Scene>, people: Vec<Vec<Client>>, cursor: u64) -> (Vec<Arc<Person>>, JoinSet<()>) {
    let mut people: Vec<Person> = people.into_iter().map(|at| Person { at, unread: Vec::new() }).collect();
    let mut readers = JoinSet::new();
    for (kind, transport) in [("ws", Transport::WebSocket), ("sse", Transport::Sse)] {
        for number in 0..scene.size.readers {
            let index = number % people.len();
            let person = &mut people[index];
            let name = format!("{kind}-{number}");
            let unread = Arc::new(Mutex::new(Unread::of(person.at[0].id())));
            person.unread.push((name.clone(), unread.clone()));
            let instance = number % person.at.len();
            let (at, scene) = (person.at.clone(), scene.clone());
            readers.spawn(Reader { name, transport, at, scene, instance, cursor, unread }.run());
        }
    }
    (people.into_iter().map(Arc::new).collect(), readers)
}

/// Someone who now and then marks what came as read, at any instance, until the scene ends.
async fn mark(person: Arc<Person>, scene: Arc<Scene>, mut rng: StdRng) {
    while !scene.is_over.load(Ordering::Relaxed) {
        sleep(scene.size.rest.mul_f64(rng.random_range(1.0..3.0))).await;
        let channel_id = scene.channels[rng.random_range(0..scene.channels.len())].id();
        let (_, unread) = &person.unread[rng.random_range(0..person.unread.len())];
        let latest = unread.lock().unwrap().latest(channel_id);
        let Some(message_id) = latest else { continue };
        let client = &person.at[rng.random_range(0..person.at.len())];
        let path = format!("/v1/channels/{channel_id}/read");
        let body = json!({"message_id": message_id});
        let request = client.request(Method::PUT, &path).json(&body).timeout(PATIENCE);
        // A mark that was not taken is no loss: the next one moves further.
        client.try_answer_to(request).await.ok();
    }
}
