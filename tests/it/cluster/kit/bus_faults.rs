//! A bus that loses, repeats and reorders, message by message. Answers to commands are left alone.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::{Instant, sleep_until};

use super::proxy::{Watched, passes};
use super::resp;

/// How often each thing happens to a message, from 0 to 1.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rates {
    pub lost: f64,
    pub doubled: f64,
    /// Held back for a random part of [`WINDOW`], so that later ones overtake it.
    pub late: f64,
}

/// For how long a message is held back at most.
const WINDOW: Duration = Duration::from_millis(50);

/// What happens on one wire; it can be changed at any time.
pub struct BusFaults {
    rng: Mutex<StdRng>,
    rates: Mutex<Rates>,
    /// Messages with these bytes in them are swallowed.
    swallowed: Mutex<Option<Vec<u8>>>,
    message_count: AtomicU64,
    fault_count: AtomicU64,
}

impl BusFaults {
    pub fn new(seed: u64) -> BusFaults {
        BusFaults {
            rng: Mutex::new(StdRng::seed_from_u64(seed)),
            rates: Mutex::default(),
            swallowed: Mutex::default(),
            message_count: AtomicU64::new(0),
            fault_count: AtomicU64::new(0),
        }
    }

    pub fn set(&self, rates: Rates) {
        *self.rates.lock().unwrap() = rates;
    }

    /// Swallows every message in which this text stands.
    pub fn swallow(&self, text: &str) {
        *self.swallowed.lock().unwrap() = Some(text.as_bytes().to_vec());
    }

    /// How many messages came this way, and to how many something was done.
    pub fn counts(&self) -> (u64, u64) {
        (self.message_count.load(Ordering::Relaxed), self.fault_count.load(Ordering::Relaxed))
    }

    /// Carries what Redis says to its subscriber.
    pub async fn pump(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, watched: Watched) {
        let mut buffer = Vec::new();
        let mut late: BTreeMap<(Instant, u64), Vec<u8>> = BTreeMap::new();
        let mut late_count = 0;
        loop {
            let next_due = late.first_key_value().map(|((due, _), _)| *due);
            let due = async {
                match next_due {
                    Some(due) => sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            let mut now = Vec::new();
            tokio::select! {
                read = from.read_buf(&mut buffer) => {
                    if !read.is_ok_and(|count| count > 0) {
                        return;
                    }
                    while let Some(len) = resp::reply_len(&buffer) {
                        let reply: Vec<u8> = buffer.drain(..len).collect();
                        for (wait, reply) in self.judge(reply) {
                            match wait {
                                None => now.extend(reply),
                                Some(wait) => {
                                    late_count += 1;
                                    late.insert((Instant::now() + wait, late_count), reply);
                                }
                            }
                        }
                    }
                }
                () = due => now.extend(late.pop_first().map(|(_, reply)| reply).unwrap_or_default()),
            }
            if passes(&watched).await.is_none() || to.write_all(&now).await.is_err() {
                return;
            }
        }
    }

    /// What becomes of a reply: copies, each with the time for which it is held back.
    fn judge(&self, reply: Vec<u8>) -> Vec<(Option<Duration>, Vec<u8>)> {
        if !resp::is_message(&reply) {
            return vec![(None, reply)];
        }
        self.message_count.fetch_add(1, Ordering::Relaxed);
        let swallowed = self.swallowed.lock().unwrap();
        let is_swallowed = |needle: &Vec<u8>| reply.windows(needle.len()).any(|part| part == needle);
        let rates = *self.rates.lock().unwrap();
        let mut rng = self.rng.lock().unwrap();
        let copies = if swallowed.as_ref().is_some_and(is_swallowed) || rng.random_bool(rates.lost) {
            0
        } else {
            1 + usize::from(rng.random_bool(rates.doubled))
        };
        let mut judged = Vec::new();
        for _ in 0..copies {
            let wait = rng.random_bool(rates.late).then(|| WINDOW.mul_f64(rng.random()));
            judged.push((wait, reply.clone()));
        }
        let is_untouched = matches!(judged[..], [(None, _)]);
        self.fault_count.fetch_add(u64::from(!is_untouched), Ordering::Relaxed);
        judged
    }
}
