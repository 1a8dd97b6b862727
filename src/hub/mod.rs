//! The open streams of this instance. Committed events come in from the bus, are put in the order of their `seq`, and go to
//! whoever may see them; the map of who is in which channel follows the log itself, so a join and the first message
//! after it never race.

pub mod bite;
pub mod close;
pub mod connection;
mod delivery;
mod ended;
pub mod follow;
mod heartbeat;
mod inbox;
mod losses;
mod pace;
mod ring;
mod routing;
mod run;
mod signals;

use crate::bus::Control;
use crate::clock::{Clock, Time};
use crate::error::{Error, Result};
use crate::event::audience::Viewer;
use crate::event::encoded::Form;
use crate::event::ephemeral::Reconnect;
use crate::id::{ConnectionId, MessageId, Seq, SessionId, UserId};
use crate::presence::Presence;
use crate::store::Store;
use close::Close;
pub use connection::Connection;
use ended::Ended;
use losses::Losses;
use routing::Map;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore, watch};
use tokio_util::sync::CancellationToken;

/// How many streams read from the log at once; the others wait their turn, from memory it costs nothing.
const LOG_READERS: usize = 4;

/// How long streams may be silent, and how old they may grow.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How often a client should ping.
    pub heartbeat_interval: Duration,
    /// After how long a silence a stream is closed.
    pub heartbeat_timeout: Duration,
    /// After how long a stream ends itself, if ever.
    pub max_age: Option<Duration>,
}

/// The open streams of this instance.
pub struct Hub {
    map: Mutex<Map>,
    store: Store,
    presence: Arc<Presence>,
    clock: Clock,
    limits: Limits,
    head: watch::Sender<Seq>,
    log_readers: Semaphore,
    registering: tokio::sync::Mutex<()>,
    ended: Ended,
    losses: Losses,
    draining: CancellationToken,
    /// Rung when the first stream or long poll comes, so that an idle hub can sleep.
    woken: Notify,
}

impl Hub {
    /// A hub without streams; [`follow::run`], [`Hub::run_delivery`] and [`Hub::run_heartbeat`] make it live.
    pub fn new(store: Store, presence: Arc<Presence>, clock: Clock, limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            map: Mutex::new(Map::default()),
            store,
            presence,
            clock,
            limits,
            head: watch::Sender::new(0),
            log_readers: Semaphore::new(LOG_READERS),
            registering: tokio::sync::Mutex::new(()),
            ended: Ended::default(),
            losses: Losses::default(),
            draining: CancellationToken::new(),
            woken: Notify::new(),
        })
    }

    /// The limits of its streams.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// How many streams are open, by transport: WebSocket, SSE.
    pub fn stream_counts(&self) -> (usize, usize) {
        self.lock().counts()
    }

    fn lock(&self) -> MutexGuard<'_, Map> {
        // A poisoned map is still a map: nothing in here leaves it half changed across a panic that matters.
        self.map.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place for a new stream. From now on what happens to its user's memberships is remembered for it, so that
    /// the snapshot which follows can be as old as it likes. Dropping the seat ends the stream for the hub.
    pub async fn register(self: &Arc<Self>, new: NewConnection) -> Result<Seat> {
        let _one_at_a_time = self.registering.lock().await;
        if self.lock().is_empty() {
            // Nobody was listening, so nothing was followed: begin at the head as it is now.
            let mut read = self.store.read().await?;
            let head = crate::store::events::head(read.conn()).await?;
            self.lock().skip_to(head.seq);
            self.moved_head(head.seq);
        }
        let connection = Arc::new(Connection::new(new));
        {
            let mut map = self.lock();
            // Asked under the lock that `drain` tells everyone under, so that nobody slips in untold.
            if self.draining.is_cancelled() {
                return Err(restarting());
            }
            if self.ended.has(connection.session_id) {
                return Err(Error::unauthenticated("The session has ended: sign in again."));
            }
            map.insert(connection.clone());
        }
        self.presence.arrive(connection.user_id, connection.id);
        self.woken.notify_waiters();
        Ok(Seat { hub: self.clone(), connection })
    }

    /// Lets a registered stream see what `viewer` may see, as of `as_of`, beginning after `cursor`.
    pub fn activate(&self, connection: &Arc<Connection>, viewer: Viewer, as_of: Seq, cursor: Seq) {
        self.lock().activate(connection, viewer, as_of, cursor);
    }

    /// Acts on a stream of this instance, on behalf of `user_id` from `session_id`.
    pub fn control(&self, request: crate::bus::ControlRequest) -> Result<()> {
        let mut map = self.lock();
        let connection = map
            .find(request.connection_id)
            .filter(|c| c.user_id == request.user_id)
            .ok_or_else(Error::not_found)?;
        connection.heard();
        match request.action {
            Control::Ping(id) => connection.pong(id, map.handed()),
            Control::Renew(expires_at) if connection.session_id == request.session_id => {
                connection.renew(expires_at)
            }
            Control::Renew(_) => return Err(Error::forbidden("Only the stream's own session can renew it.")),
            Control::OpenThread(channel_id, root_id, as_of) => {
                return map.open_thread(connection.id, channel_id, root_id, as_of);
            }
            Control::CloseThread(root_id) => map.close_thread(connection.id, root_id),
        }
        Ok(())
    }

    /// Tells every stream to come back later, each at a moment of its own within `spread`.
    pub fn drain(&self, spread: Duration) {
        self.draining.cancel();
        let map = self.lock();
        let count = map.connections().count().max(1) as u64;
        for (position, connection) in map.connections().enumerate() {
            let after_ms = spread.as_millis() as u64 * position as u64 / count;
            connection.close(Close {
                code: Close::GOING_AWAY,
                reason: "The server restarts.".to_owned(),
                reconnect: Reconnect::Now,
                reconnect_after_ms: after_ms,
            });
        }
    }

    /// Resolves when streams are being told to come back later.
    pub async fn is_draining(&self) {
        self.draining.cancelled().await;
    }

    /// Whether streams are being told so.
    pub fn has_begun_to_drain(&self) -> bool {
        self.draining.is_cancelled()
    }

    /// The threads that a stream shows.
    pub fn open_threads(&self, connection_id: ConnectionId) -> Vec<MessageId> {
        self.lock()
            .viewer(connection_id)
            .map(|viewer| viewer.threads.keys().copied().collect())
            .unwrap_or_default()
    }

    /// Resolves when every stream has ended.
    pub async fn drained(&self) {
        while !self.lock().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Resolves when the log's head is beyond `seq`, as far as this instance has heard.
    pub async fn wait_for_head_beyond(&self, seq: Seq) {
        let _listener = Listener::new(self);
        let mut head = self.head.subscribe();
        let _ = head.wait_for(|head| *head > seq).await;
    }

    fn moved_head(&self, seq: Seq) {
        self.head.send_if_modified(|head| {
            let is_higher = seq > *head;
            *head = (*head).max(seq);
            is_higher
        });
    }
}

fn restarting() -> Error {
    Error::unavailable("The server restarts.", 1)
}

/// A long poll keeps the hub awake while it waits.
struct Listener<'h>(&'h Hub);

impl<'h> Listener<'h> {
    fn new(hub: &'h Hub) -> Self {
        hub.lock().listeners += 1;
        hub.woken.notify_waiters();
        Self(hub)
    }
}

impl Drop for Listener<'_> {
    fn drop(&mut self) {
        self.0.lock().listeners -= 1;
    }
}

/// Who opens a stream, and how.
#[derive(Debug, Clone)]
pub struct NewConnection {
    /// Who.
    pub user_id: UserId,
    /// From which login.
    pub session_id: SessionId,
    /// Until when the credential is good.
    pub expires_at: Time,
    /// How events go out.
    pub form: Form,
}

/// The place of an open stream. Dropped, the stream is gone: its user goes offline after the grace that its end asked for.
pub struct Seat {
    hub: Arc<Hub>,
    connection: Arc<Connection>,
}

impl Seat {
    /// The stream.
    pub fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.hub.lock().remove(self.connection.id);
        self.hub.presence.leave(self.connection.user_id, self.connection.id, self.connection.grace());
    }
}
