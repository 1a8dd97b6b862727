-- One row: the log's head. Whoever appends to the log locks it first.
create table log_head (
    id integer primary key check (id = 1),
    log_id blob not null,
    seq integer not null,
    pruned_seq integer not null
) strict;

create table users (
    id blob primary key,
    username text not null unique,
    password_hash text not null,
    display_name text not null,
    display_name_folded text not null,
    avatar_color text not null,
    created_at integer not null,
    last_seen_at integer,
    version integer not null default 0
) strict;
create index users_by_name on users (display_name_folded, id);

create table sessions (
    id blob primary key,
    user_id blob not null references users (id),
    created_at integer not null,
    last_used_at integer not null,
    expires_at integer not null,
    user_agent text not null,
    ended_at integer
) strict;
create index sessions_of_user on sessions (user_id) where ended_at is null;
create index sessions_ended on sessions (ended_at) where ended_at is not null;

create table refresh_tokens (
    hash blob primary key,
    session_id blob not null references sessions (id) on delete cascade,
    created_at integer not null,
    rotated_at integer
) strict;
create index refresh_tokens_of_session on refresh_tokens (session_id);

create table redeemed_tickets (
    id blob primary key,
    expires_at integer not null
) strict;
create index redeemed_tickets_by_expiry on redeemed_tickets (expires_at);

create table channels (
    id blob primary key,
    kind text not null check (kind in ('public', 'private', 'dm')),
    name text,
    name_folded text,
    description text not null,
    created_by blob references users (id),
    created_at integer not null,
    archived_at integer,
    version integer not null default 0,
    user_ids text,
    dm_key text unique,
    member_count integer not null default 0,
    last_ordinal integer not null default 0,
    last_message_at integer
) strict;
create unique index channels_public_name on channels (name_folded) where kind = 'public' and archived_at is null;

create table members (
    channel_id blob not null references channels (id),
    user_id blob not null references users (id),
    role text not null check (role in ('owner', 'member')),
    joined_at integer not null,
    joined_seq integer not null,
    last_read_seq integer not null,
    last_read_message_id blob,
    read_ordinal integer not null,
    read_at integer,
    primary key (channel_id, user_id)
) strict, without rowid;
create index members_of_user on members (user_id, channel_id);

-- A message of the timeline has an ordinal, its running number in the channel; a reply has none.
create table messages (
    seq integer primary key,
    id blob not null unique,
    version integer not null,
    channel_id blob not null references channels (id),
    sender_id blob not null references users (id),
    parent_id blob references messages (id),
    ordinal integer,
    text text not null,
    nonce text,
    send_hash blob not null,
    created_at integer not null,
    edited_at integer,
    deleted_at integer,
    reply_count integer not null default 0,
    last_reply_at integer,
    reply_user_ids text not null default '[]',
    replies_version integer not null default 0
) strict;
create unique index messages_timeline on messages (channel_id, ordinal) where ordinal is not null;
create index messages_replies on messages (parent_id, seq) where parent_id is not null;
create unique index messages_nonce on messages (sender_id, nonce) where nonce is not null;
create index messages_own on messages (channel_id, sender_id, ordinal) where ordinal is not null;
create index messages_deleted on messages (channel_id, ordinal, sender_id, deleted_at) where deleted_at is not null and ordinal is not null;

-- The log: references and no text. No foreign keys: rows are pruned by age, objects are not.
create table events (
    seq integer primary key,
    kind text not null,
    channel_id blob,
    message_id blob,
    parent_id blob,
    user_id blob,
    role text,
    user_ids text,
    at integer not null
) strict;
