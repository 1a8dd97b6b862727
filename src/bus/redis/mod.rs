//! The bus of many instances: Redis pub/sub, and nothing else of Redis. It is at most once by nature, and may be away: what
//! it loses is healed from the log (`hub::follow`), by later words (presence), or is lost without harm.

mod ask;
mod link;
mod wire;

use super::memory::Memory;
use super::{Bus, ControlRequest, Notice};
use crate::error::{Error, Result};
use crate::event::ephemeral::Signal;
use crate::id::{InstanceId, LogId};
use crate::store::Committed;
use ask::Asks;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use link::{Frame, Link};
use redis::aio::MultiplexedConnection;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use wire::{Body, Word};

/// How many frames may wait for Redis.
const QUEUE_FRAMES: usize = 8_192;
/// How many bytes they may have together. Beyond it frames are dropped: the log has what they said.
const QUEUE_BYTES: usize = 16 * 1024 * 1024;

/// How often it is looked whether all has left.
const FLUSH_CHECK: Duration = Duration::from_millis(5);
/// How many instances are remembered by their last word; with more, all are forgotten, and known again by their next.
const REMEMBERED: usize = 1_024;

/// A bus through Redis. Its own words it hears at once, without a way through Redis.
pub struct Redis {
    shared: Arc<Shared>,
    _link: AbortOnDropHandle<()>,
}

/// Where this installation's instances meet. Two installations can share one Redis: every name carries the log's id.
struct Channels {
    log: String,
    signals: String,
    prefix: String,
}

impl Channels {
    fn new(log_id: LogId) -> Self {
        let prefix = format!("hubbub:{log_id}");
        Self { log: format!("{prefix}:log"), signals: format!("{prefix}:signals"), prefix }
    }

    /// Where one instance alone listens.
    fn of(&self, instance_id: InstanceId) -> String {
        format!("{}:to:{instance_id}", self.prefix)
    }
}

struct Shared {
    instance_id: InstanceId,
    channels: Channels,
    /// This instance's own ears.
    here: Memory,
    /// The connection, while words get through.
    connection: Mutex<Option<MultiplexedConnection>>,
    outbox: mpsc::Sender<Frame>,
    waiting_bytes: AtomicUsize,
    /// How many words this instance has said; held while one is queued, so that they wait in order.
    said: Mutex<u64>,
    /// The number of the last word of each other instance, and when it was heard.
    heard: Mutex<HashMap<InstanceId, (u64, Instant)>>,
    begun_at: Instant,
    asks: Asks,
}

impl Redis {
    /// A bus that connects, and connects again, by itself; and what is heard on it. Fails if the address is none.
    pub fn new(
        url: &str, log_id: LogId, instance_id: InstanceId,
    ) -> anyhow::Result<(Self, mpsc::UnboundedReceiver<Notice>)> {
        let client = link::client(url)?;
        let (here, notices) = Memory::new();
        let (outbox, frames) = mpsc::channel(QUEUE_FRAMES);
        let shared = Arc::new(Shared {
            instance_id,
            channels: Channels::new(log_id),
            here,
            connection: Mutex::new(None),
            outbox,
            waiting_bytes: AtomicUsize::new(0),
            said: Mutex::new(0),
            heard: Mutex::default(),
            begun_at: Instant::now(),
            asks: Asks::default(),
        });
        let link = Link::new(client, shared.clone(), frames);
        Ok((Self { shared, _link: AbortOnDropHandle::new(tokio::spawn(link.run())) }, notices))
    }
}

impl Shared {
    fn connection(&self) -> Option<MultiplexedConnection> {
        lock(&self.connection).clone()
    }

    /// Puts a frame into the queue, if words get through at all and there is room.
    fn send(&self, channel: String, payload: Vec<u8>) {
        let size = payload.len();
        if lock(&self.connection).is_none() || self.waiting_bytes.load(Ordering::Relaxed) + size > QUEUE_BYTES
        {
            return;
        }
        self.waiting_bytes.fetch_add(size, Ordering::Relaxed);
        let frame = Frame { channel, payload: Bytes::from(payload) };
        if self.outbox.try_send(frame).is_err() {
            self.waiting_bytes.fetch_sub(size, Ordering::Relaxed);
        }
    }

    fn say(&self, body: Body) {
        let mut said = lock(&self.said);
        *said += 1;
        let word = Word { from: self.instance_id, number: Some(*said), body };
        self.send(self.channels.signals.clone(), serde_json::to_vec(&word).unwrap_or_default());
    }

    /// Notes the number of a word; where one before it is missing, since when nothing was heard of its sayer.
    fn missed_since(&self, from: InstanceId, number: u64) -> Option<Instant> {
        let mut heard = lock(&self.heard);
        if heard.len() >= REMEMBERED && !heard.contains_key(&from) {
            heard.clear();
        }
        let (last, heard_at) = heard.entry(from).or_insert((0, self.begun_at));
        let since = (number > *last + 1).then_some(*heard_at);
        (*last, *heard_at) = (number.max(*last), Instant::now());
        since
    }
}

impl Bus for Redis {
    fn publish(&self, committed: Committed) {
        let envelopes = committed.into_envelopes();
        if envelopes.is_empty() {
            return;
        }
        let frame = wire::write_events(self.shared.instance_id, &envelopes);
        self.shared.here.say(Notice::Events(envelopes));
        self.shared.send(self.shared.channels.log.clone(), frame);
    }

    fn signal(&self, signal: Signal) {
        self.shared.here.signal(signal.clone());
        self.shared.say(Body::Signal(signal));
    }

    fn signal_here(&self, signal: Signal) {
        self.shared.here.signal(signal);
    }

    fn flushed(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            while self.is_up() && self.shared.waiting_bytes.load(Ordering::Relaxed) > 0 {
                tokio::time::sleep(FLUSH_CHECK).await;
            }
        })
    }

    fn is_up(&self) -> bool {
        lock(&self.shared.connection).is_some()
    }

    fn control(&self, request: ControlRequest) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            match self.shared.here.control(request.clone()).await {
                Err(Error { code: crate::error::Code::NotFound, .. }) => self.shared.ask(request).await,
                answer => answer,
            }
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
