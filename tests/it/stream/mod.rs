//! WebSocket, SSE and long-poll, as people hold them open.

mod byte_equal;
mod credentials;
mod drain;
mod frames;
mod heartbeat;
mod nine_pairs;
mod resume;
mod slow;
mod typing;
mod visibility;
