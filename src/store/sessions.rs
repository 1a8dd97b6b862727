//! SQL about logins, their refresh tokens, and stream tickets that were used.

use super::{Conn, on};
use crate::clock::Time;
use crate::error::Result;
use crate::id::{Seq, SessionId, TicketId, UserId};
use sqlx::FromRow;

/// A login as it is stored.
#[derive(Debug, Clone, FromRow)]
pub struct SessionRow {
    /// The id.
    pub id: SessionId,
    /// Whose.
    pub user_id: UserId,
    /// When it began.
    pub created_at: Time,
    /// When it was last refreshed.
    pub last_used_at: Time,
    /// When it ends if it is not refreshed.
    pub expires_at: Time,
    /// What the program called itself at the login.
    pub user_agent: String,
}

/// A refresh token as it is stored.
#[derive(Debug, Clone, Copy, FromRow)]
pub struct RefreshTokenRow {
    /// When it was exchanged for its successor, if it was.
    pub rotated_at: Option<Time>,
}

/// Begins a session.
pub async fn insert(conn: Conn<'_>, session: &SessionRow) -> Result<()> {
    const SQL: &str = "insert into sessions (id, user_id, created_at, last_used_at, expires_at, user_agent) \
        values ($1, $2, $3, $4, $5, $6)";
    let s = session;
    on!(conn => sqlx::query(SQL).bind(s.id).bind(s.user_id).bind(s.created_at).bind(s.last_used_at).bind(s.expires_at)
        .bind(&s.user_agent).execute(conn).await?.rows_affected());
    Ok(())
}

/// Adds a refresh token to a session, as its hash.
pub async fn insert_token(conn: Conn<'_>, hash: &[u8], session_id: SessionId, at: Time) -> Result<()> {
    const SQL: &str = "insert into refresh_tokens (hash, session_id, created_at) values ($1, $2, $3)";
    on!(conn => sqlx::query(SQL).bind(hash).bind(session_id).bind(at).execute(conn).await?.rows_affected());
    Ok(())
}

/// The session of a refresh token, if it has not ended or expired. It is marked used and locked until the end of the
/// transaction, so that refreshes and the end of a session happen one after the other.
pub async fn edit_used(
    conn: Conn<'_>, hash: &[u8], now: Time, expires_at: Time,
) -> Result<Option<SessionRow>> {
    const SQL: &str = "update sessions set last_used_at = $2, expires_at = $3 \
        where id = (select session_id from refresh_tokens where hash = $1) and ended_at is null and expires_at > $2 \
        returning id, user_id, created_at, last_used_at, expires_at, user_agent";
    Ok(on!(conn => sqlx::query_as(SQL).bind(hash).bind(now).bind(expires_at).fetch_optional(conn).await?))
}

/// A refresh token.
pub async fn find_token(conn: Conn<'_>, hash: &[u8]) -> Result<Option<RefreshTokenRow>> {
    const SQL: &str = "select rotated_at from refresh_tokens where hash = $1";
    Ok(on!(conn => sqlx::query_as(SQL).bind(hash).fetch_optional(conn).await?))
}

/// The session of a refresh token and its user, whether it goes on or not.
pub async fn find_by_token(conn: Conn<'_>, hash: &[u8]) -> Result<Option<(SessionId, UserId)>> {
    const SQL: &str = "select s.id, s.user_id from refresh_tokens t join sessions s on s.id = t.session_id \
        where t.hash = $1";
    Ok(on!(conn => sqlx::query_as(SQL).bind(hash).fetch_optional(conn).await?))
}

/// The hash of the one refresh token of a session that was not exchanged yet.
pub async fn find_newest_token(conn: Conn<'_>, session_id: SessionId) -> Result<Option<Vec<u8>>> {
    const SQL: &str = "select hash from refresh_tokens where session_id = $1 and rotated_at is null";
    Ok(on!(conn => sqlx::query_scalar(SQL).bind(session_id).fetch_optional(conn).await?))
}

/// Notes that a refresh token was exchanged.
pub async fn edit_token_rotated(conn: Conn<'_>, hash: &[u8], at: Time) -> Result<()> {
    const SQL: &str = "update refresh_tokens set rotated_at = $2 where hash = $1";
    on!(conn => sqlx::query(SQL).bind(hash).bind(at).execute(conn).await?.rows_affected());
    Ok(())
}

/// Forgets refresh tokens of a session that were exchanged before a moment.
pub async fn delete_tokens(conn: Conn<'_>, session_id: SessionId, rotated_before: Time) -> Result<()> {
    const SQL: &str = "delete from refresh_tokens where session_id = $1 and rotated_at < $2";
    on!(conn => sqlx::query(SQL).bind(session_id).bind(rotated_before).execute(conn).await?.rows_affected());
    Ok(())
}

/// A session that goes on: not ended, not expired.
pub async fn find_live(conn: Conn<'_>, id: SessionId, now: Time) -> Result<Option<UserId>> {
    const SQL: &str = "select user_id from sessions where id = $1 and ended_at is null and expires_at > $2";
    Ok(on!(conn => sqlx::query_scalar(SQL).bind(id).bind(now).fetch_optional(conn).await?))
}

/// Whose session it is, whether it goes on or not.
pub async fn find_user(conn: Conn<'_>, id: SessionId) -> Result<Option<UserId>> {
    const SQL: &str = "select user_id from sessions where id = $1";
    Ok(on!(conn => sqlx::query_scalar(SQL).bind(id).fetch_optional(conn).await?))
}

/// The sessions of a user that go on, the latest used first.
pub async fn list(conn: Conn<'_>, user_id: UserId, now: Time) -> Result<Vec<SessionRow>> {
    const SQL: &str = "select id, user_id, created_at, last_used_at, expires_at, user_agent from sessions \
        where user_id = $1 and ended_at is null and expires_at > $2 order by last_used_at desc, id desc";
    Ok(on!(conn => sqlx::query_as(SQL).bind(user_id).bind(now).fetch_all(conn).await?))
}

/// Ends a session of a user; false if it had ended before, or is not the user's.
pub async fn edit_ended(mut tx: Conn<'_>, id: SessionId, user_id: UserId, at: Time) -> Result<bool> {
    const SQL: &str = "update sessions set ended_at = $3 where id = $1 and user_id = $2 and ended_at is null";
    let conn = tx.again();
    let ended =
        on!(conn => sqlx::query(SQL).bind(id).bind(user_id).bind(at).execute(conn).await?.rows_affected());
    if ended > 0 {
        number_ended(tx, &[id]).await?;
    }
    Ok(ended > 0)
}

/// Numbers sessions that have just ended, in the order of their commits, as events are: so that instances find those that
/// they have not heard of. Holds the log's head until the end of the transaction.
async fn number_ended(mut conn: Conn<'_>, ids: &[SessionId]) -> Result<()> {
    const SQL: &str = "update sessions set revoked_seq = $2 where id = $1";
    for id in ids {
        let number = take_number(conn.again()).await?;
        let conn = conn.again();
        on!(conn => sqlx::query(SQL).bind(id).bind(number).execute(conn).await?.rows_affected());
    }
    Ok(())
}

/// Ends all sessions of a user but one, and says which.
pub async fn edit_others_ended(
    mut tx: Conn<'_>, user_id: UserId, kept: SessionId, at: Time,
) -> Result<Vec<SessionId>> {
    const SQL: &str = "update sessions set ended_at = $3 where user_id = $1 and id <> $2 and ended_at is null \
        returning id";
    let conn = tx.again();
    let ended: Vec<SessionId> =
        on!(conn => sqlx::query_scalar(SQL).bind(user_id).bind(kept).bind(at).fetch_all(conn).await?);
    number_ended(tx, &ended).await?;
    Ok(ended)
}

async fn take_number(conn: Conn<'_>) -> Result<Seq> {
    const SQL: &str = "update log_head set revoked_seq = revoked_seq + 1 where id = 1 returning revoked_seq";
    Ok(on!(conn => sqlx::query_scalar(SQL).fetch_one(conn).await?))
}

/// The sessions that ended after the one with this number.
pub async fn list_ended_after(conn: Conn<'_>, number: Seq) -> Result<Vec<SessionId>> {
    const SQL: &str = "select id from sessions where revoked_seq > $1";
    Ok(on!(conn => sqlx::query_scalar(SQL).bind(number).fetch_all(conn).await?))
}

/// Notes that a ticket was used; false if it was before.
pub async fn insert_redeemed(conn: Conn<'_>, id: TicketId, expires_at: Time) -> Result<bool> {
    const SQL: &str =
        "insert into redeemed_tickets (id, expires_at) values ($1, $2) on conflict (id) do nothing";
    let inserted =
        on!(conn => sqlx::query(SQL).bind(id).bind(expires_at).execute(conn).await?.rows_affected());
    Ok(inserted > 0)
}

/// Forgets used tickets that expired before a moment: nobody can use them any more.
pub async fn delete_redeemed(conn: Conn<'_>, expired_before: Time) -> Result<()> {
    const SQL: &str = "delete from redeemed_tickets where expires_at < $1";
    on!(conn => sqlx::query(SQL).bind(expired_before).execute(conn).await?.rows_affected());
    Ok(())
}

/// Forgets sessions, and with them their refresh tokens, that ended or expired before a moment.
pub async fn delete_over(conn: Conn<'_>, before: Time) -> Result<()> {
    const SQL: &str = "delete from sessions where ended_at < $1 or expires_at < $1";
    on!(conn => sqlx::query(SQL).bind(before).execute(conn).await?.rows_affected());
    Ok(())
}
