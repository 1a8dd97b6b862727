//! Whoever asks the database may go away at any moment: a client hangs up, a stream ends. Nothing of it stays behind.

use std::time::Duration;

use futures_util::future::join_all;
use hubbub::clock::Clock;
use tokio::time::timeout;

use crate::support::*;

on_both! {
    async fn a_begin_that_is_given_up_leaves_no_transaction_behind(database: Database) {
        let store = database.store(Clock::system()).await;
        for micros in (0..4_000).step_by(40) {
            let given_up = timeout(Duration::from_micros(micros), join_all((0..8).map(|_| store.snapshot())));
            let _ = given_up.await;

            for _ in 0..16 {
                let append = store.begin_append().await;
                assert!(append.is_ok(), "after {micros} microseconds: {:?}", append.err());
            }
        }
    }
}
