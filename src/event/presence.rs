//! What instances tell each other about who is online. Words may be lost, doubled and reordered: the version shows it, and
//! whoever missed one asks for the whole.

use crate::id::{InstanceId, UserId};
use crate::model::presence::Typing;
use serde::{Deserialize, Serialize};

/// One instance tells the others about its own users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// Who says it.
    pub from: InstanceId,
    /// How many changes the sayer has told so far, this one included; 0 before the first.
    pub version: u64,
    /// What it says.
    pub said: Said,
}

/// What a word says. The first two are changes, and raise the version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// The user has an open stream on the sayer.
    Came(UserId),
    /// The user's last stream there has ended, and so will the stay, by itself.
    Leaves {
        /// Who.
        user_id: UserId,
        /// How long the stay lasts from now on.
        grace_ms: u64,
    },
    /// The sayer is alive.
    Beat,
    /// Some of those who are on the sayer.
    Piece(Piece),
    /// The sayer knows nobody, or may have missed something: let everyone say the whole.
    Hello,
    /// The sayer has missed something of this instance: let it say the whole.
    Ask(InstanceId),
}

/// The users of one instance, and who of them is typing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whole {
    /// Who has an open stream.
    pub open: Vec<UserId>,
    /// Whose last stream has ended, and how many milliseconds are left of the stay.
    pub leaving: Vec<(UserId, u64)>,
    /// Who is typing, and how many milliseconds are left of that.
    pub typing: Vec<(Typing, u64)>,
}

/// A piece of a whole. Those of one number make it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// How many wholes the sayer had told before.
    pub number: u64,
    /// Which piece it is, from 0.
    pub index: usize,
    /// Of how many.
    pub count: usize,
    /// What is in it.
    pub part: Whole,
}

impl Whole {
    /// How many entries it has.
    pub fn entry_count(&self) -> usize {
        self.open.len() + self.leaving.len() + self.typing.len()
    }

    /// Pieces of at most so many entries; one at least.
    pub fn cut(mut self, number: u64, entries: usize) -> Vec<Piece> {
        let count = self.entry_count().div_ceil(entries).max(1);
        let mut pieces = Vec::with_capacity(count);
        for index in 0..count {
            let mut room = entries;
            let part = Whole {
                open: split_off(&mut self.open, &mut room),
                leaving: split_off(&mut self.leaving, &mut room),
                typing: split_off(&mut self.typing, &mut room),
            };
            pieces.push(Piece { number, index, count, part });
        }
        pieces
    }

    /// Takes in what another piece says.
    pub fn add(&mut self, part: Whole) {
        self.open.extend(part.open);
        self.leaving.extend(part.leaving);
        self.typing.extend(part.typing);
    }
}

fn split_off<T>(from: &mut Vec<T>, room: &mut usize) -> Vec<T> {
    let taken = from.split_off(from.len().saturating_sub(*room));
    *room -= taken.len();
    taken
}
