//! One open stream, whatever its transport: what waits to be written, and how far it has come. Where nothing waits, events
//! are written to its socket at once, by whoever brings them; its own task wakes only for what the socket does not take.

use super::NewConnection;
use super::close::Close;
use super::inbox::{Inbox, Item, Mode, QUEUE_BYTES};
use super::run::Run;
use crate::clock::Time;
use crate::event::encoded::{Encoded, Form};
use crate::event::ephemeral::ClosingData;
use crate::id::{ConnectionId, Seq, SessionId, UserId};
use crate::presence::OFFLINE_GRACE;
use bytes::{Buf, Bytes};
use rustix::net::Shutdown;
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::Instant;

/// One open stream.
pub struct Connection {
    /// Its id, for control requests.
    pub id: ConnectionId,
    /// Whose.
    pub user_id: UserId,
    /// From which login.
    pub session_id: SessionId,
    /// How it is written.
    pub form: Form,
    pub(super) opened_at: Instant,
    /// There once the answer's head is written.
    socket: OnceLock<TcpStream>,
    inbox: Mutex<Inbox>,
}

/// What the stream's own task does next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Write what was taken.
    Write,
    /// Write what was taken, say the goodbye that belongs to this, and end.
    End(Close),
    /// Read on by itself.
    ReadOn,
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
            form: new.form,
            opened_at: now,
            socket: OnceLock::new(),
            inbox: Mutex::new(Inbox::new(&new, now)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives it its socket, once.
    pub fn attach(&self, socket: TcpStream) {
        let _ = self.socket.set(socket);
    }

    /// Its socket, once it has one.
    pub fn socket(&self) -> Option<&TcpStream> {
        self.socket.get()
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
    /// Returns whether it is live, and whether it skipped something ephemeral on the way: then all else waits until the
    /// state is told.
    pub(super) fn go_live(&self, applied: Seq) -> Option<bool> {
        let mut inbox = self.lock();
        if inbox.position < applied {
            return None;
        }
        inbox.mode = Mode::Live;
        if inbox.is_clear() {
            // What waited when it fell behind was not for it any more.
            inbox.waiting_since = None;
        }
        inbox.is_in_hand |= inbox.skipped_ephemeral;
        Some(std::mem::take(&mut inbox.skipped_ephemeral))
    }

    /// It skipped something ephemeral and could not be told the state yet: it tries again.
    pub fn owe_state(&self) {
        let mut inbox = self.lock();
        inbox.mode = Mode::Catching;
        inbox.skipped_ephemeral = true;
    }

    /// Has it read on by itself, since something was not handed to it, and something ephemeral if so it is said.
    pub(super) fn fall_behind(&self, has_missed: bool) {
        let mut inbox = self.lock();
        inbox.mode = Mode::Catching;
        inbox.skipped_ephemeral |= has_missed;
        wake(inbox);
    }

    /// Moves on to `position` after `count` events were read.
    pub(super) fn advance(&self, position: Seq, count: u64) {
        let mut inbox = self.lock();
        inbox.position = inbox.position.max(position);
        inbox.read_to = inbox.position;
        inbox.delivered += count;
        if count > 0 {
            inbox.is_in_hand = true;
            inbox.waiting_since.get_or_insert_with(Instant::now);
        }
    }

    /// Durable events, in order.
    pub(super) fn push(&self, run: &Run, now: Instant) {
        let mut inbox = self.lock();
        if inbox.mode == Mode::Catching || inbox.is_ending() || run.last_seq() <= inbox.position {
            return;
        }
        let before = inbox.position;
        let (bytes, event_count) = run.framed_after(before, self.form);
        inbox.position = run.last_seq();
        self.put(inbox, bytes, event_count, before, now);
    }

    /// Something ephemeral; a stream that catches up skips it, and gets the state afterwards.
    pub(super) fn push_ephemeral(&self, encoded: &Encoded, now: Instant) {
        let mut inbox = self.lock();
        if inbox.is_ending() {
            return;
        }
        if inbox.mode == Mode::Catching {
            inbox.skipped_ephemeral = true;
            return;
        }
        let before = inbox.position;
        self.put(inbox, encoded.framed(self.form), 0, before, now);
    }

    /// Writes what nothing waits before; the rest waits for the stream's own task, which also finds out what is wrong.
    fn put(
        &self, mut inbox: MutexGuard<'_, Inbox>, mut bytes: Bytes, event_count: u64, before: Seq,
        now: Instant,
    ) {
        let all = bytes.len();
        if inbox.is_clear()
            && !inbox.is_being_answered
            && let Some(socket) = self.socket.get()
            && let Ok(written) = socket.try_write(&bytes)
        {
            inbox.taken_at = now;
            bytes.advance(written);
            if bytes.is_empty() {
                inbox.delivered += event_count;
                return;
            }
        }
        let before = (bytes.len() == all).then_some(before);
        inbox.add_live(bytes, event_count, before, now);
        wake(inbox);
    }

    /// Whether frames of the client are being answered. Events are left to the stream's own task then, which is woken for
    /// them and for the answers alike: mostly one write takes both.
    pub fn is_being_answered(&self, is_so: bool) {
        self.lock().is_being_answered = is_so;
    }

    /// The answer to a frame; never skipped.
    pub fn answer(&self, encoded: &Encoded) {
        let mut inbox = self.lock();
        if !inbox.is_ending() {
            inbox.add_answer(encoded, self.form, Instant::now());
            wake(inbox);
        }
    }

    /// The transport's own answer; a later one takes its place.
    pub fn reply(&self, bytes: Bytes) {
        let mut inbox = self.lock();
        if !inbox.is_ending() {
            inbox.reply = Some(bytes);
            wake(inbox);
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

    /// A pong; never skipped. A live stream has been given all that it may see up to `handed`.
    pub(super) fn pong(&self, id: Option<Value>, handed: Seq) {
        let mut inbox = self.lock();
        if inbox.is_ending() {
            return;
        }
        if inbox.mode == Mode::Live {
            inbox.position = inbox.position.max(handed);
        }
        inbox.pong_at = Instant::now();
        let now = inbox.pong_at;
        inbox.add_pong(id, now);
        wake(inbox);
    }

    /// A piece of an SSE body that is no event, so that proxies see life.
    pub(super) fn comment(&self, line: &'static [u8]) {
        let mut inbox = self.lock();
        inbox.add(Item::Answer(self.form.body(line)), Instant::now());
        wake(inbox);
    }

    pub(super) fn renew(&self, expires_at: Time) {
        self.lock().expires_at = expires_at;
    }

    /// Ends the stream: `closing` is the last event, after what waits already.
    pub fn close(&self, close: Close) {
        let mut inbox = self.lock();
        if inbox.is_ending() {
            return;
        }
        let data = ClosingData {
            code: close.code,
            reason: close.reason.clone(),
            reconnect: close.reconnect,
            reconnect_after_ms: close.reconnect_after_ms,
        };
        inbox.close = Some(Box::new(close));
        inbox.add_answer(&Encoded::ephemeral("closing", data), self.form, Instant::now());
        wake(inbox);
    }

    /// Ends the stream without a word: what waits is added to `pieces`, and nothing more follows.
    pub fn stop(&self, pieces: &mut VecDeque<Bytes>) {
        let mut inbox = self.lock();
        inbox.is_stopped = true;
        inbox.drain(self.form, pieces);
    }

    /// Cuts the transport: the peer takes nothing any more.
    pub(super) fn cut(&self) {
        self.shut(Shutdown::Both);
    }

    /// Tells the peer that nothing more follows.
    pub fn finish(&self) {
        self.shut(Shutdown::Write);
    }

    fn shut(&self, how: Shutdown) {
        if let Some(socket) = self.socket.get() {
            // It fails where the peer has gone, which is as good.
            let _ = rustix::net::shutdown(socket, how);
        }
    }

    /// What the stream's own task does next, once there is anything; what it has to write is added to `pieces`.
    pub fn poll_next(&self, context: &mut Context<'_>, pieces: &mut VecDeque<Bytes>) -> Poll<Next> {
        let mut inbox = self.lock();
        if !inbox.is_empty() {
            inbox.drain(self.form, pieces);
            return Poll::Ready(inbox.close.as_deref().cloned().map_or(Next::Write, Next::End));
        }
        if inbox.mode == Mode::Catching && !inbox.is_ending() {
            return Poll::Ready(Next::ReadOn);
        }
        inbox.waker = Some(context.waker().clone());
        Poll::Pending
    }

    /// The peer has taken bytes; `is_all` if the stream's own task holds no more for it.
    pub fn taken(&self, is_all: bool) {
        let mut inbox = self.lock();
        inbox.taken_at = Instant::now();
        inbox.is_in_hand = !is_all;
        inbox.waiting_since = (!is_all || !inbox.is_empty()).then_some(inbox.taken_at);
    }

    pub(super) fn pulse(&self) -> Pulse {
        let inbox = self.lock();
        Pulse {
            silence: inbox.heard_at.elapsed(),
            since_pong: inbox.pong_at.max(inbox.heard_at).elapsed(),
            untaken: inbox.waiting_since.map(|since| since.elapsed()),
            idle: inbox.taken_at.elapsed(),
            expires_at: inbox.expires_at,
            is_closing: inbox.is_ending(),
        }
    }

    /// How long its user stays online after its end.
    pub(super) fn grace(&self) -> Duration {
        let after_ms = self.lock().close.as_ref().map_or(0, |close| close.reconnect_after_ms);
        OFFLINE_GRACE + Duration::from_millis(after_ms)
    }
}

/// Wakes the stream's own task, with nothing locked.
fn wake(mut inbox: MutexGuard<'_, Inbox>) {
    let waker = inbox.waker.take();
    drop(inbox);
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;
