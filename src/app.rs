//! Every part, built once: wired, run, drained.

use crate::api::edge::Edge;
use crate::api::gate::Gate;
use crate::api::origin::Origins;
use crate::api::rate_limit::RateLimits;
use crate::auth::password::Passwords;
use crate::auth::token::Tokens;
use crate::bus::memory::Memory as MemoryBus;
use crate::bus::redis::Redis;
use crate::bus::{Bus, Notice};
use crate::clock::Clock;
use crate::config::{Config, Database, Secret};
use crate::document::Document;
use crate::hub::{Hub, Limits, follow};
use crate::id::{InstanceId, LogId};
use crate::presence::Presence;
use crate::service::read_marks::{self, Reads};
use crate::service::{Context, presence, sessions::Liveness};
use crate::store::group::Group;
use crate::store::{Store, events};
use crate::stream::Streams;
use crate::stream::turns::Turns;
use crate::{api, listen, metrics, secret};
use anyhow::Context as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Over how long a time clients come back after a stop.
const RETURN_SPREAD: Duration = Duration::from_secs(5);
/// How long a stop may take: less than the 10 s after which a host kills.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(8);
/// How long the database may take to close after that.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(1_500);
/// How long a stop takes at most: whoever ends the process must wait longer before a kill.
pub const STOP_TIMEOUT: Duration = DRAIN_TIMEOUT.saturating_add(CLOSE_TIMEOUT);
/// How long lies at least between two looks at what was lost on the bus.
const BETWEEN_LOSSES: Duration = Duration::from_secs(1);
/// How often the log's oldest events are forgotten.
const PRUNE_EVERY: Duration = Duration::from_secs(3600);
/// How many at a time.
const PRUNE_BATCH: i64 = 1_000;

/// A server that is running.
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    streams: Streams,
    stop: CancellationToken,
    tracker: TaskTracker,
    background: Vec<tokio::task::JoinHandle<()>>,
}

/// Builds every part and begins to serve.
pub async fn start(config: Config) -> anyhow::Result<Running> {
    metrics::install();
    let clock = Clock::system();
    let store = open_store(&config.database, clock.clone()).await?;
    let secret = signing_secret(&config)?;
    let instance_id = InstanceId::new();
    let (bus, notices) = open_bus(&config, store.log_id(), instance_id)?;
    let heartbeat_timeout = Duration::from_millis(config.heartbeat_timeout_ms);
    let (presence, told) = Presence::new(instance_id, heartbeat_timeout);
    let presence = Arc::new(presence);
    let publisher = bus.clone();
    let group = Group::start(store.clone(), move |committed| publisher.publish(committed));
    let commits = group.commits();
    let ctx = Arc::new(Context {
        group,
        bus: bus.clone(),
        presence: presence.clone(),
        tokens: Tokens::new(
            secret.0.as_bytes(),
            config.access_token_ttl_s,
            config.refresh_token_ttl_s,
            clock.clone(),
        ),
        passwords: Passwords::new(),
        sessions: Liveness::new(),
        reads: Reads::new(store.clone(), bus),
        presence_max_members: config.presence_max_members,
        clock: clock.clone(),
        store: store.clone(),
    });
    let limits = Limits {
        heartbeat_interval: Duration::from_millis(config.heartbeat_interval_ms),
        heartbeat_timeout,
        max_age: config.stream_max_age_s.map(Duration::from_secs),
    };
    let hub = Hub::new(store.clone(), presence, clock, limits);
    let document = api::document();
    let parsed = serde_json::from_str(&document).context("the document is not JSON")?;
    let streams = Streams {
        ctx: ctx.clone(),
        hub: hub.clone(),
        document: Arc::new(Document::new(parsed)),
        turns: Arc::new(Turns::new()),
    };
    let origins = Arc::new(Origins::new(config.allowed_origins.clone()));
    let gate = Gate {
        document: streams.document.clone(),
        ctx: ctx.clone(),
        origins: origins.clone(),
        limits: Arc::new(RateLimits::new(config.rate_limits)),
    };
    let endpoint = Arc::new(api::endpoint(streams.clone(), document, gate, Edge { origins }));

    let listener = TcpListener::bind((config.host.as_str(), config.port))
        .await
        .with_context(|| format!("cannot listen on HOST={} PORT={}", config.host, config.port))?;
    let addr = listener.local_addr()?;
    let (stop, tracker) = (CancellationToken::new(), TaskTracker::new());
    tracker.spawn(listen::run(listener, endpoint, stop.clone(), tracker.clone()));
    let background = vec![
        tokio::spawn(follow::run(hub.clone(), notices)),
        tokio::spawn(hub.clone().run_delivery(commits)),
        tokio::spawn(hub.clone().run_heartbeat()),
        tokio::spawn(presence::run(ctx.clone(), told.changes)),
        tokio::spawn(presence::gossip(ctx.clone(), told.words)),
        tokio::spawn(make_up_for_losses(ctx.clone(), hub)),
        tokio::spawn(prune(ctx, config.log_retention_days)),
    ];
    tracing::info!(%addr, database = ?config.database, "listening");
    Ok(Running { addr, streams, stop, tracker, background })
}

impl Running {
    /// Stops in good order: no new connections, `closing` to every stream, requests in flight are finished.
    pub async fn stop(self) {
        tracing::info!("stopping");
        self.streams.hub.drain(RETURN_SPREAD);
        self.stop.cancel();
        self.tracker.close();
        let drained = async {
            self.streams.hub.drained().await;
            self.tracker.wait().await;
        };
        if tokio::time::timeout(DRAIN_TIMEOUT, drained).await.is_err() {
            tracing::warn!("some connections did not end in time");
        }
        let closed = async {
            if let Err(error) = presence::note_online(&self.streams.ctx).await {
                tracing::warn!(%error, "who was online could not be noted");
            }
            self.streams.ctx.bus.flushed().await;
            self.background.iter().for_each(tokio::task::JoinHandle::abort);
            self.streams.ctx.store.close().await;
        };
        if tokio::time::timeout(CLOSE_TIMEOUT, closed).await.is_err() {
            tracing::warn!("the database was not closed in time");
        }
        tracing::info!("stopped");
    }
}

/// Opens the database; a failure says which, and why.
pub async fn open_store(database: &Database, clock: Clock) -> anyhow::Result<Store> {
    Store::open(database, clock).await.map_err(|error| {
        let cause = match error.cause {
            Some(cause) => anyhow::Error::from_boxed(cause),
            None => anyhow::Error::msg(error.detail),
        };
        cause.context(format!("the database of DATABASE_URL={database} cannot be used"))
    })
}

/// The secret that signs access tokens; with SQLite it is made once and kept beside the database.
fn signing_secret(config: &Config) -> anyhow::Result<Secret> {
    match (&config.jwt_secret, &config.database) {
        (Some(secret), _) => Ok(secret.clone()),
        (None, Database::Sqlite(path)) => secret::load_or_make(&path.with_extension("secret")),
        (None, Database::Postgres(_)) => anyhow::bail!("JWT_SECRET is required with PostgreSQL"),
    }
}

/// The bus that the settings ask for, and what is heard on it.
fn open_bus(
    config: &Config, log_id: LogId, instance_id: InstanceId,
) -> anyhow::Result<(Arc<dyn Bus>, UnboundedReceiver<Notice>)> {
    Ok(match &config.redis_url {
        Some(url) => {
            if matches!(config.database, Database::Sqlite(_)) {
                tracing::warn!(
                    "REDIS_URL is set, but SQLite is this instance's alone: others need DATABASE_URL"
                );
            }
            let (bus, notices) = Redis::new(&url.0, log_id, instance_id)?;
            (Arc::new(bus), notices)
        }
        None => {
            let (bus, notices) = MemoryBus::new();
            (Arc::new(bus), notices)
        }
    })
}

/// Reads again what other instances may have told in vain, and tells the streams of this one.
async fn make_up_for_losses(ctx: Arc<Context>, hub: Arc<Hub>) {
    loop {
        let (since, user_ids) = hub.lost().await;
        if let Err(error) = read_marks::tell_again(&ctx, &user_ids, since).await {
            tracing::warn!(%error, "read marks could not be read again");
        }
        tokio::time::sleep(BETWEEN_LOSSES).await;
    }
}

/// Forgets events that are older than the log reaches back, a few at a time.
async fn prune(ctx: Arc<Context>, retention_days: i64) {
    loop {
        let before = ctx.clock.now().plus_ms(-retention_days.saturating_mul(86_400_000));
        match events::prune(&ctx.store, before, PRUNE_BATCH).await {
            Ok(count) if count > 0 => tokio::time::sleep(Duration::from_millis(50)).await,
            Ok(_) => {
                if let Err(error) = crate::service::sessions::prune(&ctx).await {
                    tracing::warn!(%error, "old sessions could not be forgotten");
                }
                tokio::time::sleep(PRUNE_EVERY).await;
            }
            Err(error) => {
                tracing::warn!(%error, "old events could not be forgotten");
                tokio::time::sleep(PRUNE_EVERY).await;
            }
        }
    }
}
