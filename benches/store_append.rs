//! What sharing a commit is worth: sends a second of 64 concurrent senders, with group commit and with one send a commit,
//! on the same code path and with the same durability. Goal: 10 times on SQLite, 5 times on PostgreSQL.
//!
//! `cargo bench --bench store_append`.

mod setup;

use anyhow::Result;
use hubbub::id::{ChannelId, MessageId, UserId};
use hubbub::store::Store;
use hubbub::store::group::{Group, MAX_BATCH, Send};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::Instant;

const SENDERS: usize = 64;
const LASTS: Duration = Duration::from_secs(4);

#[tokio::main]
async fn main() -> Result<()> {
    println!(
        "{:<12} {:>14} {:>14} {:>14} {:>8}",
        "database", "one a commit/s", "group commit/s", "sends a commit", "ratio"
    );
    for database in setup::databases().await? {
        let (single, _) = rate(&database.store, 1).await?;
        let (group, share) = rate(&database.store, MAX_BATCH).await?;
        println!("{:<12} {single:>14.0} {group:>14.0} {share:>14.1} {:>7.1}x", database.name, group / single);
    }
    Ok(())
}

/// Sends a second, and how many shared a commit on average.
async fn rate(store: &Store, max_batch: usize) -> Result<(f64, f64)> {
    let (channel_id, people) = setup::channel_with(store, SENDERS).await?;
    let commits = Arc::new(AtomicUsize::new(0));
    let counted = commits.clone();
    let group = Group::start_with(store.clone(), max_batch, move |committed| {
        counted.fetch_add(1, Ordering::Relaxed);
        drop(committed);
    });
    let begin = Instant::now();
    let senders = people
        .into_iter()
        .map(|sender_id| tokio::spawn(keep_sending(group.clone(), channel_id, sender_id, begin)));
    let mut sent = 0;
    for sender in senders.collect::<Vec<_>>() {
        sent += sender.await??;
    }
    Ok((sent as f64 / begin.elapsed().as_secs_f64(), sent as f64 / commits.load(Ordering::Relaxed) as f64))
}

async fn keep_sending(
    group: Group, channel_id: ChannelId, sender_id: UserId, begin: Instant,
) -> Result<usize> {
    let mut sent = 0;
    while begin.elapsed() < LASTS {
        let text = "What a chat message says is short most of the time, about a hundred characters and then some, like this one here.";
        let (id, text, nonce) = (MessageId::new(), text.to_owned(), Some(sent.to_string()));
        group.send(Send { id, sender_id, channel_id, parent_id: None, text, nonce }).await?;
        sent += 1;
    }
    Ok(sent)
}
