//! A session is a family of refresh tokens: each successor is an HMAC of the one before, so that a lost answer can be
//! given again although only hashes are stored (RFC 9700, section 4.14; contract, section 3).

use crate::error::{Error, Result};
use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The old token is answered this long after it was exchanged: a lost answer, a second tab.
pub const REPLAY_GRACE_MS: i64 = 10_000;

/// How many characters a refresh token has: 32 bytes in base64url.
const TOKEN_LEN: usize = 43;

/// How far a chain is followed; so many exchanges do not fit into the grace.
const MAX_STEPS: usize = 10_000;

/// What a client gets when a session begins or goes on. Not printable: it is made of secrets.
pub struct Grant {
    /// The access token.
    pub access_token: String,
    /// How many seconds it is good.
    pub access_expires_in_s: i64,
    /// The refresh token.
    pub refresh_token: String,
    /// How many seconds it is good.
    pub refresh_expires_in_s: i64,
}

/// Makes refresh tokens.
pub struct RefreshTokens(hmac::Key);

impl RefreshTokens {
    /// With a key of its own, derived from the installation's secret.
    pub fn new(secret: &[u8]) -> Self {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let derived = hmac::sign(&secret, b"hubbub refresh tokens");
        Self(hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()))
    }

    /// The first token of a session: 256 random bits.
    pub fn first(&self) -> Result<String> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(Error::internal)?;
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The token after this one.
    pub fn successor(&self, token: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, token.as_bytes()))
    }

    /// The descendant of this token that has this hash.
    pub fn descendant(&self, token: &str, newest: &[u8]) -> Option<String> {
        let chain = std::iter::successors(Some(self.successor(token)), |token| Some(self.successor(token)));
        chain.take(MAX_STEPS).find(|token| hash(token) == newest)
    }
}

/// What is stored of a token: its SHA-256.
pub fn hash(token: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, token.as_bytes()).as_ref().to_vec()
}

/// Whether it looks like a refresh token at all; what does not is not looked up.
pub fn is_well_formed(token: &str) -> bool {
    token.len() == TOKEN_LEN && token.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_a_chain_is_found_from_any_older_one() {
        let tokens = RefreshTokens::new(&[7; 32]);
        let first = tokens.first().unwrap();
        let second = tokens.successor(&first);
        let third = tokens.successor(&second);
        assert!([&first, &second, &third].into_iter().all(|token| is_well_formed(token)));
        assert_eq!(tokens.descendant(&first, &hash(&third)), Some(third.clone()));
        assert_eq!(tokens.descendant(&second, &hash(&third)), Some(third.clone()));
        assert_eq!(tokens.descendant(&third, &hash(&first)), None);
    }

    #[test]
    fn a_chain_cannot_be_continued_without_the_secret() {
        let (ours, theirs) = (RefreshTokens::new(&[7; 32]), RefreshTokens::new(&[8; 32]));
        let first = ours.first().unwrap();
        assert_ne!(first, ours.first().unwrap());
        assert_ne!(ours.successor(&first), theirs.successor(&first));
    }
}
