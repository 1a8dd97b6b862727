//! Ids: UUIDv7, made by the server, one type a noun, never used for order (contract, section 2).

use poem_openapi::NewType;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// The number of an event in the log: gapless, strictly increasing, in commit order (contract, section 1).
pub type Seq = i64;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => { $(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type, NewType,
        )]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id, unlike any other.
            #[expect(clippy::new_without_default, clippy::disallowed_methods, reason = "ids are made here and only here")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The id as 32 hexadecimal digits: the form in which a batch travels to the database.
            pub fn hex(&self) -> String {
                self.0.simple().to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )* };
}

ids! {
    /// A person with an account.
    UserId;
    /// A channel: public, private or a DM.
    ChannelId;
    /// A message, whether of the timeline or a reply.
    MessageId;
    /// A login: one family of refresh tokens.
    SessionId;
    /// One open stream.
    ConnectionId;
    /// The log itself: made with the database; another id means another history.
    LogId;
    /// One question to the other instances.
    AskId;
    /// One stream ticket, good once.
    TicketId;
    /// One running process: made when it starts.
    InstanceId;
}
