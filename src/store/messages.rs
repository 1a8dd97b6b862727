//! SQL about messages: sends in batches, single changes, and the timeline, whose places are ordinals.

use super::{Conn, access, id_list, on, on_dialect, on_ids, row_list};
use crate::clock::Time;
use crate::error::Result;
use crate::id::{ChannelId, MessageId, UserId};
use crate::model::access::Access;
use crate::model::channel::Channel;
use crate::model::message::Message;
use sqlx::FromRow;

/// What a send said, for telling the same one again from another under its nonce.
pub type SendHash = [u8; 32];

/// A message that was sent under a nonce.
#[derive(Debug, Clone, FromRow)]
pub struct SentMessage {
    /// The message, as it is now.
    #[sqlx(flatten)]
    pub message: Message,
    /// What the send said.
    pub send_hash: Vec<u8>,
}

/// A message on one side of a place in its list.
#[derive(Debug, Clone, FromRow)]
pub struct Sided {
    /// The message.
    #[sqlx(flatten)]
    pub message: Message,
    /// Whether it stands at the place or after it.
    pub is_newer: bool,
}

/// A channel, and how long its timeline is.
#[derive(Debug, Clone, FromRow)]
pub struct Timeline {
    /// The channel.
    #[sqlx(flatten)]
    pub channel: Channel,
    /// The ordinal of the newest message; 0 if there is none.
    pub last_ordinal: i64,
}

/// A message about to be stored.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// The message.
    pub message: Message,
    /// Its running number in the timeline; none for a reply.
    pub ordinal: Option<i64>,
    /// What the send said.
    pub send_hash: SendHash,
}

/// These messages, in no order; unknown ids are left out.
pub async fn list_by_ids(conn: Conn<'_>, ids: impl IntoIterator<Item = MessageId>) -> Result<Vec<Message>> {
    let ids = id_list(ids.into_iter().map(|id| id.0));
    if ids == "[]" {
        return Ok(Vec::new());
    }
    Ok(
        on_ids!(conn, "select * from messages where id in ", "" => |sql| sqlx::query_as(sql).bind(ids).fetch_all(conn).await?),
    )
}

/// One message.
pub async fn find(conn: Conn<'_>, id: MessageId) -> Result<Option<Message>> {
    const SQL: &str = "select * from messages where id = $1";
    Ok(on!(conn => sqlx::query_as(SQL).bind(id).fetch_optional(conn).await?))
}

/// One message, and its channel as this user stands to it.
pub async fn find_access(
    mut conn: Conn<'_>, id: MessageId, user_id: UserId,
) -> Result<Option<(Message, Access)>> {
    let Some(message) = find(conn.again(), id).await? else { return Ok(None) };
    let access = access::find(conn, message.channel_id, user_id).await?;
    Ok(access.map(|access| (message, access)))
}

/// Messages of a timeline before a place, newest first.
pub async fn list_before(
    conn: Conn<'_>, channel_id: ChannelId, place: i64, limit: i64,
) -> Result<Vec<Message>> {
    const SQL: &str =
        "select * from messages where channel_id = $1 and ordinal < $2 order by ordinal desc limit $3";
    Ok(on!(conn => sqlx::query_as(SQL).bind(channel_id).bind(place).bind(limit).fetch_all(conn).await?))
}

/// Messages of a timeline after a place, oldest first.
pub async fn list_after(
    conn: Conn<'_>, channel_id: ChannelId, place: i64, limit: i64,
) -> Result<Vec<Message>> {
    const SQL: &str =
        "select * from messages where channel_id = $1 and ordinal > $2 order by ordinal limit $3";
    Ok(on!(conn => sqlx::query_as(SQL).bind(channel_id).bind(place).bind(limit).fetch_all(conn).await?))
}

/// Messages of a timeline on both sides of a place, oldest first: at most `older` before it, and at most `newer` from it on.
/// Ordinals have no gaps, so that this is one stretch of them.
pub async fn list_around(
    conn: Conn<'_>, channel_id: ChannelId, place: i64, (older, newer): (i64, i64),
) -> Result<Vec<Sided>> {
    const SQL: &str = "select *, ordinal >= $2 as is_newer from messages \
        where channel_id = $1 and ordinal >= $2 - $3 and ordinal < $2 + $4 order by ordinal";
    Ok(
        on!(conn => sqlx::query_as(SQL).bind(channel_id).bind(place).bind(older).bind(newer).fetch_all(conn).await?),
    )
}

/// Stores an edit: the text, when, and the version.
pub async fn edit(conn: Conn<'_>, message: &Message) -> Result<()> {
    const SQL: &str = "update messages set text = $2, edited_at = $3, version = $4 where id = $1";
    on!(conn => sqlx::query(SQL).bind(message.id).bind(&message.text).bind(message.edited_at)
        .bind(message.version).execute(conn).await?.rows_affected());
    Ok(())
}

/// Stores a deletion: the text is gone for good.
pub async fn delete(conn: Conn<'_>, message: &Message) -> Result<()> {
    const SQL: &str = "update messages set text = '', deleted_at = $2, version = $3 where id = $1";
    on!(conn => sqlx::query(SQL).bind(message.id).bind(message.deleted_at).bind(message.version)
        .execute(conn).await?.rows_affected());
    Ok(())
}

/// What was sent under these nonces.
pub(super) async fn list_sent<'n>(
    conn: Conn<'_>, nonces: impl IntoIterator<Item = (UserId, &'n str)>,
) -> Result<Vec<SentMessage>> {
    const SQLITE: &str = "select m.* from jsonb_each($1) b cross join messages m \
        on m.sender_id = unhex(b.value->>0) and m.nonce = b.value->>1 where m.nonce is not null";
    const POSTGRES: &str = "select m.* from jsonb_array_elements($1::jsonb) b join messages m \
        on m.sender_id = (b.value->>0)::uuid and m.nonce = b.value->>1";
    let nonces: Vec<_> = nonces.into_iter().map(|(sender_id, nonce)| (sender_id.hex(), nonce)).collect();
    if nonces.is_empty() {
        return Ok(Vec::new());
    }
    let nonces = row_list(&nonces)?;
    Ok(on_dialect!(conn, SQLITE, POSTGRES => |sql| sqlx::query_as(sql).bind(nonces).fetch_all(conn).await?))
}

/// Stores messages, and how long their timelines have become by them; the newest message of each is of now.
pub(super) async fn insert<'t>(
    conn: Conn<'_>, batch: &[NewMessage], timelines: impl IntoIterator<Item = &'t Timeline>, now: Time,
) -> Result<()> {
    const SQLITE: &str = "insert into messages (seq, id, version, channel_id, sender_id, parent_id, ordinal, text, nonce, send_hash, created_at) \
        select value->>0, unhex(value->>1), value->>0, unhex(value->>2), unhex(value->>3), unhex(value->>4), value->>5, value->>6, \
        value->>7, unhex(value->>8), value->>9 from jsonb_each($1); \
        update channels set last_ordinal = b.value->>1, last_message_at = $3 from jsonb_each($2) b \
        where channels.id = unhex(b.value->>0)";
    const POSTGRES: &str = "with longer as (update channels set last_ordinal = (b.value->>1)::bigint, last_message_at = $3 \
        from jsonb_array_elements($2::jsonb) b where channels.id = (b.value->>0)::uuid) \
        insert into messages (seq, id, version, channel_id, sender_id, parent_id, ordinal, text, nonce, send_hash, created_at) \
        select (value->>0)::bigint, (value->>1)::uuid, (value->>0)::bigint, (value->>2)::uuid, (value->>3)::uuid, (value->>4)::uuid, \
        (value->>5)::bigint, value->>6, value->>7, decode(value->>8, 'hex'), (value->>9)::bigint from jsonb_array_elements($1::jsonb)";
    if batch.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = batch
        .iter()
        .map(|NewMessage { message, ordinal, send_hash }| {
            (
                message.seq,
                message.id.hex(),
                message.channel_id.hex(),
                message.sender_id.hex(),
                message.parent_id.map(|id| id.hex()),
                ordinal,
                &message.text,
                &message.nonce,
                to_hex(send_hash),
                message.created_at.0,
            )
        })
        .collect();
    let longer: Vec<_> = timelines.into_iter().map(|t| (t.channel.id.hex(), t.last_ordinal)).collect();
    let (rows, longer) = (row_list(&rows)?, row_list(&longer)?);
    on_dialect!(conn, SQLITE, POSTGRES => |sql| sqlx::query(sql).bind(rows).bind(longer).bind(now).execute(conn).await?.rows_affected());
    Ok(())
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(digit.into(), 16).unwrap_or('0'));
        }
        text
    })
}

/// These channels with the length of their timelines, in no order.
pub(super) async fn list_timelines(
    conn: Conn<'_>, ids: impl IntoIterator<Item = ChannelId>,
) -> Result<Vec<Timeline>> {
    let ids = id_list(ids.into_iter().map(|id| id.0));
    if ids == "[]" {
        return Ok(Vec::new());
    }
    Ok(
        on_ids!(conn, "select * from channels where id in ", "" => |sql| sqlx::query_as(sql).bind(ids).fetch_all(conn).await?),
    )
}
