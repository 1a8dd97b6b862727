//! The connection to Redis: one, for all that is said and heard. It is watched by pings, so that a Redis that is frozen
//! or cut off is noticed within 8 s, and made again for as long as the process lives.

use super::wire::{Answer, Body, Word, read_events};
use super::{Shared, lock};
use crate::bus::{Bus, Notice};
use anyhow::Context;
use bytes::Bytes;
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, IntoConnectionInfo, ProtocolVersion, PushInfo, PushKind, RedisResult,
    Value,
};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

/// How long Redis may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// A ping is sent when nothing was said for so long. Hosted ones are paid by the command.
const PING_AFTER: Duration = Duration::from_secs(5);
/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long to wait before the next attempt, at first and at most.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));
/// How many frames are said in one go.
const BATCH: usize = 128;

/// Something to say.
pub(super) struct Frame {
    pub channel: String,
    pub payload: Bytes,
}

/// The other end of the bus. RESP3 lets one connection carry what is said, what is heard, and pings.
pub(super) fn client(url: &str) -> anyhow::Result<Client> {
    let info = url.into_connection_info().context("REDIS_URL is no address that Redis understands")?;
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    Client::open(info.set_redis_settings(settings)).context("REDIS_URL cannot be used")
}

/// The task that keeps the connection.
pub(super) struct Link {
    client: Client,
    shared: Arc<Shared>,
    frames: mpsc::Receiver<Frame>,
}

impl Link {
    pub fn new(client: Client, shared: Arc<Shared>, frames: mpsc::Receiver<Frame>) -> Self {
        Self { client, shared, frames }
    }

    /// Connects, serves, and connects again.
    pub async fn run(mut self) {
        let mut wait = BACKOFF.0;
        let mut is_told = false;
        loop {
            let cut = CancellationToken::new();
            match self.connect(&cut).await {
                Ok(connection) => {
                    tracing::info!("connected to Redis");
                    (wait, is_told) = (BACKOFF.0, true);
                    *lock(&self.shared.connection) = Some(connection.clone());
                    self.shared.here.say(Notice::Up);
                    let error = self.serve(connection, cut).await;
                    *lock(&self.shared.connection) = None;
                    self.shared.here.say(Notice::Down);
                    self.forget_waiting();
                    tracing::warn!(%error, "Redis is away: events come from the database until it is back");
                }
                Err(error) if !is_told => {
                    is_told = true;
                    self.shared.here.say(Notice::Down);
                    tracing::warn!(%error, "Redis cannot be reached: events come from the database until it can");
                }
                Err(_) => {}
            }
            sleep(wait).await;
            wait = (wait * 2).min(BACKOFF.1);
        }
    }

    async fn connect(&self, cut: &CancellationToken) -> RedisResult<MultiplexedConnection> {
        let (shared, cut) = (self.shared.clone(), cut.clone());
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(PATIENCE))
            .set_push_sender(move |push: PushInfo| {
                match push.kind {
                    PushKind::Disconnection => cut.cancel(),
                    PushKind::Message => shared.hear(&push.data),
                    _ => {}
                }
                Ok::<(), ()>(())
            });
        let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        let channels = &self.shared.channels;
        let own = channels.of(self.shared.instance_id);
        connection.subscribe(&[&channels.log, &channels.signals, &own]).await?;
        Ok(connection)
    }

    /// Says what there is to say, until something fails; returns why.
    async fn serve(&mut self, mut connection: MultiplexedConnection, cut: CancellationToken) -> String {
        let mut batch = Vec::with_capacity(BATCH);
        let mut ping_at = Instant::now() + PING_AFTER;
        loop {
            let said: RedisResult<()> = tokio::select! {
                () = cut.cancelled() => return "the connection has ended".to_owned(),
                count = self.frames.recv_many(&mut batch, BATCH) => {
                    if count == 0 {
                        return "nobody has anything to say".to_owned();
                    }
                    publish(&mut connection, &self.shared, batch.drain(..)).await
                }
                () = sleep_until(ping_at) => redis::cmd("PING").exec_async(&mut connection).await,
            };
            if let Err(error) = said {
                return error.to_string();
            }
            ping_at = Instant::now() + PING_AFTER;
        }
    }

    /// What waited for a Redis that was away is old by now.
    fn forget_waiting(&mut self) {
        while let Ok(frame) = self.frames.try_recv() {
            self.shared.waiting_bytes.fetch_sub(frame.payload.len(), Ordering::Relaxed);
        }
    }
}

async fn publish(
    connection: &mut MultiplexedConnection, shared: &Shared, frames: impl Iterator<Item = Frame>,
) -> RedisResult<()> {
    let (mut pipe, mut bytes) = (redis::pipe(), 0);
    for frame in frames {
        bytes += frame.payload.len();
        pipe.cmd("PUBLISH").arg(frame.channel).arg(frame.payload.as_ref()).ignore();
    }
    let published = pipe.exec_async(connection).await;
    shared.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
    published
}

impl Shared {
    /// Takes in what Redis passes on. Runs on the connection's own task, so it never waits.
    fn hear(self: &Arc<Self>, push: &[Value]) {
        let [Value::BulkString(channel), Value::BulkString(payload)] = push else { return };
        let is_heard = if *channel == self.channels.log.as_bytes() {
            self.hear_events(payload)
        } else if *channel == self.channels.signals.as_bytes() {
            serde_json::from_slice(payload).map(|word| self.hear_word(word)).is_ok()
        } else {
            serde_json::from_slice::<Answer>(payload).map(|answer| self.asks.answer(answer)).is_ok()
        };
        if !is_heard {
            tracing::debug!("another instance said something that this version does not understand");
        }
    }

    fn hear_events(&self, frame: &[u8]) -> bool {
        let Some((from, envelopes)) = read_events(frame) else { return false };
        if from != self.instance_id {
            self.here.say(Notice::Events(envelopes));
        }
        true
    }

    fn hear_word(self: &Arc<Self>, word: Word) {
        if word.from == self.instance_id {
            return;
        }
        if let Some(since) = word.number.and_then(|number| self.missed_since(word.from, number)) {
            self.here.say(Notice::Lost(since));
        }
        match word.body {
            Body::Signal(signal) => self.here.signal(signal),
            Body::Ask(ask_id, request) => self.asked(word.from, ask_id, request),
        }
    }
}
