//! From the map to the sockets: what was applied goes out in its order, written by a task of its own. While it writes, what
//! comes meanwhile is put together, so that a burst costs one write a stream and not one an event. What comes at once by
//! way of several instances is a commit on each, some milliseconds apart: beside others, it waits for what this
//! instance commits before a wide round, and rests after a long one.

use super::connection::Connection;
use super::run::Run;
use super::{Hub, routing::Map};
use crate::event::Envelope;
use crate::event::encoded::Encoded;
use crate::id::Seq;
use crate::store::group::Commits;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

/// How many streams are written to by one task at a time; more are shared out, and others get their turn between.
const STREAMS_AT_ONCE: usize = 256;
/// When so much waits, streams read on from memory by themselves, which puts still more together.
const MAX_WAITING: usize = 1_024;

/// How long it waits for commits at most.
const LONGEST_WAIT: Duration = Duration::from_millis(10);
/// How many times as long as a round took it rests beside other instances, and how long at most. A message that comes after
/// it is not held up.
const REST: u32 = 2;
const LONGEST_REST: Duration = Duration::from_millis(10);
/// A shorter round costs less than what a rest would save.
const SHORT_ROUND: Duration = Duration::from_millis(1);

/// Some streams, shared as they were at one moment.
pub(super) type Streams = Arc<Vec<Arc<Connection>>>;

/// What one delivery brings.
enum Content {
    Run(Run),
    Ephemeral(Encoded),
}

pub(super) struct Parcel {
    content: Content,
    to: Vec<Streams>,
}

/// What was applied and is not handed over yet.
#[derive(Default)]
pub(super) struct Outgoing {
    parcels: Vec<Parcel>,
    /// Up to which event everything was handed over, while something is not.
    handed: Option<Seq>,
    /// Whether so much waited that it was dropped, and whether that could not be read again.
    dropped: Option<Dropped>,
    ready: Arc<Notify>,
}

#[derive(Clone, Copy)]
struct Dropped {
    has_ephemeral: bool,
}

/// What is taken to be handed over next.
enum Load {
    Parcels(Vec<Parcel>),
    TooMuch(Vec<Arc<Connection>>, Dropped),
}

impl Outgoing {
    /// Adds the next event for these streams, where all up to `before` was added already.
    pub fn add(&mut self, before: Seq, envelope: &Arc<Envelope>, to: Vec<Streams>) {
        if to.is_empty() {
            return;
        }
        self.handed.get_or_insert(before);
        if let Some(Parcel { content: Content::Run(run), to: earlier }) = self.parcels.last_mut()
            && are_same(earlier, &to)
            && run.takes(envelope)
        {
            return;
        }
        self.put(Content::Run(Run::new(envelope.clone())), to);
    }

    /// Adds something ephemeral.
    pub fn add_ephemeral(&mut self, encoded: Encoded, to: Vec<Streams>) {
        self.put(Content::Ephemeral(encoded), to);
    }

    /// Whether something that waits is for many.
    fn is_wide(&self) -> bool {
        self.parcels.iter().any(Parcel::is_wide)
    }

    fn put(&mut self, content: Content, to: Vec<Streams>) {
        if self.parcels.len() >= MAX_WAITING {
            self.drop_all();
        }
        self.parcels.push(Parcel { content, to });
        self.ready.notify_one();
    }

    /// What waits, in order.
    pub fn take(&mut self) -> Vec<Parcel> {
        std::mem::take(&mut self.parcels)
    }

    fn drop_all(&mut self) {
        let is_ephemeral = |parcel: Parcel| matches!(parcel.content, Content::Ephemeral(_));
        let has_ephemeral = self.parcels.drain(..).any(is_ephemeral);
        let had_ephemeral = self.dropped.is_some_and(|dropped| dropped.has_ephemeral);
        self.dropped = Some(Dropped { has_ephemeral: has_ephemeral || had_ephemeral });
    }
}

fn are_same(some: &[Streams], others: &[Streams]) -> bool {
    some.len() == others.len() && some.iter().zip(others).all(|(one, other)| Arc::ptr_eq(one, other))
}

impl Map {
    /// Up to which event live streams have been given all that they may see.
    pub fn handed(&self) -> Seq {
        self.outgoing.handed.unwrap_or(self.applied())
    }

    fn load(&mut self) -> Option<(Load, Seq)> {
        if self.outgoing.dropped.is_some() {
            self.outgoing.drop_all();
        }
        let load = match self.outgoing.dropped.take() {
            Some(dropped) => Load::TooMuch(self.connections().cloned().collect(), dropped),
            None => Load::Parcels(self.outgoing.take()),
        };
        if matches!(&load, Load::Parcels(parcels) if parcels.is_empty()) {
            self.outgoing.handed = None;
            return None;
        }
        Some((load, self.applied()))
    }
}

impl Hub {
    /// Hands over what the hub applies, as long as the task lives; `commits` are this instance's.
    pub async fn run_delivery(self: Arc<Self>, mut commits: Commits) {
        let ready = self.lock().outgoing.ready.clone();
        loop {
            ready.notified().await;
            while let Some((load, applied)) = self.next_load(&mut commits).await {
                let began_at = Instant::now();
                load.hand_over().await;
                self.lock().outgoing.handed = Some(applied);
                let rest = rest_after(began_at.elapsed());
                if !rest.is_zero() && self.presence.has_others() {
                    tokio::time::sleep(rest).await;
                }
            }
        }
    }

    async fn next_load(&self, commits: &mut Commits) -> Option<(Load, Seq)> {
        let is_wide = self.lock().outgoing.is_wide();
        if is_wide && self.presence.has_others() {
            let _ = timeout(LONGEST_WAIT, commits.settled()).await;
        }
        self.lock().load()
    }
}

fn rest_after(round: Duration) -> Duration {
    if round < SHORT_ROUND { Duration::ZERO } else { (round * REST).min(LONGEST_REST) }
}

impl Load {
    async fn hand_over(self) {
        match self {
            Load::TooMuch(streams, dropped) => {
                streams.iter().for_each(|connection| connection.fall_behind(dropped.has_ephemeral));
            }
            Load::Parcels(parcels) => {
                for parcel in parcels {
                    parcel.hand_over().await;
                }
            }
        }
    }
}

impl Parcel {
    fn is_wide(&self) -> bool {
        self.to.iter().map(|streams| streams.len()).sum::<usize>() > STREAMS_AT_ONCE
    }

    /// Gives it to each of its streams.
    pub async fn hand_over(self) {
        if !self.is_wide() {
            self.to.iter().for_each(|streams| self.content.push_to(streams));
            return;
        }
        let (content, mut tasks) = (Arc::new(self.content), JoinSet::new());
        for streams in self.to {
            for start in (0..streams.len()).step_by(STREAMS_AT_ONCE) {
                let (content, streams) = (content.clone(), streams.clone());
                let end = streams.len().min(start + STREAMS_AT_ONCE);
                tasks.spawn(async move { content.push_to(&streams[start..end]) });
            }
        }
        while tasks.join_next().await.is_some() {}
    }
}

impl Content {
    fn push_to(&self, streams: &[Arc<Connection>]) {
        let now = Instant::now();
        for connection in streams {
            match self {
                Content::Run(run) => connection.push(run, now),
                Content::Ephemeral(encoded) => connection.push_ephemeral(encoded, now),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_took_long_is_followed_by_a_rest() {
        let rests: Vec<u128> =
            [0, 1, 3, 50].map(|ms| rest_after(Duration::from_millis(ms)).as_millis()).into();
        assert_eq!(rests, [0, 2, 6, 10]);
    }
}
