//! Following the log: events are applied strictly by `seq`. What comes early waits; a hole is filled from the database; and
//! while somebody listens, the head is compared with the database now and then, so that nothing the bus lost stays lost.
//! With nobody listening there is nothing to do, and the instance and the database can sleep.

use super::Hub;
use crate::bus::Notice;
use crate::error::Result;
use crate::event::Envelope;
use crate::id::Seq;
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

/// Follows until the bus is gone.
pub async fn run(hub: Arc<Hub>, mut notices: UnboundedReceiver<Notice>) {
    let mut early: BTreeMap<Seq, Arc<Envelope>> = BTreeMap::new();
    let mut batch = Vec::with_capacity(NOTICES);
    let mut check_at = Instant::now() + HEAD_CHECK;
    let mut hole_since: Option<Instant> = None;
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
            () = tokio::time::sleep_until(deadline), if is_watched => {
                let is_hole = hole_since.is_some_and(|since| since.elapsed() >= HOLE_PATIENCE);
                let filled = hub.fill(is_hole, &mut early).await;
                let wait = match filled {
                    Ok(()) => HEAD_CHECK,
                    Err(error) => {
                        tracing::warn!(%error, "the log could not be read; events come late until it can");
                        RETRY
                    }
                };
                check_at = Instant::now() + wait;
                hole_since = None;
            }
            () = woken, if !is_watched => check_at = Instant::now() + HEAD_CHECK,
        }
        hole_since = if early.is_empty() { None } else { hole_since.or_else(|| Some(Instant::now())) };
    }
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
        if !map.is_watched() {
            // Nobody would see it; the next listener begins at the database's head.
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

    /// Reads what is missing from the database: up to the first early event, or up to the head.
    async fn fill(&self, is_hole: bool, early: &mut BTreeMap<Seq, Arc<Envelope>>) -> Result<()> {
        loop {
            let applied = self.lock().applied();
            if !is_hole {
                let mut read = self.store.read().await?;
                if crate::store::events::head(read.conn()).await?.seq <= applied {
                    return Ok(());
                }
            }
            let missed = crate::store::events::list_rendered(&self.store, applied, BITE).await?;
            if missed.is_empty() {
                return Ok(());
            }
            let is_last = (missed.len() as i64) < BITE;
            for envelope in missed {
                early.entry(envelope.seq).or_insert(envelope);
            }
            self.apply_ready(early);
            if is_last {
                return Ok(());
            }
        }
    }
}
