//! Someone who is there: holds a stream open, pings in time, and reads what comes.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::{Instant, interval, sleep, timeout, timeout_at};
use tokio_tungstenite::tungstenite::Message;

use crate::support::*;

/// A person who is online as long as this is held.
pub struct Online {
    pub person: Client,
    holding: JoinHandle<()>,
    events: UnboundedReceiver<Value>,
}

impl Online {
    /// Over a WebSocket at the first of these instances. When it ends, the person goes on at the next one, after the
    /// time that `closing` asks for; where there is no next one, that is the end.
    pub async fn at(person: &Client, instances: &[&Program]) -> Online {
        let places = instances.iter().map(|instance| person.at(instance.base()));
        let mut places: Vec<Client> = places.collect();
        let first = WebSocket::open(&places.remove(0), "").await.unwrap();
        let (heard, events) = unbounded_channel();
        let holding = tokio::spawn(async move {
            let mut socket = Some(first);
            let mut places = places.into_iter();
            while let Some(open) = socket.take() {
                let pause = hold(open, |event| heard.send(event).is_ok()).await;
                let Some(next) = places.next() else { return };
                sleep(pause).await;
                socket = WebSocket::open(&next, "").await.ok();
            }
        });
        Online { person: person.clone(), holding, events }
    }

    /// The `data` of the next event of this type, whatever comes before it.
    pub async fn skip_to(&mut self, kind: &str, within: Duration) -> Value {
        let found = async {
            loop {
                let event = self.events.recv().await.expect("the stream goes on");
                if event["type"] == kind {
                    return event["data"].clone();
                }
            }
        };
        timeout(within, found).await.unwrap_or_else(|_| panic!("no {kind} within {within:?}"))
    }

    /// What is told in this time of people's presence: who, and which status, in order.
    pub async fn hears_of_presence(&mut self, duration: Duration) -> Vec<(String, String)> {
        let end = Instant::now() + duration;
        let mut told = Vec::new();
        while let Ok(Some(event)) = timeout_at(end, self.events.recv()).await {
            if event["type"] != "presence.updated" {
                continue;
            }
            for item in event["data"]["items"].as_array().unwrap() {
                let status = item["status"].as_str().unwrap().to_owned();
                told.push((item["user_id"].id().to_owned(), status));
            }
        }
        told
    }
}

impl Drop for Online {
    fn drop(&mut self) {
        self.holding.abort();
    }
}

/// Reads and pings until the socket ends, and gives how long to wait before the next.
async fn hold(mut socket: WebSocket, hear: impl Fn(Value) -> bool) -> Duration {
    let mut pause = Duration::ZERO;
    let mut pings = interval(Duration::from_millis(200));
    loop {
        tokio::select! {
            raw = socket.next() => {
                let Some(raw) = raw else { return pause };
                let event: Value = serde_json::from_str(&raw.text).unwrap();
                if let Some(delay_ms) = event["data"]["reconnect_after_ms"].as_u64() {
                    pause = Duration::from_millis(delay_ms);
                }
                if !hear(event) {
                    return pause;
                }
            }
            _ = pings.tick() => {
                let ping = json!({"id": 1, "type": "ping", "data": {}});
                socket.send(Message::text(ping.to_string())).await.ok();
            }
        }
    }
}
