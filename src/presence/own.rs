//! This instance's own part: its users with their streams, and what it owes the others.

use super::picture::{Picture, Stay};
use super::roster::Roster;
use crate::event::presence::{Said, Whole, Word};
use crate::id::{ConnectionId, InstanceId, UserId};
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

/// How long after a change a beat shows whoever lost its word that something is missing.
const CONFIRM: Duration = Duration::from_secs(1);
/// How long the first who asks for the whole waits for others: one answer is for all.
const GATHER: Duration = Duration::from_millis(100);
/// How many entries a piece of the whole has at most: a word stays below some 100 kB.
pub(super) const PIECE_ENTRIES: usize = 1_000;
/// How long lies between two wholes at least.
const BETWEEN_WHOLES: Duration = Duration::from_secs(1);

pub(super) struct Own {
    pub id: InstanceId,
    pub roster: Roster,
    streams: HashMap<UserId, HashSet<ConnectionId>>,
    version: u64,
    beat_every: Duration,
    beat_at: Option<Instant>,
    whole_at: Option<Instant>,
    whole_count: u64,
    no_whole_before: Option<Instant>,
    words: UnboundedSender<Word>,
}

impl Own {
    pub fn new(id: InstanceId, beat_every: Duration, words: UnboundedSender<Word>) -> Self {
        Self {
            id,
            roster: Roster::new(true),
            streams: HashMap::new(),
            version: 0,
            beat_every,
            beat_at: None,
            whole_at: None,
            whole_count: 0,
            no_whole_before: None,
            words,
        }
    }

    /// While the process ends nobody carries words any more, and none are needed.
    pub fn say(&self, said: Said) {
        let _ = self.words.send(Word { from: self.id, version: self.version, said });
    }

    fn say_change(&mut self, said: Said, now: Instant) {
        self.version += 1;
        self.say(said);
        let confirm_at = now + CONFIRM;
        self.beat_at = Some(self.beat_at.map_or(confirm_at, |at| at.min(confirm_at)));
    }

    pub fn arrive(&mut self, user_id: UserId, stream: ConnectionId, now: Instant, picture: &mut Picture) {
        self.streams.entry(user_id).or_default().insert(stream);
        if self.roster.stay(&user_id) != Some(Stay::Open) {
            self.roster.enter(user_id, now, picture);
            self.say_change(Said::Came(user_id), now);
        }
    }

    pub fn leave(
        &mut self, user_id: UserId, stream: ConnectionId, grace: Duration, now: Instant,
        picture: &mut Picture,
    ) {
        let Some(streams) = self.streams.get_mut(&user_id) else { return };
        streams.remove(&stream);
        if streams.is_empty() {
            self.streams.remove(&user_id);
            self.roster.leave(user_id, now + grace, now, picture);
            self.say_change(Said::Leaves { user_id, grace_ms: millis(grace) }, now);
        }
    }

    /// Somebody asked for the whole. There is none before the first change: everyone knows that nobody is here.
    pub fn owe_whole(&mut self, now: Instant) {
        if self.version > 0 && self.whole_at.is_none() {
            let at = now + GATHER;
            self.whole_at = Some(self.no_whole_before.map_or(at, |before| before.max(at)));
        }
    }

    /// Says what is due by `now`.
    pub fn say_due(&mut self, now: Instant, picture: &Picture) {
        if self.whole_at.is_some_and(|at| at <= now) {
            self.whole_at = None;
            self.no_whole_before = Some(now + BETWEEN_WHOLES);
            self.say_whole(self.whole(now, picture));
        }
        if self.beat_at.is_some_and(|at| at <= now) {
            // With nobody here this was the last: the instance sleeps.
            self.beat_at = (!self.roster.is_empty()).then_some(now + self.beat_every);
            self.say(Said::Beat);
        }
    }

    fn say_whole(&mut self, whole: Whole) {
        for piece in whole.cut(self.whole_count, PIECE_ENTRIES) {
            self.say(Said::Piece(piece));
        }
        self.whole_count += 1;
    }

    fn whole(&self, now: Instant, picture: &Picture) -> Whole {
        let typing = picture.typing().filter(|(typing, _)| self.roster.stay(&typing.user_id).is_some());
        Whole {
            open: self.roster.open().collect(),
            leaving: self.roster.leaving().map(|(user_id, at)| (user_id, millis(at - now))).collect(),
            typing: typing.map(|(typing, at)| (typing, millis(at - now))).collect(),
        }
    }

    pub fn due(&self) -> Option<Instant> {
        [self.roster.first_end(), self.beat_at, self.whole_at].into_iter().flatten().min()
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
