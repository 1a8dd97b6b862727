//! Access tokens and stream tickets: JWTs signed with HS256 (RFC 7519, RFC 8725). Each kind has an audience of its own, so
//! that one never passes as the other.

use super::session::RefreshTokens;
use crate::clock::{Clock, Time};
use crate::error::{Error, Result};
use crate::id::{SessionId, TicketId, UserId};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

/// How many seconds a ticket is good.
pub const TICKET_TTL_S: i64 = 30;

const ISSUER: &str = "hubbub";
const ACCESS: &str = "hubbub:access";
const TICKET: &str = "hubbub:ticket";
/// Longer ones are not looked at.
const MAX_TOKEN_BYTES: usize = 4096;
/// How far the clocks of two instances may be apart.
const LEEWAY_S: i64 = 5;

/// What a good access token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// Who.
    pub user_id: UserId,
    /// By which login.
    pub session_id: SessionId,
    /// Until when.
    pub expires_at: Time,
}

/// What a good ticket says. Whether it was used before, the database knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    /// Which.
    pub id: TicketId,
    /// Until when it may be used.
    pub expires_at: Time,
    /// For whom, by which login, and until when the token that asked for it is good.
    pub access: Access,
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    sid: SessionId,
    exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jti: Option<TicketId>,
    /// In a ticket: when the token that asked for it expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    access_exp: Option<i64>,
}

/// Signs and checks tokens, and makes refresh tokens. The clock that it is given judges.
pub struct Tokens {
    signs: EncodingKey,
    checks: DecodingKey,
    access_rules: Validation,
    ticket_rules: Validation,
    header: Header,
    /// The header as it stands in every token of ours.
    written_header: String,
    refresh: RefreshTokens,
    access_ttl_s: i64,
    refresh_ttl_s: i64,
    clock: Clock,
}

impl Tokens {
    /// Tokens of an installation: all its instances have the same secret, of at least 32 bytes.
    pub fn new(secret: &[u8], access_ttl_s: i64, refresh_ttl_s: i64, clock: Clock) -> Self {
        // The key's name follows from the secret and gives nothing of it away.
        let name = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), b"hubbub key id");
        let kid = URL_SAFE_NO_PAD.encode(&name.as_ref()[..6]);
        let header = Header { kid: Some(kid), ..Header::new(Algorithm::HS256) };
        Self {
            signs: EncodingKey::from_secret(secret),
            checks: DecodingKey::from_secret(secret),
            access_rules: rules(ACCESS),
            ticket_rules: rules(TICKET),
            written_header: URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header).unwrap_or_default()),
            header,
            refresh: RefreshTokens::new(secret),
            access_ttl_s,
            refresh_ttl_s,
            clock,
        }
    }

    /// How many seconds a new access token is good.
    pub fn access_ttl_s(&self) -> i64 {
        self.access_ttl_s
    }

    /// How many seconds a session lives without a refresh.
    pub fn refresh_ttl_s(&self) -> i64 {
        self.refresh_ttl_s
    }

    /// Refresh tokens.
    pub fn refresh(&self) -> &RefreshTokens {
        &self.refresh
    }

    /// An access token, good from now for [`Tokens::access_ttl_s`].
    pub fn access(&self, user_id: UserId, session_id: SessionId) -> Result<String> {
        let exp = self.clock.now().unix_s() + self.access_ttl_s;
        self.sign(&claims(ACCESS, user_id, session_id, exp))
    }

    /// A ticket, good from now for [`TICKET_TTL_S`], for the holder of an access token.
    pub fn ticket(&self, access: Access) -> Result<String> {
        let exp = self.clock.now().unix_s() + TICKET_TTL_S;
        self.sign(&Claims {
            jti: Some(TicketId::new()),
            access_exp: Some(access.expires_at.unix_s()),
            ..claims(TICKET, access.user_id, access.session_id, exp)
        })
    }

    /// What an access token says; `unauthenticated` if it is not one of ours, or no longer good.
    pub fn check_access(&self, token: &str) -> Result<Access> {
        let claims = self.check(token, &self.access_rules).ok_or_else(refused)?;
        Ok(Access { user_id: claims.sub, session_id: claims.sid, expires_at: at(claims.exp) })
    }

    /// What a ticket says; `unauthenticated` if it is not one of ours, or no longer good, or its token is not.
    pub fn check_ticket(&self, ticket: &str) -> Result<Ticket> {
        let read = |claims: Claims| {
            let expires_at = at(claims.access_exp?);
            let access = Access { user_id: claims.sub, session_id: claims.sid, expires_at };
            let is_good = expires_at > self.clock.now();
            is_good.then_some(Ticket { id: claims.jti?, expires_at: at(claims.exp), access })
        };
        self.check(ticket, &self.ticket_rules).and_then(read).ok_or_else(refused)
    }

    fn sign(&self, claims: &Claims) -> Result<String> {
        jsonwebtoken::encode(&self.header, claims, &self.signs).map_err(Error::internal)
    }

    fn check(&self, token: &str, rules: &Validation) -> Option<Claims> {
        // Our tokens all have one header. Comparing it pins the algorithm, the type and the key, and leaves no room for
        // `jku`, `jwk`, `x5u` or `crit`, before anything of the token is parsed.
        let header = token.split('.').next()?;
        if token.len() > MAX_TOKEN_BYTES || header != self.written_header {
            return None;
        }
        let claims = jsonwebtoken::decode::<Claims>(token, &self.checks, rules).ok()?.claims;
        let now = self.clock.now();
        let is_good = now < at(claims.exp) && claims.nbf.is_none_or(|nbf| nbf <= now.unix_s() + LEEWAY_S);
        is_good.then_some(claims)
    }
}

/// What a token for this audience has to say.
fn rules(audience: &str) -> Validation {
    let mut rules = Validation::new(Algorithm::HS256);
    rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    rules.set_issuer(&[ISSUER]);
    rules.set_audience(&[audience]);
    // The library would ask the machine's clock.
    rules.validate_exp = false;
    rules
}

fn claims(audience: &str, sub: UserId, sid: SessionId, exp: i64) -> Claims {
    let (iss, aud) = (ISSUER.to_owned(), audience.to_owned());
    Claims { iss, aud, sub, sid, exp, nbf: None, jti: None, access_exp: None }
}

fn at(unix_s: i64) -> Time {
    Time(unix_s.saturating_mul(1000))
}

/// One answer for every cause: which one it was helps nobody but a forger.
fn refused() -> Error {
    Error::unauthenticated("The credential is not good, or not any more.")
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
