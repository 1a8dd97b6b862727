//! What a server's size costs: the most frequent requests on a server of 1,000,000 messages, 1,000 channels and 10,000
//! members, against one of 1,000 messages, 10 channels and 20 members. Each is measured in the statements that the server
//! runs for it, over the store. Goal: what answers with as much takes at most 1.5 times as long; a list that has 100 times
//! the rows, at most 1.5 times as long for each.
//!
//! `cargo bench --bench size`.

#[path = "setup/fill.rs"]
mod fill;
#[expect(dead_code, reason = "other benches use more of it")]
mod setup;

use anyhow::Result;
use fill::{Size, fill};
use hubbub::id::MessageId;
use hubbub::store::group::{Group, Mark, Send};
use hubbub::store::{Store, access, channels, events, lists, members, messages, presence};
use std::time::Duration;
use tokio::time::Instant;

const SMALL: Size = Size { channels: 10, people: 20, messages: 1_000 };
const LARGE: Size = Size { channels: 1_000, people: 10_000, messages: 1_000_000 };
const RUNS: i64 = 200;
const PAGE: i64 = 50;
/// As many as the server takes for it when nothing is set.
const PRESENCE_MAX_MEMBERS: i64 = 500;

/// One server, and what is asked of it.
struct Server {
    store: Store,
    group: Group,
    size: Size,
}

/// What is asked.
#[derive(Clone, Copy, PartialEq)]
enum What {
    NewestPage,
    FirstUnreadPage,
    ChannelList,
    Ready,
    Mark,
    Send,
    MemberPage,
    Events,
}

/// What is measured, and whether the time is told for each channel of the list that is the answer.
const MEASURED: [(What, &str, bool); 8] = [
    (What::NewestPage, "page of 50 at the newest end", false),
    (What::FirstUnreadPage, "page of 50 around the first unread", false),
    (What::ChannelList, "channel list, for each channel", true),
    (What::Ready, "what `ready` needs, for each channel", true),
    (What::Mark, "read mark moved", false),
    (What::Send, "send to everybody", false),
    (What::MemberPage, "first 50 of everybody", false),
    (What::Events, "100 events after a cursor", false),
];

#[tokio::main]
async fn main() -> Result<()> {
    println!("{:<12} {:<36} {:>10} {:>10} {:>8}", "database", "median of", "small", "large", "ratio");
    for (small, large) in setup::databases().await?.into_iter().zip(setup::databases().await?) {
        let servers = [Server::start(&small.store, SMALL).await?, Server::start(&large.store, LARGE).await?];
        for (what, name, is_each) in MEASURED {
            let mut times = [Vec::new(), Vec::new()];
            for run in 0..RUNS {
                // Turn by turn, so that whatever else the machine does falls on both.
                for (server, times) in servers.iter().zip(&mut times) {
                    server.prepare(what).await?;
                    let begin = Instant::now();
                    server.ask(what, run).await?;
                    times.push(begin.elapsed());
                }
            }
            let each = |time: f64, size: Size| if is_each { time / size.channels as f64 } else { time };
            let [small_us, large_us] = times.map(median_us);
            let (small_us, large_us) = (each(small_us, SMALL), each(large_us, LARGE));
            let ratio = large_us / small_us;
            println!("{:<12} {name:<36} {small_us:>7.1} µs {large_us:>7.1} µs {ratio:>7.2}x", small.name);
        }
    }
    Ok(())
}

fn median_us(mut durations: Vec<Duration>) -> f64 {
    durations.sort_unstable();
    durations[durations.len() / 2].as_secs_f64() * 1e6
}

impl Server {
    async fn start(store: &Store, size: Size) -> Result<Self> {
        fill(store, size).await?;
        Ok(Self { store: store.clone(), group: Group::start(store.clone(), drop), size })
    }

    /// Undoes, out of the clock's sight, what asking before has changed.
    async fn prepare(&self, what: What) -> Result<()> {
        const UNREAD: &str =
            "update members set read_ordinal = $3, last_read_seq = $3 where channel_id = $1 and user_id = $2";
        if what == What::Mark {
            let mut tx = self.store.begin().await?;
            let (channel_id, reader) = (self.size.history(), self.size.reader());
            either!(tx.conn(), c => sqlx::query(UNREAD).bind(channel_id).bind(reader).bind(self.read_ordinal()).execute(c).await?);
            tx.commit().await?;
        }
        Ok(())
    }

    /// How far the reader has read in the long history.
    fn read_ordinal(&self) -> i64 {
        self.size.history_length() - self.size.history_length() / 10
    }

    async fn ask(&self, what: What, run: i64) -> Result<()> {
        let (size, reader) = (self.size, self.size.reader());
        match what {
            What::NewestPage => {
                let mut read = self.store.snapshot().await?;
                access::find_at(read.conn(), size.history(), reader, None).await?;
                let items = messages::list_before(read.conn(), size.history(), i64::MAX, PAGE + 1).await?;
                is_count(items.len(), PAGE + 1)
            }
            What::FirstUnreadPage => {
                let mut read = self.store.snapshot().await?;
                let opened = access::find_at_first_unread(read.conn(), size.history(), reader).await?;
                let place = opened.and_then(|opened| opened.place).unwrap_or_default();
                let most = (PAGE, PAGE + 1);
                let items = messages::list_around(read.conn(), size.history(), place, most).await?;
                // The history of the small one ends before.
                is_count(items.len(), (size.history_length() - place + 1).min(PAGE + 1) + PAGE)
            }
            What::ChannelList => {
                let mut read = self.store.snapshot().await?;
                events::head(read.conn()).await?;
                let listed = lists::list(read.conn(), reader).await?;
                anyhow::ensure!(listed.iter().all(|l| l.unread_count > Some(0)), "a channel is read");
                is_count(listed.len(), size.channels)
            }
            What::Ready => {
                let mut read = self.store.snapshot().await?;
                let standing = lists::list_standing(read.conn(), reader).await?;
                presence::list_visible(read.conn(), reader, PRESENCE_MAX_MEMBERS).await?;
                is_count(standing.len(), size.channels)
            }
            What::Mark => {
                let message_id = size.message(self.read_ordinal() + 1 + run % 20);
                let mark = Mark { user_id: reader, channel_id: size.history(), message_id };
                let marked = self.group.mark(mark).await?;
                anyhow::ensure!(marked.moved.is_some(), "the mark has not moved");
                Ok(())
            }
            What::Send => {
                let (id, channel_id, nonce) = (MessageId::new(), size.crowd(), Some(format!("nonce {run}")));
                let sender_id = size.person(1 + run % (size.people - 1));
                let text = "A message as people write them.".to_owned();
                self.group.send(Send { id, sender_id, channel_id, parent_id: None, text, nonce }).await?;
                Ok(())
            }
            What::MemberPage => {
                let mut read = self.store.snapshot().await?;
                events::head(read.conn()).await?;
                access::find(read.conn(), size.crowd(), reader).await?;
                channels::member_count(read.conn(), size.crowd()).await?;
                let online = (0..size.people / 10).map(|number| size.person(number));
                members::count_among(read.conn(), size.crowd(), online).await?;
                let listed = members::list(read.conn(), size.crowd(), None, PAGE + 1).await?;
                is_count(listed.len(), (PAGE + 1).min(size.people))
            }
            What::Events => {
                let mut read = self.store.snapshot().await?;
                let rows = events::list(read.conn(), size.messages / 2, 100).await?;
                let audiences = events::audiences(read.conn(), &rows).await?;
                is_count(events::render(read.conn(), &rows, audiences).await?.len(), 100)
            }
        }
    }
}

fn is_count(count: usize, expected: i64) -> Result<()> {
    anyhow::ensure!(i64::try_from(count)? == expected, "there are {count} rows, not {expected}");
    Ok(())
}
