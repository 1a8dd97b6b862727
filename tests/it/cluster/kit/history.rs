//! What clients did and saw, line by line: what the checker is given, and what is left of a run that failed.
//!
//! ```text
//! 12 invoke writer3-7 general 0      writer 3 tries to send its seventh message to a channel, at instance 0
//! 15 ok writer3-7 0 42 0193…         it is acknowledged, with its number and id
//! 15 unknown writer3-7 0             no acknowledgement came: it may be stored or not
//! 15 failed writer3-7 0 403          it was refused for good
//! 20 opened ws-1 0 41 true           a reader begins after 41, and was resumed there
//! 21 seen ws-1 42 message.created 0193… writer3-7
//! 90 logged 42 message.created 0193…
//! 91 listed 0 general 42 0193… writer3-7
//! 92 counted ws-1 general 5 5        shown as unread there, and counted again
//! ```
//!
//! The first word is the time in milliseconds; a message without a nonce has `-`.

use std::fmt::{self, Display};
use std::str::FromStr;
use std::sync::Mutex;

use tokio::time::Instant;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub at_ms: u64,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Invoke { nonce: String, channel: String, instance: usize },
    Ok { nonce: String, instance: usize, seq: u64, id: String },
    Unknown { nonce: String, instance: usize },
    Failed { nonce: String, instance: usize, status: u16 },
    Opened { reader: String, instance: usize, cursor: u64, is_resumed: bool },
    Seen { reader: String, seq: u64, kind: String, id: String, nonce: String },
    Logged { seq: u64, kind: String, id: String },
    Listed { instance: usize, channel: String, seq: u64, id: String, nonce: String },
    Counted { by: String, channel: String, shown: u64, recount: u64 },
}

/// A history that many write to.
pub struct History {
    began_at: Instant,
    lines: Mutex<Vec<Line>>,
}

impl History {
    pub fn new() -> History {
        History { began_at: Instant::now(), lines: Mutex::default() }
    }

    pub fn note(&self, what: What) {
        let at_ms = self.began_at.elapsed().as_millis().try_into().unwrap();
        self.lines.lock().unwrap().push(Line { at_ms, what });
    }

    pub fn lines(&self) -> Vec<Line> {
        self.lines.lock().unwrap().clone()
    }

    /// How many lines are of a kind.
    pub fn count(&self, is_of_kind: impl Fn(&What) -> bool) -> usize {
        self.lines.lock().unwrap().iter().filter(|line| is_of_kind(&line.what)).count()
    }
}

impl Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.at_ms)?;
        match &self.what {
            What::Invoke { nonce, channel, instance } => write!(f, "invoke {nonce} {channel} {instance}"),
            What::Ok { nonce, instance, seq, id } => write!(f, "ok {nonce} {instance} {seq} {id}"),
            What::Unknown { nonce, instance } => write!(f, "unknown {nonce} {instance}"),
            What::Failed { nonce, instance, status } => write!(f, "failed {nonce} {instance} {status}"),
            What::Opened { reader, instance, cursor, is_resumed } => {
                write!(f, "opened {reader} {instance} {cursor} {is_resumed}")
            }
            What::Seen { reader, seq, kind, id, nonce } => {
                write!(f, "seen {reader} {seq} {kind} {id} {nonce}")
            }
            What::Logged { seq, kind, id } => write!(f, "logged {seq} {kind} {id}"),
            What::Listed { instance, channel, seq, id, nonce } => {
                write!(f, "listed {instance} {channel} {seq} {id} {nonce}")
            }
            What::Counted { by, channel, shown, recount } => {
                write!(f, "counted {by} {channel} {shown} {recount}")
            }
        }
    }
}

impl FromStr for Line {
    type Err = String;

    fn from_str(text: &str) -> Result<Line, String> {
        let mut words = Words { text, words: text.split_whitespace() };
        let (at_ms, kind) = (words.next()?, words.next::<String>()?);
        let what = match kind.as_str() {
            "invoke" => {
                What::Invoke { nonce: words.next()?, channel: words.next()?, instance: words.next()? }
            }
            "ok" => What::Ok {
                nonce: words.next()?,
                instance: words.next()?,
                seq: words.next()?,
                id: words.next()?,
            },
            "unknown" => What::Unknown { nonce: words.next()?, instance: words.next()? },
            "failed" => What::Failed { nonce: words.next()?, instance: words.next()?, status: words.next()? },
            "opened" => What::Opened {
                reader: words.next()?,
                instance: words.next()?,
                cursor: words.next()?,
                is_resumed: words.next()?,
            },
            "seen" => What::Seen {
                reader: words.next()?,
                seq: words.next()?,
                kind: words.next()?,
                id: words.next()?,
                nonce: words.next()?,
            },
            "logged" => What::Logged { seq: words.next()?, kind: words.next()?, id: words.next()? },
            "listed" => What::Listed {
                instance: words.next()?,
                channel: words.next()?,
                seq: words.next()?,
                id: words.next()?,
                nonce: words.next()?,
            },
            "counted" => What::Counted {
                by: words.next()?,
                channel: words.next()?,
                shown: words.next()?,
                recount: words.next()?,
            },
            _ => return Err(format!("no such line: {text}")),
        };
        Ok(Line { at_ms, what })
    }
}

struct Words<'t> {
    text: &'t str,
    words: std::str::SplitWhitespace<'t>,
}

impl Words<'_> {
    fn next<T: FromStr>(&mut self) -> Result<T, String> {
        let word = self.words.next().ok_or_else(|| format!("a word is missing in: {}", self.text))?;
        word.parse().map_err(|_| format!("{word} does not belong in: {}", self.text))
    }
}
