//! Events that follow each other in the log and go to the same streams: put together once for each form, written at once.

use crate::event::encoded::Form;
use crate::event::{Effect, Envelope};
use crate::id::Seq;
use bytes::Bytes;
use std::sync::{Arc, OnceLock};

/// How many events go together at most.
const EVENTS: usize = 64;
/// How many bytes they weigh at most.
const BYTES: usize = 64 * 1024;

/// A run of events with one audience.
pub(super) struct Run {
    events: Vec<Arc<Envelope>>,
    bytes: usize,
    frames: OnceLock<Bytes>,
    blocks: OnceLock<Bytes>,
    chunks: OnceLock<Bytes>,
}

impl Run {
    pub fn new(first: Arc<Envelope>) -> Self {
        Self {
            bytes: first.encoded.size(),
            events: vec![first],
            frames: OnceLock::new(),
            blocks: OnceLock::new(),
            chunks: OnceLock::new(),
        }
    }

    /// Adds the event that follows if it goes to the same streams, and there is room for it. Only before the run is written.
    pub fn takes(&mut self, next: &Arc<Envelope>) -> bool {
        let is_same = |event: &Arc<Envelope>| {
            event.audience == next.audience && event.effect == Effect::None && next.effect == Effect::None
        };
        let has_room = self.events.len() < EVENTS && self.bytes + next.encoded.size() <= BYTES;
        let is_taken = has_room && self.events.last().is_some_and(is_same);
        if is_taken {
            self.bytes += next.encoded.size();
            self.events.push(next.clone());
        }
        is_taken
    }

    /// The `seq` of its last event.
    pub fn last_seq(&self) -> Seq {
        self.events.last().map_or(0, |event| event.seq)
    }

    /// The events after `seq`, as bytes of this form, and how many they are.
    pub fn framed_after(&self, seq: Seq, form: Form) -> (Bytes, u64) {
        let after: &[Arc<Envelope>] = match self.events.iter().position(|event| event.seq > seq) {
            Some(start) => &self.events[start..],
            None => &[],
        };
        let bytes = match after {
            [only] => only.encoded.framed(form),
            all if all.len() == self.events.len() => self.framed(form),
            some => join(some, form),
        };
        (bytes, after.len() as u64)
    }

    fn framed(&self, form: Form) -> Bytes {
        let joined = match form {
            Form::WebSocket => &self.frames,
            Form::Sse => &self.blocks,
            Form::ChunkedSse => &self.chunks,
        };
        joined.get_or_init(|| join(&self.events, form)).clone()
    }
}

fn join(events: &[Arc<Envelope>], form: Form) -> Bytes {
    let pieces: Vec<Bytes> = events.iter().map(|event| event.encoded.framed(form)).collect();
    pieces.concat().into()
}
