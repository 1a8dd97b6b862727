//! SQL about lists of channels, as one person stands to each: role, marks, what is unread.

use super::read_marks::unread_count;
use super::users::SeenUser;
use super::{Conn, on};
use crate::clock::Time;
use crate::error::Result;
use crate::id::{ChannelId, MessageId, Seq, UserId};
use crate::model::channel::Channel;
use crate::model::member::Role;
use sqlx::FromRow;

/// A channel as one person sees it. What is a member's alone is null for others.
#[derive(Debug, Clone, FromRow)]
pub struct Listed {
    /// The channel.
    #[sqlx(flatten)]
    pub channel: Channel,
    /// How many members it has.
    pub member_count: i64,
    /// When the last message of the timeline was sent.
    pub last_message_at: Option<Time>,
    /// Their role, if they are a member.
    pub role: Option<Role>,
    /// The message they have read up to.
    pub last_read_message_id: Option<MessageId>,
    /// The same as a `seq`.
    pub last_read_seq: Option<Seq>,
    /// What they have not read.
    pub unread_count: Option<i64>,
}

/// A public channel, and whether one person is in it.
#[derive(Debug, Clone, FromRow)]
pub struct Browsed {
    /// The channel.
    #[sqlx(flatten)]
    pub channel: Channel,
    /// How many members it has.
    pub member_count: i64,
    /// When the last message of the timeline was sent.
    pub last_message_at: Option<Time>,
    /// Whether they are one of them.
    pub is_member: bool,
}

/// The other of a DM.
#[derive(Debug, Clone, FromRow)]
pub struct Peer {
    /// Which DM.
    pub channel_id: ChannelId,
    /// Who.
    #[sqlx(flatten)]
    pub seen: SeenUser,
}

/// What somebody sees of the channels they are in.
macro_rules! listed {
    ($from:literal) => {
        concat!(
            "select c.*, m.role, m.last_read_message_id, m.last_read_seq, ",
            unread_count!(),
            " as unread_count ",
            $from
        )
    };
}

/// The channels that a user is in, by name; then their DMs, the last spoken in first. A DM in which nothing was said is
/// listed only for who opened it.
pub async fn list(conn: Conn<'_>, user_id: UserId) -> Result<Vec<Listed>> {
    const SQL: &str = listed!(
        "from members m join channels c on c.id = m.channel_id \
         where m.user_id = $1 and (c.kind <> 'dm' or c.last_ordinal > 0 or c.created_by = $1) \
         order by c.kind = 'dm', c.name_folded, coalesce(c.last_message_at, c.created_at) desc, c.id"
    );
    Ok(on!(conn => sqlx::query_as(SQL).bind(user_id).fetch_all(conn).await?))
}

/// The DMs among them.
pub async fn list_dms(conn: Conn<'_>, user_id: UserId) -> Result<Vec<Listed>> {
    const SQL: &str = listed!(
        "from members m join channels c on c.id = m.channel_id \
         where m.user_id = $1 and c.kind = 'dm' and (c.last_ordinal > 0 or c.created_by = $1) \
         order by coalesce(c.last_message_at, c.created_at) desc, c.id"
    );
    Ok(on!(conn => sqlx::query_as(SQL).bind(user_id).fetch_all(conn).await?))
}

/// One channel as a user sees it, whether a member or not.
pub async fn find(conn: Conn<'_>, channel_id: ChannelId, user_id: UserId) -> Result<Option<Listed>> {
    const SQL: &str = listed!(
        "from channels c left join members m on m.channel_id = c.id and m.user_id = $2 where c.id = $1"
    );
    Ok(on!(conn => sqlx::query_as(SQL).bind(channel_id).bind(user_id).fetch_optional(conn).await?))
}

/// The other of each DM that a user is in.
pub async fn list_peers(conn: Conn<'_>, user_id: UserId) -> Result<Vec<Peer>> {
    const SQL: &str = "select p.channel_id, u.* from members m join channels c on c.id = m.channel_id and c.kind = 'dm' \
        join members p on p.channel_id = m.channel_id and p.user_id <> m.user_id join users u on u.id = p.user_id \
        where m.user_id = $1";
    Ok(on!(conn => sqlx::query_as(SQL).bind(user_id).fetch_all(conn).await?))
}

/// The other of one DM.
pub async fn find_peer(conn: Conn<'_>, channel_id: ChannelId, user_id: UserId) -> Result<Option<Peer>> {
    const SQL: &str = "select p.channel_id, u.* from members p join users u on u.id = p.user_id \
        where p.channel_id = $1 and p.user_id <> $2";
    Ok(on!(conn => sqlx::query_as(SQL).bind(channel_id).bind(user_id).fetch_optional(conn).await?))
}

/// Public channels that are not archived and whose name contains `query`, case folded; by name, which is unique among
/// them, after the folded name `after`; at most `limit`.
pub async fn browse(
    conn: Conn<'_>, user_id: UserId, query: &str, after: &str, limit: i64,
) -> Result<Vec<Browsed>> {
    // Taking `query` out of a name changes it only if it is there: a search without wildcards, the same in both dialects.
    const SQL: &str = "select c.*, exists (select 1 from members m where m.channel_id = c.id and m.user_id = $1) as is_member \
        from channels c where c.kind = 'public' and c.archived_at is null \
        and ($2 = '' or replace(c.name_folded, $2, '') <> c.name_folded) and c.name_folded > $3 \
        order by c.name_folded limit $4";
    Ok(
        on!(conn => sqlx::query_as(SQL).bind(user_id).bind(query).bind(after).bind(limit).fetch_all(conn).await?),
    )
}

/// Whether this is a message of the channel's timeline, so that a thread can hang on it.
pub async fn is_root(conn: Conn<'_>, channel_id: ChannelId, message_id: MessageId) -> Result<bool> {
    const SQL: &str =
        "select exists (select 1 from messages where id = $2 and channel_id = $1 and parent_id is null)";
    Ok(on!(conn => sqlx::query_scalar(SQL).bind(channel_id).bind(message_id).fetch_one(conn).await?))
}
