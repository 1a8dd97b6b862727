//! Another instance, as far as its words were heard.

use super::picture::Picture;
use super::pieces::Pieces;
use super::roster::Roster;
use super::{LONGEST_GRACE, TYPING_LASTS};
use crate::event::presence::{Piece, Whole};
use std::collections::HashSet;
use std::time::Duration;
use tokio::time::Instant;

/// How long to wait for an answer before asking again.
const ASK_AGAIN: Duration = Duration::from_secs(1);
/// How long a silent instance may take to answer a last question; and how late this one may be for it, or it has been frozen
/// itself, and asks again.
const LAST_CALL: Duration = Duration::from_secs(2);

pub(super) struct Remote {
    pub roster: Roster,
    /// The version that the roster is true at; 0 while nothing is known.
    version: u64,
    pieces: Pieces,
    lease_until: Instant,
    /// Whether the lease had ended, and this is the time for a last answer.
    is_last_call: bool,
    /// When to ask next, if words are missing.
    ask_at: Option<Instant>,
}

/// What has become of an instance.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Its words are taken as they come.
    Known,
    /// It is to be asked for the whole.
    Asked,
    /// It is gone, and so is everyone on it.
    Gone,
}

impl Remote {
    pub fn new(lease_until: Instant) -> Self {
        Self {
            roster: Roster::new(false),
            version: 0,
            pieces: Pieces::default(),
            lease_until,
            is_last_call: false,
            ask_at: None,
        }
    }

    /// It is alive, and not to be doubted before `until`.
    pub fn renew(&mut self, until: Instant) {
        self.lease_until = self.lease_until.max(until);
        self.is_last_call = false;
    }

    /// Every instance gets the time of a last call: this one may have been deaf.
    pub fn doubt_later(&mut self, now: Instant) {
        self.renew(now + LAST_CALL);
    }

    /// It told a change; true if that is the next one.
    pub fn follows(&mut self, version: u64, now: Instant) -> bool {
        let is_next = version.checked_sub(1) == Some(self.version);
        if is_next {
            self.version = version;
        } else {
            self.compare(version, now);
        }
        is_next
    }

    /// It said how many changes it has told: some may have been missed.
    pub fn compare(&mut self, version: u64, now: Instant) {
        if version > self.version {
            self.ask_at.get_or_insert(now);
        }
    }

    /// It said a piece of the whole, which counts once it is complete.
    pub fn take_piece(&mut self, version: u64, piece: Piece, now: Instant, picture: &mut Picture) {
        if version > self.version {
            // The other pieces are under way.
            self.ask_at = Some(now + ASK_AGAIN);
        }
        if let Some(whole) = self.pieces.complete(piece) {
            self.take_whole(version, whole, now, picture);
        }
    }

    /// The whole, which counts unless a later one is known.
    fn take_whole(&mut self, version: u64, whole: Whole, now: Instant, picture: &mut Picture) {
        if version < self.version {
            return;
        }
        self.version = version;
        self.ask_at = None;
        let staying: HashSet<_> =
            whole.open.iter().chain(whole.leaving.iter().map(|(user_id, _)| user_id)).collect();
        let gone: Vec<_> = self.roster.users().filter(|user_id| !staying.contains(user_id)).collect();
        gone.into_iter().for_each(|user_id| self.roster.remove(user_id, now, picture));
        whole.open.into_iter().for_each(|user_id| self.roster.enter(user_id, now, picture));
        for (user_id, left_ms) in whole.leaving {
            self.roster.leave(user_id, now + Duration::from_millis(left_ms).min(LONGEST_GRACE), now, picture);
        }
        for (typing, left_ms) in whole.typing {
            picture.learn_typing(typing, now + Duration::from_millis(left_ms).min(TYPING_LASTS));
        }
    }

    /// Ends what has run out by `now`, and says what is next.
    pub fn expire(&mut self, now: Instant, picture: &mut Picture) -> Fate {
        self.roster.expire(now, picture);
        if now >= self.lease_until {
            let is_late = now >= self.lease_until + LAST_CALL;
            if self.roster.has_open() && (!self.is_last_call || is_late) {
                self.lease_until = now + LAST_CALL;
                self.is_last_call = true;
                return Fate::Asked;
            }
            return self.lose(now, picture);
        }
        if self.ask_at.is_some_and(|at| at <= now) {
            self.ask_at = Some(now + ASK_AGAIN);
            return Fate::Asked;
        }
        Fate::Known
    }

    /// The lease has ended. Graces end by themselves: it may have stopped in good order, and its users be on their way.
    fn lose(&mut self, now: Instant, picture: &mut Picture) -> Fate {
        self.roster.lose_open(now, picture);
        let Some(last_end) = self.roster.last_end() else { return Fate::Gone };
        (self.version, self.ask_at, self.lease_until) = (0, None, last_end);
        Fate::Known
    }

    pub fn due(&self) -> Instant {
        [self.roster.first_end(), self.ask_at].into_iter().flatten().fold(self.lease_until, Instant::min)
    }
}
