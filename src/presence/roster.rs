//! The users of one instance. Whatever changes here, the picture follows.

use super::deadlines::Deadlines;
use super::picture::{Picture, Stay};
use crate::id::UserId;
use std::collections::HashSet;
use tokio::time::Instant;

pub(super) struct Roster {
    open: HashSet<UserId>,
    leaving: Deadlines<UserId>,
    /// Whether they are this instance's own.
    is_own: bool,
}

impl Roster {
    pub fn new(is_own: bool) -> Self {
        Self { open: HashSet::new(), leaving: Deadlines::new(), is_own }
    }

    pub fn stay(&self, user_id: &UserId) -> Option<Stay> {
        if self.open.contains(user_id) {
            return Some(Stay::Open);
        }
        self.leaving.contains(user_id).then_some(Stay::Leaving)
    }

    pub fn is_empty(&self) -> bool {
        !self.has_open() && self.leaving.len() == 0
    }

    pub fn has_open(&self) -> bool {
        !self.open.is_empty()
    }

    pub fn open(&self) -> impl Iterator<Item = UserId> {
        self.open.iter().copied()
    }

    /// Whose grace runs, and until when.
    pub fn leaving(&self) -> impl Iterator<Item = (UserId, Instant)> {
        self.leaving.iter()
    }

    pub fn users(&self) -> impl Iterator<Item = UserId> {
        self.open().chain(self.leaving().map(|(user_id, _)| user_id))
    }

    /// The user has an open stream.
    pub fn enter(&mut self, user_id: UserId, now: Instant, picture: &mut Picture) {
        let before = self.stay(&user_id);
        self.leaving.remove(&user_id);
        self.open.insert(user_id);
        picture.shift(user_id, before, Some(Stay::Open), self.is_own, now);
    }

    /// The user has none any more, and stays until `until`.
    pub fn leave(&mut self, user_id: UserId, until: Instant, now: Instant, picture: &mut Picture) {
        let before = self.stay(&user_id);
        self.open.remove(&user_id);
        self.leaving.set(user_id, until);
        picture.shift(user_id, before, Some(Stay::Leaving), self.is_own, now);
    }

    /// The user is gone already.
    pub fn remove(&mut self, user_id: UserId, now: Instant, picture: &mut Picture) {
        let before = self.stay(&user_id);
        self.open.remove(&user_id);
        self.leaving.remove(&user_id);
        if before.is_some() {
            picture.shift(user_id, before, None, self.is_own, now);
        }
    }

    /// Whoever has an open stream is gone, and nobody else is there to note it.
    pub fn lose_open(&mut self, now: Instant, picture: &mut Picture) {
        for user_id in self.open.drain() {
            picture.shift(user_id, Some(Stay::Open), None, true, now);
        }
    }

    /// Ends the graces that are over.
    pub fn expire(&mut self, now: Instant, picture: &mut Picture) {
        while let Some(user_id) = self.leaving.pop_ended(now) {
            picture.shift(user_id, Some(Stay::Leaving), None, self.is_own, now);
        }
    }

    /// When the next grace is over.
    pub fn first_end(&self) -> Option<Instant> {
        self.leaving.first_end()
    }

    /// When the last is.
    pub fn last_end(&self) -> Option<Instant> {
        self.leaving.last_end()
    }
}
