//! Sessions that have ended, wherever that was: their streams end, and none begins any more.

use super::Hub;
use super::close::Close;
use crate::id::{Seq, SessionId};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long an ended session is remembered: longer than a check of a session may be old when its stream is registered.
const REMEMBERED: Duration = Duration::from_secs(30);
/// How many ended sessions before the last one are looked at by an instance that begins to listen.
const LOOK_BACK: Seq = 128;

/// What this instance knows of them.
#[derive(Default)]
pub(super) struct Ended(Mutex<State>);

#[derive(Default)]
struct State {
    recent: HashMap<SessionId, Instant>,
    /// The number of the last that was read from the database.
    known: Option<Seq>,
}

impl Ended {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a session has ended a short while ago.
    pub fn has(&self, id: SessionId) -> bool {
        self.lock().recent.contains_key(&id)
    }

    fn add(&self, ids: &[SessionId]) {
        let (mut state, now) = (self.lock(), Instant::now());
        state.recent.retain(|_, at| now.duration_since(*at) < REMEMBERED);
        state.recent.extend(ids.iter().map(|id| (*id, now)));
    }
}

impl Hub {
    /// Ends the streams of these sessions.
    pub fn end_sessions(&self, sessions: &[SessionId]) {
        if sessions.is_empty() {
            return;
        }
        let map = self.lock();
        // Remembered under the lock that streams are registered under, so that none slips in between.
        self.ended.add(sessions);
        for connection in map.connections().filter(|c| sessions.contains(&c.session_id)) {
            connection.close(Close::reauth("The session has ended."));
        }
    }

    /// The number from which on ended sessions have to be read, if the last one is not known.
    pub(super) fn has_more_ended(&self, last: Seq) -> Option<Seq> {
        let known = self.ended.lock().known.unwrap_or((last - LOOK_BACK).max(0));
        (last > known).then_some(known)
    }

    /// All ended sessions up to this number are known.
    pub(super) fn note_ended(&self, number: Seq) {
        self.ended.lock().known = Some(number);
    }
}
