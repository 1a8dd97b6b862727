//! SQL about how one person stands to a channel, and about the place at which they open one of its lists: all that has to be
//! known before a page is read, in one statement.

use super::{Conn, on};
use crate::clock::Time;
use crate::error::Result;
use crate::id::{ChannelId, MessageId, Seq, UserId};
use crate::model::access::Access;
use crate::model::channel::Channel;
use crate::model::member::{Membership, Role};
use sqlx::FromRow;

/// A channel as one person stands to it, and the place that was looked for in one of its lists.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The channel, and their row in it.
    pub access: Access,
    /// The place; none if it is not in this list, or none was looked for.
    pub place: Option<i64>,
}

#[derive(Debug, FromRow)]
struct AccessRow {
    #[sqlx(flatten)]
    channel: Channel,
    #[sqlx(flatten)]
    member: MemberColumns,
}

#[derive(Debug, FromRow)]
struct OpenedRow {
    #[sqlx(flatten)]
    access: AccessRow,
    place: Option<i64>,
}

/// A row of `members`, in columns that are null for who is no member.
#[derive(Debug, FromRow)]
struct MemberColumns {
    role: Option<Role>,
    joined_at: Option<Time>,
    joined_seq: Option<Seq>,
    last_read_seq: Option<Seq>,
    last_read_message_id: Option<MessageId>,
    read_ordinal: Option<i64>,
}

impl MemberColumns {
    fn membership(self) -> Option<Membership> {
        Some(Membership {
            role: self.role?,
            joined_at: self.joined_at?,
            joined_seq: self.joined_seq?,
            last_read_seq: self.last_read_seq?,
            last_read_message_id: self.last_read_message_id,
            read_ordinal: self.read_ordinal?,
        })
    }
}

impl From<AccessRow> for Access {
    fn from(row: AccessRow) -> Self {
        Self { channel: row.channel, membership: row.member.membership() }
    }
}

impl From<OpenedRow> for Opened {
    fn from(row: OpenedRow) -> Self {
        Self { access: row.access.into(), place: row.place }
    }
}

/// The user `$2` and a channel `c`, of which they are perhaps the member `m`.
macro_rules! access {
    ($more:literal, $from:literal, $where:literal) => {
        concat!(
            "select c.*, m.role, m.joined_at, m.joined_seq, m.last_read_seq, m.last_read_message_id, m.read_ordinal",
            $more,
            " from ",
            $from,
            " left join members m on m.channel_id = c.id and m.user_id = $2 where ",
            $where
        )
    };
}

/// One channel, as this user stands to it.
pub async fn find(conn: Conn<'_>, channel_id: ChannelId, user_id: UserId) -> Result<Option<Access>> {
    const SQL: &str = access!("", "channels c", "c.id = $1");
    let row: Option<AccessRow> =
        on!(conn => sqlx::query_as(SQL).bind(channel_id).bind(user_id).fetch_optional(conn).await?);
    Ok(row.map(Access::from))
}

/// The same, and the place of a message in the channel's timeline.
pub async fn find_at(
    conn: Conn<'_>, channel_id: ChannelId, user_id: UserId, message_id: Option<MessageId>,
) -> Result<Option<Opened>> {
    const SQL: &str = access!(
        ", (select o.ordinal from messages o where o.id = $3 and o.channel_id = c.id) as place",
        "channels c",
        "c.id = $1"
    );
    let row: Option<OpenedRow> = on!(conn => sqlx::query_as(SQL).bind(channel_id).bind(user_id).bind(message_id)
        .fetch_optional(conn).await?);
    Ok(row.map(Opened::from))
}

/// The same, and the place of the first message that a member has not read: not their own, not deleted.
pub async fn find_at_first_unread(
    conn: Conn<'_>, channel_id: ChannelId, user_id: UserId,
) -> Result<Option<Opened>> {
    const SQL: &str = access!(
        ", (select o.ordinal from messages o where o.channel_id = c.id and o.ordinal > m.read_ordinal \
            and o.sender_id <> m.user_id and o.deleted_at is null order by o.ordinal limit 1) as place",
        "channels c",
        "c.id = $1"
    );
    let row: Option<OpenedRow> =
        on!(conn => sqlx::query_as(SQL).bind(channel_id).bind(user_id).fetch_optional(conn).await?);
    Ok(row.map(Opened::from))
}

/// The channel of a thread, as this user stands to it, and the place of a reply in the thread; nothing where `root_id` is
/// no root.
pub async fn find_in_thread(
    conn: Conn<'_>, root_id: MessageId, user_id: UserId, message_id: Option<MessageId>,
) -> Result<Option<Opened>> {
    const SQL: &str = access!(
        ", (select o.seq from messages o where o.id = $3 and o.parent_id = r.id) as place",
        "messages r join channels c on c.id = r.channel_id",
        "r.id = $1 and r.parent_id is null"
    );
    let row: Option<OpenedRow> = on!(conn => sqlx::query_as(SQL).bind(root_id).bind(user_id).bind(message_id)
        .fetch_optional(conn).await?);
    Ok(row.map(Opened::from))
}
