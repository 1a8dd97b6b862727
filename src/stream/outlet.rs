//! What a stream reads by itself: the log, until it has caught up, and the state that it missed on the way.

use super::Streams;
use crate::error::Result;
use crate::event::encoded::Encoded;
use crate::event::ephemeral::StateData;
use crate::hub::Seat;
use crate::hub::bite::Bite;
use crate::hub::connection::Connection;
use crate::service::connections;
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;

/// How long to wait after the database did not answer.
const RETRY: Duration = Duration::from_millis(250);

/// The way out of one stream.
pub struct Outlet {
    streams: Streams,
    seat: Seat,
}

impl Outlet {
    /// The outlet of this seat.
    pub fn new(streams: Streams, seat: Seat) -> Self {
        Self { streams, seat }
    }

    /// The stream.
    pub fn connection(&self) -> &Arc<Connection> {
        self.seat.connection()
    }

    /// What every stream needs.
    pub fn streams(&self) -> &Streams {
        &self.streams
    }

    /// Reads on, and returns what is to be written, in order; nothing if the stream has caught up. Tries again while the
    /// database does not answer. No event is lost if the future is dropped.
    pub async fn read_on(self: Arc<Self>) -> Vec<Bytes> {
        loop {
            match self.read().await {
                Ok(pieces) => return pieces,
                Err(error) => {
                    tracing::warn!(%error, "a stream could not read on; it tries again");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }

    async fn read(&self) -> Result<Vec<Bytes>> {
        let connection = self.connection();
        let form = connection.form;
        match self.streams.hub.bite(connection).await? {
            Bite::Events(events) => Ok(events.iter().map(|event| event.encoded.framed(form)).collect()),
            Bite::CaughtUp(false) => Ok(Vec::new()),
            Bite::CaughtUp(true) => {
                let threads = self.streams.hub.open_threads(connection.id);
                let snapshot = connections::snapshot(&self.streams.ctx, connection.user_id, &threads).await;
                let snapshot = snapshot.inspect_err(|_| connection.owe_state())?;
                let data = StateData {
                    channels: snapshot.channels,
                    state_seq: snapshot.state_seq,
                    presence: snapshot.presence,
                    typing: snapshot.typing,
                };
                Ok(vec![Encoded::ephemeral("state", data).framed(form)])
            }
        }
    }
}
