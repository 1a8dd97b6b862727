//! WebSocket, SSE and long-poll, as people hold them open.
