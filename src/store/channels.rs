//! SQL about channels.

use super::{Conn, id_list, on, on_ids};
use crate::error::Result;
use crate::id::{ChannelId, UserId};
use crate::model::channel::Channel;
use crate::model::text;
use sqlx::types::Json;

/// These channels, in no order; unknown ids are left out.
pub async fn list_by_ids(conn: Conn<'_>, ids: impl IntoIterator<Item = ChannelId>) -> Result<Vec<Channel>> {
    let ids = id_list(ids.into_iter().map(|id| id.0));
    if ids == "[]" {
        return Ok(Vec::new());
    }
    Ok(
        on_ids!(conn, "select * from channels where id in ", "" => |sql| sqlx::query_as(sql).bind(ids).fetch_all(conn).await?),
    )
}

/// The channels that exist from the start, by name.
pub async fn list_built_in(conn: Conn<'_>) -> Result<Vec<Channel>> {
    const SQL: &str = "select * from channels where created_by is null order by name";
    Ok(on!(conn => sqlx::query_as(SQL).fetch_all(conn).await?))
}

/// How many members a channel has.
pub async fn member_count(conn: Conn<'_>, id: ChannelId) -> Result<i64> {
    const SQL: &str = "select member_count from channels where id = $1";
    Ok(on!(conn => sqlx::query_scalar(SQL).bind(id).fetch_one(conn).await?))
}

/// The public channel that has this name now, case folded. Archived ones have given theirs up.
pub async fn find_named(conn: Conn<'_>, name: &str) -> Result<Option<Channel>> {
    const SQL: &str =
        "select * from channels where kind = 'public' and archived_at is null and name_folded = $1";
    Ok(on!(conn => sqlx::query_as(SQL).bind(text::folded(name)).fetch_optional(conn).await?))
}

/// The DM of these two, whichever comes first.
pub async fn find_dm(conn: Conn<'_>, pair: [UserId; 2]) -> Result<Option<Channel>> {
    const SQL: &str = "select * from channels where dm_key = $1";
    Ok(on!(conn => sqlx::query_as(SQL).bind(dm_key(pair)).fetch_optional(conn).await?))
}

/// A channel without members yet.
pub async fn insert(conn: Conn<'_>, channel: &Channel) -> Result<()> {
    const SQL: &str = "insert into channels (id, kind, name, name_folded, description, created_by, created_at, version, user_ids, dm_key) \
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let folded = channel.name.as_deref().map(text::folded);
    let user_ids = channel.user_ids.as_ref().map(Json);
    let key = channel.user_ids.as_deref().and_then(|ids| <[UserId; 2]>::try_from(ids).ok()).map(dm_key);
    on!(conn => sqlx::query(SQL).bind(channel.id).bind(channel.kind).bind(&channel.name).bind(folded)
        .bind(&channel.description).bind(channel.created_by).bind(channel.created_at).bind(channel.version)
        .bind(user_ids).bind(key).execute(conn).await?.rows_affected());
    Ok(())
}

/// Writes what can change of a channel: name, description, archiving and version.
pub async fn edit(conn: Conn<'_>, channel: &Channel) -> Result<()> {
    const SQL: &str = "update channels set name = $2, name_folded = $3, description = $4, archived_at = $5, version = $6 where id = $1";
    let folded = channel.name.as_deref().map(text::folded);
    on!(conn => sqlx::query(SQL).bind(channel.id).bind(&channel.name).bind(folded).bind(&channel.description)
        .bind(channel.archived_at).bind(channel.version).execute(conn).await?.rows_affected());
    Ok(())
}

/// One text for two people: what makes a DM the only one of theirs.
fn dm_key(mut pair: [UserId; 2]) -> String {
    pair.sort();
    format!("{}:{}", pair[0].hex(), pair[1].hex())
}
