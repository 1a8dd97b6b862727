//! WebSocket, SSE and long-poll, as people hold them open.

mod byte_equal;
mod drain;
mod heartbeat;
mod nine_pairs;
mod resume;
mod typing;
