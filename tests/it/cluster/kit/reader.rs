//! Someone with an open stream, who comes back with the cursor whenever it breaks, to whichever instance is up.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{interval, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

use super::history::What;
use super::load::Scene;
use super::unread::Unread;
use crate::support::*;

/// How long an instance may take to open a stream before another is asked.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait after a try that failed.
const RETRY: Duration = Duration::from_millis(100);

pub struct Reader {
    pub name: String,
    pub transport: Transport,
    /// The same person at each instance.
    pub at: Vec<Client>,
    pub scene: Arc<Scene>,
    /// The instance to ask first.
    pub instance: usize,
    pub cursor: u64,
    pub unread: Arc<Mutex<Unread>>,
}

/// A stream without the checks that [`Stream`] makes: here the checker judges.
enum Wire {
    WebSocket(Box<WebSocket>),
    Sse(Box<Sse>),
}

impl Wire {
    async fn next(&mut self) -> Option<Value> {
        let raw = match self {
            Wire::WebSocket(wire) => wire.next().await,
            Wire::Sse(wire) => wire.next().await,
        };
        raw.map(|raw| serde_json::from_str(&raw.text).unwrap())
    }
}

impl Reader {
    /// Reads until it is dropped.
    pub async fn run(mut self) {
        loop {
            let pause = match self.open().await {
                Some(wire) => self.follow(wire).await,
                None => RETRY,
            };
            sleep(pause).await;
            self.instance = (self.instance + 1) % self.at.len();
        }
    }

    async fn open(&self) -> Option<Wire> {
        let client = &self.at[self.instance];
        let query = format!("?cursor={}&log_id={}", self.cursor, self.scene.log_id);
        let opened = async {
            match self.transport {
                Transport::WebSocket => {
                    WebSocket::open(client, &query).await.map(|wire| Wire::WebSocket(Box::new(wire)))
                }
                Transport::Sse => Sse::open(client, &query).await.map(|wire| Wire::Sse(Box::new(wire))),
                Transport::Poll => panic!("a reader holds a stream open"),
            }
        };
        match timeout(PATIENCE, opened).await {
            Ok(Err(Unopened::Refused(answer))) if answer.status != 503 => panic!("{}: {answer:?}", self.name),
            Ok(opened) => opened.ok(),
            Err(_) => None,
        }
    }

    /// Reads to the end of a stream, and gives how long to wait before the next.
    async fn follow(&mut self, mut wire: Wire) -> Duration {
        let Ok(Some(ready)) = timeout(PATIENCE, wire.next()).await else { return RETRY };
        self.begin(&ready["data"]);
        let path = format!("/v1/connections/{}/ping", ready["data"]["connection_id"].id());
        let heartbeat = Duration::from_millis(ready["data"]["heartbeat"]["interval_ms"].as_u64().unwrap());
        let mut pings = interval(heartbeat / 3);
        pings.tick().await;
        let mut pause = RETRY;
        loop {
            tokio::select! {
                event = wire.next() => {
                    let Some(event) = event else { return pause };
                    if let Some(delay_ms) = event["data"]["reconnect_after_ms"].as_u64() {
                        pause = Duration::from_millis(delay_ms);
                    }
                    self.take(&event);
                }
                _ = pings.tick() => self.ping(&mut wire, &path).await,
            }
        }
    }

    /// A WebSocket carries its own pings; for SSE any instance takes them.
    async fn ping(&self, wire: &mut Wire, path: &str) {
        if let Wire::WebSocket(socket) = wire {
            let frame = json!({"id": 1, "type": "ping", "data": {}});
            socket.send(Message::text(frame.to_string())).await.ok();
            return;
        }
        let other = self.at[(self.instance + 1) % self.at.len()].clone();
        let request = other.request(Method::POST, path).timeout(PATIENCE);
        tokio::spawn(async move { other.try_answer_to(request).await });
    }

    fn begin(&self, ready: &Value) {
        self.unread.lock().unwrap().take("ready", ready);
        self.scene.history.note(What::Opened {
            reader: self.name.clone(),
            instance: self.instance,
            cursor: ready["cursor"].as_u64().unwrap(),
            is_resumed: ready["resumed"] == true,
        });
    }

    fn take(&mut self, event: &Value) {
        let kind = event["type"].as_str().unwrap();
        self.unread.lock().unwrap().take(kind, &event["data"]);
        let (Some(seq), message) = (event["seq"].as_u64(), &event["data"]["message"]) else { return };
        self.cursor = self.cursor.max(seq);
        self.scene.history.note(What::Seen {
            reader: self.name.clone(),
            seq,
            kind: kind.to_owned(),
            id: message["id"].as_str().unwrap_or("-").to_owned(),
            nonce: message["nonce"].as_str().unwrap_or("-").to_owned(),
        });
        self.scene.reached(&self.name, seq);
    }
}
