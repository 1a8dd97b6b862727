//! All that an instance knows of presence: its own part, the others, and the picture of both.

use super::LONGEST_GRACE;
use super::own::Own;
use super::picture::Picture;
use super::remote::{Fate, Remote};
use crate::event::presence::{Said, Word};
use crate::id::InstanceId;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// Words of more instances than this are not heard.
const MAX_INSTANCES: usize = 1_000;

pub(super) struct State {
    pub own: Own,
    pub picture: Picture,
    others: HashMap<InstanceId, Remote>,
    lease: Duration,
    /// Until when the sweeper sleeps.
    pub sleeps_until: Option<Instant>,
}

impl State {
    pub fn new(own: Own, picture: Picture, lease: Duration) -> Self {
        Self { own, picture, others: HashMap::new(), lease, sleeps_until: None }
    }

    /// Whether there are other instances.
    pub fn has_others(&self) -> bool {
        !self.others.is_empty()
    }

    /// This instance may have missed words, and others its own: everyone says the whole.
    pub fn resync(&mut self, now: Instant) {
        self.others.values_mut().for_each(|remote| remote.doubt_later(now));
        self.own.say(Said::Hello);
        self.own.owe_whole(now);
    }

    /// Takes in a word; this instance's own say nothing new.
    pub fn hear(&mut self, word: Word, now: Instant) {
        let Word { from, version, said } = word;
        if from == self.own.id {
            return;
        }
        if said == Said::Hello || said == Said::Ask(self.own.id) {
            self.own.owe_whole(now);
        }
        let is_stranger = !self.others.contains_key(&from);
        if is_stranger && (version == 0 || self.others.len() >= MAX_INSTANCES) {
            return;
        }
        let until = now + self.lease;
        let remote = self.others.entry(from).or_insert_with(|| Remote::new(until));
        remote.renew(until);
        let picture = &mut self.picture;
        match said {
            Said::Came(user_id) => {
                if remote.follows(version, now) {
                    remote.roster.enter(user_id, now, picture);
                }
            }
            Said::Leaves { user_id, grace_ms } => {
                if remote.follows(version, now) {
                    let grace = Duration::from_millis(grace_ms).min(LONGEST_GRACE);
                    remote.roster.leave(user_id, now + grace, now, picture);
                }
            }
            Said::Piece(piece) => remote.take_piece(version, piece, now, picture),
            Said::Beat | Said::Hello | Said::Ask(_) => remote.compare(version, now),
        }
    }

    /// Ends what has run out by `now`, and says what is due.
    pub fn expire(&mut self, now: Instant) {
        self.own.roster.expire(now, &mut self.picture);
        self.others.retain(|id, remote| {
            let fate = remote.expire(now, &mut self.picture);
            if fate == Fate::Asked {
                self.own.say(Said::Ask(*id));
            }
            fate != Fate::Gone
        });
        self.picture.expire(now);
        self.own.say_due(now, &self.picture);
    }

    /// When there is something to do next.
    pub fn due(&self) -> Option<Instant> {
        let others = self.others.values().map(Remote::due).min();
        [self.own.due(), self.picture.due(), others].into_iter().flatten().min()
    }
}
