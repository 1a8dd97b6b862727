//! Passwords: argon2id with OWASP's parameters (19 MiB, 2 passes), on threads of their own, as many at once as there are
//! cores.

use crate::error::{Code, Error, Result};
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error as HashError, PasswordHasher, PasswordVerifier};
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Semaphore;

/// How many may wait for a core; one waits at most a few seconds.
const MAX_WAITING: usize = 200;

/// What a stranger's password is checked against, so that time does not tell whether the name exists: a hash with the
/// same parameters as every other. That nothing matches it is not relied on.
const STRANGER: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$aHViYnViLXN0cmFuZ2Vy$0ICbHKGMVtbCJJxLcJGwBp27wV+9D6yzMrxXj4Oc2Fk";

/// Hashes and checks passwords away from the async threads.
#[derive(Debug)]
pub struct Passwords {
    cores: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// One in the queue; leaves it also when the request is given up.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Passwords {
    /// As many at once as there are cores.
    #[expect(clippy::new_without_default, reason = "it asks the machine")]
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self { cores: Arc::new(Semaphore::new(cores)), waiting: AtomicUsize::new(0) }
    }

    /// The password's hash with a salt of its own, as a PHC string. `too_many_requests` when too many wait.
    pub async fn hash(&self, password: String) -> Result<String> {
        self.run(move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string()))
            .await?
            .map_err(Error::internal)
    }

    /// Whether the password is the hash's. Without a hash (nobody has the name) it takes as long, and the answer is no.
    /// `too_many_requests` when too many wait.
    pub async fn verify(&self, hash: Option<String>, password: String) -> Result<bool> {
        let is_known = hash.is_some();
        let checked = self
            .run(move || {
                let hash = PasswordHash::new(hash.as_deref().unwrap_or(STRANGER))?;
                Argon2::default().verify_password(password.as_bytes(), &hash)
            })
            .await?;
        match checked {
            Ok(()) => Ok(is_known),
            Err(HashError::PasswordInvalid) => Ok(false),
            Err(error) => Err(Error::internal(error)),
        }
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let place = Place(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= MAX_WAITING {
            let detail = "Too many people are signing in at this moment.";
            return Err(Error { retry_after_s: Some(2), ..Error::new(Code::TooManyRequests, detail) });
        }
        let core = Arc::clone(&self.cores).acquire_owned().await.map_err(Error::internal)?;
        drop(place);
        // The core is given back by the thread: a request that is given up does not let others overtake its work.
        let done = tokio::task::spawn_blocking(move || {
            let _core = core;
            work()
        });
        done.await.map_err(Error::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        assert!(passwords.verify(Some(hash.clone()), "correct horse".into()).await.unwrap());
        assert!(!passwords.verify(Some(hash), "correct horsf".into()).await.unwrap());
        assert!(!passwords.verify(None, "correct horse".into()).await.unwrap());
    }

    #[tokio::test]
    async fn a_stranger_costs_as_much_as_a_user() {
        let hash = Passwords::new().hash("correct horse".into()).await.unwrap();
        let parameters = |hash: &str| hash.split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(parameters(&hash), "$argon2id$v=19$m=19456,t=2,p=1");
        assert_eq!(parameters(STRANGER), parameters(&hash));
        let lengths = |hash: &str| PasswordHash::new(hash).unwrap().hash.unwrap().len();
        assert_eq!(lengths(STRANGER), lengths(&hash));
    }

    #[tokio::test]
    async fn nobody_waits_in_an_endless_queue() {
        let passwords = Passwords::new();
        passwords.waiting.store(MAX_WAITING, Ordering::Relaxed);
        let error = passwords.hash("correct horse".into()).await.unwrap_err();
        assert_eq!((error.code, error.retry_after_s), (Code::TooManyRequests, Some(2)));
        assert_eq!(passwords.waiting.load(Ordering::Relaxed), MAX_WAITING);
    }
}
