//! "Acknowledged" is a promise that outlives the process: `kill -9` at any moment, and clients who try again.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::load::Load;
use crate::support::*;

/// How often the server is killed; `make soak` asks for more.
fn kill_count() -> usize {
    std::env::var("HUBBUB_KILLS").map_or(20, |count| count.parse().unwrap())
}

on_both! {
    async fn a_killed_server_loses_nothing_and_doubles_nothing(db: Db) {
        let mut rng = StdRng::seed_from_u64(seed());
        let mut server = Process::start(db, &[("ACCESS_TOKEN_TTL_S", "86400")]).await;
        let load = Load::start(&server, &mut rng).await;

        let mut longest = Duration::ZERO;
        for _ in 0..kill_count() {
            tokio::time::sleep(Duration::from_millis(rng.random_range(20..900))).await;
            server.kill9().await;
            let killed_at = tokio::time::Instant::now();
            server.restart().await;
            longest = longest.max(killed_at.elapsed());
        }
        println!("back after {longest:?} at most");

        load.settle(&server).await;
    }
}
