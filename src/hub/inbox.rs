//! What waits for one stream, and how far it has come.

use super::NewConnection;
use super::close::Close;
use crate::clock::Time;
use crate::event::encoded::{Encoded, Form};
use crate::event::ephemeral::PongData;
use crate::id::Seq;
use bytes::Bytes;
use serde_json::Value;
use std::collections::VecDeque;
use std::task::Waker;
use tokio::time::Instant;

/// A stream with more than this waiting has fallen behind: it goes on from the log instead of from memory.
pub(super) const QUEUE_ITEMS: usize = 64;
/// The same in bytes.
pub(super) const QUEUE_BYTES: usize = 256 * 1024;
/// What a pong weighs, besides the id that it gives back.
const PONG_BYTES: usize = 128;

/// Something to write.
pub(super) enum Item {
    /// What the hub handed over, in the stream's form: so many durable events, or something ephemeral. Where nothing of it is
    /// written yet, it can be read again from after `before`.
    Live { bytes: Bytes, event_count: u64, before: Option<Seq> },
    /// An answer, in the stream's form.
    Answer(Bytes),
    /// A pong: written when it is taken, since it says how far the stream has come by then.
    Pong { id: Option<Value>, cursor: Seq },
}

/// How events reach the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// It reads them itself, from memory or the log, until it has caught up.
    Catching,
    /// The hub hands them over.
    Live,
}

pub(super) struct Inbox {
    pub mode: Mode,
    items: VecDeque<Item>,
    bytes: usize,
    /// How much of it answers frames of the client, which nothing else bounds.
    pub owed_bytes: usize,
    /// What the transport itself has to answer; only the latest counts.
    pub reply: Option<Bytes>,
    /// The stream's own task holds bytes that are not written yet: all else has to wait behind them.
    pub is_in_hand: bool,
    /// The client has asked something, so the stream's own task will write: what comes meanwhile too, with the answer.
    pub is_being_answered: bool,
    /// The last `seq` that is written or waits to be.
    pub position: Seq,
    /// How far the stream has read by itself: all up to there is written, or was not for it.
    pub read_to: Seq,
    pub delivered: u64,
    pub skipped_ephemeral: bool,
    pub close: Option<Box<Close>>,
    /// Ended without `closing`.
    pub is_stopped: bool,
    pub heard_at: Instant,
    pub pong_at: Instant,
    pub taken_at: Instant,
    /// Since when something waits that the peer has not taken.
    pub waiting_since: Option<Instant>,
    pub expires_at: Time,
    /// Wakes the stream's own task.
    pub waker: Option<Waker>,
}

impl Inbox {
    pub fn new(new: &NewConnection, now: Instant) -> Self {
        Self {
            mode: Mode::Catching,
            items: VecDeque::new(),
            bytes: 0,
            owed_bytes: 0,
            reply: None,
            is_in_hand: true,
            is_being_answered: false,
            position: Seq::MAX,
            read_to: 0,
            delivered: 0,
            skipped_ephemeral: false,
            close: None,
            is_stopped: false,
            heard_at: now,
            pong_at: now,
            taken_at: now,
            waiting_since: None,
            expires_at: new.expires_at,
            waker: None,
        }
    }

    /// Whether something may be written at once: nothing was before it.
    pub fn is_clear(&self) -> bool {
        !self.is_in_hand && self.items.is_empty() && self.reply.is_none()
    }

    /// Whether nothing more is added.
    pub fn is_ending(&self) -> bool {
        self.close.is_some() || self.is_stopped
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.reply.is_none()
    }

    pub fn add(&mut self, item: Item, now: Instant) {
        self.items.push_back(item);
        self.waiting_since.get_or_insert(now);
    }

    /// Adds what a live stream gets. One that has too much waiting falls behind and reads on by itself.
    pub fn add_live(&mut self, bytes: Bytes, event_count: u64, before: Option<Seq>, now: Instant) {
        self.bytes += bytes.len();
        self.add(Item::Live { bytes, event_count, before }, now);
        if self.items.len() > QUEUE_ITEMS || self.bytes > QUEUE_BYTES {
            self.fall_behind();
        }
    }

    /// Goes back to where nothing waits: a stream that has fallen behind keeps its position instead of a queue.
    fn fall_behind(&mut self) {
        self.mode = Mode::Catching;
        self.bytes = 0;
        let mut back_to = None;
        let mut kept = VecDeque::new();
        for item in std::mem::take(&mut self.items) {
            match item {
                Item::Live { event_count: 0, before: Some(_), .. } => self.skipped_ephemeral = true,
                Item::Live { before: Some(before), .. } => back_to = back_to.or(Some(before)),
                other => kept.push_back(other),
            }
        }
        if let Some(before) = back_to {
            self.position = before;
            for item in &mut kept {
                if let Item::Pong { cursor, .. } = item {
                    *cursor = (*cursor).min(before);
                }
            }
        }
        self.items = kept;
    }

    pub fn add_answer(&mut self, encoded: &Encoded, form: Form, now: Instant) {
        self.owed_bytes += encoded.size();
        self.add(Item::Answer(encoded.framed(form)), now);
    }

    pub fn add_pong(&mut self, id: Option<Value>, now: Instant) {
        self.owed_bytes += PONG_BYTES + id.as_ref().and_then(Value::as_str).map_or(0, str::len);
        let cursor = self.position;
        self.add(Item::Pong { id, cursor }, now);
    }

    /// Moves all that waits, in order, to the stream's own task.
    pub fn drain(&mut self, form: Form, pieces: &mut VecDeque<Bytes>) {
        self.is_in_hand = true;
        (self.bytes, self.owed_bytes) = (0, 0);
        for item in std::mem::take(&mut self.items) {
            pieces.push_back(match item {
                Item::Live { bytes, event_count, .. } => {
                    self.delivered += event_count;
                    bytes
                }
                Item::Answer(bytes) => bytes,
                Item::Pong { id, cursor } => {
                    // A bite that was under way when it was asked for has been written before it.
                    let cursor = cursor.max(self.read_to);
                    let data = PongData { cursor, delivered: self.delivered };
                    Encoded::at_cursor("pong", cursor, id.as_ref(), data).framed(form)
                }
            });
        }
        pieces.extend(self.reply.take());
    }
}
