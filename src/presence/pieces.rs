//! The pieces of another instance's whole, until all are there.

use super::own::PIECE_ENTRIES;
use crate::event::presence::{Piece, Whole};
use std::collections::BTreeMap;

/// A whole of more pieces than this is none.
const MAX_PIECES: usize = 250;

/// The pieces of the newest whole that were heard so far.
#[derive(Default)]
pub(super) struct Pieces {
    /// Wholes with lower numbers are past.
    number: u64,
    heard: BTreeMap<usize, Whole>,
}

impl Pieces {
    /// Takes in a piece; the whole, if it was the last that was missing.
    pub fn complete(&mut self, piece: Piece) -> Option<Whole> {
        let Piece { number, index, count, part } = piece;
        if count > MAX_PIECES || index >= count || part.entry_count() > PIECE_ENTRIES {
            tracing::warn!("an instance tells of more people than one can have, and is not believed");
            return None;
        }
        if number < self.number {
            return None;
        }
        if number > self.number {
            self.heard.clear();
            self.number = number;
        }
        self.heard.insert(index, part);
        if self.heard.len() < count {
            return None;
        }
        self.number = number.saturating_add(1);
        let mut whole = Whole::default();
        std::mem::take(&mut self.heard).into_values().for_each(|part| whole.add(part));
        Some(whole)
    }
}
