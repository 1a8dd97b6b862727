//! What `make scale` starts, with people in it: two of them chat through nginx while one instance after the other is
//! stopped and started again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::file;
use crate::support::*;

const PUSHED: [Transport; 2] = [Transport::WebSocket, Transport::Sse];
const LAST_WORD: &str = "The end";
/// How long a writer waits before the next try.
const RETRY: Duration = Duration::from_millis(20);
/// How long anything may take to start, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// The running topology, gone with the test.
struct Scale {
    _leash: Leash,
    log: PathBuf,
    _folder: TempDir,
    front: Client,
}

impl Scale {
    async fn start() -> Scale {
        let folder = tempfile::Builder::new().prefix("hubbub-test.").tempdir().unwrap();
        let port = free_port();
        let command = [file("deploy/scale").display().to_string(), env!("CARGO_BIN_EXE_hubbub").to_owned()];
        let env =
            [("PORT", port.to_string()), ("RATE_LIMITS", "off".to_owned()), ("RUST_LOG", "warn".to_owned())];
        let env = env.map(|(name, value)| (name.to_owned(), value));
        let log = folder.path().join("log");
        let held = Held { command: &command, env: &env, log: &log, last_signal: "TERM", folder: None };
        let mut leash = Leash::hold(&held);
        let front = Client::stranger(&format!("http://127.0.0.1:{port}"));
        tokio::select! {
            _ = said(&log, "Ctrl-C") => Scale { _leash: leash, log, _folder: folder, front },
            code = leash.ended() => panic!("it ended with {code}:\n{}", std::fs::read_to_string(&log).unwrap()),
        }
    }

    /// An instance, asked past nginx.
    async fn instance(&self, name: &str) -> Client {
        let line = said(&self.log, &format!("{name} ")).await;
        Client::stranger(line.trim().split(',').next().unwrap())
    }

    /// Stops an instance as a service manager does, and waits until it was started again and nginx uses it.
    async fn restart(&self, name: &str, reader: &Client) {
        let line = said(&self.log, &format!("{name} ")).await;
        let (_, pid) = line.rsplit_once(' ').unwrap();
        let killed = Command::new("kill").args(["-s", "TERM", pid]).status().unwrap();
        assert!(killed.success());
        said(&self.log, &format!("{name} started again")).await;
        let instance = self.instance(name).await;
        eventually(name, async || stream_count(&instance).await).await;
        // nginx sends a new stream where fewest are, once it has noticed that somebody is there again.
        eventually(name, async || {
            let _probe = reader.try_stream(Transport::Sse, None, "").await?;
            stream_count(&instance).await.filter(|count| *count > 0)
        })
        .await;
    }
}

/// Waits until a log has a line with this start, and gives its rest.
async fn said(log: &Path, start: &str) -> String {
    let written = async || std::fs::read_to_string(log).ok();
    let line = async || written().await?.lines().find_map(|line| line.strip_prefix(start).map(str::to_owned));
    eventually(start, line).await
}

/// Asks until there is an answer.
async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asked_at = tokio::time::Instant::now();
    while asked_at.elapsed() < PATIENCE {
        if let Some(answer) = ask().await {
            return answer;
        }
        tokio::time::sleep(RETRY).await;
    }
    panic!("{what}: nothing came of it");
}

/// How many streams an instance holds, or `None` where it does not answer.
async fn stream_count(instance: &Client) -> Option<u64> {
    let answer = instance.try_answer_to(instance.request(Method::GET, "/metrics")).await.ok()?;
    let counts =
        answer.text.lines().filter_map(|line| line.strip_prefix("hubbub_streams_open{")?.rsplit(' ').next());
    Some(counts.map(|count| count.parse::<u64>().unwrap()).sum())
}

/// Someone who writes as fast as they are answered, and tries again with the same nonce until they are.
struct Writer {
    person: Client,
    channel: Value,
    /// Over a WebSocket, or over REST as those do who read over SSE.
    transport: Transport,
    socket: Option<Stream>,
}

impl Writer {
    /// The nonces of all that was acknowledged.
    async fn run(mut self, stop: &AtomicBool) -> Vec<String> {
        let mut said = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let nonce = format!("{} {}", self.person.user["username"], said.len());
            self.say(&nonce).await;
            said.push(nonce);
            tokio::time::sleep(RETRY).await;
        }
        said
    }

    async fn say(&mut self, nonce: &str) {
        let body = json!({"text": nonce, "nonce": nonce});
        let is_heard = async || match self.transport {
            Transport::WebSocket => self.over_socket(&body).await,
            _ => over_rest(&self.person, &self.channel, &body).await,
        };
        eventually(nonce, is_heard).await;
    }

    async fn over_socket(&mut self, body: &Value) -> Option<()> {
        if self.socket.is_none() {
            self.socket = self.person.try_stream(Transport::WebSocket, None, "").await;
        }
        let mut data = body.clone();
        data["channel_id"] = self.channel["id"].clone();
        let answer = self.socket.as_mut()?.try_request("message.send", data).await;
        if answer.is_none() {
            self.socket = None;
        }
        answer.filter(|answer| answer.kind() == "ack").map(|_| ())
    }
}

/// nginx's own answers, where nobody is behind it, are not in the document: so this asks past the check.
async fn over_rest(person: &Client, channel: &Value, body: &Value) -> Option<()> {
    let path = format!("/v1/channels/{}/messages", channel.id());
    let answer = person.request(Method::POST, &path).json(body).send().await.ok()?;
    answer.status().is_success().then_some(())
}

/// What a reader saw: the nonces in order, and how often their stream ended and said so.
#[derive(Default)]
struct Seen {
    nonces: Vec<String>,
    end_count: usize,
    goodbye_count: usize,
}

/// Reads until the last word, from stream to stream.
async fn read(person: &Client, transport: Transport, mut stream: Stream) -> Seen {
    let mut seen = Seen::default();
    loop {
        match stream.next_or_end().await {
            Some(event) if event.kind() == "message.created" => {
                let message = &event.data()["message"];
                if message["text"] == LAST_WORD {
                    return seen;
                }
                seen.nonces.push(message["nonce"].as_str().unwrap().to_owned());
            }
            Some(event) => seen.goodbye_count += usize::from(event.kind() == "closing"),
            None => {
                seen.end_count += 1;
                let cursor = Some(stream.cursor());
                stream = eventually("resume", async || person.try_stream(transport, cursor, "").await).await;
                assert_eq!(stream.ready()["resumed"], true);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_chat_on_while_instances_come_and_go() {
    let scale = Scale::start().await;
    let (alice, bob) = (scale.front.register("alice").await, scale.front.register("bob").await);
    let general = alice.channel("general").await;
    let writer = |person: &Client, transport| {
        let (person, channel) = (person.clone(), general.clone());
        Writer { person, channel, transport, socket: None }
    };
    let stop = AtomicBool::new(false);
    let mut readers = Vec::new();
    for (person, transport) in [&alice, &bob].into_iter().flat_map(|person| PUSHED.map(|over| (person, over)))
    {
        readers.push(read(person, transport, person.stream(transport, None, "").await));
    }
    for name in ["one", "two"] {
        let instance = scale.instance(name).await;
        assert_eq!(stream_count(&instance).await, Some(2), "{name} has not its half of the readers");
        assert_eq!(instance.get("/readyz").await.expect(200)["status"], "ok", "{name} is without Redis");
    }

    let (seen, said) = tokio::join!(join_all(readers), async {
        let (by_alice, by_bob, ()) = tokio::join!(
            writer(&alice, Transport::WebSocket).run(&stop),
            writer(&bob, Transport::Sse).run(&stop),
            async {
                scale.restart("one", &bob).await;
                scale.restart("two", &bob).await;
                stop.store(true, Ordering::Relaxed);
            }
        );
        eventually(LAST_WORD, async || over_rest(&alice, &general, &json!({"text": LAST_WORD})).await).await;
        [by_alice, by_bob].concat()
    });

    let end_count: usize = seen.iter().map(|seen| seen.end_count).sum();
    println!("{} messages, {} readers, {end_count} ends of streams", said.len(), seen.len());
    assert!(end_count >= seen.len(), "each instance had readers, and was stopped");
    for seen in &seen {
        assert_eq!(seen.goodbye_count, seen.end_count, "a stream ended without a word");
        let nonces: BTreeSet<&String> = seen.nonces.iter().collect();
        assert_eq!(nonces.len(), seen.nonces.len(), "something came twice");
        let said: BTreeSet<&String> = said.iter().collect();
        let lost: Vec<_> = said.difference(&nonces).collect();
        let phantom: Vec<_> = nonces.difference(&said).collect();
        assert!(lost.is_empty() && phantom.is_empty(), "lost {lost:?}, and nobody said {phantom:?}");
    }
    assert!(seen.iter().all(|other| other.nonces == seen[0].nonces), "readers disagree about the order");
}
