//! How often the head is compared with the database while somebody listens: the less there is to be heard on the bus, the
//! more often.

use std::time::Duration;

/// An instance hears all that it says itself.
const ALONE: Duration = Duration::from_secs(2);
/// A word of another may be swallowed, with nothing after it that would show the hole.
const LINKED: Duration = Duration::from_secs(1);
/// Nothing is heard of the others: soon after something has changed, and later while nothing does.
const APART: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(1));

/// How the bus is, and how soon to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// There is one instance.
    Alone,
    /// The others are heard.
    Linked,
    /// They are not; the next look is after so long.
    Apart(Duration),
}

impl Pace {
    /// How long to wait until the next look, after one that found something or did not.
    pub fn after_look(&mut self, has_found: bool) -> Duration {
        match self {
            Pace::Alone => ALONE,
            Pace::Linked => LINKED,
            Pace::Apart(wait) => {
                *wait = if has_found { APART.0 } else { (*wait * 2).min(APART.1) };
                *wait
            }
        }
    }

    /// The others are not heard any more.
    pub fn apart() -> Self {
        Pace::Apart(APART.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apart_it_looks_often_while_something_changes() {
        let mut pace = Pace::apart();
        let waits: Vec<u128> =
            [false, false, false, false, true, false].map(|found| pace.after_look(found).as_millis()).into();
        assert_eq!(waits, [400, 800, 1_000, 1_000, 200, 400]);
    }
}
