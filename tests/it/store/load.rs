//! Load, and the books that are kept about it: what was acknowledged, what readers saw, and whether both agree with what
//! is stored once the dust has settled.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::support::*;

const WRITERS: usize = 8;
const READERS: usize = 6;
/// How long to wait before the next try at a server that is gone.
const RETRY: Duration = Duration::from_millis(15);
const TRANSPORTS: [Transport; 3] = [Transport::WebSocket, Transport::Sse, Transport::Poll];

/// Where it is said, and who is there.
struct Place {
    path: String,
    channel: Value,
    /// The thread's root, where it is a thread.
    root: Option<Value>,
}

/// People who write and read until told to stop.
pub struct Load {
    alice: Client,
    places: Arc<[Place; 3]>,
    cursor: u64,
    stop: Arc<AtomicBool>,
    writers: Vec<JoinHandle<Vec<Written>>>,
    readers: Vec<JoinHandle<Vec<Seen>>>,
}

/// One message as its sender knows it to be stored.
struct Written {
    nonce: String,
    place: usize,
    id: String,
    seq: u64,
    text: String,
    /// How often a try had to be repeated, and whether one of the lost tries had been stored.
    was_stored_unheard: bool,
}

/// One durable event as a reader saw it: number, type, and the message it is about.
type Seen = (u64, String, String);

impl Load {
    /// A public channel, a private one and a thread; eight people write there over REST and WebSocket, six streams read.
    pub async fn start(server: &Process, rng: &mut StdRng) -> Load {
        let alice = server.user("alice").await;
        let general = alice.channel("general").await;
        let den = alice.create_channel("den", "private").await;
        let root = alice.send(&general, "Say something").await;
        let mut people = Vec::new();
        for number in 0..WRITERS {
            let person = server.user(&format!("writer{number}")).await;
            alice.invite(&den, &person).await;
            people.push(person);
        }
        let reader = server.user("reader").await;
        alice.invite(&den, &reader).await;
        let place = |channel: &Value, root: Option<&Value>| {
            let path = format!("/v1/channels/{}/messages", channel.id());
            Place { path, channel: channel.clone(), root: root.cloned() }
        };
        let places = Arc::new([place(&general, None), place(&den, None), place(&general, Some(&root))]);
        let cursor = alice.get("/v1/events").await.expect(200)["cursor"].as_u64().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let mut writers = Vec::new();
        for (number, person) in people.into_iter().enumerate() {
            let (places, stop, seed) = (places.clone(), stop.clone(), rng.random());
            let writer = Writer { person, number, places, socket: None, is_on_socket: number % 2 == 1 };
            writers.push(tokio::spawn(writer.run(StdRng::seed_from_u64(seed), stop)));
        }
        let threads = format!("threads={}", root.id());
        let mut readers = Vec::new();
        for number in 0..READERS {
            readers.push(tokio::spawn(read(reader.clone(), number, cursor, threads.clone())));
        }
        Load { alice, places, cursor, stop, writers, readers }
    }

    /// Lets everyone finish what they began, and holds their books against the server's. The server must be up.
    pub async fn settle(self, server: &Process) {
        self.stop.store(true, Ordering::Relaxed);
        let mut written = Vec::new();
        for writer in self.writers {
            written.extend(writer.await.unwrap());
        }
        let unheard_count = written.iter().filter(|written| written.was_stored_unheard).count();
        println!(
            "{} messages, {unheard_count} of them stored without their sender hearing it",
            written.len()
        );
        self.alice.send(&self.places[0].channel, "The end").await;
        let mut seen = Vec::new();
        for reader in self.readers {
            seen.push(reader.await.unwrap());
        }
        let reader = server.stranger().login("reader").await;
        check_messages(&reader, &self.places, &written).await;
        check_streams(&reader, self.cursor, &self.places, &seen).await;
        check_counts(server, &self.places).await;
        check_log(&server.database, written.len()).await;
    }
}

struct Writer {
    person: Client,
    number: usize,
    places: Arc<[Place; 3]>,
    is_on_socket: bool,
    socket: Option<Stream>,
}

impl Writer {
    async fn run(mut self, mut rng: StdRng, stop: Arc<AtomicBool>) -> Vec<Written> {
        let mut all: Vec<Written> = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(rng.random_range(0..60))).await;
            let place = rng.random_range(0..self.places.len());
            let nonce = format!("{}-{}", self.number, all.len());
            let mut written = self.say(place, nonce).await;
            match rng.random_range(0..8) {
                0 => self.edit(&mut written).await,
                1 => self.mark_read(&written).await,
                2 => self.say_again(&written).await,
                _ => {}
            }
            all.push(written);
        }
        all
    }

    /// Says it until it is acknowledged, with the same nonce each time.
    async fn say(&mut self, place: usize, nonce: String) -> Written {
        let text = format!("This is {nonce}");
        loop {
            if let Some((message, is_new)) = self.try_say(place, &nonce, &text).await {
                let (id, seq) = (message.id().to_owned(), message["seq"].as_u64().unwrap());
                assert_eq!((&message["text"], &message["nonce"]), (&json!(text), &json!(nonce)));
                return Written { nonce, place, id, seq, text, was_stored_unheard: !is_new };
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    /// `None` where no acknowledgement came. Over WebSocket it is not said whether the message is new.
    async fn try_say(&mut self, place: usize, nonce: &str, text: &str) -> Option<(Value, bool)> {
        let place = &self.places[place];
        let mut body = json!({"text": text, "nonce": nonce});
        if let Some(root) = &place.root {
            body["parent_id"] = root["id"].clone();
        }
        if !self.is_on_socket {
            let answer = self.try_call(Method::POST, &place.path, &body).await?;
            assert!(matches!(answer.status, 200 | 201), "{answer:?}");
            return Some((answer.json(), answer.status == 201));
        }
        body["channel_id"] = place.channel["id"].clone();
        let mut socket = match self.socket.take() {
            Some(socket) => socket,
            None => self.person.try_stream(Transport::WebSocket, None, "").await?,
        };
        let answer = socket.try_request("message.send", body).await?;
        self.socket = Some(socket);
        match answer.kind() {
            "ack" => Some((answer.data().clone(), true)),
            _ => {
                assert_eq!(answer.data()["problem"]["status"], 503, "{}", answer.raw);
                None
            }
        }
    }

    /// The answer, unless the server is gone or cannot serve for the moment.
    async fn try_call(&self, method: Method, path: &str, body: &Value) -> Option<Answer> {
        let request = self.person.request(method, path).json(body);
        let answer = self.person.try_answer_to(request).await.ok()?;
        (answer.status != 503).then_some(answer)
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> Value {
        loop {
            if let Some(answer) = self.try_call(method.clone(), path, &body).await {
                return answer.expect(200);
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    /// A client that has its acknowledgement may still ask again.
    async fn say_again(&self, written: &Written) {
        let place = &self.places[written.place];
        let mut body = json!({"text": written.text, "nonce": written.nonce});
        if let Some(root) = &place.root {
            body["parent_id"] = root["id"].clone();
        }
        let again = self.call(Method::POST, &place.path, body).await;
        assert_eq!(again.id(), written.id, "another message for the same nonce");
    }

    async fn edit(&self, written: &mut Written) {
        written.text = format!("{}, edited", written.text);
        let path = format!("/v1/messages/{}", written.id);
        self.call(Method::PATCH, &path, json!({"text": written.text})).await;
    }

    async fn mark_read(&self, written: &Written) {
        if written.place == 2 {
            return;
        }
        let path = format!("/v1/channels/{}/read", self.places[written.place].channel.id());
        let mark = self.call(Method::PUT, &path, json!({"message_id": written.id})).await;
        assert!(mark["last_read_seq"].as_u64().unwrap() >= written.seq, "{mark}");
    }
}

/// Reads from the cursor to the end, on another transport after each break.
async fn read(reader: Client, number: usize, from: u64, threads: String) -> Vec<Seen> {
    let mut seen: Vec<Seen> = Vec::new();
    for transport in TRANSPORTS.into_iter().cycle().skip(number) {
        let cursor = seen.last().map_or(from, |(seq, ..)| *seq);
        let Some(mut stream) = reader.try_stream(transport, Some(cursor), &threads).await else {
            tokio::time::sleep(RETRY).await;
            continue;
        };
        assert_eq!(stream.cursor(), cursor, "it began elsewhere than at its cursor");
        while let Some(event) = stream.next_or_end().await {
            if let Some(seq) = event.seq() {
                seen.push((seq, event.kind().to_owned(), about(&event.json)));
                if event.data()["message"]["text"] == "The end" {
                    return seen;
                }
            }
            assert_ne!(event.kind(), "reset", "{}", event.raw);
        }
    }
    unreachable!("the transports go round for ever")
}

/// The id of the message that an event is about.
fn about(event: &Value) -> String {
    let data = &event["data"];
    data["message"]["id"].as_str().or(data["message_id"].as_str()).unwrap_or_default().to_owned()
}

/// Every acknowledged message is there once, as it was acknowledged, and of those with a nonce no other is.
async fn check_messages(reader: &Client, places: &[Place; 3], written: &[Written]) {
    let root = places[2].root.as_ref().unwrap();
    let replies = format!("/v1/messages/{}/replies", root.id());
    let mut stored: HashMap<(usize, String), Value> = HashMap::new();
    for (place, path) in [&places[0].path, &places[1].path, &replies].into_iter().enumerate() {
        let mut last_seq = 0;
        for message in reader.whole_list(path).await {
            let seq = message["seq"].as_u64().unwrap();
            assert!(seq > last_seq, "{seq} stands after {last_seq}");
            last_seq = seq;
            let Some(nonce) = message["nonce"].as_str().map(str::to_owned) else { continue };
            let doubled = stored.insert((place, nonce), message);
            assert_eq!(doubled, None, "two messages of one nonce");
        }
    }
    for written in written {
        let message = stored.remove(&(written.place, written.nonce.clone()));
        let message = message.unwrap_or_else(|| panic!("{} was acknowledged and is lost", written.nonce));
        assert_eq!(message["id"], *written.id, "{}", written.nonce);
        assert_eq!(message["seq"], written.seq, "{}", written.nonce);
        assert_eq!(message["text"], *written.text, "an acknowledged edit is lost");
    }
    assert!(stored.is_empty(), "nobody said {:?}", stored.keys());
}

/// Every reader saw what the log has for them, each event once, in order, and each message was created once.
async fn check_streams(reader: &Client, from: u64, places: &[Place; 3], seen: &[Vec<Seen>]) {
    let threads = places[2].root.as_ref().unwrap().id();
    let (mut expected, mut cursor): (Vec<Seen>, u64) = (Vec::new(), from);
    loop {
        let path = format!("/v1/events?cursor={cursor}&limit=1000&threads={threads}");
        let page = reader.get(&path).await.expect(200);
        let items = page["items"].as_array().unwrap();
        if items.is_empty() {
            break;
        }
        let seen = |event: &Value| {
            (event["seq"].as_u64().unwrap(), event["type"].as_str().unwrap().to_owned(), about(event))
        };
        expected.extend(items.iter().map(seen));
        cursor = page["cursor"].as_u64().unwrap();
    }
    let mut created = HashMap::new();
    for (seq, _, id) in expected.iter().filter(|(_, kind, _)| kind == "message.created") {
        assert_eq!(created.insert(id, seq), None, "{id} was created twice");
    }
    for (number, seen) in seen.iter().enumerate() {
        let differs = seen.iter().zip(&expected).position(|(seen, expected)| seen != expected);
        let at = differs.unwrap_or(seen.len().min(expected.len()));
        assert!(
            seen == &expected,
            "reader {number} saw {} events of {}; at {at}: {:?}, not {:?}",
            seen.len(),
            expected.len(),
            seen.get(at),
            expected.get(at),
        );
    }
}

/// What is counted equals a recount.
async fn check_counts(server: &Process, places: &[Place; 3]) {
    let root = places[2].root.as_ref().unwrap();
    for number in 0..WRITERS {
        let person = server.stranger().login(&format!("writer{number}")).await;
        for place in &places[..2] {
            let path = format!("/v1/channels/{}", place.channel.id());
            let channel = person.get(&path).await.expect(200);
            let read_up_to = channel["last_read_seq"].as_u64().unwrap();
            let is_unread =
                |m: &&Value| m["seq"].as_u64().unwrap() > read_up_to && m["sender_id"] != person.user["id"];
            let recount = person.whole_list(&place.path).await.iter().filter(is_unread).count();
            assert_eq!(channel["unread_count"], recount, "of writer{number} in {}", channel["name"]);
        }
        if number == 0 {
            let replies = person.whole_list(&format!("/v1/messages/{}/replies", root.id())).await;
            let root = person.get(&format!("/v1/messages/{}", root.id())).await.expect(200);
            assert_eq!(root["reply_count"], replies.len());
        }
    }
}

/// The log has no hole, ends at its head, and there is one row for each send.
async fn check_log(database: &Database, written_count: usize) {
    let head = database.number("select seq from log_head").await;
    assert_eq!(database.number("select count(*) from events").await, head, "the log has a hole");
    assert_eq!(database.number("select max(seq) from events").await, head);
    assert_eq!(database.number("select min(seq) from events").await, 1);
    let said = database.number("select count(*) from messages where nonce is not null").await;
    assert_eq!(said, i64::try_from(written_count).unwrap());
    let created = database.number("select count(*) from events where kind = 'message.created'").await;
    assert_eq!(created, database.number("select count(*) from messages").await);
}
