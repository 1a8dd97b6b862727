//! SQL about threads: replies, whose places are their `seq`, and what their root says about them.

use super::messages::Sided;
use super::{Conn, id_list, on, on_dialect, on_ids, row_list};
use crate::clock::Time;
use crate::error::Result;
use crate::id::{ChannelId, MessageId, UserId};
use crate::model::message::{Message, REPLY_USERS};

/// Replies of a thread before a place, newest first.
pub async fn list_before(conn: Conn<'_>, root_id: MessageId, place: i64, limit: i64) -> Result<Vec<Message>> {
    const SQL: &str = "select * from messages where parent_id = $1 and seq < $2 order by seq desc limit $3";
    Ok(on!(conn => sqlx::query_as(SQL).bind(root_id).bind(place).bind(limit).fetch_all(conn).await?))
}

/// Replies of a thread after a place, oldest first.
pub async fn list_after(conn: Conn<'_>, root_id: MessageId, place: i64, limit: i64) -> Result<Vec<Message>> {
    const SQL: &str = "select * from messages where parent_id = $1 and seq > $2 order by seq limit $3";
    Ok(on!(conn => sqlx::query_as(SQL).bind(root_id).bind(place).bind(limit).fetch_all(conn).await?))
}

/// Replies of a thread on both sides of a place, oldest first: at most `older` before it, and at most `newer` from it on.
pub async fn list_around(
    conn: Conn<'_>, root_id: MessageId, place: i64, (older, newer): (i64, i64),
) -> Result<Vec<Sided>> {
    const SQL: &str = "select page.*, page.seq >= $2 as is_newer from ( \
        select * from (select * from messages where parent_id = $1 and seq < $2 order by seq desc limit $3) as older \
        union all \
        select * from (select * from messages where parent_id = $1 and seq >= $2 order by seq limit $4) as newer \
        ) as page order by page.seq";
    Ok(
        on!(conn => sqlx::query_as(SQL).bind(root_id).bind(place).bind(older).bind(newer).fetch_all(conn).await?),
    )
}

/// Of these messages the roots in channels that the user is a member of, with their channels.
pub async fn list_openable(
    conn: Conn<'_>, user_id: UserId, ids: &[MessageId],
) -> Result<Vec<(ChannelId, MessageId)>> {
    let ids = id_list(ids.iter().map(|id| id.0));
    Ok(
        on_ids!(conn, "select r.channel_id, r.id from messages r join members m on m.channel_id = r.channel_id \
        and m.user_id = $2 where r.parent_id is null and r.id in ", "" =>
        |sql| sqlx::query_as(sql).bind(ids).bind(user_id).fetch_all(conn).await?),
    )
}

/// When the last reply that is not deleted was sent.
pub async fn find_last_reply_at(conn: Conn<'_>, root_id: MessageId) -> Result<Option<Time>> {
    const SQL: &str = "select created_at from messages where parent_id = $1 and deleted_at is null \
        order by seq desc limit 1";
    Ok(on!(conn => sqlx::query_scalar(SQL).bind(root_id).fetch_optional(conn).await?))
}

/// The latest people among the replies that are not deleted, latest first.
pub async fn list_latest_people(conn: Conn<'_>, root_id: MessageId) -> Result<Vec<UserId>> {
    const SQL: &str = "select sender_id from messages where parent_id = $1 and deleted_at is null \
        group by sender_id order by max(seq) desc limit $2";
    let limit = REPLY_USERS as i64;
    Ok(on!(conn => sqlx::query_scalar(SQL).bind(root_id).bind(limit).fetch_all(conn).await?))
}

/// Stores what these roots say about their replies, in one statement.
pub async fn update_roots<'r>(conn: Conn<'_>, roots: impl IntoIterator<Item = &'r Message>) -> Result<()> {
    const SQLITE: &str = "update messages set reply_count = b.value->>1, last_reply_at = b.value->>2, \
        reply_user_ids = b.value->>3, replies_version = b.value->>4 from jsonb_each($1) b where messages.id = unhex(b.value->>0)";
    const POSTGRES: &str = "update messages set reply_count = (b.value->>1)::bigint, last_reply_at = (b.value->>2)::bigint, \
        reply_user_ids = b.value->3, replies_version = (b.value->>4)::bigint \
        from jsonb_array_elements($1::jsonb) b where messages.id = (b.value->>0)::uuid";
    let row = |root: &'r Message| {
        let last_reply_at = root.last_reply_at.map(|at| at.0);
        (root.id.hex(), root.reply_count, last_reply_at, &root.reply_user_ids, root.replies_version)
    };
    let rows: Vec<_> = roots.into_iter().map(row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let rows = row_list(&rows)?;
    on_dialect!(conn, SQLITE, POSTGRES => |sql| sqlx::query(sql).bind(rows).execute(conn).await?.rows_affected());
    Ok(())
}
