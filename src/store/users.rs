//! SQL about people.

use super::{Conn, id_list, on, on_ids};
use crate::clock::Time;
use crate::error::Result;
use crate::id::UserId;
use crate::model::user::User;
use sqlx::FromRow;

/// A user, and when they were last online.
#[derive(Debug, Clone, FromRow)]
pub struct SeenUser {
    /// The user.
    #[sqlx(flatten)]
    pub user: User,
    /// When they were last online, if ever.
    pub last_seen_at: Option<Time>,
}

/// These users, in no order; unknown ids are left out.
pub async fn list_by_ids(conn: Conn<'_>, ids: impl IntoIterator<Item = UserId>) -> Result<Vec<User>> {
    let ids = id_list(ids.into_iter().map(|id| id.0));
    if ids == "[]" {
        return Ok(Vec::new());
    }
    Ok(
        on_ids!(conn, "select * from users where id in ", "" => |sql| sqlx::query_as(sql).bind(ids).fetch_all(conn).await?),
    )
}

/// One user.
pub async fn find(conn: Conn<'_>, id: UserId) -> Result<Option<SeenUser>> {
    const SQL: &str = "select * from users where id = $1";
    Ok(on!(conn => sqlx::query_as(SQL).bind(id).fetch_optional(conn).await?))
}
