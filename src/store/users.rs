//! SQL about people.

use super::{Conn, id_list, on, on_ids};
use crate::clock::Time;
use crate::error::Result;
use crate::id::UserId;
use crate::model::text;
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

/// A user, and the hash of their password. Not printable.
#[derive(FromRow)]
pub struct UserWithPassword {
    /// The user.
    #[sqlx(flatten)]
    pub seen: SeenUser,
    /// The PHC string of the password.
    pub password_hash: String,
}

/// These users, in no order; unknown ids are left out.
pub async fn list_by_ids(conn: Conn<'_>, ids: impl IntoIterator<Item = UserId>) -> Result<Vec<User>> {
    let seen = list_seen_by_ids(conn, ids).await?;
    Ok(seen.into_iter().map(|seen| seen.user).collect())
}

/// These users, and when they were last online, in no order; unknown ids are left out.
pub async fn list_seen_by_ids(
    conn: Conn<'_>, ids: impl IntoIterator<Item = UserId>,
) -> Result<Vec<SeenUser>> {
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

/// One user with the password's hash, by the name to sign in with.
pub async fn find_by_username(conn: Conn<'_>, username: &str) -> Result<Option<UserWithPassword>> {
    const SQL: &str = "select * from users where username = $1";
    Ok(on!(conn => sqlx::query_as(SQL).bind(username).fetch_optional(conn).await?))
}

/// The hash of a user's password.
pub async fn find_password_hash(conn: Conn<'_>, id: UserId) -> Result<Option<String>> {
    const SQL: &str = "select password_hash from users where id = $1";
    Ok(on!(conn => sqlx::query_scalar(SQL).bind(id).fetch_optional(conn).await?))
}

/// Users whose username, display name or a later word of it begins with `prefix` (case folded), in the order of display
/// names, after a place in it, at most `limit`.
pub async fn list(conn: Conn<'_>, prefix: &str, after: (&str, UserId), limit: i64) -> Result<Vec<SeenUser>> {
    const SQL: &str = "select * from users where (display_name_folded, id) > ($2, $3) and (username like $1 escape '\\' \
        or display_name_folded like $1 escape '\\' or display_name_folded like '% ' || $1 escape '\\') \
        order by display_name_folded, id limit $4";
    let (name, id) = after;
    let pattern = format!("{}%", prefix.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
    Ok(on!(conn => sqlx::query_as(SQL).bind(pattern).bind(name).bind(id).bind(limit).fetch_all(conn).await?))
}

/// Adds a user.
pub async fn insert(conn: Conn<'_>, user: &User, password_hash: &str, at: Time) -> Result<()> {
    const SQL: &str = "insert into users (id, username, password_hash, display_name, display_name_folded, avatar_color, \
        created_at, version) values ($1, $2, $3, $4, $5, $6, $7, $8)";
    let folded = text::folded(&user.display_name);
    on!(conn => sqlx::query(SQL).bind(user.id).bind(&user.username).bind(password_hash).bind(&user.display_name).bind(folded)
        .bind(&user.avatar_color).bind(at).bind(user.version).execute(conn).await?.rows_affected());
    Ok(())
}

/// Writes a user's display name, colour and version.
pub async fn edit(conn: Conn<'_>, user: &User) -> Result<()> {
    const SQL: &str = "update users set display_name = $2, display_name_folded = $3, avatar_color = $4, version = $5 \
        where id = $1";
    let folded = text::folded(&user.display_name);
    on!(conn => sqlx::query(SQL).bind(user.id).bind(&user.display_name).bind(folded).bind(&user.avatar_color)
        .bind(user.version).execute(conn).await?.rows_affected());
    Ok(())
}

/// Exchanges a password's hash; false if it is not `old` any more. With `old` twice nothing changes, but the answer stays
/// true until the end of the transaction: who signs in holds off who changes the password, and the other way round.
pub async fn edit_password_hash(conn: Conn<'_>, id: UserId, old: &str, new: &str) -> Result<bool> {
    const SQL: &str = "update users set password_hash = $3 where id = $1 and password_hash = $2";
    let edited =
        on!(conn => sqlx::query(SQL).bind(id).bind(old).bind(new).execute(conn).await?.rows_affected());
    Ok(edited > 0)
}
