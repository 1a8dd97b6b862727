//! Whose turn it is to begin a stream. Everyone may come back at once, after a proxy was restarted or a network was away: they
//! are served one after the other, so that those who are there still find a connection to the database, and what waits stays
//! bounded.

use crate::error::{Error, Result};
use tokio::sync::{Semaphore, SemaphorePermit};

/// How many streams begin at once.
const AT_ONCE: usize = 8;
/// How many more wait: what two seconds or so can serve.
const WAITING: usize = 2_000;
/// When whoever does not even wait should come again.
const RETRY_AFTER_S: u32 = 2;

/// The turns of one server.
pub struct Turns {
    at_once: Semaphore,
    waiting: Semaphore,
}

/// A turn; dropping this gives it to the next.
pub type Turn<'t> = SemaphorePermit<'t>;

impl Turns {
    /// With nobody waiting.
    pub fn new() -> Self {
        Self { at_once: Semaphore::new(AT_ONCE), waiting: Semaphore::new(WAITING) }
    }

    /// Waits for a turn, first come, first served; `unavailable` where too many wait already.
    pub async fn take(&self) -> Result<Turn<'_>> {
        let crowded = |_| Error::unavailable("Too many streams begin at once.", RETRY_AFTER_S);
        let _place = self.waiting.try_acquire().map_err(crowded)?;
        self.at_once.acquire().await.map_err(Error::internal)
    }
}

impl Default for Turns {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;
    use futures_util::FutureExt;

    #[test]
    fn some_begin_more_wait_and_the_rest_are_told_to_come_again() {
        let turns = Turns::new();
        let begun: Vec<Turn> = (0..AT_ONCE).map(|_| turns.take().now_or_never().unwrap().unwrap()).collect();
        let mut waiting: Vec<_> = (0..WAITING).map(|_| Box::pin(turns.take())).collect();
        assert!(waiting.iter_mut().all(|turn| turn.now_or_never().is_none()));
        let refused = turns.take().now_or_never().unwrap().unwrap_err();
        assert_eq!((refused.code, refused.retry_after_s), (Code::Unavailable, Some(RETRY_AFTER_S)));
        drop(begun);
        assert!(
            waiting[0].as_mut().now_or_never().is_some_and(|turn| turn.is_ok()),
            "first come, first served"
        );
        drop(waiting);
        assert!(turns.take().now_or_never().is_some_and(|turn| turn.is_ok()));
    }
}
