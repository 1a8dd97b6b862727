//! Following the log: events are applied strictly by `seq`. What comes early waits; a hole is filled from the database; and
//! while somebody listens, the head is compared with the database now and then, so that nothing the bus lost stays lost.
//! With nobody listening there is nothing to do, and the instance and the database can sleep.

use super::Hub;
use super::pace::Pace;
use crate::bus::Notice;
use crate::error::{Error, Result};
use crate::event::Envelope;
use crate::id::{Seq, SessionId};
use crate::store::{events, sessions};
use futures_util::future::{BoxFuture, OptionFuture};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Instant;

/// How long a hole may be one of mere disorder.
const HOLE_PATIENCE: Duration = Duration::from_millis(20);
/// How long to wait after the database did not answer.
const RETRY: Duration = Duration::from_millis(250);
/// How long a look into the database may take.
const READ_TIMEOUT: Duration = Duration::from_secs(5);
/// How many events are read at a time to fill a hole.
const BITE: i64 = 512;
/// How many notices are taken at a time.
const NOTICES: usize = 256;

/// Events that have come before those that precede them.
type Early = BTreeMap<Seq, Arc<Envelope>>;

/// What a look into the database found.
struct Missed {
    /// The log's head. Where nobody waits for events, long polls wait for it alone.
    head: Option<Seq>,
    /// What follows; there is more if not `is_whole`.
    events: Vec<Arc<Envelope>>,
    is_whole: bool,
    /// Sessions that have ended, and the number of the last.
    ended: Option<(Seq, Vec<SessionId>)>,
}

/// Follows until the bus is gone. The database is read beside the bus, so that a slow one holds up neither signals nor pings.
pub async fn run(hub: Arc<Hub>, mut notices: UnboundedReceiver<Notice>) {
    let mut early = Early::new();
    let mut batch = Vec::with_capacity(NOTICES);
    let mut pace = Pace::Alone;
    let mut check_at = Instant::now() + pace.after_look(false);
    let mut hole_since: Option<Instant> = None;
    let mut reading: Option<BoxFuture<'static, Result<Missed>>> = None;
    loop {
        let woken = hub.woken.notified();
        let is_watched = hub.lock().is_watched();
        let deadline = hole_since.map_or(check_at, |since| (since + HOLE_PATIENCE).min(check_at));
        tokio::select! {
            count = notices.recv_many(&mut batch, NOTICES) => {
                if count == 0 {
                    return;
                }
                for notice in batch.drain(..) {
                    if let Some(changed) = hub.take_in(notice, &mut early) {
                        // What was lost until now shows in the database.
                        (pace, check_at) = (changed, Instant::now());
                    }
                }
            }
            missed = OptionFuture::from(reading.as_mut()), if reading.is_some() => {
                reading = None;
                hole_since = None;
                let wait = match missed {
                    Some(Err(error)) => {
                        tracing::warn!(%error, "the log could not be read; events come late until it can");
                        hole_since = Some(Instant::now() + RETRY);
                        RETRY
                    }
                    Some(Ok(Missed { is_whole: false, events, .. })) => {
                        hub.take_events(events, &mut early);
                        Duration::ZERO
                    }
                    Some(Ok(missed)) => pace.after_look(hub.take_missed(missed, &mut early)),
                    None => pace.after_look(false),
                };
                check_at = Instant::now() + wait;
            }
            () = tokio::time::sleep_until(deadline), if is_watched && reading.is_none() => {
                let is_hole = hole_since.is_some_and(|since| since.elapsed() >= HOLE_PATIENCE);
                reading = Some(Box::pin(read_in_time(hub.clone(), is_hole)));
            }
            () = woken, if !is_watched => check_at = Instant::now() + pace.after_look(true),
        }
        hole_since = if early.is_empty() { None } else { hole_since.or_else(|| Some(Instant::now())) };
    }
}

/// Gives a database that hangs up, so that another connection can be tried.
async fn read_in_time(hub: Arc<Hub>, is_hole: bool) -> Result<Missed> {
    let away = |_| Error::unavailable("The database does not answer.", 1);
    tokio::time::timeout(READ_TIMEOUT, read_missed(hub, is_hole)).await.map_err(away)?
}

/// Reads what is missing from the database: what follows a hole, or up to the head.
async fn read_missed(hub: Arc<Hub>, is_hole: bool) -> Result<Missed> {
    let (applied, is_empty) = {
        let map = hub.lock();
        (map.applied(), map.is_empty())
    };
    let mut missed = Missed { head: None, events: Vec::new(), is_whole: true, ended: None };
    if is_empty || !is_hole {
        let mut read = hub.store.read().await?;
        let head = events::head(read.conn()).await?;
        missed.head = Some(head.seq);
        if let Some(known) = hub.has_more_ended(head.revoked_seq) {
            let ended = sessions::list_ended_after(read.conn(), known).await?;
            missed.ended = Some((head.revoked_seq, ended));
        }
        if is_empty || head.seq <= applied {
            return Ok(missed);
        }
    }
    missed.events = events::list_rendered(&hub.store, applied, BITE).await?;
    missed.is_whole = (missed.events.len() as i64) < BITE;
    Ok(missed)
}

impl Hub {
    /// Acts on a notice; returns how the bus is from now on, if that has changed.
    fn take_in(&self, notice: Notice, early: &mut Early) -> Option<Pace> {
        match notice {
            Notice::Events(envelopes) => {
                early.extend(envelopes.into_iter().map(|envelope| (envelope.seq, envelope)));
                self.apply_ready(early);
            }
            Notice::Signal(signal) => self.hear(signal),
            Notice::Control(request, answer) => {
                let _ = answer.send(self.control(request));
            }
            Notice::Up => {
                self.losses_end();
                self.presence.resync();
                return Some(Pace::Linked);
            }
            Notice::Down => {
                self.losses_begin();
                return Some(Pace::apart());
            }
            Notice::Lost(since) => self.loss_noticed(since),
        }
        None
    }

    /// Applies what follows without a hole, and drops what was applied before.
    fn apply_ready(&self, early: &mut Early) {
        let mut map = self.lock();
        if map.is_empty() {
            // Nobody would see it; the next stream begins at the database's head, and a long poll reads the log itself.
            if let Some((seq, _)) =
                early.last_key_value().filter(|(seq, _)| **seq > map.applied() + early.len() as Seq)
            {
                map.skip_to(*seq);
                early.clear();
            }
        }
        while let Some(entry) = early.first_entry() {
            if *entry.key() > map.applied() + 1 {
                break;
            }
            map.apply(entry.remove());
        }
        let applied = map.applied();
        drop(map);
        self.moved_head(applied);
    }

    /// Applies what was missed; whether there was anything.
    fn take_missed(&self, missed: Missed, early: &mut Early) -> bool {
        if let Some((number, ended)) = missed.ended {
            self.end_sessions(&ended);
            self.note_ended(number);
        }
        if let Some(head) = missed.head {
            let mut map = self.lock();
            if map.is_empty() {
                map.skip_to(head);
            }
            drop(map);
            self.moved_head(head);
        }
        let has_found = !missed.events.is_empty();
        self.take_events(missed.events, early);
        has_found
    }

    fn take_events(&self, events: Vec<Arc<Envelope>>, early: &mut Early) {
        if let Some(first) = events.first() {
            // A hole where the log begins: what lay there has been pruned, and nobody can have it any more.
            self.lock().skip_to(first.seq - 1);
        }
        for envelope in events {
            early.entry(envelope.seq).or_insert(envelope);
        }
        self.apply_ready(early);
    }
}
