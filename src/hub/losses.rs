//! Times at which instances do not hear each other: what may have been lost is read again, and nobody is silent who could
//! not be heard.

use super::Hub;
use crate::clock::Time;
use crate::id::UserId;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// How long a loss may go unnoticed, and how much the clocks of instances may differ.
const SLACK_MS: i64 = 10_000;

/// What may have been lost and was not made up for.
#[derive(Default)]
pub(super) struct Losses {
    state: Mutex<State>,
    are_over: Notify,
}

#[derive(Default)]
struct State {
    since: Option<Time>,
    is_apart: bool,
    together_at: Option<Instant>,
}

impl Losses {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How much of a silence counts, where pings may come in on another instance: none while that is not heard, and then
    /// what has passed since it is heard again.
    pub fn counted(&self, silence: Duration) -> Duration {
        let state = self.lock();
        match state.together_at {
            _ if state.is_apart => Duration::ZERO,
            Some(at) => silence.min(at.elapsed()),
            None => silence,
        }
    }
}

impl Hub {
    /// The other instances are heard no more.
    pub(super) fn losses_begin(&self) {
        self.note_loss(Duration::ZERO).is_apart = true;
    }

    /// They are heard again.
    pub(super) fn losses_end(&self) {
        let mut state = self.note_loss(Duration::ZERO);
        (state.is_apart, state.together_at) = (false, Some(Instant::now()));
        self.losses.are_over.notify_one();
    }

    /// Something was lost of one of them, which was not heard since then: it may have been away for long, and has said so to
    /// nobody.
    pub(super) fn loss_noticed(&self, since: Instant) {
        drop(self.note_loss(since.elapsed()));
        self.losses.are_over.notify_one();
    }

    /// Notes a loss that has lasted for so long.
    fn note_loss(&self, duration: Duration) -> MutexGuard<'_, State> {
        let duration_ms = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        let since = self.clock.now().plus_ms(-duration_ms.saturating_add(SLACK_MS));
        let mut state = self.losses.lock();
        state.since = Some(state.since.unwrap_or(since).min(since));
        state
    }

    /// Waits until something may have been lost; since when, and who has streams here.
    pub async fn lost(&self) -> (Time, Vec<UserId>) {
        self.losses.are_over.notified().await;
        let since = self.losses.lock().since.take();
        (since.unwrap_or_else(|| self.clock.now()), self.lock().users())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn nobody_is_silent_who_could_not_be_heard() {
        let (losses, minute) = (Losses::default(), Duration::from_secs(60));
        assert_eq!(losses.counted(minute), minute);
        losses.lock().is_apart = true;
        assert_eq!(losses.counted(minute), Duration::ZERO);
        *losses.lock() = State { since: None, is_apart: false, together_at: Some(Instant::now()) };
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(losses.counted(minute), Duration::from_secs(5));
    }
}
