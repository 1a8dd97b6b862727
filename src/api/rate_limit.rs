//! The one place where a request meets a limit. No operation has one yet: what comes here is let through.

use crate::auth::caller::Caller;
use crate::document::Operation;
use crate::error::Result;
use poem::web::RemoteAddr;

/// How often one may ask.
pub struct RateLimits {
    is_on: bool,
}

impl RateLimits {
    /// Limits that are enforced, or not.
    pub fn new(is_on: bool) -> Self {
        Self { is_on }
    }

    /// Whether this request may pass; `too_many_requests` if not.
    pub fn check(&self, operation: &Operation, caller: Option<&Caller>, peer: &RemoteAddr) -> Result<()> {
        if self.is_on {
            tracing::trace!(operation = operation.id, is_signed_in = caller.is_some(), ?peer, "no limit is set");
        }
        Ok(())
    }
}
