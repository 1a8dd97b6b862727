-- Ended sessions are numbered, so that every instance finds those that it has not heard of.
alter table log_head add column revoked_seq integer not null default 0;
alter table sessions add column revoked_seq integer;
create unique index sessions_revoked on sessions (revoked_seq) where revoked_seq is not null;
