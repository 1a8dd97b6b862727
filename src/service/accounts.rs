//! Accounts: register, sign in, change password and profile.

use super::{Context, members, sessions, users};
use crate::auth::caller::Caller;
use crate::auth::session::Grant;
use crate::error::{Code, Error, Result};
use crate::event::audience::Audience;
use crate::event::{Event, UserData};
use crate::id::UserId;
use crate::model::member::Role;
use crate::model::user::{User, UserWithPresence};
use crate::model::{avatar, text};
use crate::store::users::SeenUser;
use crate::store::{self, channels};

/// What somebody signs up with.
#[derive(Debug)]
pub struct Registration<'a> {
    /// The name to sign in with.
    pub username: &'a str,
    /// The password.
    pub password: &'a str,
    /// The name to show; the username if not given.
    pub display_name: Option<&'a str>,
    /// What the program calls itself.
    pub user_agent: &'a str,
}

/// Somebody who has just signed in.
pub struct SignedIn {
    /// Who.
    pub user: UserWithPresence,
    /// The session's tokens.
    pub grant: Grant,
}

/// Makes an account, a member of the channels that exist from the start, and begins its first session: all in one commit.
/// `username_taken` if somebody has the name.
pub async fn register(ctx: &Context, registration: Registration<'_>) -> Result<SignedIn> {
    let username = text::username("username", registration.username);
    let password = text::password("password", registration.password);
    let display_name = match registration.display_name {
        Some(name) => text::display_name("display_name", name),
        None => Ok(registration.username.to_owned()),
    };
    let (username, password, display_name) = all(username, password, display_name)?;

    check_free(store::users::find_by_username(ctx.store.read().await?.conn(), &username).await?)?;
    let password_hash = ctx.passwords.hash(password).await?;

    let id = UserId::new();
    let user = User { id, username, display_name, avatar_color: avatar::color_of(id), version: 0 };
    let mut append = ctx.store.begin_append().await?;
    check_free(store::users::find_by_username(append.conn(), &user.username).await?)?;
    let now = append.now();
    store::users::insert(append.conn(), &user, &password_hash, now).await?;
    let grant = sessions::start(ctx, append.conn(), id, registration.user_agent, now).await?;
    for channel in channels::list_built_in(append.conn()).await? {
        members::admit(&mut append, &channel, &user, Role::Member).await?;
    }
    ctx.bus.publish(append.commit().await?);
    let user = users::with_presence(ctx, SeenUser { user, last_seen_at: None });
    Ok(SignedIn { user, grant })
}

/// All three, or everything that is wrong with any of them.
fn all(a: Result<String>, b: Result<String>, c: Result<String>) -> Result<(String, String, String)> {
    match (a, b, c) {
        (Ok(a), Ok(b), Ok(c)) => Ok((a, b, c)),
        (a, b, c) => {
            let wrong = [a, b, c].into_iter().filter_map(Result::err).flat_map(|error| error.errors);
            Err(Error::all_invalid(wrong.collect()))
        }
    }
}

fn check_free<T>(holder: Option<T>) -> Result<()> {
    match holder {
        None => Ok(()),
        Some(_) => Err(Error::new(Code::UsernameTaken, "Somebody has this username: choose another.")),
    }
}

/// Begins a session. A wrong name and a wrong password are one answer, `invalid_credentials`, and take equally long.
pub async fn login(ctx: &Context, username: &str, password: &str, user_agent: &str) -> Result<SignedIn> {
    let wrong = || Error::new(Code::InvalidCredentials, "There is no such username with this password.");
    let found = match text::username("username", username) {
        Ok(username) => store::users::find_by_username(ctx.store.read().await?.conn(), &username).await?,
        Err(_) => None,
    };
    let password_hash = found.as_ref().map(|found| found.password_hash.clone());
    let is_right = ctx.passwords.verify(password_hash, password.to_owned()).await?;
    let found = found.filter(|_| is_right).ok_or_else(wrong)?;

    let (id, hash, now) = (found.seen.user.id, &found.password_hash, ctx.clock.now());
    let mut tx = ctx.store.begin().await?;
    // A change of password ends sessions: none may begin by the old one after that.
    if !store::users::edit_password_hash(tx.conn(), id, hash, hash).await? {
        return Err(wrong());
    }
    let grant = sessions::start(ctx, tx.conn(), id, user_agent, now).await?;
    tx.commit().await?;
    Ok(SignedIn { user: users::with_presence(ctx, found.seen), grant })
}

/// Goes on with a session: see [`sessions::refresh`].
pub async fn refresh(ctx: &Context, refresh_token: &str) -> Result<SignedIn> {
    let (user_id, grant) = sessions::refresh(ctx, refresh_token).await?;
    Ok(SignedIn { user: users::get(ctx, user_id).await?, grant })
}

/// Exchanges the caller's password and ends their other sessions. A wrong current one is `invalid`.
pub async fn change_password(
    ctx: &Context, caller: &Caller, current_password: &str, new_password: &str,
) -> Result<()> {
    let wrong = || Error::invalid("current_password", "is not your password");
    let new_password = text::password("new_password", new_password)?;
    let old = store::users::find_password_hash(ctx.store.read().await?.conn(), caller.user_id).await?;
    let old = old.ok_or_else(Error::not_found)?;
    if !ctx.passwords.verify(Some(old.clone()), current_password.to_owned()).await? {
        return Err(wrong());
    }
    let new = ctx.passwords.hash(new_password).await?;

    let (now, mut tx) = (ctx.clock.now(), ctx.store.begin().await?);
    if !store::users::edit_password_hash(tx.conn(), caller.user_id, &old, &new).await? {
        return Err(wrong());
    }
    let ended = store::sessions::edit_others_ended(tx.conn(), caller.user_id, caller.session_id, now).await?;
    tx.commit().await?;
    sessions::ended(ctx, ended);
    Ok(())
}

/// Changes how others see the caller. What stays as it was is no event.
pub async fn update_profile(
    ctx: &Context, caller: &Caller, display_name: Option<&str>, avatar_color: Option<&str>,
) -> Result<UserWithPresence> {
    let display_name = display_name.map(|name| text::display_name("display_name", name)).transpose()?;
    let avatar_color = avatar_color.map(|color| text::color("avatar_color", color)).transpose()?;

    let mut append = ctx.store.begin_append().await?;
    let seen = store::users::find(append.conn(), caller.user_id).await?.ok_or_else(Error::not_found)?;
    let mut user = seen.user.clone();
    user.display_name = display_name.unwrap_or(user.display_name);
    user.avatar_color = avatar_color.unwrap_or(user.avatar_color);
    if user == seen.user {
        return Ok(users::with_presence(ctx, seen));
    }
    user.version = append.next_seq();
    store::users::edit(append.conn(), &user).await?;
    let joined = store::members::list_joined(append.conn(), user.id).await?;
    let channel_ids = joined.into_iter().map(|(channel_id, _)| channel_id).collect();
    let event = Event::UserUpdated(UserData { user: user.clone() });
    append.append(user.version, &event, Audience::Sharing { user_id: user.id, channel_ids });
    ctx.bus.publish(append.commit().await?);
    Ok(users::with_presence(ctx, SeenUser { user, ..seen }))
}
