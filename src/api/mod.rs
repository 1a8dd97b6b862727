//! REST: one file a noun, each an operation's shape and nothing more; the rules are in `service`.

pub mod answer;
pub mod body;
pub mod caller;
pub mod messages;
pub mod page;
pub mod problem;
pub mod read_marks;
pub mod threads;

use poem_openapi::Tags;

/// The chapters of the document.
#[derive(Tags)]
pub enum Tag {
    /// Accounts, logins and sessions.
    Auth,
    /// The caller.
    Me,
    /// People.
    Users,
    /// Places to talk.
    Channels,
    /// Who is in them.
    Members,
    /// Between two.
    Dms,
    /// What is said.
    Messages,
    /// Replies.
    Threads,
    /// How far everyone has read.
    ReadMarks,
    /// Who is writing.
    Typing,
    /// Who is there.
    Presence,
    /// WebSocket, SSE, long-poll, and the control of open streams.
    Streams,
    /// Health and metrics.
    Operations,
}
