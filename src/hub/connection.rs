//! One open stream, whatever its transport: what waits to be written, and how far it has come.

use super::NewConnection;
use crate::clock::Time;
use crate::event::Envelope;
use crate::event::encoded::Encoded;
use crate::event::ephemeral::{ClosingData, PongData, Reconnect};
use crate::id::{ConnectionId, Seq, SessionId, UserId};
use crate::presence::OFFLINE_GRACE;
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// A stream with more than this waiting has fallen behind: it goes on from the log instead of from memory.
const QUEUE_ITEMS: usize = 512;
/// The same in bytes.
const QUEUE_BYTES: usize = 256 * 1024;
/// What a pong weighs, besides the id that it gives back.
const PONG_BYTES: usize = 128;

/// Why and how the server ends a stream (contract, section 4, "Close codes").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    /// The number in `closing` and in the close frame.
    pub code: u16,
    /// Why, in words.
    pub reason: String,
    /// What the client does next.
    pub reconnect: Reconnect,
    /// How long it waits first.
    pub reconnect_after_ms: u64,
}

impl Close {
    /// Draining, or grown too old.
    pub const GOING_AWAY: u16 = 1001;
    /// A frame that is none.
    pub const BAD_FRAME: u16 = 4400;
    /// The credential is good no more.
    pub const UNAUTHENTICATED: u16 = 4401;
    /// Silent, or taking nothing.
    pub const SILENT: u16 = 4408;

    fn new(code: u16, reason: impl Into<String>, reconnect: Reconnect) -> Self {
        Self { code, reason: reason.into(), reconnect, reconnect_after_ms: 0 }
    }

    /// Sign in again.
    pub fn reauth(reason: impl Into<String>) -> Self {
        Self::new(Self::UNAUTHENTICATED, reason, Reconnect::Reauth)
    }

    /// A frame that is none.
    pub fn bad_frame(reason: impl Into<String>) -> Self {
        Self::new(Self::BAD_FRAME, reason, Reconnect::Never)
    }

    /// Nothing was heard, or nothing was taken, for too long.
    pub fn silent(reason: impl Into<String>) -> Self {
        Self::new(Self::SILENT, reason, Reconnect::Now)
    }

    /// The stream has reached its greatest age.
    pub fn too_old() -> Self {
        Self::new(Self::GOING_AWAY, "The stream has reached its greatest age.", Reconnect::Now)
    }
}

/// Something to write.
#[derive(Debug, Clone)]
pub enum Out {
    /// A durable event.
    Event(Arc<Envelope>),
    /// An ephemeral event or an answer.
    Encoded(Arc<Encoded>),
    /// An SSE comment, so that proxies see life.
    Comment,
    /// The last event, and the end.
    Close(Arc<Encoded>, Close),
}

enum Item {
    Out(Out),
    Pong { id: Option<Value>, cursor: Seq },
}

/// How events reach the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// It reads them itself, from memory or the log, until it has caught up.
    Catching,
    /// The hub hands them over.
    Live,
}

struct Inbox {
    mode: Mode,
    items: VecDeque<Item>,
    bytes: usize,
    /// How much of it answers frames of the client, which nothing else bounds.
    owed_bytes: usize,
    /// The last `seq` that is written or waits to be.
    position: Seq,
    /// How far the stream has read by itself: all up to there is written, or was not for it.
    read_to: Seq,
    delivered: u64,
    skipped_ephemeral: bool,
    close: Option<Close>,
    heard_at: Instant,
    pong_at: Instant,
    taken_at: Instant,
    /// Since when something waits that the peer has not taken.
    waiting_since: Option<Instant>,
    expires_at: Time,
}

impl Inbox {
    fn add(&mut self, item: Item) {
        self.items.push_back(item);
        self.waiting_since.get_or_insert_with(Instant::now);
    }

    fn add_live(&mut self, out: Out, size: usize) {
        self.bytes += size;
        self.add(Item::Out(out));
        if self.items.len() > QUEUE_ITEMS || self.bytes > QUEUE_BYTES {
            self.mode = Mode::Catching;
        }
    }
}

/// One open stream.
pub struct Connection {
    /// Its id, for control requests.
    pub id: ConnectionId,
    /// Whose.
    pub user_id: UserId,
    /// From which login.
    pub session_id: SessionId,
    /// Whether it speaks SSE.
    pub is_sse: bool,
    pub(super) opened_at: Instant,
    cut: CancellationToken,
    inbox: Mutex<Inbox>,
    wake: Notify,
}

/// What the heartbeat has to know about a stream.
pub(super) struct Pulse {
    pub silence: Duration,
    pub since_pong: Duration,
    pub untaken: Option<Duration>,
    pub idle: Duration,
    pub expires_at: Time,
    pub is_closing: bool,
}

impl Connection {
    pub(super) fn new(new: NewConnection) -> Self {
        let now = Instant::now();
        Self {
            id: ConnectionId::new(),
            user_id: new.user_id,
            session_id: new.session_id,
            is_sse: new.is_sse,
            opened_at: now,
            cut: new.cut,
            inbox: Mutex::new(Inbox {
                mode: Mode::Catching,
                items: VecDeque::new(),
                bytes: 0,
                owed_bytes: 0,
                position: Seq::MAX,
                read_to: 0,
                delivered: 0,
                skipped_ephemeral: false,
                close: None,
                heard_at: now,
                pong_at: now,
                taken_at: now,
                waiting_since: None,
                expires_at: new.expires_at,
            }),
            wake: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where it begins: events with a higher `seq` follow, live at once if that is where the hub stands and nothing
    /// ephemeral `was_missed` since its snapshot was begun.
    pub(super) fn begin(&self, cursor: Seq, applied: Seq, was_missed: bool) {
        let mut inbox = self.lock();
        inbox.position = cursor;
        inbox.skipped_ephemeral |= was_missed;
        if cursor >= applied && !inbox.skipped_ephemeral {
            inbox.mode = Mode::Live;
        }
    }

    /// Where it stands.
    pub(super) fn position(&self) -> Seq {
        self.lock().position
    }

    /// Goes live if it stands at `applied` or beyond; called under the hub's lock, so nothing slips between.
    /// Returns whether it is live, and whether it skipped something ephemeral on the way.
    pub(super) fn go_live(&self, applied: Seq) -> Option<bool> {
        let mut inbox = self.lock();
        if inbox.position < applied {
            return None;
        }
        inbox.mode = Mode::Live;
        Some(std::mem::take(&mut inbox.skipped_ephemeral))
    }

    /// It skipped something ephemeral and could not be told the state yet: it tries again.
    pub fn owe_state(&self) {
        let mut inbox = self.lock();
        inbox.mode = Mode::Catching;
        inbox.skipped_ephemeral = true;
    }

    /// Whether it still reads events itself.
    pub fn is_catching(&self) -> bool {
        let inbox = self.lock();
        inbox.mode == Mode::Catching && inbox.close.is_none()
    }

    /// Moves on to `position` after `count` events were read.
    pub(super) fn advance(&self, position: Seq, count: u64) {
        let mut inbox = self.lock();
        inbox.position = inbox.position.max(position);
        inbox.read_to = inbox.position;
        inbox.delivered += count;
        if count > 0 {
            inbox.waiting_since.get_or_insert_with(Instant::now);
        }
    }

    /// A durable event, in order. A stream that has too much waiting falls behind and reads on by itself.
    pub(super) fn push(&self, envelope: &Arc<Envelope>) {
        let mut inbox = self.lock();
        if inbox.mode == Mode::Catching || inbox.close.is_some() || envelope.seq <= inbox.position {
            return;
        }
        inbox.position = envelope.seq;
        inbox.add_live(Out::Event(envelope.clone()), envelope.encoded.size());
        drop(inbox);
        self.wake.notify_one();
    }

    /// Something ephemeral; a stream that catches up skips it, and gets the state afterwards.
    pub(super) fn push_ephemeral(&self, encoded: &Arc<Encoded>) {
        let mut inbox = self.lock();
        if inbox.close.is_some() {
            return;
        }
        if inbox.mode == Mode::Catching {
            inbox.skipped_ephemeral = true;
            return;
        }
        inbox.add_live(Out::Encoded(encoded.clone()), encoded.size());
        drop(inbox);
        self.wake.notify_one();
    }

    /// The answer to a frame; never skipped.
    pub fn answer(&self, encoded: Encoded) {
        let mut inbox = self.lock();
        if inbox.close.is_none() {
            inbox.owed_bytes += encoded.size();
            inbox.add(Item::Out(Out::Encoded(Arc::new(encoded))));
            drop(inbox);
            self.wake.notify_one();
        }
    }

    /// Whether the client has been answered more than it takes: it is heard further when it has caught up.
    pub fn owes_much(&self) -> bool {
        self.lock().owed_bytes > QUEUE_BYTES
    }

    /// A sign of life came from the client.
    pub fn heard(&self) {
        self.lock().heard_at = Instant::now();
    }

    /// A pong; never skipped. A live stream has, in its queue, all that it may see up to `applied`.
    pub(super) fn pong(&self, id: Option<Value>, applied: Seq) {
        let mut inbox = self.lock();
        if inbox.close.is_some() {
            return;
        }
        if inbox.mode == Mode::Live {
            inbox.position = inbox.position.max(applied);
        }
        inbox.pong_at = Instant::now();
        let cursor = inbox.position;
        inbox.owed_bytes += PONG_BYTES + id.as_ref().and_then(Value::as_str).map_or(0, str::len);
        inbox.add(Item::Pong { id, cursor });
        drop(inbox);
        self.wake.notify_one();
    }

    pub(super) fn comment(&self) {
        self.lock().add(Item::Out(Out::Comment));
        self.wake.notify_one();
    }

    pub(super) fn renew(&self, expires_at: Time) {
        self.lock().expires_at = expires_at;
    }

    /// Ends the stream: `closing` is the last event, after what waits already.
    pub fn close(&self, close: Close) {
        let mut inbox = self.lock();
        if inbox.close.is_some() {
            return;
        }
        let data = ClosingData {
            code: close.code,
            reason: close.reason.clone(),
            reconnect: close.reconnect,
            reconnect_after_ms: close.reconnect_after_ms,
        };
        let encoded = Arc::new(Encoded::ephemeral("closing", data));
        inbox.close = Some(close.clone());
        inbox.add(Item::Out(Out::Close(encoded, close)));
        drop(inbox);
        self.wake.notify_one();
    }

    /// Cuts the transport: the peer takes nothing any more.
    pub(super) fn cut(&self) {
        self.cut.cancel();
    }

    /// Resolves when the transport has to be cut.
    pub async fn is_cut(&self) {
        self.cut.cancelled().await;
    }

    /// Everything that waits, in order; empty if nothing does.
    pub fn take(&self) -> Vec<Out> {
        let mut inbox = self.lock();
        if inbox.items.is_empty() {
            return Vec::new();
        }
        (inbox.bytes, inbox.owed_bytes) = (0, 0);
        let items = std::mem::take(&mut inbox.items);
        let mut batch = Vec::with_capacity(items.len());
        for item in items {
            batch.push(match item {
                Item::Out(out) => {
                    inbox.delivered += u64::from(matches!(out, Out::Event(_)));
                    out
                }
                Item::Pong { id, cursor } => {
                    // A bite that was under way when it was asked for has been written before it.
                    let cursor = cursor.max(inbox.read_to);
                    let data = PongData { cursor, delivered: inbox.delivered };
                    Out::Encoded(Arc::new(Encoded::at_cursor("pong", cursor, id.as_ref(), data)))
                }
            });
        }
        batch
    }

    /// Resolves when there may be something to take.
    pub async fn woken(&self) {
        self.wake.notified().await;
    }

    /// The peer has taken bytes; `is_all` if the transport holds no more for it.
    pub fn taken(&self, is_all: bool) {
        let mut inbox = self.lock();
        inbox.taken_at = Instant::now();
        inbox.waiting_since = (!is_all || !inbox.items.is_empty()).then_some(inbox.taken_at);
    }

    pub(super) fn pulse(&self) -> Pulse {
        let inbox = self.lock();
        Pulse {
            silence: inbox.heard_at.elapsed(),
            since_pong: inbox.pong_at.max(inbox.heard_at).elapsed(),
            untaken: inbox.waiting_since.map(|since| since.elapsed()),
            idle: inbox.taken_at.elapsed(),
            expires_at: inbox.expires_at,
            is_closing: inbox.close.is_some(),
        }
    }

    /// How long its user stays online after its end.
    pub(super) fn grace(&self) -> Duration {
        let after_ms = self.lock().close.as_ref().map_or(0, |close| close.reconnect_after_ms);
        OFFLINE_GRACE + Duration::from_millis(after_ms)
    }
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;
