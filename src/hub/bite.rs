//! How a stream reads on by itself, when it resumes or was too slow: in order, in bites, from memory where that reaches,
//! else from the log, a bounded number of readers at a time. It costs the others nothing.

use super::Hub;
use super::connection::Connection;
use crate::error::Result;
use crate::event::Envelope;
use crate::id::Seq;
use crate::store::events;
use std::sync::Arc;

/// How many events are looked at in one bite.
const BITE: usize = 256;

/// One bite of the log.
pub enum Bite {
    /// These events follow; there may be none among those that were looked at.
    Events(Vec<Arc<Envelope>>),
    /// The stream has caught up and is live from here on; `true` if it skipped something ephemeral meanwhile.
    CaughtUp(bool),
}

impl Hub {
    /// The next bite for a stream that catches up. No event is lost if the future is dropped.
    pub async fn bite(&self, connection: &Arc<Connection>) -> Result<Bite> {
        let target = {
            let map = self.lock();
            if let Some(skipped) = connection.go_live(map.applied()) {
                return Ok(Bite::CaughtUp(skipped));
            }
            let position = connection.position();
            if let (Some(run), Some(viewer)) = (map.ring.after(position, BITE), map.viewer(connection.id)) {
                let (mut end, mut seen) = (position, Vec::new());
                for envelope in run {
                    end = envelope.seq;
                    if envelope.audience.admits(envelope.seq, viewer) {
                        seen.push(envelope.clone());
                    }
                }
                connection.advance(end, seen.len() as u64);
                return Ok(Bite::Events(seen));
            }
            map.applied()
        };
        self.bite_of_log(connection, target).await
    }

    async fn bite_of_log(&self, connection: &Arc<Connection>, target: Seq) -> Result<Bite> {
        let _turn = self.log_readers.acquire().await;
        let position = connection.position();
        let mut read = self.store.snapshot().await?;
        let mut rows = events::list(read.conn(), position, BITE as i64).await?;
        rows.retain(|row| row.seq <= target);
        let mut audiences = events::audiences(read.conn(), &rows).await?;
        // The log may have been pruned beneath a very slow stream: what is gone is passed over, as a reload would.
        let end = rows.last().map_or(target, |row| row.seq);
        {
            let map = self.lock();
            let admits: Vec<bool> = match map.viewer(connection.id) {
                Some(viewer) => rows
                    .iter()
                    .zip(&audiences)
                    .map(|(row, audience)| audience.admits(row.seq, viewer))
                    .collect(),
                None => vec![false; rows.len()],
            };
            let (mut by_row, mut by_audience) = (admits.iter(), admits.iter());
            rows.retain(|_| by_row.next().is_some_and(|admitted| *admitted));
            audiences.retain(|_| by_audience.next().is_some_and(|admitted| *admitted));
        }
        let seen = events::render(read.conn(), &rows, audiences).await?;
        connection.advance(end, seen.len() as u64);
        Ok(Bite::Events(seen))
    }
}
