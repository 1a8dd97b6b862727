//! SQL about who may know of whose presence (contract, section 4), and when people were last online.

use super::{Conn, id_list, on, on_ids};
use crate::clock::Time;
use crate::error::Result;
use crate::id::{ChannelId, UserId};

/// Whose presence a user may know, and when each was last online: their own, that of DM peers, and that of the members of
/// their channels with at most `max_members`.
pub async fn list_visible(
    conn: Conn<'_>, user_id: UserId, max_members: i64,
) -> Result<Vec<(UserId, Option<Time>)>> {
    const SQL: &str = "select id, last_seen_at from users where id in (select $1 union \
        select m.user_id from members mine join channels c on c.id = mine.channel_id join members m on m.channel_id = c.id \
        where mine.user_id = $1 and (c.kind = 'dm' or c.member_count <= $2))";
    Ok(on!(conn => sqlx::query_as(SQL).bind(user_id).bind(max_members).fetch_all(conn).await?))
}

/// The channels through which a change of these people's presence is pushed: their DMs, and their channels with at most
/// `max_members`.
pub async fn list_channels(
    conn: Conn<'_>, user_ids: impl IntoIterator<Item = UserId>, max_members: i64,
) -> Result<Vec<(UserId, ChannelId)>> {
    let ids = id_list(user_ids.into_iter().map(|id| id.0));
    Ok(on_ids!(conn, "select m.user_id, m.channel_id from members m join channels c on c.id = m.channel_id \
            where m.user_id in ", " and (c.kind = 'dm' or c.member_count <= $2)" =>
        |sql| sqlx::query_as(sql).bind(ids).bind(max_members).fetch_all(conn).await?))
}

/// Writes that these people were online at that moment.
pub async fn mark_seen(conn: Conn<'_>, user_ids: impl IntoIterator<Item = UserId>, at: Time) -> Result<()> {
    let ids = id_list(user_ids.into_iter().map(|id| id.0));
    on_ids!(conn, "update users set last_seen_at = $2 where id in ", "" =>
        |sql| sqlx::query(sql).bind(ids).bind(at).execute(conn).await?.rows_affected());
    Ok(())
}
