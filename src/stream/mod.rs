//! The same events over WebSocket, SSE and long-poll. A stream begins in [`resume`] and lives in its [`line`]; transports
//! differ only in the framing, and in what the client may say: [`ws`] and [`sse`]. Client frames ([`frame`]) run the
//! functions that REST runs.

pub mod frame;
pub mod line;
pub mod outlet;
pub mod poll;
pub mod resume;
pub mod sse;
pub mod turns;
pub mod ws;
pub mod ws_frame;
pub mod ws_handshake;

use crate::document::Document;
use crate::hub::Hub;
use crate::service::Context;
use std::sync::Arc;
use turns::Turns;

/// What every stream needs.
#[derive(Clone)]
pub struct Streams {
    /// The rules.
    pub ctx: Arc<Context>,
    /// The open streams.
    pub hub: Arc<Hub>,
    /// What frames are checked against.
    pub document: Arc<Document>,
    /// Whose turn it is to begin.
    pub turns: Arc<Turns>,
}
