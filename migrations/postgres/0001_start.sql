-- One row: the log's head. Whoever appends to the log locks it first.
create table log_head (
    id smallint primary key check (id = 1),
    log_id uuid not null,
    seq bigint not null,
    pruned_seq bigint not null
);

create table users (
    id uuid primary key,
    username text collate "C" not null unique,
    password_hash text not null,
    display_name text not null,
    display_name_folded text collate "C" not null,
    avatar_color text not null,
    created_at bigint not null,
    last_seen_at bigint,
    version bigint not null default 0
);
create index users_by_name on users (display_name_folded, id);

create table sessions (
    id uuid primary key,
    user_id uuid not null references users (id),
    created_at bigint not null,
    last_used_at bigint not null,
    expires_at bigint not null,
    user_agent text not null,
    ended_at bigint
);
create index sessions_of_user on sessions (user_id) where ended_at is null;
create index sessions_ended on sessions (ended_at) where ended_at is not null;

create table refresh_tokens (
    hash bytea primary key,
    session_id uuid not null references sessions (id) on delete cascade,
    created_at bigint not null,
    rotated_at bigint
);
create index refresh_tokens_of_session on refresh_tokens (session_id);

create table redeemed_tickets (
    id uuid primary key,
    expires_at bigint not null
);
create index redeemed_tickets_by_expiry on redeemed_tickets (expires_at);

create table channels (
    id uuid primary key,
    kind text not null check (kind in ('public', 'private', 'dm')),
    name text,
    name_folded text collate "C",
    description text not null,
    created_by uuid references users (id),
    created_at bigint not null,
    archived_at bigint,
    version bigint not null default 0,
    user_ids jsonb,
    dm_key text unique,
    member_count bigint not null default 0,
    last_ordinal bigint not null default 0,
    last_message_at bigint
);
create unique index channels_public_name on channels (name_folded) where kind = 'public' and archived_at is null;

create table members (
    channel_id uuid not null references channels (id),
    user_id uuid not null references users (id),
    role text not null check (role in ('owner', 'member')),
    joined_at bigint not null,
    joined_seq bigint not null,
    last_read_seq bigint not null,
    last_read_message_id uuid,
    read_ordinal bigint not null,
    read_at bigint,
    primary key (channel_id, user_id)
);
create index members_of_user on members (user_id, channel_id);

-- A message of the timeline has an ordinal, its running number in the channel; a reply has none.
create table messages (
    seq bigint primary key,
    id uuid not null unique,
    version bigint not null,
    channel_id uuid not null references channels (id),
    sender_id uuid not null references users (id),
    parent_id uuid references messages (id),
    ordinal bigint,
    text text not null,
    nonce text,
    send_hash bytea not null,
    created_at bigint not null,
    edited_at bigint,
    deleted_at bigint,
    reply_count bigint not null default 0,
    last_reply_at bigint,
    reply_user_ids jsonb not null default '[]',
    replies_version bigint not null default 0
);
create unique index messages_timeline on messages (channel_id, ordinal) where ordinal is not null;
create index messages_replies on messages (parent_id, seq) where parent_id is not null;
create unique index messages_nonce on messages (sender_id, nonce) where nonce is not null;
create index messages_own on messages (channel_id, sender_id, ordinal) where ordinal is not null;
create index messages_deleted on messages (channel_id, ordinal, sender_id, deleted_at) where deleted_at is not null and ordinal is not null;

-- The log: references and no text. No foreign keys: rows are pruned by age, objects are not.
create table events (
    seq bigint primary key,
    kind text not null,
    channel_id uuid,
    message_id uuid,
    parent_id uuid,
    user_id uuid,
    role text,
    user_ids jsonb,
    at bigint not null
);
