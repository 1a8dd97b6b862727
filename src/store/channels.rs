//! SQL about channels.

use super::{Conn, id_list, members, on, on_ids};
use crate::error::Result;
use crate::id::{ChannelId, UserId};
use crate::model::access::Access;
use crate::model::channel::Channel;

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

/// One channel.
pub async fn find(conn: Conn<'_>, id: ChannelId) -> Result<Option<Channel>> {
    const SQL: &str = "select * from channels where id = $1";
    Ok(on!(conn => sqlx::query_as(SQL).bind(id).fetch_optional(conn).await?))
}

/// One channel, as this user stands to it.
pub async fn find_access(mut conn: Conn<'_>, id: ChannelId, user_id: UserId) -> Result<Option<Access>> {
    let Some(channel) = find(conn.again(), id).await? else { return Ok(None) };
    let membership = members::find(conn, id, user_id).await?;
    Ok(Some(Access { channel, membership }))
}
