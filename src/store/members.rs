//! SQL about who belongs to a channel.

use super::{Conn, on};
use crate::clock::Time;
use crate::error::Result;
use crate::id::{ChannelId, Seq, UserId};
use crate::model::member::{Membership, Role};

/// One user's row in a channel.
pub async fn find(conn: Conn<'_>, channel_id: ChannelId, user_id: UserId) -> Result<Option<Membership>> {
    const SQL: &str = "select * from members where channel_id = $1 and user_id = $2";
    Ok(on!(conn => sqlx::query_as(SQL).bind(channel_id).bind(user_id).fetch_optional(conn).await?))
}

/// Makes a user a member from `seq` on, with everything read so far, and counts them.
pub async fn insert(
    mut conn: Conn<'_>, channel_id: ChannelId, user_id: UserId, role: Role, seq: Seq, at: Time,
) -> Result<()> {
    const INSERT: &str = "insert into members (channel_id, user_id, role, joined_at, joined_seq, last_read_seq, read_ordinal) \
        select $1, $2, $3, $4, $5, $5, last_ordinal from channels where id = $1";
    const COUNT: &str = "update channels set member_count = member_count + 1 where id = $1";
    let c = conn.again();
    on!(c => sqlx::query(INSERT).bind(channel_id).bind(user_id).bind(role).bind(at).bind(seq).execute(c).await?.rows_affected());
    on!(conn => sqlx::query(COUNT).bind(channel_id).execute(conn).await?.rows_affected());
    Ok(())
}

/// The channels that a user is in, with the `seq` of the join.
pub async fn list_joined(conn: Conn<'_>, user_id: UserId) -> Result<Vec<(ChannelId, Seq)>> {
    const SQL: &str = "select channel_id, joined_seq from members where user_id = $1";
    Ok(on!(conn => sqlx::query_as(SQL).bind(user_id).fetch_all(conn).await?))
}
