//! What can go wrong, inside. At the edge `api::problem` turns it into problem+json (RFC 9457).

use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:literal, $title:literal;)*) => {
        /// The stable machine code of a problem; its status and title follow from it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Enum)]
        pub enum Code { $($(#[$doc])* #[serde(rename = $text)] #[oai(rename = $text)] $name,)* }

        impl Code {
            /// Every code, in the order of their statuses.
            pub const ALL: &[Code] = &[$(Code::$name),*];

            /// The code as it stands on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text),* }
            }

            /// The HTTP status that goes with it.
            pub fn status(self) -> u16 {
                match self { $(Code::$name => $status),* }
            }

            /// A short human title, the same for every problem of this code.
            pub fn title(self) -> &'static str {
                match self { $(Code::$name => $title),* }
            }
        }
    };
}

codes! {
    /// The body or frame is not JSON.
    BadJson = "bad_json", 400, "Not JSON";
    /// The request is not one that HTTP allows here.
    BadRequest = "bad_request", 400, "Bad request";
    /// No credential, or one that is not good (any more).
    Unauthenticated = "unauthenticated", 401, "Not signed in";
    /// Wrong username or password; one answer for both.
    InvalidCredentials = "invalid_credentials", 401, "Wrong username or password";
    /// You may see it, but not do it.
    Forbidden = "forbidden", 403, "Not allowed";
    /// A page of another origin may not use this session.
    OriginNotAllowed = "origin_not_allowed", 403, "Origin not allowed";
    /// It does not exist, or is not yours to see.
    NotFound = "not_found", 404, "Not found";
    /// The route exists, but not with this method.
    MethodNotAllowed = "method_not_allowed", 405, "Method not allowed";
    /// The request took too long to arrive.
    RequestTimeout = "request_timeout", 408, "Request timed out";
    /// Somebody has this username.
    UsernameTaken = "username_taken", 409, "Username taken";
    /// A public channel has this name.
    NameTaken = "name_taken", 409, "Name taken";
    /// The nonce was used for another message.
    NonceReused = "nonce_reused", 409, "Nonce reused";
    /// The channel is archived: it can be read, marked read and left.
    ChannelArchived = "channel_archived", 409, "Channel archived";
    /// The message was deleted.
    MessageDeleted = "message_deleted", 409, "Message deleted";
    /// A user is in at most 1,000 channels besides DMs.
    TooManyChannels = "too_many_channels", 409, "Too many channels";
    /// The log does not reach back to this cursor, or has not come so far, or is another.
    CursorExpired = "cursor_expired", 410, "Cursor expired";
    /// The body or frame is larger than 128 KiB.
    TooLarge = "too_large", 413, "Too large";
    /// The body is not `application/json`, or is compressed.
    UnsupportedMediaType = "unsupported_media_type", 415, "Unsupported media type";
    /// A field or parameter is wrong; `errors` names each.
    Invalid = "invalid", 422, "Invalid";
    /// A DM has two members for ever.
    DmIsFixed = "dm_is_fixed", 422, "A DM is fixed";
    /// This route speaks WebSocket only.
    UpgradeRequired = "upgrade_required", 426, "Upgrade required";
    /// Too many requests; see `Retry-After`.
    TooManyRequests = "too_many_requests", 429, "Too many requests";
    /// A fault of the server; it is logged there.
    Internal = "internal", 500, "Internal error";
    /// Something that is needed is away for the moment; see `Retry-After`.
    Unavailable = "unavailable", 503, "Unavailable";
}

/// One field or parameter that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Object)]
pub struct FieldError {
    /// The field's or parameter's name; empty for the body as a whole.
    pub field: String,
    /// What is wrong with it, in words.
    pub message: String,
}

/// A failure. It knows its code, says what happened, and keeps its cause for the log.
#[derive(Debug, thiserror::Error)]
#[error("{}: {detail}", code.as_str())]
pub struct Error {
    /// The stable code.
    pub code: Code,
    /// A sentence for the developer who reads it.
    pub detail: Cow<'static, str>,
    /// The fields that are wrong, if the code is `invalid`.
    pub errors: Vec<FieldError>,
    /// After how many seconds it makes sense to try again.
    pub retry_after_s: Option<u32>,
    /// The cause, for the log only.
    #[source]
    pub cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The result of whatever can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure of this code, with a sentence.
    pub fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new(), retry_after_s: None, cause: None }
    }

    /// Not there, or not yours to see: one answer for both.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, "There is nothing here, or it is not yours to see.")
    }

    /// Seen, but not allowed.
    pub fn forbidden(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Forbidden, detail)
    }

    /// No good credential.
    pub fn unauthenticated(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Unauthenticated, detail)
    }

    /// One wrong field.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::all_invalid(vec![FieldError { field: field.into(), message: message.into() }])
    }

    /// Several wrong fields at once; the detail names the first.
    pub fn all_invalid(errors: Vec<FieldError>) -> Self {
        let detail = match errors.first() {
            Some(FieldError { field, message }) if field.is_empty() => format!("The body {message}."),
            Some(FieldError { field, message }) => format!("`{field}` {message}."),
            None => "The request is invalid.".to_owned(),
        };
        Self { errors, ..Self::new(Code::Invalid, detail) }
    }

    /// Away for the moment.
    pub fn unavailable(detail: impl Into<Cow<'static, str>>, retry_after_s: u32) -> Self {
        Self { retry_after_s: Some(retry_after_s), ..Self::new(Code::Unavailable, detail) }
    }

    /// A fault of ours; `cause` is logged, never shown.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            cause: Some(cause.into()),
            ..Self::new(Code::Internal, "The server failed; it has been logged.")
        }
    }
}

/// Waiting too long for a lock, a connection, a statement or the disk is `unavailable`; all else of the database is a fault of ours.
impl From<sqlx::Error> for Error {
    fn from(cause: sqlx::Error) -> Self {
        // 55P03 lock_timeout, 57014 statement_timeout, 25P03 idle_in_transaction_session_timeout, 57P0x shutdown, 53xxx
        // resources, 08xxx connections; SQLite 5 busy, 6 locked, 13 full
        let passing = match &cause {
            // A proxy between that takes a connection and drops it looks like a broken protocol.
            sqlx::Error::PoolTimedOut
            | sqlx::Error::Io(_)
            | sqlx::Error::PoolClosed
            | sqlx::Error::Protocol(_) => true,
            sqlx::Error::Database(e) => e.code().is_some_and(|c| {
                matches!(&*c, "55P03" | "57014" | "25P03" | "5" | "6" | "13" | "517")
                    || c.starts_with("57P")
                    || c.starts_with("53")
                    || c.starts_with("08")
            }),
            _ => false,
        };
        if passing {
            Self { cause: Some(Box::new(cause)), ..Self::unavailable("The database is busy or away.", 1) }
        } else {
            Self::internal(cause)
        }
    }
}
