//! The one who asks.

use crate::clock::Time;
use crate::id::{SessionId, UserId};

/// Somebody signed in, as one request or one stream knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub user_id: UserId,
    /// By which login.
    pub session_id: SessionId,
    /// Until when the credential is good.
    pub expires_at: Time,
    /// What they showed.
    pub credential: Credential,
}

/// What kind of credential was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// An access token in `Authorization`.
    Bearer,
    /// A stream ticket in the query.
    Ticket,
    /// The access token in a cookie.
    Cookie,
}
