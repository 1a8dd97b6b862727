//! Long-poll: the log itself, for clients that can neither hold a socket nor a stream.

use super::Streams;
use crate::auth::caller::Caller;
use crate::error::{Code, Error, Result};
use crate::id::{LogId, MessageId, Seq};
use crate::service::{log, sessions};
use std::time::Duration;
use tokio::time::Instant;

/// What a client asks of the log.
#[derive(Debug, Clone)]
pub struct Query {
    /// Events after it; `None` asks for the head.
    pub cursor: Option<Seq>,
    /// How many events at most.
    pub limit: usize,
    /// How long to wait for the first.
    pub wait: Duration,
    /// Threads whose replies to show.
    pub threads: Vec<MessageId>,
    /// The log that the cursor belongs to, if the client says.
    pub log_id: Option<LogId>,
}

/// The answer, as bytes: events are the same bytes as on a stream.
pub async fn poll(streams: &Streams, caller: &Caller, query: &Query) -> Result<Vec<u8>> {
    let log_id = streams.ctx.store.log_id();
    let Some(cursor) = query.cursor else {
        return Ok(write(&[], log::head(&streams.ctx).await?, log_id));
    };
    if query.log_id.is_some_and(|asked| asked != log_id) {
        return Err(Error::new(
            Code::CursorExpired,
            "The cursor belongs to another log: load GET /v1/channels again.",
        ));
    }
    let deadline = Instant::now() + query.wait;
    let mut at = cursor;
    loop {
        let piece = log::read_after(&streams.ctx, caller, at, query.limit, &query.threads).await?;
        at = piece.cursor;
        if !piece.items.is_empty() || Instant::now() >= deadline {
            let items: Vec<_> = piece.items.iter().map(|envelope| envelope.encoded.json()).collect();
            return Ok(write(&items, at, log_id));
        }
        let moved = streams.hub.wait_for_head_beyond(at);
        tokio::select! {
            () = moved => {}
            () = tokio::time::sleep_until(deadline) => {}
            () = streams.hub.is_draining() => return Ok(write(&[], at, log_id)),
        }
        sessions::check(&streams.ctx, caller).await?;
    }
}

fn write(items: &[bytes::Bytes], cursor: Seq, log_id: LogId) -> Vec<u8> {
    let mut body = b"{\"items\":[".to_vec();
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            body.push(b',');
        }
        body.extend_from_slice(item);
    }
    body.extend_from_slice(format!("],\"cursor\":{cursor},\"log_id\":\"{log_id}\"}}").as_bytes());
    body
}
