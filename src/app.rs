//! Every part, built once: wired, run, drained.

use crate::api::edge::Edge;
use crate::api::gate::Gate;
use crate::api::origin::Origins;
use crate::api::rate_limit::RateLimits;
use crate::auth::password::Passwords;
use crate::auth::token::Tokens;
use crate::bus::memory::Memory as MemoryBus;
use crate::clock::Clock;
use crate::config::{Config, Database, Secret};
use crate::document::Document;
use crate::hub::{Hub, Limits, follow};
use crate::presence::memory::Memory as MemoryPresence;
use crate::service::{Context, presence, read_marks::Reads, sessions::Liveness};
use crate::store::group::Group;
use crate::store::{Store, events, sessions};
use crate::stream::Streams;
use crate::{api, listen, metrics, secret};
use anyhow::Context as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Over how long a time clients come back after a stop.
const RETURN_SPREAD: Duration = Duration::from_secs(5);
/// How long a stop may take: less than the 10 s after which a host kills.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(8);
/// How long the database may take to close after that.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(1_500);
/// How often sessions that ended elsewhere are looked for while streams are open.
const SESSION_SWEEP: Duration = Duration::from_secs(1);
/// How far back such a look goes.
const SESSION_SWEEP_BACK_MS: i64 = 30_000;
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
    let (bus, notices) = MemoryBus::new();
    let (presence, changes) = MemoryPresence::new();
    let (bus, presence) = (Arc::new(bus), Arc::new(presence));
    let publisher = bus.clone();
    let group =
        Group::start(store.clone(), move |committed| crate::bus::Bus::publish(&*publisher, committed));
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
        heartbeat_timeout: Duration::from_millis(config.heartbeat_timeout_ms),
        max_age: config.stream_max_age_s.map(Duration::from_secs),
    };
    let hub = Hub::new(store.clone(), presence, clock, limits);
    let document = api::document();
    let parsed = serde_json::from_str(&document).context("the document is not JSON")?;
    let streams = Streams { ctx: ctx.clone(), hub: hub.clone(), document: Arc::new(Document::new(parsed)) };
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
        tokio::spawn(hub.clone().run_delivery()),
        tokio::spawn(hub.clone().run_heartbeat()),
        tokio::spawn(presence::run(ctx.clone(), changes)),
        tokio::spawn(sweep_sessions(ctx.clone(), hub)),
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

/// Ends streams of sessions that ended on another instance, should the bus have lost the word.
async fn sweep_sessions(ctx: Arc<Context>, hub: Arc<Hub>) {
    loop {
        tokio::time::sleep(SESSION_SWEEP).await;
        if hub.stream_counts() == (0, 0) {
            continue;
        }
        let since = ctx.clock.now().plus_ms(-SESSION_SWEEP_BACK_MS);
        match sessions::list_ended_since(&ctx.store, since).await {
            Ok(ended) => {
                ctx.sessions.forget(&ended);
                hub.end_sessions(&ended);
            }
            Err(error) => tracing::warn!(%error, "ended sessions could not be looked up"),
        }
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
