//! Logins: they begin, go on by rotating refresh tokens, and end everywhere within 2 s (contract, sections 3 and 4).

use super::Context;
use crate::auth::caller::{Caller, Credential};
use crate::auth::session::{Grant, REPLAY_GRACE_MS, hash, is_well_formed};
use crate::auth::token::Access;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::event::ephemeral::Signal;
use crate::id::{SessionId, UserId};
use crate::model::session::Session;
use crate::store::sessions::SessionRow;
use crate::store::{Conn, sessions};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// A session found alive is not looked up again for this long.
const TRUSTED_FOR: Duration = Duration::from_secs(1);
/// So many remembered sessions are swept of what is not trusted any more.
const SWEEP_ABOVE: usize = 4096;
/// How often used tickets and old sessions are cleared away.
const PRUNE_EVERY: Duration = Duration::from_secs(600);
/// How long used tickets are kept after they expired: the clocks of instances differ.
const TICKETS_KEPT_MS: i64 = 60_000;
/// How long ended sessions are kept: whoever looks for ended ones has found them by then.
const ENDED_KEPT_MS: i64 = 24 * 3_600_000;
/// The longest name of a program that is kept.
const MAX_USER_AGENT: usize = 256;

/// Remembers for a moment which sessions are alive, so that not every request asks the database. What ends in this
/// process is forgotten at once, what ends elsewhere within a second.
#[derive(Debug, Default)]
pub struct Liveness(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    alive: HashMap<SessionId, (UserId, Instant)>,
    /// How often something was forgotten: a lookup that began before does not count.
    forgotten_count: u64,
    pruned_at: Option<Instant>,
}

impl Liveness {
    /// Remembers nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets sessions that have ended, whoever ended them.
    pub fn forget(&self, ids: &[SessionId]) {
        let mut remembered = self.lock();
        remembered.forgotten_count += 1;
        for id in ids {
            remembered.alive.remove(id);
        }
    }

    fn find(&self, id: SessionId, now: Instant) -> Option<UserId> {
        let remembered = self.lock();
        let (user_id, at) = remembered.alive.get(&id)?;
        (now.duration_since(*at) < TRUSTED_FOR).then_some(*user_id)
    }

    fn forgotten_count(&self) -> u64 {
        self.lock().forgotten_count
    }

    /// `at` is when the lookup began, `forgotten_count` what it was then.
    fn remember(&self, id: SessionId, user_id: UserId, at: Instant, forgotten_count: u64) {
        let mut remembered = self.lock();
        if remembered.forgotten_count != forgotten_count {
            return;
        }
        if remembered.alive.len() >= SWEEP_ABOVE {
            remembered.alive.retain(|_, (_, at)| at.elapsed() < TRUSTED_FOR);
        }
        remembered.alive.insert(id, (user_id, at));
    }

    /// True once in a while.
    fn is_prune_due(&self) -> bool {
        let mut remembered = self.lock();
        let is_due = remembered.pruned_at.is_none_or(|at| at.elapsed() >= PRUNE_EVERY);
        if is_due {
            remembered.pruned_at = Some(Instant::now());
        }
        is_due
    }

    fn lock(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Begins a session within a change under way.
pub async fn start(
    ctx: &Context, mut conn: Conn<'_>, user_id: UserId, user_agent: &str, now: Time,
) -> Result<Grant> {
    let user_agent = user_agent.chars().filter(|c| !c.is_control()).take(MAX_USER_AGENT).collect();
    let expires_at = now.plus_ms(ctx.tokens.refresh_ttl_s() * 1000);
    let id = SessionId::new();
    let row = SessionRow { id, user_id, created_at: now, last_used_at: now, expires_at, user_agent };
    sessions::insert(conn.again(), &row).await?;
    let token = ctx.tokens.refresh().first()?;
    sessions::insert_token(conn, &hash(&token), id, now).await?;
    grant(ctx, user_id, id, token)
}

fn grant(ctx: &Context, user_id: UserId, id: SessionId, refresh_token: String) -> Result<Grant> {
    Ok(Grant {
        access_token: ctx.tokens.access(user_id, id)?,
        access_expires_in_s: ctx.tokens.access_ttl_s(),
        refresh_token,
        refresh_expires_in_s: ctx.tokens.refresh_ttl_s(),
    })
}

/// Exchanges a refresh token for its successor and a new access token. The old one again within 10 s gets the newest of
/// its chain; later somebody else has it, and the whole session ends.
pub async fn refresh(ctx: &Context, token: &str) -> Result<(UserId, Grant)> {
    let refused = || Error::unauthenticated("The refresh token is not good, or not any more: sign in again.");
    if !is_well_formed(token) {
        return Err(refused());
    }
    let (now, shown) = (ctx.clock.now(), hash(token));
    let ttl_ms = ctx.tokens.refresh_ttl_s() * 1000;
    let mut tx = ctx.store.begin().await?;
    let session = sessions::edit_used(tx.conn(), &shown, now, now.plus_ms(ttl_ms)).await?;
    let session = session.ok_or_else(refused)?;
    let row = sessions::find_token(tx.conn(), &shown).await?.ok_or_else(refused)?;
    let next = match row.rotated_at {
        None => {
            let next = ctx.tokens.refresh().successor(token);
            sessions::edit_token_rotated(tx.conn(), &shown, now).await?;
            sessions::insert_token(tx.conn(), &hash(&next), session.id, now).await?;
            sessions::delete_tokens(tx.conn(), session.id, now.plus_ms(-ttl_ms)).await?;
            Some(next)
        }
        Some(rotated_at) if now <= rotated_at.plus_ms(REPLAY_GRACE_MS) => {
            let newest = sessions::find_newest_token(tx.conn(), session.id).await?;
            newest.and_then(|newest| ctx.tokens.refresh().descendant(token, &newest))
        }
        Some(_) => None,
    };
    if next.is_none() {
        sessions::edit_ended(tx.conn(), session.id, session.user_id, now).await?;
    }
    tx.commit().await?;
    let Some(next) = next else {
        tracing::warn!(session_id = %session.id, "an old refresh token was shown: its session is ended");
        ended(ctx, vec![session.id]);
        return Err(refused());
    };
    Ok((session.user_id, grant(ctx, session.user_id, session.id, next)?))
}

/// Who shows this access token; `unauthenticated` if it is not good or its session has ended.
pub async fn authenticate(ctx: &Context, token: &str, credential: Credential) -> Result<Caller> {
    let access = ctx.tokens.check_access(token)?;
    check_alive(ctx, access).await?;
    Ok(caller(access, credential))
}

/// Who shows this ticket, which is spent by that, on every instance.
pub async fn redeem(ctx: &Context, ticket: &str) -> Result<Caller> {
    let ticket = ctx.tokens.check_ticket(ticket)?;
    check_alive(ctx, ticket.access).await?;
    let mut tx = ctx.store.begin().await?;
    let is_first = sessions::insert_redeemed(tx.conn(), ticket.id, ticket.expires_at).await?;
    tx.commit().await?;
    if !is_first {
        return Err(Error::unauthenticated("The ticket was used before."));
    }
    if ctx.sessions.is_prune_due()
        && let Err(error) = prune(ctx).await
    {
        tracing::warn!(%error, "old sessions and tickets could not be cleared away");
    }
    Ok(caller(ticket.access, Credential::Ticket))
}

fn caller(access: Access, credential: Credential) -> Caller {
    let Access { user_id, session_id, expires_at } = access;
    Caller { user_id, session_id, expires_at, credential }
}

/// Whether a caller who has waited may go on: `unauthenticated` once the credential has expired or the session has ended.
pub async fn check(ctx: &Context, caller: &Caller) -> Result<()> {
    let Caller { user_id, session_id, expires_at, .. } = *caller;
    if expires_at <= ctx.clock.now() {
        return Err(Error::unauthenticated("The credential has expired."));
    }
    check_alive(ctx, Access { user_id, session_id, expires_at }).await
}

async fn check_alive(ctx: &Context, access: Access) -> Result<()> {
    let user_id = match ctx.sessions.find(access.session_id, Instant::now()) {
        Some(user_id) => Some(user_id),
        // Boxed, since it is rarely needed.
        None => Box::pin(look_up(ctx, access.session_id)).await?,
    };
    if user_id == Some(access.user_id) {
        Ok(())
    } else {
        Err(Error::unauthenticated("The session has ended: sign in again."))
    }
}

async fn look_up(ctx: &Context, id: SessionId) -> Result<Option<UserId>> {
    let (at, forgotten_count) = (Instant::now(), ctx.sessions.forgotten_count());
    let user_id = sessions::find_live(ctx.store.read().await?.conn(), id, ctx.clock.now()).await?;
    if let Some(user_id) = user_id {
        ctx.sessions.remember(id, user_id, at, forgotten_count);
    }
    Ok(user_id)
}

/// A ticket for one stream, and for how many seconds it is good.
pub fn ticket(ctx: &Context, caller: &Caller) -> Result<(String, i64)> {
    let Caller { user_id, session_id, expires_at, .. } = *caller;
    let ticket = ctx.tokens.ticket(Access { user_id, session_id, expires_at })?;
    Ok((ticket, crate::auth::token::TICKET_TTL_S))
}

/// The caller's sessions, the latest used first.
pub async fn list(ctx: &Context, caller: &Caller) -> Result<Vec<Session>> {
    let rows = sessions::list(ctx.store.read().await?.conn(), caller.user_id, ctx.clock.now()).await?;
    let session = |row: SessionRow| Session {
        id: row.id,
        created_at: row.created_at,
        last_used_at: row.last_used_at,
        expires_at: row.expires_at,
        user_agent: row.user_agent,
        is_current: row.id == caller.session_id,
    };
    Ok(rows.into_iter().map(session).collect())
}

/// Ends one of the caller's sessions; again is as good. `not_found` if it is not theirs.
pub async fn revoke(ctx: &Context, caller: &Caller, id: SessionId) -> Result<()> {
    let owner = sessions::find_user(ctx.store.read().await?.conn(), id).await?;
    if owner != Some(caller.user_id) {
        return Err(Error::not_found());
    }
    end(ctx, caller.user_id, vec![id]).await
}

/// Ends the caller's session, and that of the refresh token if one is given and theirs.
pub async fn logout(ctx: &Context, caller: &Caller, refresh_token: Option<&str>) -> Result<()> {
    let mut ids = vec![caller.session_id];
    if let Some(token) = refresh_token.filter(|token| is_well_formed(token)) {
        let found = sessions::find_by_token(ctx.store.read().await?.conn(), &hash(token)).await?;
        ids.extend(
            found.filter(|(id, user_id)| *user_id == caller.user_id && *id != ids[0]).map(|(id, _)| id),
        );
    }
    end(ctx, caller.user_id, ids).await
}

async fn end(ctx: &Context, user_id: UserId, ids: Vec<SessionId>) -> Result<()> {
    let (now, mut tx) = (ctx.clock.now(), ctx.store.begin().await?);
    for id in &ids {
        sessions::edit_ended(tx.conn(), *id, user_id, now).await?;
    }
    tx.commit().await?;
    ended(ctx, ids);
    Ok(())
}

/// Lets every instance know of sessions whose end is committed.
pub(super) fn ended(ctx: &Context, ids: Vec<SessionId>) {
    if !ids.is_empty() {
        ctx.sessions.forget(&ids);
        ctx.bus.signal(Signal::SessionsEnded(ids));
    }
}

/// Clears away used tickets and sessions that are over.
pub async fn prune(ctx: &Context) -> Result<()> {
    let (now, mut tx) = (ctx.clock.now(), ctx.store.begin().await?);
    sessions::delete_redeemed(tx.conn(), now.plus_ms(-TICKETS_KEPT_MS)).await?;
    sessions::delete_over(tx.conn(), now.plus_ms(-ENDED_KEPT_MS)).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_trusted_for_a_second() {
        let (liveness, session, user) = (Liveness::new(), SessionId::new(), UserId::new());
        let start = Instant::now();
        liveness.remember(session, user, start, 0);
        assert_eq!(liveness.find(session, start + Duration::from_millis(999)), Some(user));
        assert_eq!(liveness.find(session, start + TRUSTED_FOR), None);
    }

    #[test]
    fn an_end_wins_over_a_lookup_that_began_before_it() {
        let (liveness, session, user) = (Liveness::new(), SessionId::new(), UserId::new());
        let (at, forgotten_count) = (Instant::now(), liveness.forgotten_count());
        liveness.forget(&[session]);
        liveness.remember(session, user, at, forgotten_count);
        assert_eq!(liveness.find(session, at), None);
        liveness.remember(session, user, at, liveness.forgotten_count());
        assert_eq!(liveness.find(session, at), Some(user));
    }
}
