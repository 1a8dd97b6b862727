//! Logins.

use crate::clock::Time;
use crate::id::SessionId;
use poem_openapi::Object;
use serde::Serialize;

/// One login of the caller: a family of refresh tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Object)]
pub struct Session {
    /// The id.
    pub id: SessionId,
    /// When it began.
    pub created_at: Time,
    /// When it was last refreshed.
    pub last_used_at: Time,
    /// When it ends if it is not refreshed.
    pub expires_at: Time,
    /// What the browser or program called itself at the login; may be empty.
    pub user_agent: String,
    /// Whether this request belongs to it.
    pub is_current: bool,
}
