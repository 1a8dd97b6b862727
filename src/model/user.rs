//! People.

use crate::id::{Seq, UserId};
use crate::model::presence::Presence;
use poem_openapi::Object;
use serde::Serialize;
use sqlx::FromRow;

/// A person with an account, as everyone sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Object, FromRow)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// The name to sign in with: 3 to 32 of `a-z 0-9 _ . -`.
    pub username: String,
    /// The name to show.
    pub display_name: String,
    /// `#rrggbb`.
    pub avatar_color: String,
    /// The `seq` of the last `user.*` event of this user, 0 if none: keep the object with the higher one.
    pub version: Seq,
}

/// A user in a REST answer: with presence, which events do not carry.
#[derive(Debug, Clone, Serialize, Object)]
pub struct UserWithPresence {
    /// The user.
    #[serde(flatten)]
    #[oai(flatten)]
    pub user: User,
    /// Whether they are online.
    pub presence: Presence,
}
