//! A stream as a person holds it open: the same events over WebSocket, SSE or long-poll.
//!
//! What holds for every stream is checked on the way: each event is as documented, `seq` only rises, an SSE block
//! carries an `id:` exactly where the contract gives one, and a `pong` counts what came before it exactly and never goes
//! back behind it.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{timeout, timeout_at};
use tokio_tungstenite::tungstenite::{self, Message};

use super::client::{Answer, Client, HasId};
use super::contract;
use super::wire::{Poll, Raw, Sse, Unopened, WebSocket};

const PATIENCE: Duration = Duration::from_secs(10);
/// What may come at any time without having been asked for.
const NOISE: [&str; 7] =
    ["ack", "pong", "presence.updated", "read.updated", "state", "typing.started", "typing.stopped"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    WebSocket,
    Sse,
    Poll,
}

/// One event: `raw` is what came over the wire, byte for byte.
#[derive(Clone, Debug)]
pub struct Event {
    pub raw: String,
    pub json: Value,
}

impl Event {
    pub fn kind(&self) -> &str {
        self.json["type"].as_str().unwrap()
    }

    /// `None` for an ephemeral event.
    pub fn seq(&self) -> Option<u64> {
        self.json["seq"].as_u64()
    }

    pub fn data(&self) -> &Value {
        &self.json["data"]
    }
}

enum Wire {
    WebSocket(Box<WebSocket>),
    Sse(Sse),
    Poll(Poll),
}

impl Wire {
    async fn next(&mut self) -> Option<Raw> {
        match self {
            Wire::WebSocket(wire) => wire.next().await,
            Wire::Sse(wire) => wire.next().await,
            Wire::Poll(wire) => wire.next().await,
        }
    }
}

/// An open stream; dropping it cuts the connection.
pub struct Stream {
    wire: Wire,
    client: Client,
    ready: Value,
    cursor: u64,
    aside: VecDeque<Event>,
    frame_count: u64,
    durable_count: u64,
}

impl Client {
    /// Opens a stream and takes its `ready`. `extra` is further query (`threads=…&log_id=…`), or empty.
    pub async fn stream(&self, transport: Transport, cursor: Option<u64>, extra: &str) -> Stream {
        let opened = self.open_stream(transport, cursor, extra).await;
        opened.unwrap_or_else(|answer| panic!("{transport:?} was refused: {answer:?}"))
    }

    /// As [`Client::stream`], or the answer that refuses it.
    pub async fn open_stream(
        &self, transport: Transport, cursor: Option<u64>, extra: &str,
    ) -> Result<Stream, Answer> {
        self.open(transport, cursor, extra).await.map_err(|unopened| match unopened {
            Unopened::Refused(answer) => *answer,
            Unopened::Gone(why) => panic!("{why}"),
        })
    }

    /// As [`Client::stream`], for a server that may be gone or unable to serve: `None` then.
    pub async fn try_stream(&self, transport: Transport, cursor: Option<u64>, extra: &str) -> Option<Stream> {
        match self.open(transport, cursor, extra).await {
            Ok(stream) => Some(stream),
            Err(Unopened::Gone(_)) => None,
            Err(Unopened::Refused(answer)) if answer.status == 503 => None,
            Err(Unopened::Refused(answer)) => panic!("{transport:?} was refused: {answer:?}"),
        }
    }

    async fn open(&self, transport: Transport, cursor: Option<u64>, extra: &str) -> Result<Stream, Unopened> {
        let query = match cursor {
            Some(cursor) => format!("?cursor={cursor}&{extra}"),
            None => format!("?{extra}"),
        };
        let query = query.trim_end_matches(['?', '&']);
        let wire = match transport {
            Transport::WebSocket => {
                WebSocket::open(self, query).await.map(|wire| Wire::WebSocket(Box::new(wire)))
            }
            Transport::Sse => Sse::open(self, query).await.map(Wire::Sse),
            Transport::Poll => Poll::open(self, cursor, extra).await.map(Wire::Poll),
        };
        let wire = wire.inspect_err(|unopened| {
            if let Unopened::Refused(answer) = unopened {
                contract::check_answer(answer);
            }
        })?;
        self.begin(wire).await
    }

    /// Opens a stream whose socket takes little at a time, so that a reader who pauses is soon felt by the server.
    pub async fn narrow_stream(&self, transport: Transport, extra: &str) -> Stream {
        let query = format!("?{extra}");
        let wire = match transport {
            Transport::WebSocket => Wire::WebSocket(Box::new(WebSocket::open_narrow(self, &query).await)),
            Transport::Sse => Wire::Sse(Sse::open_narrow(self, &query).await),
            Transport::Poll => panic!("a long poll takes all at once"),
        };
        self.begin(wire).await.unwrap_or_else(|unopened| panic!("{unopened:?}"))
    }

    async fn begin(&self, wire: Wire) -> Result<Stream, Unopened> {
        let client = self.clone();
        let (ready, aside) = (Value::Null, VecDeque::new());
        let mut stream = Stream { wire, client, ready, cursor: 0, aside, frame_count: 0, durable_count: 0 };
        match &stream.wire {
            Wire::Poll(poll) => stream.cursor = poll.cursor,
            _ => stream.ready = stream.take_ready().await?,
        }
        Ok(stream)
    }
}

impl Stream {
    async fn take_ready(&mut self) -> Result<Value, Unopened> {
        let first = self.receive().await;
        let first = first.ok_or_else(|| Unopened::Gone("the stream ended before its ready".to_owned()))?;
        assert_eq!(first.kind(), "ready", "{}", first.raw);
        self.cursor = first.data()["cursor"].as_u64().unwrap();
        Ok(first.data().clone())
    }

    /// The `data` of the `ready` event, which long-poll does not have.
    pub fn ready(&self) -> &Value {
        assert!(!self.ready.is_null(), "long-poll has no ready event");
        &self.ready
    }

    /// Where to resume: the `seq` of the last durable event that came, or where the stream began.
    pub fn cursor(&self) -> u64 {
        self.cursor
    }

    /// The next event of any kind.
    pub async fn next(&mut self) -> Event {
        self.next_or_end().await.expect("the stream goes on")
    }

    /// The next event of any kind, or `None` when the server has ended the stream.
    pub async fn next_or_end(&mut self) -> Option<Event> {
        match self.aside.pop_front() {
            Some(event) => Some(event),
            None => self.receive().await,
        }
    }

    async fn receive(&mut self) -> Option<Event> {
        let raw = timeout(PATIENCE, self.wire.next()).await.expect("an event within ten seconds")?;
        Some(self.check(raw))
    }

    fn check(&mut self, Raw { text, sse_id }: Raw) -> Event {
        let json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in the event {text}"));
        let event = Event { raw: text, json };
        contract::check_event(&event.json);
        if let Some(seq) = event.seq() {
            assert!(seq > self.cursor, "{seq} came after {}: {}", self.cursor, event.raw);
            self.cursor = seq;
            self.durable_count += 1;
        }
        if event.kind() == "pong" {
            assert_eq!(event.data()["delivered"], self.durable_count, "after {}: {}", self.cursor, event.raw);
            let is_past = event.data()["cursor"].as_u64() >= Some(self.cursor);
            assert!(is_past, "it goes back behind {}: {}", self.cursor, event.raw);
        }
        if matches!(self.wire, Wire::Sse(_)) {
            let position = event.seq().or(match event.kind() {
                "ready" | "pong" => event.data()["cursor"].as_u64(),
                _ => None,
            });
            assert_eq!(sse_id, position.map(|seq| seq.to_string()), "the id of {}", event.raw);
        }
        event
    }

    /// The next durable event; ephemeral ones that come first are dropped.
    pub async fn next_durable(&mut self) -> Event {
        loop {
            let event = self.next().await;
            if event.seq().is_some() {
                return event;
            }
        }
    }

    /// The next event of this type. What comes before it may only be ephemeral.
    pub async fn expect(&mut self, kind: &str) -> Event {
        loop {
            let event = self.next().await;
            if event.kind() == kind {
                return event;
            }
            assert!(NOISE.contains(&event.kind()), "expected {kind}, got {}", event.raw);
        }
    }

    /// The next event of this type, whatever comes before it.
    pub async fn skip_to(&mut self, kind: &str) -> Event {
        loop {
            let event = self.next().await;
            if event.kind() == kind {
                return event;
            }
        }
    }

    /// The `data` of `closing`, whatever comes before it, and then the end of the stream: on a WebSocket with a
    /// close frame of the same code.
    pub async fn closing(&mut self) -> Value {
        let closing = self.skip_to("closing").await;
        if let Some(event) = self.next_or_end().await {
            panic!("{} came after closing", event.raw);
        }
        if let Wire::WebSocket(wire) = &self.wire {
            assert_eq!(wire.close_code.map(Value::from).as_ref(), Some(&closing.data()["code"]));
        }
        closing.data().clone()
    }

    /// Sends a frame as it is, well formed or not. WebSocket only.
    pub async fn send_raw(&mut self, message: Message) {
        self.try_send_raw(message).await.unwrap();
    }

    async fn try_send_raw(&mut self, message: Message) -> Result<(), tungstenite::Error> {
        let Wire::WebSocket(wire) = &mut self.wire else { panic!("only a WebSocket takes frames") };
        wire.send(message).await
    }

    pub async fn send_frame(&mut self, id: impl Into<Value>, kind: &str, data: Value) {
        self.send_raw(frame(id.into(), kind, data)).await;
    }

    /// The `data` of the `ack` for a frame; other events that come first are kept for `next`.
    pub async fn ack(&mut self, id: impl Into<Value>) -> Value {
        let answer = self.answer_to_frame(&id.into()).await;
        assert_eq!(answer.kind(), "ack", "{}", answer.raw);
        answer.data().clone()
    }

    /// The problem of the `error` for a frame; other events that come first are kept for `next`.
    pub async fn refused(&mut self, id: impl Into<Value>) -> Value {
        let answer = self.answer_to_frame(&id.into()).await;
        assert_eq!(answer.kind(), "error", "{}", answer.raw);
        answer.data()["problem"].clone()
    }

    /// The `data` of the `ack` for a frame, or the problem of its `error`; other events are kept for `next`.
    pub async fn answer(&mut self, id: impl Into<Value>) -> Result<Value, Value> {
        let answer = self.answer_to_frame(&id.into()).await;
        match answer.kind() {
            "error" => Err(answer.data()["problem"].clone()),
            _ => Ok(answer.data().clone()),
        }
    }

    /// What has come and was kept, in its order.
    pub fn take_kept(&mut self) -> Vec<Event> {
        self.aside.drain(..).collect()
    }

    async fn answer_to_frame(&mut self, id: &Value) -> Event {
        self.answer_or_end(id).await.expect("an answer before the end")
    }

    async fn answer_or_end(&mut self, id: &Value) -> Option<Event> {
        loop {
            let event = self.receive().await?;
            if event.json["id"] == *id && matches!(event.kind(), "ack" | "error" | "pong") {
                return Some(event);
            }
            self.aside.push_back(event);
        }
    }

    /// Sends a frame and gives the `data` of its `ack`.
    pub async fn request(&mut self, kind: &str, data: Value) -> Value {
        self.frame_count += 1;
        let id = format!("frame {}", self.frame_count);
        self.send_frame(id.as_str(), kind, data).await;
        self.ack(id).await
    }

    /// Sends a frame and gives the event that answers it, or `None` where the server is gone before it does.
    pub async fn try_request(&mut self, kind: &str, data: Value) -> Option<Event> {
        self.frame_count += 1;
        let id: Value = format!("frame {}", self.frame_count).into();
        self.try_send_raw(frame(id.clone(), kind, data)).await.ok()?;
        self.answer_or_end(&id).await
    }

    /// Keeps the stream alive as its transport has it, and gives the `data` of the `pong`.
    pub async fn ping(&mut self) -> Value {
        if matches!(self.wire, Wire::WebSocket(_)) {
            self.frame_count += 1;
            let id = format!("ping {}", self.frame_count);
            self.send_frame(id.as_str(), "ping", json!({})).await;
            let pong = self.answer_to_frame(&id.into()).await;
            assert_eq!(pong.kind(), "pong", "{}", pong.raw);
            return pong.data().clone();
        }
        let path = format!("{}/ping", self.control_path());
        self.client.post(&path, Value::Null).await.expect(204);
        loop {
            let event = self.receive().await.expect("a pong before the end");
            if event.kind() == "pong" {
                return event.data().clone();
            }
            self.aside.push_back(event);
        }
    }

    /// Opens a thread, so that its replies come over this stream.
    pub async fn open_thread(&mut self, root: &(impl HasId + ?Sized)) {
        match &mut self.wire {
            Wire::WebSocket(_) => {
                self.request("thread.open", json!({"message_id": root.id()})).await;
            }
            Wire::Sse(_) => {
                let path = format!("{}/threads/{}", self.control_path(), root.id());
                self.client.put(&path, Value::Null).await.expect(204);
            }
            Wire::Poll(poll) => poll.threads.push(root.id().to_owned()),
        }
    }

    /// Listens for so long, in which nothing but ephemeral events may come; they are kept for `next`.
    pub async fn stays_quiet(&mut self, duration: Duration) {
        let end = tokio::time::Instant::now() + duration;
        let next = async |wire: &mut Wire| match timeout_at(end, wire.next()).await {
            Ok(raw) => Some(raw.expect("the stream goes on")),
            Err(_) => None,
        };
        while let Some(raw) = next(&mut self.wire).await {
            let event = self.check(raw);
            assert!(NOISE.contains(&event.kind()), "{} came", event.raw);
            self.aside.push_back(event);
        }
    }

    /// How many comment lines an SSE stream has sent, and the `retry:` it gave.
    pub fn sse_signs(&self) -> (usize, Option<u64>) {
        let Wire::Sse(wire) = &self.wire else { panic!("only SSE has comments") };
        (wire.comment_count, wire.retry_ms)
    }

    /// Where an SSE stream is steered over REST; it names the connection.
    pub fn control_path(&self) -> String {
        format!("/v1/connections/{}", self.ready()["connection_id"].as_str().unwrap())
    }
}

fn frame(id: Value, kind: &str, data: Value) -> Message {
    Message::text(json!({"id": id, "type": kind, "data": data}).to_string())
}
