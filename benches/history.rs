//! What a long history and a long absence cost: the newest page, and the channel list with its unread count after 100,000 messages that somebody
//! else sent, in a channel of 1,000 messages (where the absence is all of it) and in one of 1,000,000. Goal: at most 1.5
//! times.
//!
//! `cargo bench --bench history`.

mod setup;

use anyhow::Result;
use hubbub::id::{ChannelId, UserId};
use hubbub::store::{Store, events, lists, messages};
use std::time::Duration;
use tokio::time::Instant;

const SMALL: i64 = 1_000;
const LARGE: i64 = 1_000_000;
const ABSENCE: i64 = 100_000;
/// Of so many messages one is deleted.
const DELETED: i64 = 1_000;
/// How many are filled in at once.
const BITE: i64 = 50_000;
const PEOPLE: usize = 20;
const PAGE: i64 = 50;
const RUNS: usize = 500;

#[tokio::main]
async fn main() -> Result<()> {
    println!("{:<12} {:<34} {:>10} {:>10} {:>8}", "database", "median of a", "1,000", "1,000,000", "ratio");
    for database in setup::databases().await? {
        let store = &database.store;
        let (small, large) = (filled(store, SMALL).await?, filled(store, LARGE).await?);
        let (mut pages, mut listings) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
        // Turn by turn, so that whatever else the machine does falls on both.
        for _ in 0..RUNS {
            for (size, (channel_id, reader)) in [small, large].into_iter().enumerate() {
                pages[size].push(page(store, channel_id).await?);
                listings[size].push(list(store, reader).await?);
            }
        }
        print(database.name, "page of 50 at the newest end", pages);
        print(database.name, "channel list after the absence", listings);
    }
    Ok(())
}

fn print(database: &str, what: &str, [small, large]: [Vec<Duration>; 2]) {
    let (small, large) = (median(small), median(large));
    let us = |duration: Duration| duration.as_secs_f64() * 1e6;
    println!(
        "{database:<12} {what:<34} {:>7.0} µs {:>7.0} µs {:>7.2}x",
        us(small),
        us(large),
        us(large) / us(small)
    );
}

fn median(mut durations: Vec<Duration>) -> Duration {
    durations.sort_unstable();
    durations[durations.len() / 2]
}

async fn page(store: &Store, channel_id: ChannelId) -> Result<Duration> {
    let begin = Instant::now();
    let mut read = store.read().await?;
    let items = messages::list_before(read.conn(), channel_id, i64::MAX, PAGE).await?;
    anyhow::ensure!(items.len() as i64 == PAGE, "a page has {} messages", items.len());
    Ok(begin.elapsed())
}

async fn list(store: &Store, reader: UserId) -> Result<Duration> {
    let begin = Instant::now();
    let mut read = store.read().await?;
    let channels = lists::list(read.conn(), reader).await?;
    anyhow::ensure!(channels.iter().any(|channel| channel.unread_count > Some(0)), "nothing is unread");
    Ok(begin.elapsed())
}

/// A channel with so many messages, and a member who has missed the last of them.
async fn filled(store: &Store, count: i64) -> Result<(ChannelId, UserId)> {
    let (channel_id, people) = setup::channel_with(store, PEOPLE).await?;
    let (reader, senders) = (people[0], &people[1..]);
    let mut read = store.read().await?;
    let head = events::head(read.conn()).await?.seq;
    drop(read);
    let mut from = 0;
    while from < count {
        let to = (from + BITE).min(count);
        fill(store, channel_id, senders, head, (from, to)).await?;
        from = to;
    }
    const MOVE: &str = "update log_head set seq = $1";
    const LENGTH: &str = "update channels set last_ordinal = $2 where id = $1";
    const MARK: &str =
        "update members set read_ordinal = $3, last_read_seq = $4 where channel_id = $1 and user_id = $2";
    const ANALYZE: &str = "analyze";
    let read_ordinal = (count - ABSENCE).max(0);
    let mut tx = store.begin().await?;
    either!(tx.conn(), c => sqlx::query(MOVE).bind(head + count).execute(c).await?);
    either!(tx.conn(), c => sqlx::query(LENGTH).bind(channel_id).bind(count).execute(c).await?);
    either!(tx.conn(), c => sqlx::query(MARK).bind(channel_id).bind(reader).bind(read_ordinal).bind(head + read_ordinal).execute(c).await?);
    if matches!(tx.conn(), hubbub::store::Conn::Postgres(_)) {
        // As its own housekeeping would soon do.
        either!(tx.conn(), c => sqlx::query(ANALYZE).execute(c).await?);
    }
    tx.commit().await?;
    Ok((channel_id, reader))
}

/// Messages with the ordinals after `from` up to `to`, in one statement.
async fn fill(
    store: &Store, channel_id: ChannelId, senders: &[UserId], head: i64, (from, to): (i64, i64),
) -> Result<()> {
    const SQLITE: &str = "with recursive n(i) as (select $3 + 1 union all select i + 1 from n where i < $4) \
        insert into messages (seq, id, version, channel_id, sender_id, ordinal, text, send_hash, created_at, deleted_at) \
        select $2 + i, randomblob(16), $2 + i, $1, unhex($5->>(i % $6)), i, iif(i % $7 = 0, '', 'message number ' || i), zeroblob(32), i, \
        iif(i % $7 = 0, i, null) from n";
    const POSTGRES: &str = "insert into messages (seq, id, version, channel_id, sender_id, ordinal, text, send_hash, created_at, deleted_at) \
        select $2 + i, gen_random_uuid(), $2 + i, $1, ($5::jsonb->>((i % $6)::int))::uuid, i, \
        case when i % $7 = 0 then '' else 'message number ' || i end, '\\x00', i, case when i % $7 = 0 then i end \
        from generate_series($3::bigint + 1, $4::bigint) i";
    const NO_LIMIT: &str = "set local statement_timeout = 0";
    let people = serde_json::to_string(&senders.iter().map(UserId::hex).collect::<Vec<_>>())?;
    let count = senders.len() as i64;
    let mut tx = store.begin().await?;
    let sql = match tx.conn() {
        hubbub::store::Conn::Sqlite(_) => SQLITE,
        hubbub::store::Conn::Postgres(c) => {
            sqlx::query(NO_LIMIT).execute(c).await?;
            POSTGRES
        }
    };
    either!(tx.conn(), c => sqlx::query(sql).bind(channel_id).bind(head).bind(from).bind(to).bind(people).bind(count).bind(DELETED).execute(c).await?);
    tx.commit().await?;
    Ok(())
}
