//! Telling authors that they were read: moved marks are gathered per channel and told at most once a second. An idle
//! server sleeps: a channel has a task only while there is something to tell.

use crate::bus::Bus;
use crate::error::Result;
use crate::event::ephemeral::{MovedMark, ReadData, Signal};
use crate::id::{ChannelId, UserId};
use crate::store::group::MovedRange;
use crate::store::{Store, read_marks};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a channel's authors are left alone after they were told.
const PAUSE: Duration = Duration::from_secs(1);
/// Up to this many messages are looked at one by one; of a longer stretch it is asked for each member whether any is theirs.
const SHORT: i64 = 1_000;

/// What was read since a channel's authors were last told, by reader.
type Moved = HashMap<UserId, MovedRange>;

/// Gathers moved marks for the authors of what was read. Cloning shares it.
#[derive(Clone)]
pub struct Reads(Arc<Shared>);

struct Shared {
    store: Store,
    bus: Arc<dyn Bus>,
    /// The channels that have a task, and what waits for its next turn.
    waiting: Mutex<HashMap<ChannelId, Moved>>,
}

impl Reads {
    /// Nothing gathered yet.
    pub fn new(store: Store, bus: Arc<dyn Bus>) -> Self {
        Self(Arc::new(Shared { store, bus, waiting: Mutex::default() }))
    }

    /// Adds a moved mark. The first in a while is told at once, those that follow within a second together.
    pub fn add(&self, channel_id: ChannelId, range: MovedRange) {
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(moved) = waiting.get_mut(&channel_id) {
            merge(moved, range);
            return;
        }
        waiting.insert(channel_id, Moved::from([(range.mark.user_id, range)]));
        let shared = self.0.clone();
        tokio::spawn(async move {
            while let Some(moved) = shared.take(channel_id) {
                if let Err(error) = shared.tell(channel_id, moved).await {
                    tracing::warn!(%error, "authors could not be told that they were read");
                }
                tokio::time::sleep(PAUSE).await;
            }
        });
    }
}

impl Shared {
    /// What waits in a channel; when that is nothing, the channel's task is to end.
    fn take(&self, channel_id: ChannelId) -> Option<Moved> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match waiting.get_mut(&channel_id).map(std::mem::take) {
            Some(moved) if !moved.is_empty() => Some(moved),
            _ => {
                waiting.remove(&channel_id);
                None
            }
        }
    }

    async fn tell(&self, channel_id: ChannelId, moved: Moved) -> Result<()> {
        let mut marks_of: HashMap<UserId, Vec<MovedMark>> = HashMap::new();
        for (authors, range) in self.find_authors(channel_id, moved).await? {
            for author in authors {
                if author != range.mark.user_id {
                    marks_of.entry(author).or_default().push(range.mark);
                }
            }
        }
        for (author, items) in marks_of {
            let data = ReadData { channel_id, items, unread_count: None, state_seq: None };
            self.bus.signal(Signal::AuthorRead(author, data));
        }
        Ok(())
    }

    /// Whose messages were read, reader by reader. Readers of about the same stretch share one look at it.
    async fn find_authors(
        &self, channel_id: ChannelId, moved: Moved,
    ) -> Result<Vec<(HashSet<UserId>, MovedRange)>> {
        let mut read = self.store.read().await?;
        let mut found = Vec::with_capacity(moved.len());
        for Stretch { from, to, ranges } in stretches(moved.into_values().collect()) {
            if to - from > SHORT {
                let authors = read_marks::list_authors(read.conn(), channel_id, from, to).await?;
                found.extend(ranges.into_iter().map(|range| (authors.iter().copied().collect(), range)));
                continue;
            }
            let senders = read_marks::list_senders(read.conn(), channel_id, from, to).await?;
            for range in ranges {
                let was_read = |place: i64| place > range.from_ordinal && place <= range.to_ordinal;
                let authors = senders.iter().filter(|(place, _)| was_read(*place)).map(|(_, sender)| *sender);
                found.push((authors.collect(), range));
            }
        }
        Ok(found)
    }
}

/// A part of the timeline that some have read.
struct Stretch {
    from: i64,
    to: i64,
    ranges: Vec<MovedRange>,
}

/// The same reader again: what was read is read from the first place to the last.
fn merge(moved: &mut Moved, range: MovedRange) {
    let merged = moved.entry(range.mark.user_id).or_insert(range);
    merged.from_ordinal = merged.from_ordinal.min(range.from_ordinal);
    if range.to_ordinal >= merged.to_ordinal {
        merged.to_ordinal = range.to_ordinal;
        merged.mark = range.mark;
    }
}

/// Puts together what lies within one short stretch; a long range stands alone.
fn stretches(mut ranges: Vec<MovedRange>) -> Vec<Stretch> {
    ranges.sort_by_key(|range| range.from_ordinal);
    let mut stretches: Vec<Stretch> = Vec::new();
    for range in ranges {
        match stretches.last_mut() {
            Some(last) if range.to_ordinal.max(last.to) - last.from <= SHORT => {
                last.to = last.to.max(range.to_ordinal);
                last.ranges.push(range);
            }
            _ => stretches.push(Stretch {
                from: range.from_ordinal,
                to: range.to_ordinal,
                ranges: vec![range],
            }),
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(user_id: UserId, from_ordinal: i64, to_ordinal: i64) -> MovedRange {
        let mark = MovedMark { user_id, message_id: None, last_read_seq: to_ordinal, joined_seq: 0 };
        MovedRange { mark, from_ordinal, to_ordinal }
    }

    #[test]
    fn a_reader_who_reads_on_is_told_once() {
        let reader = UserId::new();
        let mut moved = Moved::new();
        for (from, to) in [(3, 5), (5, 9)] {
            merge(&mut moved, range(reader, from, to));
        }
        let merged = moved[&reader];
        assert_eq!((merged.from_ordinal, merged.to_ordinal, merged.mark.last_read_seq), (3, 9, 9));
    }

    #[test]
    fn readers_of_one_stretch_share_a_look_and_a_long_one_stands_alone() {
        let ranges =
            [(0, 10), (5, 12), (6, 90_000), (80_000, 80_001)].map(|(a, b)| range(UserId::new(), a, b));
        let sizes: Vec<usize> = stretches(ranges.to_vec()).iter().map(|s| s.ranges.len()).collect();
        assert_eq!(sizes, [2, 1, 1]);
    }
}
