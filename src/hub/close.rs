//! Why and how the server ends a stream.

use crate::event::ephemeral::Reconnect;

/// Why and how the server ends a stream (contract, section 4, "Close codes").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    /// The number in `closing` and in the close frame.
    pub code: u16,
    /// Why, in words.
    pub reason: String,
    /// What the client does next.
    pub reconnect: Reconnect,
    /// How long it waits first.
    pub reconnect_after_ms: u64,
}

impl Close {
    /// Draining, or grown too old.
    pub const GOING_AWAY: u16 = 1001;
    /// A frame that is none.
    pub const BAD_FRAME: u16 = 4400;
    /// The credential is good no more.
    pub const UNAUTHENTICATED: u16 = 4401;
    /// Silent, or taking nothing.
    pub const SILENT: u16 = 4408;

    fn new(code: u16, reason: impl Into<String>, reconnect: Reconnect) -> Self {
        Self { code, reason: reason.into(), reconnect, reconnect_after_ms: 0 }
    }

    /// Sign in again.
    pub fn reauth(reason: impl Into<String>) -> Self {
        Self::new(Self::UNAUTHENTICATED, reason, Reconnect::Reauth)
    }

    /// A frame that is none.
    pub fn bad_frame(reason: impl Into<String>) -> Self {
        Self::new(Self::BAD_FRAME, reason, Reconnect::Never)
    }

    /// Nothing was heard, or nothing was taken, for too long.
    pub fn silent(reason: impl Into<String>) -> Self {
        Self::new(Self::SILENT, reason, Reconnect::Now)
    }

    /// The stream has reached its greatest age.
    pub fn too_old() -> Self {
        Self::new(Self::GOING_AWAY, "The stream has reached its greatest age.", Reconnect::Now)
    }
}
