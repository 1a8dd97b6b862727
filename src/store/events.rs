//! The log: rows of references, their numbers, and how they become events again.

use super::{Conn, Store, id_list, messages, on, on_dialect, on_ids, row_list, users};
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::event::audience::Audience;
use crate::event::row::{EventKind, EventRow};
use crate::event::{
    ChannelCreatedData, ChannelData, Envelope, Event, MemberData, MemberUpdatedData, MessageData, ThreadData,
    UserData,
};
use crate::id::{ChannelId, MessageId, Seq, UserId};
use crate::model::channel::Channel;
use crate::model::message::Message;
use crate::model::user::User;
use sqlx::FromRow;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

/// Where the log ends, and where it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct Head {
    /// The last number.
    pub seq: Seq,
    /// Events up to this number are gone.
    pub pruned_seq: Seq,
    /// The number of the session that ended last.
    pub revoked_seq: Seq,
}

/// The log's head.
pub async fn head(conn: Conn<'_>) -> Result<Head> {
    const SQL: &str = "select seq, pruned_seq, revoked_seq from log_head where id = 1";
    Ok(on!(conn => sqlx::query_as(SQL).fetch_one(conn).await?))
}

/// Locks the head until the end of the transaction and returns the last number.
pub(super) async fn lock_head(conn: Conn<'_>) -> Result<Seq> {
    // SQLite's `begin immediate` is the lock already, and its dialect has no `for update`.
    Ok(match conn {
        Conn::Sqlite(c) => sqlx::query_scalar("select seq from log_head where id = 1").fetch_one(c).await?,
        Conn::Postgres(c) => {
            sqlx::query_scalar("select seq from log_head where id = 1 for update").fetch_one(c).await?
        }
    })
}

/// Writes rows, and moves the head to the number of the last.
pub(super) async fn insert(conn: Conn<'_>, rows: &[EventRow], head: Seq, at: Time) -> Result<()> {
    const SQLITE: &str = "insert into events (seq, kind, channel_id, message_id, parent_id, user_id, role, user_ids, at) \
        select value->>0, value->>1, unhex(value->>2), unhex(value->>3), unhex(value->>4), unhex(value->>5), value->>6, value->>7, $2 \
        from jsonb_each($1); update log_head set seq = $3 where id = 1";
    const POSTGRES: &str = "with moved as (update log_head set seq = $3 where id = 1) insert into events (seq, kind, channel_id, message_id, parent_id, user_id, role, user_ids, at) \
        select (value->>0)::bigint, value->>1, (value->>2)::uuid, (value->>3)::uuid, (value->>4)::uuid, (value->>5)::uuid, value->>6, \
        nullif(value->7, 'null'::jsonb), $2 from jsonb_array_elements($1::jsonb)";
    let batch: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row.seq,
                row.kind.as_str(),
                row.channel_id.map(|id| id.hex()),
                row.message_id.map(|id| id.hex()),
                row.parent_id.map(|id| id.hex()),
                row.user_id.map(|id| id.hex()),
                row.role,
                &row.user_ids,
            )
        })
        .collect();
    let batch = row_list(&batch)?;
    on_dialect!(conn, SQLITE, POSTGRES => |sql| sqlx::query(sql).bind(batch).bind(at).bind(head).execute(conn).await?.rows_affected());
    Ok(())
}

/// Rows after a number, in order, at most `limit`: the one way in which the log is read, and counted.
pub async fn list(conn: Conn<'_>, after: Seq, limit: i64) -> Result<Vec<EventRow>> {
    const SQL: &str = "select seq, kind, channel_id, message_id, parent_id, user_id, role, user_ids from events \
        where seq > $1 order by seq limit $2";
    // So that it shows whether streams are served from memory.
    metrics::counter!("hubbub_log_reads_total").increment(1);
    Ok(on!(conn => sqlx::query_as(SQL).bind(after).bind(limit).fetch_all(conn).await?))
}

/// The audience of each row. For `user.updated` it is looked up who shares a channel with the user now.
pub async fn audiences(conn: Conn<'_>, rows: &[EventRow]) -> Result<Vec<Audience>> {
    let changed = rows.iter().filter(|row| row.kind == EventKind::UserUpdated).filter_map(|row| row.user_id);
    let sharing = channels_of(conn, changed.collect()).await?;
    rows.iter().map(|row| audience(row, &sharing)).collect()
}

fn audience(row: &EventRow, sharing: &HashMap<UserId, Vec<ChannelId>>) -> Result<Audience> {
    let channel = || row.channel_id.ok_or_else(|| broken(row));
    let user = || row.user_id.ok_or_else(|| broken(row));
    Ok(match row.kind {
        EventKind::MessageCreated | EventKind::MessageUpdated | EventKind::MessageDeleted => {
            match row.parent_id {
                Some(root_id) => Audience::Thread { channel_id: channel()?, root_id, author_id: user()? },
                None => Audience::Channel(channel()?),
            }
        }
        EventKind::MemberJoined | EventKind::MemberLeft => Audience::ChannelAnd(channel()?, user()?),
        EventKind::UserUpdated => Audience::Sharing {
            user_id: user()?,
            channel_ids: sharing.get(&user()?).cloned().unwrap_or_default(),
        },
        _ => Audience::Channel(channel()?),
    })
}

async fn channels_of(conn: Conn<'_>, users: HashSet<UserId>) -> Result<HashMap<UserId, Vec<ChannelId>>> {
    let mut channels: HashMap<UserId, Vec<ChannelId>> = HashMap::new();
    if users.is_empty() {
        return Ok(channels);
    }
    let ids = id_list(users.iter().map(|id| id.0));
    let rows: Vec<(UserId, ChannelId)> = on_ids!(conn, "select user_id, channel_id from members where user_id in ", "" =>
        |sql| sqlx::query_as(sql).bind(ids).fetch_all(conn).await?);
    for (user_id, channel_id) in rows {
        channels.entry(user_id).or_default().push(channel_id);
    }
    Ok(channels)
}

/// Renders rows with their objects as they are now. `audiences` are the rows' own, in the same order.
pub async fn render(
    mut conn: Conn<'_>, rows: &[EventRow], audiences: Vec<Audience>,
) -> Result<Vec<Arc<Envelope>>> {
    let objects = Objects::load(conn.again(), rows).await?;
    let render = |(row, audience): (&EventRow, Audience)| {
        let event = objects.event(row).ok_or_else(|| broken(row))?;
        Ok(Arc::new(Envelope::new(row.seq, &event, audience)))
    };
    rows.iter().zip(audiences).map(render).collect()
}

/// Every event after a number, rendered, at most `limit`: what an instance has missed.
pub async fn list_rendered(store: &Store, after: Seq, limit: i64) -> Result<Vec<Arc<Envelope>>> {
    let mut read = store.snapshot().await?;
    let rows = list(read.conn(), after, limit).await?;
    let audiences = audiences(read.conn(), &rows).await?;
    render(read.conn(), &rows, audiences).await
}

fn broken(row: &EventRow) -> Error {
    Error::internal(format!("event {} ({}) refers to nothing", row.seq, row.kind.as_str()))
}

/// The objects that a bite of the log refers to.
struct Objects {
    messages: HashMap<MessageId, Message>,
    channels: HashMap<ChannelId, Channel>,
    users: HashMap<UserId, User>,
}

impl Objects {
    async fn load(mut conn: Conn<'_>, rows: &[EventRow]) -> Result<Self> {
        let (mut message_ids, mut channel_ids, mut user_ids) =
            (HashSet::new(), HashSet::new(), HashSet::new());
        for row in rows {
            match row.kind {
                EventKind::ChannelCreated | EventKind::ChannelUpdated | EventKind::ChannelArchived => {
                    channel_ids.extend(row.channel_id)
                }
                EventKind::MemberJoined | EventKind::MemberLeft | EventKind::UserUpdated => {
                    user_ids.extend(row.user_id)
                }
                EventKind::MemberUpdated => {}
                _ => message_ids.extend(row.message_id),
            }
        }
        let messages = messages::list_by_ids(conn.again(), message_ids).await?;
        let users = users::list_by_ids(conn.again(), user_ids).await?;
        let channels = super::channels::list_by_ids(conn.again(), channel_ids).await?;
        Ok(Self {
            messages: by_id(messages, |m| m.id),
            channels: by_id(channels, |c| c.id),
            users: by_id(users, |u| u.id),
        })
    }

    fn event(&self, row: &EventRow) -> Option<Event> {
        let message = || Some(MessageData { message: self.messages.get(&row.message_id?)?.clone() });
        let channel = || Some(self.channels.get(&row.channel_id?)?.clone());
        let member =
            || Some(MemberData { channel_id: row.channel_id?, user: self.users.get(&row.user_id?)?.clone() });
        Some(match row.kind {
            EventKind::MessageCreated => Event::MessageCreated(message()?),
            EventKind::MessageUpdated => Event::MessageUpdated(message()?),
            EventKind::MessageDeleted => Event::MessageDeleted(message()?),
            EventKind::ThreadUpdated => Event::ThreadUpdated(ThreadData::from(&message()?.message)),
            EventKind::ChannelCreated => Event::ChannelCreated(ChannelCreatedData {
                channel: channel()?,
                user_ids: row.user_ids.clone()?,
            }),
            EventKind::ChannelUpdated => Event::ChannelUpdated(ChannelData { channel: channel()? }),
            EventKind::ChannelArchived => Event::ChannelArchived(ChannelData { channel: channel()? }),
            EventKind::MemberJoined => Event::MemberJoined(member()?),
            EventKind::MemberLeft => Event::MemberLeft(member()?),
            EventKind::MemberUpdated => Event::MemberUpdated(MemberUpdatedData {
                channel_id: row.channel_id?,
                user_id: row.user_id?,
                role: row.role?,
            }),
            EventKind::UserUpdated => {
                Event::UserUpdated(UserData { user: self.users.get(&row.user_id?)?.clone() })
            }
        })
    }
}

fn by_id<K: Eq + Hash, V>(items: Vec<V>, id: impl Fn(&V) -> K) -> HashMap<K, V> {
    items.into_iter().map(|item| (id(&item), item)).collect()
}

/// Forgets the oldest events, at most `limit`, that were appended before `before`. Returns how many.
pub async fn prune(store: &Store, before: Time, limit: i64) -> Result<u64> {
    const OLD: &str =
        "select max(seq) from (select seq, at from events order by seq limit $2) as oldest where at < $1";
    const DELETE: &str = "delete from events where seq <= $1";
    const MARK: &str = "update log_head set pruned_seq = $1 where id = 1 and pruned_seq < $1";
    let mut read = store.read().await?;
    let conn = read.conn();
    let last: Option<Seq> =
        on!(conn => sqlx::query_scalar(OLD).bind(before).bind(limit).fetch_one(conn).await?);
    drop(read);
    let Some(last) = last else { return Ok(0) };
    let mut tx = store.begin().await?;
    let conn = tx.conn();
    on!(conn => sqlx::query(MARK).bind(last).execute(conn).await?.rows_affected());
    let conn = tx.conn();
    let count = on!(conn => sqlx::query(DELETE).bind(last).execute(conn).await?.rows_affected());
    tx.commit().await?;
    Ok(count)
}
