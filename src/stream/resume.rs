//! How a stream begins, fresh or where another broke off: the contract's section 4, "Resume".
//!
//! The order makes the seam tight. First a place in the hub is taken, so that from then on no change of membership is
//! missed; then the snapshot is read; then the hub is told what the stream may see as of that snapshot. From its cursor on
//! the stream reads by itself until it stands where the hub stands, and goes live there, under the hub's lock.

use super::Streams;
use super::line::Line;
use super::ws::Ear;
use crate::auth::caller::Caller;
use crate::error::Result;
use crate::event::encoded::{Encoded, Form};
use crate::event::ephemeral::{Heartbeat, ReadyData, ResetData};
use crate::hub::NewConnection;
use crate::id::{LogId, MessageId, Seq};
use crate::service;
use crate::service::connections::{self, Snapshot};
use tokio::time::Instant;

/// What a client asks for when it opens a stream.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Who.
    pub caller: Caller,
    /// Where to go on, if anywhere.
    pub cursor: Option<Seq>,
    /// The log that the cursor belongs to, if the client says.
    pub log_id: Option<LogId>,
    /// Threads to show from the start.
    pub threads: Vec<MessageId>,
    /// How it will be framed.
    pub form: Form,
}

impl Wish {
    /// Where the stream begins, and whether that is where it was asked to.
    fn begin(&self, snapshot: &Snapshot, log_id: LogId) -> (Seq, bool) {
        match self.cursor {
            Some(cursor) => {
                let is_served = (snapshot.pruned_seq..=snapshot.state_seq).contains(&cursor)
                    && self.log_id.is_none_or(|asked| asked == log_id);
                if is_served { (cursor, true) } else { (snapshot.state_seq, false) }
            }
            None => (snapshot.state_seq, false),
        }
    }
}

/// Opens a stream, which begins with `ready`; whoever cannot be served in time is told to come again.
pub async fn open(streams: &Streams, wish: Wish) -> Result<Box<Line>> {
    let opened = async {
        let _turn = streams.turns.take().await?;
        // Boxed, so that whoever waits does not carry the room that beginning needs.
        Box::pin(begin(streams, wish)).await
    };
    service::answer_by(Instant::now() + service::ANSWER_TIMEOUT, opened).await?
}

async fn begin(streams: &Streams, wish: Wish) -> Result<Box<Line>> {
    let Streams { ctx, hub, .. } = streams;
    let caller = wish.caller;
    let seat = hub
        .register(NewConnection {
            user_id: caller.user_id,
            session_id: caller.session_id,
            expires_at: caller.expires_at,
            form: wish.form,
        })
        .await?;
    let snapshot = connections::snapshot(ctx, caller.user_id, &wish.threads).await?;
    let log_id = ctx.store.log_id();
    let (cursor, resumed) = wish.begin(&snapshot, log_id);
    let connection = seat.connection();
    let limits = hub.limits();
    let mut first = vec![Encoded::at_cursor(
        "ready",
        cursor,
        None,
        ReadyData {
            connection_id: connection.id,
            user: snapshot.user,
            log_id,
            resumed,
            cursor,
            state_seq: snapshot.state_seq,
            channels: snapshot.channels,
            presence: snapshot.presence,
            typing: snapshot.typing,
            heartbeat: Heartbeat {
                interval_ms: limits.heartbeat_interval.as_millis() as u64,
                timeout_ms: limits.heartbeat_timeout.as_millis() as u64,
            },
        },
    )];
    if wish.cursor.is_some() && !resumed {
        first.push(Encoded::ephemeral("reset", ResetData {}));
    }
    hub.activate(connection, snapshot.viewer, snapshot.state_seq, cursor);
    let ear = (wish.form == Form::WebSocket).then(|| Ear::new(caller));
    Ok(Line::new(streams.clone(), seat, &first, ear))
}
