//! Presence of a single instance. Leases need no end of their own here: a silent stream is ended by its hub, which tells.

use super::{Change, Presence, TYPING_LASTS, TYPING_LINGERS};
use crate::id::{ConnectionId, UserId};
use crate::model::presence::Typing;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

/// Presence within the process. One task sleeps until the next grace or typing runs out, for ever if none is under way.
pub struct Memory {
    shared: Arc<Shared>,
    _sweeper: AbortOnDropHandle<()>,
}

struct Shared {
    state: Mutex<State>,
    /// A moment has been set that is earlier than the one the sweeper sleeps until.
    sooner: Notify,
}

struct State {
    /// Who is online, with their open streams: none while a grace runs.
    online: HashMap<UserId, HashSet<ConnectionId>>,
    /// Whose grace runs, and until when.
    leaving: HashMap<UserId, Instant>,
    typing: HashMap<Typing, Instant>,
    /// Until when the sweeper sleeps.
    next: Option<Instant>,
    changes: mpsc::UnboundedSender<Change>,
}

impl Memory {
    /// Nobody online, and where changes are told. Needs a tokio runtime.
    pub fn new() -> (Self, mpsc::UnboundedReceiver<Change>) {
        let (changes, told) = mpsc::unbounded_channel();
        let state = State {
            online: HashMap::new(),
            leaving: HashMap::new(),
            typing: HashMap::new(),
            next: None,
            changes,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), sooner: Notify::new() });
        let sweeper = AbortOnDropHandle::new(tokio::spawn(sweep(shared.clone())));
        (Self { shared, _sweeper: sweeper }, told)
    }
}

async fn sweep(shared: Arc<Shared>) {
    loop {
        let next = shared.lock().expire(Instant::now());
        match next {
            Some(at) => tokio::select! {
                () = tokio::time::sleep_until(at) => {}
                () = shared.sooner.notified() => {}
            },
            None => shared.sooner.notified().await,
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the sweeper if `at` comes before what it sleeps until.
    fn schedule(&self, state: &mut State, at: Instant) {
        if state.next.is_none_or(|next| at < next) {
            state.next = Some(at);
            self.sooner.notify_one();
        }
    }
}

impl State {
    /// While the process ends nobody listens any more, and nothing needs to be told.
    fn tell(&self, change: Change) {
        let _ = self.changes.send(change);
    }

    /// Ends what has run out, and returns when the next does.
    fn expire(&mut self, now: Instant) -> Option<Instant> {
        let gone: Vec<UserId> =
            self.leaving.extract_if(|_, at| *at <= now).map(|(user_id, _)| user_id).collect();
        for user_id in gone {
            self.online.remove(&user_id);
            self.tell(Change::Offline(user_id));
        }
        let ended: Vec<Typing> =
            self.typing.extract_if(|_, at| *at <= now).map(|(typing, _)| typing).collect();
        for typing in ended {
            self.tell(Change::TypingExpired(typing));
        }
        self.next = self.leaving.values().chain(self.typing.values()).min().copied();
        self.next
    }
}

impl Presence for Memory {
    fn arrive(&self, user_id: UserId, connection_id: ConnectionId) {
        let mut state = self.shared.lock();
        state.leaving.remove(&user_id);
        let is_first = !state.online.contains_key(&user_id);
        state.online.entry(user_id).or_default().insert(connection_id);
        if is_first {
            state.tell(Change::Online(user_id));
        }
    }

    fn renew(&self, _: UserId, _: ConnectionId) {}

    fn leave(&self, user_id: UserId, connection_id: ConnectionId, grace: Duration) {
        let now = Instant::now();
        let mut state = self.shared.lock();
        let Some(connections) = state.online.get_mut(&user_id) else { return };
        if !connections.remove(&connection_id) || !connections.is_empty() {
            return;
        }
        state.leaving.insert(user_id, now + grace);
        let mut next = now + grace;
        let lingers = now + TYPING_LINGERS;
        for (_, at) in state.typing.iter_mut().filter(|(typing, _)| typing.user_id == user_id) {
            *at = lingers.min(*at);
            next = next.min(*at);
        }
        self.shared.schedule(&mut state, next);
    }

    fn is_online(&self, user_id: UserId) -> bool {
        self.shared.lock().online.contains_key(&user_id)
    }

    fn online(&self) -> HashSet<UserId> {
        self.shared.lock().online.keys().copied().collect()
    }

    fn start_typing(&self, typing: Typing) {
        let until = Instant::now() + TYPING_LASTS;
        let mut state = self.shared.lock();
        state.typing.insert(typing, until);
        self.shared.schedule(&mut state, until);
    }

    fn stop_typing(&self, typing: &Typing) -> bool {
        self.shared.lock().typing.remove(typing).is_some()
    }

    fn typing(&self) -> Vec<Typing> {
        self.shared.lock().typing.keys().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ChannelId;
    use crate::presence::OFFLINE_GRACE;

    struct Cast {
        presence: Memory,
        changes: mpsc::UnboundedReceiver<Change>,
        alice: UserId,
        tab: ConnectionId,
    }

    /// Alice, online with one tab.
    fn cast() -> Cast {
        let (presence, mut changes) = Memory::new();
        let (alice, tab) = (UserId::new(), ConnectionId::new());
        presence.arrive(alice, tab);
        assert_eq!(changes.try_recv(), Ok(Change::Online(alice)));
        Cast { presence, changes, alice, tab }
    }

    impl Cast {
        fn typing(&self) -> Typing {
            Typing { channel_id: ChannelId::new(), user_id: self.alice, parent_id: None }
        }

        /// The next change, and after how many milliseconds it came.
        async fn next(&mut self) -> (Change, u128) {
            let start = Instant::now();
            let change = self.changes.recv().await.unwrap();
            (change, start.elapsed().as_millis())
        }

        /// Nothing is told within that time.
        async fn is_quiet_for(&mut self, time: Duration) {
            let told = tokio::time::timeout(time, self.changes.recv()).await;
            assert!(told.is_err(), "{told:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_stream_takes_its_user_offline_after_the_grace() {
        let mut cast = cast();
        let second = ConnectionId::new();
        cast.presence.arrive(cast.alice, second);
        cast.presence.leave(cast.alice, cast.tab, OFFLINE_GRACE);
        cast.is_quiet_for(Duration::from_secs(60)).await;
        cast.presence.leave(cast.alice, second, OFFLINE_GRACE);
        assert!(cast.presence.is_online(cast.alice), "the grace runs");
        assert_eq!(cast.next().await, (Change::Offline(cast.alice), 3_000));
        assert!(cast.presence.online().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_reload_does_not_flicker() {
        let mut cast = cast();
        cast.presence.leave(cast.alice, cast.tab, OFFLINE_GRACE);
        cast.is_quiet_for(Duration::from_millis(2_900)).await;
        cast.presence.arrive(cast.alice, ConnectionId::new());
        cast.presence.leave(cast.alice, cast.tab, OFFLINE_GRACE);
        cast.is_quiet_for(Duration::from_secs(60)).await;
        assert!(cast.presence.is_online(cast.alice));
    }

    #[tokio::test(start_paused = true)]
    async fn typing_lasts_15_s_from_its_last_start() {
        let mut cast = cast();
        let typing = cast.typing();
        cast.presence.start_typing(typing);
        cast.is_quiet_for(Duration::from_secs(10)).await;
        cast.presence.start_typing(typing);
        assert_eq!(cast.next().await, (Change::TypingExpired(typing), 15_000));
        assert!(!cast.presence.stop_typing(&typing), "it is told once");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_is_not_told_again() {
        let mut cast = cast();
        let typing = cast.typing();
        cast.presence.start_typing(typing);
        assert!(cast.presence.stop_typing(&typing));
        cast.is_quiet_for(Duration::from_secs(60)).await;
        assert!(cast.presence.typing().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn typing_lingers_5_s_after_the_last_stream() {
        let mut cast = cast();
        let typing = cast.typing();
        cast.presence.start_typing(typing);
        cast.presence.leave(cast.alice, cast.tab, OFFLINE_GRACE);
        assert_eq!(cast.next().await, (Change::Offline(cast.alice), 3_000));
        assert_eq!(cast.next().await, (Change::TypingExpired(typing), 2_000));
    }

    #[tokio::test(start_paused = true)]
    async fn typing_that_would_end_sooner_does() {
        let mut cast = cast();
        let typing = cast.typing();
        cast.presence.start_typing(typing);
        cast.is_quiet_for(Duration::from_secs(14)).await;
        cast.presence.leave(cast.alice, cast.tab, Duration::from_secs(30));
        assert_eq!(cast.next().await, (Change::TypingExpired(typing), 1_000));
        assert_eq!(cast.next().await, (Change::Offline(cast.alice), 29_000));
    }
}
