//! The log as one user may read it: what long-poll serves.

use super::Context;
use crate::auth::caller::Caller;
use crate::error::{Code, Error, Result};
use crate::event::Envelope;
use crate::event::audience::Viewer;
use crate::id::{MessageId, Seq};
use crate::store::{events, members};
use std::sync::Arc;

/// How many rows are looked at before an answer is given, even if nothing was for the caller.
const LOOK_AT_MOST: i64 = 20_000;
/// How many are read at a time.
const BITE: i64 = 1_000;

/// A piece of the log.
#[derive(Debug)]
pub struct Piece {
    /// The events that the caller may see.
    pub items: Vec<Arc<Envelope>>,
    /// The last number looked at.
    pub cursor: Seq,
}

/// The last number of the log.
pub async fn head(ctx: &Context) -> Result<Seq> {
    let mut read = ctx.store.read().await?;
    Ok(events::head(read.conn()).await?.seq)
}

/// The events after `cursor` that the caller may see, at most `limit`. Membership is as of now. A cursor that is older than
/// the log or beyond its head is `cursor_expired`.
pub async fn read_after(
    ctx: &Context, caller: &Caller, cursor: Seq, limit: usize, threads: &[MessageId],
) -> Result<Piece> {
    let mut read = ctx.store.snapshot().await?;
    let threads = super::threads::find_openable(&mut read, caller.user_id, threads).await?;
    let head = events::head(read.conn()).await?;
    if cursor < head.pruned_seq || cursor > head.seq {
        let detail =
            "The log does not reach to this cursor: load GET /v1/channels and go on from its `state_seq`.";
        return Err(Error::new(Code::CursorExpired, detail));
    }
    let joined = members::list_joined(read.conn(), caller.user_id).await?;
    let viewer = Viewer { user_id: caller.user_id, channels: joined.into_iter().collect(), threads };
    let (mut at, mut seen, mut audiences) = (cursor, Vec::new(), Vec::new());
    'log: while at < head.seq && at - cursor < LOOK_AT_MOST {
        let rows = events::list(read.conn(), at, BITE).await?;
        let row_audiences = events::audiences(read.conn(), &rows).await?;
        if rows.is_empty() {
            break;
        }
        for (row, audience) in rows.into_iter().zip(row_audiences) {
            if seen.len() == limit {
                break 'log;
            }
            at = row.seq;
            if audience.admits(row.seq, &viewer) {
                seen.push(row);
                audiences.push(audience);
            }
        }
    }
    let items = events::render(read.conn(), &seen, audiences).await?;
    Ok(Piece { items, cursor: at })
}
