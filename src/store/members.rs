//! SQL about who belongs to a channel.

use super::users::SeenUser;
use super::{Conn, id_list, on, on_ids};
use crate::clock::Time;
use crate::error::Result;
use crate::id::{ChannelId, Seq, UserId};
use crate::model::member::{Membership, Role};
use sqlx::FromRow;

/// A member, and the name that lists are ordered by.
#[derive(Debug, Clone, FromRow)]
pub struct ListedMember {
    /// Who.
    #[sqlx(flatten)]
    pub seen: SeenUser,
    /// The name to show, case folded.
    pub display_name_folded: String,
    /// Owner or member.
    pub role: Role,
    /// Since when.
    pub joined_at: Time,
}

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

/// Ends a membership, and counts one less.
pub async fn delete(mut conn: Conn<'_>, channel_id: ChannelId, user_id: UserId) -> Result<()> {
    const DELETE: &str = "delete from members where channel_id = $1 and user_id = $2";
    const COUNT: &str = "update channels set member_count = member_count - $2 where id = $1";
    let c = conn.again();
    let gone = on!(c => sqlx::query(DELETE).bind(channel_id).bind(user_id).execute(c).await?.rows_affected());
    let gone = i64::from(gone > 0);
    on!(conn => sqlx::query(COUNT).bind(channel_id).bind(gone).execute(conn).await?.rows_affected());
    Ok(())
}

/// Gives a member another role.
pub async fn edit_role(conn: Conn<'_>, channel_id: ChannelId, user_id: UserId, role: Role) -> Result<()> {
    const SQL: &str = "update members set role = $3 where channel_id = $1 and user_id = $2";
    on!(conn => sqlx::query(SQL).bind(channel_id).bind(user_id).bind(role).execute(conn).await?.rows_affected());
    Ok(())
}

/// In how many channels a user is, besides DMs; archived ones count.
pub async fn channel_count(conn: Conn<'_>, user_id: UserId) -> Result<i64> {
    const SQL: &str = "select count(*) from members m join channels c on c.id = m.channel_id \
        where m.user_id = $1 and c.kind <> 'dm'";
    Ok(on!(conn => sqlx::query_scalar(SQL).bind(user_id).fetch_one(conn).await?))
}

/// Who becomes owner when nobody is: the longest-standing member; none while there is an owner, or nobody at all.
pub async fn find_heir(conn: Conn<'_>, channel_id: ChannelId) -> Result<Option<UserId>> {
    const SQL: &str = "select user_id from members where channel_id = $1 \
        and not exists (select 1 from members o where o.channel_id = $1 and o.role = 'owner') \
        order by joined_seq, user_id limit 1";
    Ok(on!(conn => sqlx::query_scalar(SQL).bind(channel_id).fetch_optional(conn).await?))
}

/// One member, as lists show them.
pub async fn find_listed(
    conn: Conn<'_>, channel_id: ChannelId, user_id: UserId,
) -> Result<Option<ListedMember>> {
    const SQL: &str = "select u.*, m.role, m.joined_at from members m join users u on u.id = m.user_id \
        where m.channel_id = $1 and m.user_id = $2";
    Ok(on!(conn => sqlx::query_as(SQL).bind(channel_id).bind(user_id).fetch_optional(conn).await?))
}

/// Members by display name folded, then id, after that place; at most `limit`.
pub async fn list(
    conn: Conn<'_>, channel_id: ChannelId, after: Option<(&str, UserId)>, limit: i64,
) -> Result<Vec<ListedMember>> {
    const FIRST: &str = "select u.*, m.role, m.joined_at from members m join users u on u.id = m.user_id \
        where m.channel_id = $1 order by u.display_name_folded, u.id limit $2";
    const NEXT: &str = "select u.*, m.role, m.joined_at from members m join users u on u.id = m.user_id \
        where m.channel_id = $1 and (u.display_name_folded, u.id) > ($3, $4) \
        order by u.display_name_folded, u.id limit $2";
    Ok(match after {
        None => on!(conn => sqlx::query_as(FIRST).bind(channel_id).bind(limit).fetch_all(conn).await?),
        Some((name, id)) => {
            on!(conn => sqlx::query_as(NEXT).bind(channel_id).bind(limit).bind(name).bind(id).fetch_all(conn).await?)
        }
    })
}

/// How many of these people are members.
pub async fn count_among(
    conn: Conn<'_>, channel_id: ChannelId, ids: impl IntoIterator<Item = UserId>,
) -> Result<i64> {
    let ids = id_list(ids.into_iter().map(|id| id.0));
    if ids == "[]" {
        return Ok(0);
    }
    Ok(on_ids!(conn, "select count(*) from members where user_id in ", " and channel_id = $2" =>
        |sql| sqlx::query_scalar(sql).bind(ids).bind(channel_id).fetch_one(conn).await?))
}
