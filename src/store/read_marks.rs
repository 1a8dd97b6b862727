//! SQL about how far people have read. Counts are derived, never stored, yet cheap after a long absence: a message of the
//! timeline has an ordinal, so what is unread is a subtraction, less the few own and deleted ones past the mark.

use super::{Conn, id_list, on, on_dialect, on_ids, row_list};
use crate::clock::Time;
use crate::error::Result;
use crate::event::ephemeral::MovedMark;
use crate::id::{ChannelId, MessageId, Seq, UserId};
use crate::model::member::Membership;
use crate::model::message::Message;
use crate::model::read_mark::{ReadMark, Receipt};
use sqlx::FromRow;
use std::collections::HashSet;
use uuid::Uuid;

/// Before everybody, in the order of ids.
const NOBODY: UserId = UserId(Uuid::nil());

/// The unread count of member `m` in channel `c`, as a piece of SQL: ordinals past the mark, less own and deleted ones.
macro_rules! unread_count {
    () => {
        "(c.last_ordinal - m.read_ordinal \
          - (select count(*) from messages o where o.channel_id = c.id and o.sender_id = m.user_id and o.ordinal > m.read_ordinal) \
          - (select count(*) from messages d where d.channel_id = c.id and d.ordinal > m.read_ordinal \
             and d.deleted_at is not null and d.sender_id <> m.user_id))"
    };
}
pub(crate) use unread_count;

/// The rows of `$1` on PostgreSQL, which takes any list for 100 rows if it is not told how long it is, and then rather reads
/// all members than to look up so many.
macro_rules! counted_rows {
    () => {
        "(select value from jsonb_array_elements($1::jsonb) limit jsonb_array_length($1::jsonb))"
    };
}

/// A member's row, with whose and where.
#[derive(Debug, Clone, Copy, FromRow)]
pub(super) struct MemberRow {
    pub channel_id: ChannelId,
    pub user_id: UserId,
    #[sqlx(flatten)]
    pub membership: Membership,
}

/// A message's place in its channel's timeline.
#[derive(Debug, Clone, Copy, FromRow)]
pub(super) struct Place {
    pub id: MessageId,
    pub channel_id: ChannelId,
    pub seq: Seq,
    pub ordinal: i64,
}

/// The marks of a channel's members, by user, after one of them; `None` begins at the first.
pub async fn list(
    conn: Conn<'_>, channel_id: ChannelId, after: Option<UserId>, limit: i64,
) -> Result<Vec<ReadMark>> {
    const SQL: &str = "select user_id, last_read_message_id as message_id, last_read_seq, joined_seq, read_at \
        from members where channel_id = $1 and user_id > $2 order by user_id limit $3";
    let after = after.unwrap_or(NOBODY);
    Ok(on!(conn => sqlx::query_as(SQL).bind(channel_id).bind(after).bind(limit).fetch_all(conn).await?))
}

/// Who has read a message, by user: the members other than its sender who had joined before it and whose mark is past it.
pub async fn list_receipts(
    conn: Conn<'_>, message: &Message, after: Option<UserId>, limit: i64,
) -> Result<Vec<Receipt>> {
    const SQL: &str = "select user_id, read_at from members where channel_id = $1 and user_id > $2 \
        and user_id <> $3 and joined_seq < $4 and last_read_seq >= $4 order by user_id limit $5";
    let after = after.unwrap_or(NOBODY);
    Ok(on!(conn => sqlx::query_as(SQL).bind(message.channel_id).bind(after).bind(message.sender_id)
        .bind(message.seq).bind(limit).fetch_all(conn).await?))
}

/// Who sent which place of a timeline, from after one place up to another; only those who are still members.
pub async fn list_senders(
    conn: Conn<'_>, channel_id: ChannelId, from_ordinal: i64, to_ordinal: i64,
) -> Result<Vec<(i64, UserId)>> {
    const SQL: &str = "select o.ordinal, o.sender_id from messages o join members m \
        on m.channel_id = o.channel_id and m.user_id = o.sender_id \
        where o.channel_id = $1 and o.ordinal > $2 and o.ordinal <= $3";
    Ok(
        on!(conn => sqlx::query_as(SQL).bind(channel_id).bind(from_ordinal).bind(to_ordinal).fetch_all(conn).await?),
    )
}

/// The members who sent anything in a long stretch of a timeline: each is looked up, instead of each message.
pub async fn list_authors(
    conn: Conn<'_>, channel_id: ChannelId, from_ordinal: i64, to_ordinal: i64,
) -> Result<Vec<UserId>> {
    const SQL: &str = "select m.user_id from members m where m.channel_id = $1 and exists (select 1 from messages o \
        where o.channel_id = m.channel_id and o.sender_id = m.user_id and o.ordinal > $2 and o.ordinal <= $3)";
    Ok(
        on!(conn => sqlx::query_scalar(SQL).bind(channel_id).bind(from_ordinal).bind(to_ordinal).fetch_all(conn).await?),
    )
}

/// A member's mark that has moved, and what is unread after it.
#[derive(Debug, Clone, Copy, FromRow)]
pub struct Moved {
    /// Where.
    pub channel_id: ChannelId,
    /// The mark.
    #[sqlx(flatten)]
    pub mark: MovedMark,
    /// What is still unread.
    pub unread_count: i64,
}

/// The marks of these users that have moved since a moment.
pub async fn list_moved(conn: Conn<'_>, user_ids: &[UserId], since: Time) -> Result<Vec<Moved>> {
    let ids = id_list(user_ids.iter().map(|id| id.0));
    Ok(
        on_ids!(conn, concat!("select m.channel_id, m.user_id, m.last_read_message_id as message_id, m.last_read_seq, \
        m.joined_seq, ", unread_count!(), " as unread_count \
        from members m join channels c on c.id = m.channel_id where m.read_at >= $2 and m.user_id in "), "" =>
        |sql| sqlx::query_as(sql).bind(ids).bind(since).fetch_all(conn).await?),
    )
}

/// The rows of these members, in no order; who is none is left out.
pub(super) async fn list_members(
    conn: Conn<'_>, pairs: &HashSet<(ChannelId, UserId)>,
) -> Result<Vec<MemberRow>> {
    const SQLITE: &str = "select m.* from jsonb_each($1) b cross join members m \
        on m.channel_id = unhex(b.value->>0) and m.user_id = unhex(b.value->>1)";
    const POSTGRES: &str = concat!(
        "select m.* from ",
        counted_rows!(),
        " b join members m on m.channel_id = (b.value->>0)::uuid and m.user_id = (b.value->>1)::uuid"
    );
    if pairs.is_empty() {
        return Ok(Vec::new());
    }
    let pairs = pair_list(pairs)?;
    Ok(on_dialect!(conn, SQLITE, POSTGRES => |sql| sqlx::query_as(sql).bind(pairs).fetch_all(conn).await?))
}

/// What these members have not read.
pub(super) async fn list_unread(
    conn: Conn<'_>, pairs: &HashSet<(ChannelId, UserId)>,
) -> Result<Vec<(ChannelId, UserId, i64)>> {
    const SQLITE: &str = concat!(
        "select m.channel_id, m.user_id, ",
        unread_count!(),
        " from jsonb_each($1) b cross join members m on m.channel_id = unhex(b.value->>0) \
          and m.user_id = unhex(b.value->>1) cross join channels c on c.id = m.channel_id"
    );
    const POSTGRES: &str = concat!(
        "select m.channel_id, m.user_id, ",
        unread_count!(),
        " from ",
        counted_rows!(),
        " b join members m on m.channel_id = (b.value->>0)::uuid \
          and m.user_id = (b.value->>1)::uuid join channels c on c.id = m.channel_id"
    );
    let pairs = pair_list(pairs)?;
    Ok(on_dialect!(conn, SQLITE, POSTGRES => |sql| sqlx::query_as(sql).bind(pairs).fetch_all(conn).await?))
}

/// Where these messages stand in their timelines; replies and unknown ids are left out.
pub(super) async fn list_places(
    conn: Conn<'_>, ids: impl IntoIterator<Item = MessageId>,
) -> Result<Vec<Place>> {
    let ids = id_list(ids.into_iter().map(|id| id.0));
    Ok(
        on_ids!(conn, "select id, channel_id, seq, ordinal from messages where ordinal is not null and id in ", "" =>
        |sql| sqlx::query_as(sql).bind(ids).fetch_all(conn).await?),
    )
}

/// Stores marks that have moved, in one statement.
pub(super) async fn update(conn: Conn<'_>, moved: &[MemberRow], now: Time) -> Result<()> {
    const SQLITE: &str = "update members set last_read_seq = b.value->>2, last_read_message_id = unhex(b.value->>3), \
        read_ordinal = b.value->>4, read_at = $2 from jsonb_each($1) b \
        where members.channel_id = unhex(b.value->>0) and members.user_id = unhex(b.value->>1)";
    const POSTGRES: &str = concat!(
        "update members set last_read_seq = (b.value->>2)::bigint, last_read_message_id = (b.value->>3)::uuid, \
         read_ordinal = (b.value->>4)::bigint, read_at = $2 from ",
        counted_rows!(),
        " b where members.channel_id = (b.value->>0)::uuid and members.user_id = (b.value->>1)::uuid"
    );
    if moved.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = moved
        .iter()
        .map(|MemberRow { channel_id, user_id, membership: m }| {
            let message_id = m.last_read_message_id.map(|id| id.hex());
            (channel_id.hex(), user_id.hex(), m.last_read_seq, message_id, m.read_ordinal)
        })
        .collect();
    let rows = row_list(&rows)?;
    on_dialect!(conn, SQLITE, POSTGRES => |sql| sqlx::query(sql).bind(rows).bind(now).execute(conn).await?.rows_affected());
    Ok(())
}

fn pair_list(pairs: &HashSet<(ChannelId, UserId)>) -> Result<String> {
    let pairs: Vec<_> = pairs.iter().map(|(channel_id, user_id)| (channel_id.hex(), user_id.hex())).collect();
    row_list(&pairs)
}
