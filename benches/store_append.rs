//! What sharing a commit is worth: 64 senders who send at once, with group commit and with one send a commit, on the same
//! code path and with the same durability. Goal: 10 times on SQLite, 5 times on PostgreSQL.
//!
//! `cargo bench --bench store_append`.

#[path = "setup/fail.rs"]
mod fail;
mod setup;

use anyhow::Result;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fail::fail;
use futures_util::future::try_join_all;
use hubbub::error::Error;
use hubbub::id::{ChannelId, MessageId, UserId};
use hubbub::store::group::{Group, MAX_BATCH, Send, Sent};
use std::time::Duration;
use tokio::runtime::Runtime;

const SENDERS: usize = 64;
const TEXT: &str = "What a chat message says is short most of the time, about a hundred characters and then some, like this one here.";

/// One message of each sender, all at once.
async fn send(group: &Group, channel_id: ChannelId, people: &[UserId]) -> Result<Vec<Sent>, Error> {
    let sends = people.iter().map(|sender_id| {
        let nonce = Some(MessageId::new().hex());
        let (id, sender_id, text) = (MessageId::new(), *sender_id, TEXT.to_owned());
        group.send(Send { id, sender_id, channel_id, parent_id: None, text, nonce })
    });
    try_join_all(sends).await
}

fn measure(criterion: &mut Criterion) -> Result<()> {
    let runtime = Runtime::new()?;
    let mut benches = criterion.benchmark_group("store_append");
    benches
        .throughput(Throughput::Elements(SENDERS as u64))
        .sample_size(20)
        .measurement_time(Duration::from_secs(8));
    for database in runtime.block_on(setup::databases())? {
        for (name, max_batch) in [("group_commit", MAX_BATCH), ("one_a_commit", 1)] {
            let (channel_id, people) = runtime.block_on(setup::channel_with(&database.store, SENDERS))?;
            let _guard = runtime.enter();
            let group = Group::start_with(database.store.clone(), max_batch, drop);
            benches.bench_function(format!("{name}_{}", database.name), |bencher| {
                bencher.to_async(&runtime).iter(async || {
                    if let Err(error) = send(&group, channel_id, &people).await {
                        fail(&anyhow::Error::msg(error.detail));
                    }
                });
            });
        }
    }
    benches.finish();
    Ok(())
}

fn store_append(criterion: &mut Criterion) {
    measure(criterion).unwrap_or_else(|error| fail(&error));
}

criterion_group!(benches, store_append);
criterion_main!(benches);
