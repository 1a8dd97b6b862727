//! How much happens in a run: little in `make test`, the stated figures in `make soak`.

use std::time::Duration;

/// Who takes part.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub writers: usize,
    /// Readers over WebSocket, and as many over SSE.
    pub readers: usize,
    /// The users behind the readers, each with several streams.
    pub people: usize,
    pub channels: usize,
    /// How long a writer rests between two sends, on average.
    pub rest: Duration,
}

/// Whether this is the long form: `HUBBUB_SOAK=1`.
pub fn is_soak() -> bool {
    std::env::var("HUBBUB_SOAK").is_ok_and(|value| value == "1")
}

/// The first in `make test`, the second in `make soak`.
pub fn short_or_long<T>(short: T, long: T) -> T {
    if is_soak() { long } else { short }
}

impl Size {
    pub fn of_this_run() -> Size {
        let short =
            Size { writers: 10, readers: 20, people: 5, channels: 3, rest: Duration::from_millis(200) };
        let long =
            Size { writers: 50, readers: 400, people: 40, channels: 20, rest: Duration::from_millis(1_000) };
        short_or_long(short, long)
    }
}
