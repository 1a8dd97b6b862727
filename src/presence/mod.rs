//! Who is online, and who is typing, on any instance. Every instance holds the whole picture: it knows its own users from
//! their streams, and the others' from their words on the bus.

mod deadlines;
mod own;
mod picture;
mod pieces;
mod remote;
mod roster;
mod state;

use crate::event::presence::Word;
use crate::id::{ConnectionId, InstanceId, UserId};
use crate::model::presence::Typing;
use own::Own;
use picture::Picture;
use state::State;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

/// How long a start of typing lasts unless it is repeated.
pub const TYPING_LASTS: Duration = Duration::from_secs(15);
/// How long it lasts at most after the typist's last stream ended.
pub const TYPING_LINGERS: Duration = Duration::from_secs(5);
/// How long a user stays online after the ordinary end of the last stream: a reload does not flicker.
pub const OFFLINE_GRACE: Duration = Duration::from_secs(3);
/// No grace is longer.
const LONGEST_GRACE: Duration = Duration::from_secs(300);
/// How many beats there are in a lease: one that is lost takes nobody offline.
const BEATS_IN_A_LEASE: u32 = 3;
/// No beat comes sooner after another.
const SHORTEST_BEAT: Duration = Duration::from_millis(10);

/// Who is online and who is typing, as this instance knows it.
///
/// Promises: a user with an open stream on any instance is online; one whose last stream has ended goes offline after its
/// grace; and those of an instance that falls silent within 2 s of the end of its lease. What is asked is answered from memory,
/// at once. Changes are told exactly once, online and offline in turn for each user. A word that is lost delays what it
/// says by about a second; while the bus is away every instance loses the others' users when their leases end.
///
/// One task sleeps until the next thing runs out, for ever if nothing is under way.
pub struct Presence {
    shared: Arc<Shared>,
    _sweeper: AbortOnDropHandle<()>,
}

/// What presence has to say.
pub struct Told {
    /// To this instance's own streams.
    pub changes: UnboundedReceiver<Change>,
    /// To the other instances.
    pub words: UnboundedReceiver<Word>,
}

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The user's first stream anywhere has opened.
    Online {
        /// Who.
        user_id: UserId,
        /// Whether it is for this instance to note that the user was seen.
        is_noted_here: bool,
    },
    /// The user's last stream anywhere has ended, and its grace is over.
    Offline {
        /// Who.
        user_id: UserId,
        /// Whether it is for this instance to note that the user was seen: the user was here, or on one that is gone.
        is_noted_here: bool,
    },
    /// Typing ran out without a stop.
    TypingExpired(Typing),
}

struct Shared {
    state: Mutex<State>,
    /// A moment has been set that is earlier than the one the sweeper sleeps until.
    sooner: Notify,
}

impl Presence {
    /// Nobody online, and a word that asks the others who is. An instance that says nothing for as long as `lease` is gone.
    /// Needs a tokio runtime.
    pub fn new(id: InstanceId, lease: Duration) -> (Self, Told) {
        let (changes, told) = mpsc::unbounded_channel();
        let (words, said) = mpsc::unbounded_channel();
        let own = Own::new(id, (lease / BEATS_IN_A_LEASE).max(SHORTEST_BEAT), words);
        let mut state = State::new(own, Picture::new(changes), lease);
        state.resync(Instant::now());
        let shared = Arc::new(Shared { state: Mutex::new(state), sooner: Notify::new() });
        let sweeper = AbortOnDropHandle::new(tokio::spawn(sweep(shared.clone())));
        (Self { shared, _sweeper: sweeper }, Told { changes: told, words: said })
    }

    /// A stream has opened here.
    pub fn arrive(&self, user_id: UserId, connection_id: ConnectionId) {
        self.shared.change(|state, now| state.own.arrive(user_id, connection_id, now, &mut state.picture));
    }

    /// It has ended; unless another is open by then, on any instance, the user is offline after `grace`, at most 5 min.
    pub fn leave(&self, user_id: UserId, connection_id: ConnectionId, grace: Duration) {
        let grace = grace.min(LONGEST_GRACE);
        self.shared
            .change(|state, now| state.own.leave(user_id, connection_id, grace, now, &mut state.picture));
    }

    /// Takes in a word from the bus.
    pub fn hear(&self, word: Word) {
        self.shared.change(|state, now| state.hear(word, now));
    }

    /// The bus has been away: what was missed is made up for, on both sides.
    pub fn resync(&self) {
        self.shared.change(State::resync);
    }

    /// Whether this user is online.
    pub fn is_online(&self, user_id: UserId) -> bool {
        self.shared.lock().picture.is_online(&user_id)
    }

    /// Everyone who is online.
    pub fn online(&self) -> HashSet<UserId> {
        self.shared.lock().picture.online().collect()
    }

    /// Who of these is online, all at one moment.
    pub fn online_among(&self, user_ids: impl IntoIterator<Item = UserId>) -> HashSet<UserId> {
        let state = self.shared.lock();
        user_ids.into_iter().filter(|user_id| state.picture.is_online(user_id)).collect()
    }

    /// Who is online through this instance.
    pub fn here(&self) -> HashSet<UserId> {
        self.shared.lock().own.roster.users().collect()
    }

    /// Whether nobody is online through this instance.
    pub fn is_nobody_here(&self) -> bool {
        self.shared.lock().own.roster.is_empty()
    }

    /// Whether other instances are heard: their words have not run out.
    pub fn has_others(&self) -> bool {
        self.shared.lock().has_others()
    }

    /// Begins or prolongs typing, started on any instance.
    pub fn start_typing(&self, typing: Typing) {
        self.shared.change(|state, now| state.picture.start_typing(typing, now));
    }

    /// Ends typing; false if there was none.
    pub fn stop_typing(&self, typing: &Typing) -> bool {
        self.shared.lock().picture.stop_typing(typing)
    }

    /// Whether this typing is under way.
    pub fn is_typing(&self, typing: &Typing) -> bool {
        self.shared.lock().picture.is_typing(typing)
    }

    /// All typing that is under way and wanted.
    pub fn typing(&self, is_wanted: impl Fn(&Typing) -> bool) -> Vec<Typing> {
        let state = self.shared.lock();
        state.picture.typing().map(|(typing, _)| typing).filter(is_wanted).collect()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the sweeper if there is now something to do before what it sleeps until.
    fn change(&self, act: impl FnOnce(&mut State, Instant)) {
        let mut state = self.lock();
        act(&mut state, Instant::now());
        let due = state.due();
        if due.is_some_and(|due| state.sleeps_until.is_none_or(|until| due < until)) {
            state.sleeps_until = due;
            self.sooner.notify_one();
        }
    }

    /// Does what is due, and returns when the next is.
    fn expire(&self) -> Option<Instant> {
        let mut state = self.lock();
        state.expire(Instant::now());
        state.sleeps_until = state.due();
        state.sleeps_until
    }
}

async fn sweep(shared: Arc<Shared>) {
    loop {
        match shared.expire() {
            Some(at) => tokio::select! {
                () = tokio::time::sleep_until(at) => {}
                () = shared.sooner.notified() => {}
            },
            None => shared.sooner.notified().await,
        }
    }
}

#[cfg(test)]
mod tests;
