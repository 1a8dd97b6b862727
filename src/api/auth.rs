//! Accounts, logins and sessions.

use super::Tag;
use super::answer::{Created, Done, Fails, Found, S401, S403, S404, S409, S422};
use super::body::{Body, OptionalBody};
use super::caller::Signed;
use super::cookies::{self, Token};
use super::origin::Origins;
use super::page::Whole;
use super::security::check_origin;
use crate::auth::caller::Credential;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::id::{SessionId, UserId};
use crate::model::presence::{Presence, Status};
use crate::model::session::Session;
use crate::model::user::{User, UserWithPresence};
use crate::service::accounts::{self, Registration, SignedIn};
use crate::service::{Context, sessions};
use poem::Request;
use poem::http::header::USER_AGENT;
use poem_openapi::param::Path;
use poem_openapi::payload::Response;
use poem_openapi::types::Example;
use poem_openapi::{Enum, Object, OpenApi};
use serde::Serialize;
use std::sync::Arc;
use uuid::uuid;

/// Where a session's tokens go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "lowercase")]
pub enum SessionKind {
    /// Into HttpOnly cookies, out of the reach of scripts.
    Cookie,
}

/// What somebody signs up with.
#[derive(Debug, Object)]
#[oai(example)]
pub struct RegisterBody {
    /// The name to sign in with: 3 to 32 of `a-z 0-9 _ . -`. Nobody else has it.
    #[oai(validator(min_length = 3, max_length = 32))]
    pub username: String,
    /// The password, 8 to 128 characters, taken as it is.
    #[oai(validator(min_length = 8, max_length = 128))]
    pub password: String,
    /// The name to show, 1 to 80 characters; the username if not given.
    pub display_name: Option<String>,
    /// Where the tokens go; into the answer if not given.
    #[oai(skip_serializing_if_is_none)]
    pub session: Option<SessionKind>,
}

impl Example for RegisterBody {
    fn example() -> Self {
        Self {
            username: "ada".to_owned(),
            password: "correct horse battery staple".to_owned(),
            display_name: Some("Ada Lovelace".to_owned()),
            session: None,
        }
    }
}

/// What somebody signs in with.
#[derive(Debug, Object)]
#[oai(example)]
pub struct LoginBody {
    /// The username.
    pub username: String,
    /// The password.
    pub password: String,
    /// Where the tokens go; into the answer if not given.
    #[oai(skip_serializing_if_is_none)]
    pub session: Option<SessionKind>,
}

impl Example for LoginBody {
    fn example() -> Self {
        Self {
            username: "ada".to_owned(),
            password: "correct horse battery staple".to_owned(),
            session: None,
        }
    }
}

/// The refresh token to exchange.
#[derive(Debug, Object)]
#[oai(example)]
pub struct RefreshBody {
    /// The latest refresh token of the session.
    pub refresh_token: String,
}

impl Example for RefreshBody {
    fn example() -> Self {
        Self { refresh_token: "nT2V0yVf6o6G3mXl2mB2Hk7m1yq3Zr5wq0c8sJd4aLE".to_owned() }
    }
}

/// What is to end besides the caller's session.
#[derive(Debug, Object)]
#[oai(example)]
pub struct LogoutBody {
    /// A refresh token of the caller, whose session ends too if it is another.
    pub refresh_token: Option<String>,
}

impl Example for LogoutBody {
    fn example() -> Self {
        Self { refresh_token: Some(RefreshBody::example().refresh_token) }
    }
}

/// How an access token is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Enum)]
pub enum TokenType {
    /// As `Authorization: Bearer`.
    Bearer,
}

/// Somebody who has signed in. The tokens and their type are absent if they went into cookies.
#[derive(Debug, Serialize, Object)]
#[oai(example)]
pub struct AuthAnswer {
    /// Who.
    pub user: UserWithPresence,
    /// The access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[oai(skip_serializing_if_is_none)]
    pub access_token: Option<String>,
    /// How to send it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[oai(skip_serializing_if_is_none)]
    pub token_type: Option<TokenType>,
    /// For how many seconds the access token is good.
    pub expires_in: i64,
    /// The refresh token, good once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[oai(skip_serializing_if_is_none)]
    pub refresh_token: Option<String>,
}

impl Example for AuthAnswer {
    fn example() -> Self {
        let user = User {
            id: UserId(uuid!("01977a5e-8c1b-7d32-9f4e-2b6a1c0d3e4f")),
            username: "ada".to_owned(),
            display_name: "Ada Lovelace".to_owned(),
            avatar_color: "#3a64b8".to_owned(),
            version: 0,
        };
        let presence = Presence { status: Status::Offline, last_seen_at: Some(Time(1_750_000_000_000)) };
        Self {
            user: UserWithPresence { user, presence },
            access_token: Some("eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.…".to_owned()),
            token_type: Some(TokenType::Bearer),
            expires_in: 900,
            refresh_token: Some(RefreshBody::example().refresh_token),
        }
    }
}

/// A ticket for one stream.
#[derive(Debug, Serialize, Object)]
#[oai(example)]
pub struct TicketAnswer {
    /// Give this as `?ticket=`.
    pub ticket: String,
    /// For how many seconds it is good.
    pub expires_in: i64,
}

impl Example for TicketAnswer {
    fn example() -> Self {
        Self { ticket: "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.…".to_owned(), expires_in: 30 }
    }
}

/// Accounts, logins and sessions.
pub struct AuthApi(pub Arc<Context>, pub Arc<Origins>);

#[OpenApi]
impl AuthApi {
    /// Register
    ///
    /// Makes an account and signs in. The new user joins the channels that exist from the start: `general`, `help` and
    /// `random`. With `"session": "cookie"` the tokens go into cookies, and an `Origin` that is sent must be allowed.
    #[oai(path = "/v1/auth/register", method = "post", operation_id = "register", tag = "Tag::Auth")]
    async fn register(
        &self, request: &Request, body: Body<RegisterBody>,
    ) -> Result<Response<Created<AuthAnswer>>, Fails<{ S403 | S409 | S422 }>> {
        let body = body.0;
        self.check_cookie_origin(request, body.session)?;
        let registration = Registration {
            username: &body.username,
            password: &body.password,
            display_name: body.display_name.as_deref(),
            user_agent: user_agent(request),
        };
        let signed_in = accounts::register(&self.0, registration).await?;
        Ok(answer(request, signed_in, body.session.is_some(), Created))
    }

    /// Sign in
    ///
    /// Begins a session. An unknown name and a wrong password are one answer. With `"session": "cookie"` the tokens go
    /// into cookies, and an `Origin` that is sent must be allowed.
    #[oai(path = "/v1/auth/login", method = "post", operation_id = "login", tag = "Tag::Auth")]
    async fn login(
        &self, request: &Request, body: Body<LoginBody>,
    ) -> Result<Response<Found<AuthAnswer>>, Fails<{ S401 | S403 }>> {
        let LoginBody { username, password, session } = body.0;
        self.check_cookie_origin(request, session)?;
        let signed_in = accounts::login(&self.0, &username, &password, user_agent(request)).await?;
        Ok(answer(request, signed_in, session.is_some(), Found))
    }

    /// Refresh
    ///
    /// Exchanges the refresh token for its successor and a new access token. The old token again within 10 seconds gets
    /// the newest of its chain (the answer was lost, or a second tab asked); later it ends the whole session. Without
    /// a body the token is taken from the cookie, the new ones go into cookies, and an allowed `Origin` must be sent.
    #[oai(path = "/v1/auth/refresh", method = "post", operation_id = "refresh", tag = "Tag::Auth")]
    async fn refresh(
        &self, request: &Request, body: OptionalBody<RefreshBody>,
    ) -> Result<Response<Found<AuthAnswer>>, Fails<{ S401 | S403 }>> {
        let by_cookie = body.0.is_none();
        let token = match &body.0 {
            Some(body) => &body.refresh_token,
            None => {
                let missing =
                    || Error::unauthenticated("There is no refresh token, in the body or a cookie.");
                let token = cookies::find(request, Token::Refresh).ok_or_else(missing)?;
                check_origin(request, &self.1, true)?;
                token
            }
        };
        let signed_in = accounts::refresh(&self.0, token).await?;
        Ok(answer(request, signed_in, by_cookie, Found))
    }

    /// Sign out
    ///
    /// Ends the caller's session: its tokens are refused and its streams end, on every instance, within 2 seconds. Also
    /// clears the session's cookies.
    #[oai(path = "/v1/auth/logout", method = "post", operation_id = "logout", tag = "Tag::Auth")]
    async fn logout(
        &self, Signed(caller): Signed, body: OptionalBody<LogoutBody>,
    ) -> Result<Response<Done>, Fails<0>> {
        let refresh_token = body.0.and_then(|body| body.refresh_token);
        sessions::logout(&self.0, &caller, refresh_token.as_deref()).await?;
        let answer = Response::new(Done);
        Ok(if caller.credential == Credential::Cookie { cookies::clear(answer) } else { answer })
    }

    /// List sessions
    ///
    /// The caller's logins that have not ended, the latest used first.
    #[oai(path = "/v1/auth/sessions", method = "get", operation_id = "list_sessions", tag = "Tag::Auth")]
    async fn list_sessions(&self, Signed(caller): Signed) -> Result<Found<Whole<Session>>, Fails<0>> {
        Ok(Found(Whole { items: sessions::list(&self.0, &caller).await? }))
    }

    /// Revoke a session
    ///
    /// Ends one of the caller's sessions as signing out does. Again is as good.
    #[oai(
        path = "/v1/auth/sessions/:session_id",
        method = "delete",
        operation_id = "revoke_session",
        tag = "Tag::Auth"
    )]
    async fn revoke_session(
        &self, Signed(caller): Signed, session_id: Path<SessionId>,
    ) -> Result<Done, Fails<{ S404 }>> {
        sessions::revoke(&self.0, &caller, session_id.0).await?;
        Ok(Done)
    }

    /// Create a stream ticket
    ///
    /// A ticket opens one stream, once, within 30 seconds, where a browser cannot set headers: as `?ticket=` of
    /// `/v1/ws` or `/v1/sse`. The stream ends when the token that asked for the ticket expires, unless it is renewed.
    #[oai(
        path = "/v1/stream-tickets",
        method = "post",
        operation_id = "create_stream_ticket",
        tag = "Tag::Auth"
    )]
    async fn create_stream_ticket(&self, Signed(caller): Signed) -> Result<Created<TicketAnswer>, Fails<0>> {
        let (ticket, expires_in) = sessions::ticket(&self.0, &caller)?;
        Ok(Created(TicketAnswer { ticket, expires_in }))
    }
}

impl AuthApi {
    /// No page of another origin may put its visitor into a session.
    fn check_cookie_origin(&self, request: &Request, session: Option<SessionKind>) -> Result<()> {
        session.map_or(Ok(()), |_| check_origin(request, &self.1, false))
    }
}

/// The answer to a login: with the tokens, or with the tokens in cookies.
fn answer<T>(
    request: &Request, signed_in: SignedIn, by_cookie: bool, status: fn(AuthAnswer) -> T,
) -> Response<T> {
    let SignedIn { user, grant } = signed_in;
    let expires_in = grant.access_expires_in_s;
    let bare = AuthAnswer { user, access_token: None, token_type: None, expires_in, refresh_token: None };
    if by_cookie {
        return cookies::set(Response::new(status(bare)), request, &grant);
    }
    Response::new(status(AuthAnswer {
        access_token: Some(grant.access_token),
        token_type: Some(TokenType::Bearer),
        refresh_token: Some(grant.refresh_token),
        ..bare
    }))
}

fn user_agent(request: &Request) -> &str {
    request.headers().get(USER_AGENT).and_then(|name| name.to_str().ok()).unwrap_or_default()
}
