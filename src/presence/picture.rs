//! Who is online and who is typing, put together from every instance. Each change of it is told here, to this instance's
//! own streams: none tells for another.

use super::deadlines::Deadlines;
use super::{Change, TYPING_LASTS, TYPING_LINGERS};
use crate::id::UserId;
use crate::model::presence::Typing;
use std::collections::HashMap;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

/// How a user is on one instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stay {
    /// With an open stream.
    Open,
    /// With none any more, for the rest of a grace.
    Leaving,
}

/// On how many instances a user is.
#[derive(Default)]
struct Held {
    open_count: u32,
    leaving_count: u32,
    is_noted_here: bool,
}

pub(super) struct Picture {
    users: HashMap<UserId, Held>,
    typing: Deadlines<Typing>,
    changes: UnboundedSender<Change>,
}

impl Picture {
    pub fn new(changes: UnboundedSender<Change>) -> Self {
        Self { users: HashMap::new(), typing: Deadlines::new(), changes }
    }

    pub fn is_online(&self, user_id: &UserId) -> bool {
        self.users.contains_key(user_id)
    }

    pub fn online(&self) -> impl Iterator<Item = UserId> {
        self.users.keys().copied()
    }

    /// While the process ends nobody listens any more, and nothing needs to be told.
    fn tell(&self, change: Change) {
        let _ = self.changes.send(change);
    }

    /// The user's stay on one instance was `before`, and is `after`. `is_noted_here` if this instance is to note when the
    /// user was last seen.
    pub fn shift(
        &mut self, user_id: UserId, before: Option<Stay>, after: Option<Stay>, is_noted_here: bool,
        now: Instant,
    ) {
        let is_first = !self.users.contains_key(&user_id);
        let held = self.users.entry(user_id).or_default();
        held.is_noted_here |= is_noted_here;
        match before {
            Some(Stay::Open) => held.open_count -= 1,
            Some(Stay::Leaving) => held.leaving_count -= 1,
            None => {}
        }
        match after {
            Some(Stay::Open) => held.open_count += 1,
            Some(Stay::Leaving) => held.leaving_count += 1,
            None => {}
        }
        let (open_count, leaving_count, is_noted_here) =
            (held.open_count, held.leaving_count, held.is_noted_here);
        if is_first {
            self.tell(Change::Online { user_id, is_noted_here });
        }
        if before == Some(Stay::Open) && open_count == 0 {
            self.let_typing_linger(user_id, now + TYPING_LINGERS);
        }
        if open_count + leaving_count == 0 {
            self.users.remove(&user_id);
            self.tell(Change::Offline { user_id, is_noted_here });
        }
    }

    fn let_typing_linger(&mut self, user_id: UserId, until: Instant) {
        let theirs = self.typing.iter().filter(|(typing, at)| typing.user_id == user_id && *at > until);
        let shortened: Vec<Typing> = theirs.map(|(typing, _)| typing).collect();
        for typing in shortened {
            self.typing.set(typing, until);
        }
    }

    /// Begins or prolongs typing.
    pub fn start_typing(&mut self, typing: Typing, now: Instant) {
        let is_leaving = self.users.get(&typing.user_id).is_some_and(|held| held.open_count == 0);
        let lasts = if is_leaving { TYPING_LINGERS } else { TYPING_LASTS };
        self.typing.set(typing, now + lasts);
    }

    /// False if there was none.
    pub fn stop_typing(&mut self, typing: &Typing) -> bool {
        self.typing.remove(typing)
    }

    /// Learns from another instance of typing that it has not heard of.
    pub fn learn_typing(&mut self, typing: Typing, until: Instant) {
        if !self.is_typing(&typing) {
            self.typing.set(typing, until);
        }
    }

    pub fn is_typing(&self, typing: &Typing) -> bool {
        self.typing.contains(typing)
    }

    /// All typing, with the moment at which each ends.
    pub fn typing(&self) -> impl Iterator<Item = (Typing, Instant)> {
        self.typing.iter()
    }

    /// Ends the typing that has run out.
    pub fn expire(&mut self, now: Instant) {
        while let Some(typing) = self.typing.pop_ended(now) {
            self.tell(Change::TypingExpired(typing));
        }
    }

    pub fn due(&self) -> Option<Instant> {
        self.typing.first_end()
    }
}
