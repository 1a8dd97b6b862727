//! Things that end by themselves, each at its time.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use tokio::time::Instant;

/// Things with the moment at which each ends, found by either.
pub(super) struct Deadlines<K> {
    ends: HashMap<K, Instant>,
    in_order: BTreeSet<(Instant, K)>,
}

impl<K: Copy + Ord + Hash> Deadlines<K> {
    pub fn new() -> Self {
        Self { ends: HashMap::new(), in_order: BTreeSet::new() }
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn contains(&self, key: &K) -> bool {
        self.ends.contains_key(key)
    }

    /// Each with its end, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (K, Instant)> {
        self.ends.iter().map(|(key, at)| (*key, *at))
    }

    /// Sets the end of one, new or known.
    pub fn set(&mut self, key: K, at: Instant) {
        self.remove(&key);
        self.ends.insert(key, at);
        self.in_order.insert((at, key));
    }

    /// False if it was not there.
    pub fn remove(&mut self, key: &K) -> bool {
        let before = self.ends.remove(key);
        before.is_some_and(|at| self.in_order.remove(&(at, *key)))
    }

    /// Takes out one that has ended by `now`, the earliest first.
    pub fn pop_ended(&mut self, now: Instant) -> Option<K> {
        let (_, key) = *self.in_order.first().filter(|(at, _)| *at <= now)?;
        self.remove(&key);
        Some(key)
    }

    pub fn first_end(&self) -> Option<Instant> {
        self.in_order.first().map(|(at, _)| *at)
    }

    pub fn last_end(&self) -> Option<Instant> {
        self.in_order.last().map(|(at, _)| *at)
    }
}
