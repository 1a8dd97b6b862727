//! People, as others find them.

use super::Context;
use crate::model::presence::{Presence, Status};
use crate::model::user::UserWithPresence;
use crate::store::users::SeenUser;

/// Adds whether they are online.
pub fn with_presence(ctx: &Context, seen: SeenUser) -> UserWithPresence {
    let status = if ctx.presence.is_online(seen.user.id) { Status::Online } else { Status::Offline };
    UserWithPresence { presence: Presence { status, last_seen_at: seen.last_seen_at }, user: seen.user }
}
