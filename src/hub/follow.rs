//! Following the log: events are applied strictly by `seq`. What comes early waits; a hole is filled from the database; and
//! while somebody listens, the head is compared with the database now and then, so that nothing the bus lost stays lost.
//! With nobody listening there is nothing to do, and the instance and the database can sleep.

use super::Hub;
use crate::bus::Notice;
use crate::error::Result;
use crate::event::Envelope;
use crate::id::Seq;
use crate::store::events;
use futures_util::future::{BoxFuture, OptionFuture};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Instant;

/// How long a hole may be one of mere disorder.
const HOLE_PATIENCE: Duration = Duration::from_millis(20);
/// How often the head is compared with the database while somebody listens.
const HEAD_CHECK: Duration = Duration::from_secs(2);
/// How long to wait after the database did not answer.
const RETRY: Duration = Duration::from_millis(250);
/// How many events are read at a time to fill a hole.
const BITE: i64 = 512;
/// How many notices are taken at a time.
const NOTICES: usize = 256;

/// What a look into the database found.
enum Missed {
    /// Nobody waits for events; long polls wait for the head alone.
    Head(Seq),
    /// These follow; there are more if not `is_whole`.
    Events { events: Vec<Arc<Envelope>>, is_whole: bool },
}

/// Follows until the bus is gone. The database is read beside the bus, so that a slow one holds up neither signals nor pings.
pub async fn run(hub: Arc<Hub>, mut notices: UnboundedReceiver<Notice>) {
    let mut early: BTreeMap<Seq, Arc<Envelope>> = BTreeMap::new();
    let mut batch = Vec::with_capacity(NOTICES);
    let mut check_at = Instant::now() + HEAD_CHECK;
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
                hub.take_in(batch.drain(..), &mut early);
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
                    Some(Ok(missed)) => if hub.take_missed(missed, &mut early) { HEAD_CHECK } else { Duration::ZERO },
                    None => HEAD_CHECK,
                };
                check_at = Instant::now() + wait;
            }
            () = tokio::time::sleep_until(deadline), if is_watched && reading.is_none() => {
                let is_hole = hole_since.is_some_and(|since| since.elapsed() >= HOLE_PATIENCE);
                reading = Some(Box::pin(read_missed(hub.clone(), is_hole)));
            }
            () = woken, if !is_watched => check_at = Instant::now() + HEAD_CHECK,
        }
        hole_since = if early.is_empty() { None } else { hole_since.or_else(|| Some(Instant::now())) };
    }
}

/// Reads what is missing from the database: what follows a hole, or up to the head.
async fn read_missed(hub: Arc<Hub>, is_hole: bool) -> Result<Missed> {
    let (applied, is_empty) = {
        let map = hub.lock();
        (map.applied(), map.is_empty())
    };
    if is_empty || !is_hole {
        let mut read = hub.store.read().await?;
        let head = events::head(read.conn()).await?.seq;
        if is_empty || head <= applied {
            return Ok(Missed::Head(head));
        }
    }
    let events = events::list_rendered(&hub.store, applied, BITE).await?;
    let is_whole = (events.len() as i64) < BITE;
    Ok(Missed::Events { events, is_whole })
}

impl Hub {
    fn take_in(&self, notices: impl Iterator<Item = Notice>, early: &mut BTreeMap<Seq, Arc<Envelope>>) {
        for notice in notices {
            match notice {
                Notice::Events(envelopes) => {
                    early.extend(envelopes.into_iter().map(|envelope| (envelope.seq, envelope)));
                    self.apply_ready(early);
                }
                Notice::Signal(signal) => self.hear(signal),
                Notice::Control(request, answer) => {
                    let _ = answer.send(self.control(request));
                }
            }
        }
    }

    /// Applies what follows without a hole, and drops what was applied before.
    fn apply_ready(&self, early: &mut BTreeMap<Seq, Arc<Envelope>>) {
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

    /// Applies what was missed; false if there is more to read.
    fn take_missed(&self, missed: Missed, early: &mut BTreeMap<Seq, Arc<Envelope>>) -> bool {
        match missed {
            Missed::Head(head) => {
                let mut map = self.lock();
                if map.is_empty() {
                    map.skip_to(head);
                }
                drop(map);
                self.moved_head(head);
                self.apply_ready(early);
                true
            }
            Missed::Events { events, is_whole } => {
                if let Some(first) = events.first() {
                    // A hole where the log begins: what lay there has been pruned, and nobody can have it any more.
                    self.lock().skip_to(first.seq - 1);
                }
                for envelope in events {
                    early.entry(envelope.seq).or_insert(envelope);
                }
                self.apply_ready(early);
                is_whole
            }
        }
    }
}
