//! Waiting for what must come to pass.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Asks until it is so, and gives how long that took; panics when it is not so in time.
pub async fn eventually(within: Duration, what: &str, is_so: impl AsyncFn() -> bool) -> Duration {
    let began_at = Instant::now();
    while !is_so().await {
        assert!(began_at.elapsed() < within, "{what}: not within {within:?}");
        sleep(Duration::from_millis(10)).await;
    }
    began_at.elapsed()
}
