//! A server as it is after years, filled in by statements that write whole tables.

use anyhow::Result;
use hubbub::id::{ChannelId, MessageId, Seq, UserId};
use hubbub::store::{Conn, Store, events};
use uuid::Uuid;

/// How many are in each channel but the second.
const TEAM: i64 = 20;
/// Of so many messages one is deleted.
const DELETED: i64 = 1_000;
/// One of so many messages is unread: the newest.
const UNREAD: i64 = 10;
/// How many messages are filled in at once.
const BITE: i64 = 50_000;

/// How large a server is. Half of the messages are in the first channel, the rest is spread over the others; everybody is
/// in the second channel, and 20 people in each of the others. One reader is in all of them. Nobody has read
/// the last tenth of any.
#[derive(Clone, Copy)]
pub struct Size {
    pub channels: i64,
    pub people: i64,
    pub messages: i64,
}

/// Ids of one kind, by running number.
const CHANNELS: u128 = 1 << 96;
const PEOPLE: u128 = 2 << 96;
const MESSAGES: u128 = 3 << 96;

fn numbered(kind: u128, number: i64) -> Uuid {
    Uuid::from_u128(kind + u128::from(number.unsigned_abs()))
}

impl Size {
    /// The channel with half of the messages.
    pub fn history(&self) -> ChannelId {
        ChannelId(numbered(CHANNELS, 1))
    }

    /// The channel that everybody is in.
    pub fn crowd(&self) -> ChannelId {
        ChannelId(numbered(CHANNELS, 2))
    }

    /// Who is in every channel.
    pub fn reader(&self) -> UserId {
        self.person(0)
    }

    /// One of the people, by number.
    pub fn person(&self, number: i64) -> UserId {
        UserId(numbered(PEOPLE, number))
    }

    /// A message of the channel with the long history, by its place.
    pub fn message(&self, ordinal: i64) -> MessageId {
        MessageId(numbered(MESSAGES, ordinal))
    }

    /// How many messages the channel with the long history has.
    pub fn history_length(&self) -> i64 {
        self.messages / 2
    }
}

/// Writes all of it.
pub async fn fill(store: &Store, size: Size) -> Result<()> {
    let mut read = store.read().await?;
    let head: Seq = events::head(read.conn()).await?.seq;
    drop(read);
    anyhow::ensure!(head == 0, "the log is not empty");
    // On SQLite a number series is a recursion, and ids are made of hex digits; on PostgreSQL there are functions for both.
    run(store, [PEOPLE_SQLITE, PEOPLE_POSTGRES], &[size.people]).await?;
    run(store, [CHANNELS_SQLITE, CHANNELS_POSTGRES], &[size.channels, size.people, size.messages]).await?;
    run(store, [TEAMS_SQLITE, TEAMS_POSTGRES], &[size.channels, size.people]).await?;
    run(store, [CROWD_SQLITE, CROWD_POSTGRES], &[size.people]).await?;
    let mut from = 0;
    while from < size.messages {
        let to = (from + BITE).min(size.messages);
        let (half, others) = (size.messages / 2, size.channels - 1);
        let numbers = [from, to, half, others, size.people - 1, TEAM - 1, DELETED];
        run(store, [MESSAGES_SQLITE, MESSAGES_POSTGRES], &numbers).await?;
        from = to;
    }
    run(store, [EVENTS, EVENTS], &[store.clock().now().0]).await?;
    run(store, [MARKS, MARKS], &[UNREAD]).await?;
    run(store, [HEAD, HEAD], &[size.messages]).await?;
    run(store, [NOTHING, ANALYZE], &[]).await
}

async fn run(store: &Store, [sqlite, postgres]: [&'static str; 2], numbers: &[i64]) -> Result<()> {
    const NO_LIMIT: &str = "set local statement_timeout = 0";
    let mut tx = store.begin().await?;
    match tx.conn() {
        Conn::Sqlite(c) => {
            numbers.iter().fold(sqlx::query(sqlite), |query, number| query.bind(number)).execute(c).await?;
        }
        Conn::Postgres(c) => {
            sqlx::query(NO_LIMIT).execute(&mut *c).await?;
            numbers.iter().fold(sqlx::query(postgres), |query, number| query.bind(number)).execute(c).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

const PEOPLE_SQLITE: &str = "with recursive n(i) as (select 0 union all select i + 1 from n where i + 1 < $1) \
    insert into users (id, username, password_hash, display_name, display_name_folded, avatar_color, created_at) \
    select unhex(printf('00000002%024x', i)), 'user' || i, '', 'User ' || i, 'user ' || i, '#000000', 0 from n";
const PEOPLE_POSTGRES: &str = "insert into users (id, username, password_hash, display_name, display_name_folded, avatar_color, created_at) \
    select ('00000002' || lpad(to_hex(i), 24, '0'))::uuid, 'user' || i, '', 'User ' || i, 'user ' || i, '#000000', 0 \
    from generate_series(0, $1::bigint - 1) i";

const CHANNELS_SQLITE: &str = "with recursive n(i) as (select 1 union all select i + 1 from n where i < $1) \
    insert into channels (id, kind, name, name_folded, description, created_by, created_at, member_count, last_ordinal, last_message_at) \
    select unhex(printf('00000001%024x', i)), 'private', 'channel ' || i, 'channel ' || i, '', unhex(printf('00000002%024x', 0)), 0, \
    iif(i = 2, $2, min(20, $2)), iif(i = 1, $3 / 2, ($3 - $3 / 2 - (i - 1) + $1 - 1) / ($1 - 1)), i from n";
const CHANNELS_POSTGRES: &str = "insert into channels (id, kind, name, name_folded, description, created_by, created_at, member_count, last_ordinal, last_message_at) \
    select ('00000001' || lpad(to_hex(i), 24, '0'))::uuid, 'private', 'channel ' || i, 'channel ' || i, '', ('00000002' || lpad('0', 24, '0'))::uuid, 0, \
    case when i = 2 then $2::bigint else least(20, $2) end, \
    case when i = 1 then $3::bigint / 2 else ($3 - $3 / 2 - (i - 1) + $1 - 1) / ($1 - 1) end, i from generate_series(1, $1::bigint) i";

const TEAMS_SQLITE: &str = "with recursive n(i) as (select 1 union all select i + 1 from n where i < $1), \
    t(k) as (select 0 union all select k + 1 from t where k < 19) \
    insert into members (channel_id, user_id, role, joined_at, joined_seq, last_read_seq, read_ordinal) \
    select unhex(printf('00000001%024x', i)), unhex(printf('00000002%024x', iif(k = 0, 0, (i * 19 + k - 1) % ($2 - 1) + 1))), \
    'member', 0, 0, 0, 0 from n, t where i <> 2";
const TEAMS_POSTGRES: &str = "insert into members (channel_id, user_id, role, joined_at, joined_seq, last_read_seq, read_ordinal) \
    select ('00000001' || lpad(to_hex(i), 24, '0'))::uuid, \
    ('00000002' || lpad(to_hex(case when k = 0 then 0 else (i * 19 + k - 1) % ($2::bigint - 1) + 1 end), 24, '0'))::uuid, \
    'member', 0, 0, 0, 0 from generate_series(1, $1::bigint) i, generate_series(0, 19) k where i <> 2";

const CROWD_SQLITE: &str = "with recursive n(i) as (select 0 union all select i + 1 from n where i + 1 < $1) \
    insert into members (channel_id, user_id, role, joined_at, joined_seq, last_read_seq, read_ordinal) \
    select unhex(printf('00000001%024x', 2)), unhex(printf('00000002%024x', i)), 'member', 0, 0, 0, 0 from n";
const CROWD_POSTGRES: &str = "insert into members (channel_id, user_id, role, joined_at, joined_seq, last_read_seq, read_ordinal) \
    select ('00000001' || lpad(to_hex(2), 24, '0'))::uuid, ('00000002' || lpad(to_hex(i), 24, '0'))::uuid, 'member', 0, 0, 0, 0 \
    from generate_series(0, $1::bigint - 1) i";

// Messages with the numbers after $1 up to $2: up to number $3 in the first channel, then in the $4 others in turn.
const MESSAGES_SQLITE: &str = "with recursive n(i) as (select $1 + 1 union all select i + 1 from n where i < $2), \
    p(i, channel, ordinal) as (select i, iif(i <= $3, 1, 2 + (i - $3 - 1) % $4), iif(i <= $3, i, (i - $3 - 1) / $4 + 1) from n) \
    insert into messages (seq, id, version, channel_id, sender_id, ordinal, text, send_hash, created_at, deleted_at) \
    select i, unhex(printf('00000003%024x', i)), i, unhex(printf('00000001%024x', channel)), \
    unhex(printf('00000002%024x', (channel * 19 + ordinal % $6) % $5 + 1)), ordinal, \
    iif(i % $7 = 0, '', 'message number ' || i), zeroblob(32), i, iif(i % $7 = 0, i, null) from p";
const MESSAGES_POSTGRES: &str = "with n(i) as (select generate_series($1::bigint + 1, $2::bigint)), \
    p(i, channel, ordinal) as (select i, case when i <= $3 then 1 else 2 + (i - $3::bigint - 1) % $4::bigint end, \
    case when i <= $3 then i else (i - $3 - 1) / $4 + 1 end from n) \
    insert into messages (seq, id, version, channel_id, sender_id, ordinal, text, send_hash, created_at, deleted_at) \
    select i, ('00000003' || lpad(to_hex(i), 24, '0'))::uuid, i, ('00000001' || lpad(to_hex(channel), 24, '0'))::uuid, \
    ('00000002' || lpad(to_hex((channel * 19 + ordinal % $6::bigint) % $5::bigint + 1), 24, '0'))::uuid, ordinal, \
    case when i % $7::bigint = 0 then '' else 'message number ' || i end, '\\x00', i, case when i % $7 = 0 then i end from p";

const EVENTS: &str = "insert into events (seq, kind, channel_id, message_id, user_id, at) \
    select seq, 'message.created', channel_id, id, sender_id, cast($1 as bigint) from messages";
const MARKS: &str = "update members set read_ordinal = (select last_ordinal - last_ordinal / $1 from channels where id = channel_id)";
const HEAD: &str = "update log_head set seq = $1";
const NOTHING: &str = "select 1";
/// As PostgreSQL's own housekeeping would soon do; nobody does it on SQLite.
const ANALYZE: &str = "analyze";
