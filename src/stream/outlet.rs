//! What a stream has to write next, whatever its transport: what waits for it, else what it still has to read of the log.

use super::Streams;
use crate::error::Result;
use crate::event::encoded::Encoded;
use crate::event::ephemeral::StateData;
use crate::hub::Seat;
use crate::hub::bite::Bite;
use crate::hub::connection::{Connection, Out};
use crate::service::connections;
use std::sync::Arc;
use std::time::Duration;

/// How long to wait after the database did not answer.
const RETRY: Duration = Duration::from_millis(250);

/// The way out of one stream.
pub struct Outlet {
    streams: Streams,
    seat: Seat,
    first: Vec<Arc<Encoded>>,
}

impl Outlet {
    /// An outlet that begins with these events.
    pub fn new(streams: Streams, seat: Seat, first: Vec<Arc<Encoded>>) -> Self {
        Self { streams, seat, first }
    }

    /// The stream.
    pub fn connection(&self) -> &Arc<Connection> {
        self.seat.connection()
    }

    /// What every stream needs.
    pub fn streams(&self) -> &Streams {
        &self.streams
    }

    /// The stream's first events: `ready`, and `reset` if the cursor could not be served.
    pub fn take_first(&mut self) -> Vec<Out> {
        std::mem::take(&mut self.first).into_iter().map(Out::Encoded).collect()
    }

    /// Waits until there is something to write, and returns it in order. No event is lost if the future is dropped.
    pub async fn next(&self) -> Vec<Out> {
        let connection = self.connection();
        loop {
            let waiting = connection.take();
            if !waiting.is_empty() {
                return waiting;
            }
            if !connection.is_catching() {
                connection.woken().await;
                continue;
            }
            // Boxed, so that a stream which is live does not carry the room that catching up needs.
            match Box::pin(self.read_on()).await {
                Ok(batch) if batch.is_empty() => {}
                Ok(batch) => return batch,
                Err(error) => {
                    tracing::warn!(%error, "a stream could not read on; it tries again");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }

    async fn read_on(&self) -> Result<Vec<Out>> {
        let connection = self.connection();
        match self.streams.hub.bite(connection).await? {
            Bite::Events(events) => Ok(events.into_iter().map(Out::Event).collect()),
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
                Ok(vec![Out::Encoded(Arc::new(Encoded::ephemeral("state", data)))])
            }
        }
    }
}
