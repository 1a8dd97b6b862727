//! Server-Sent Events: an event is a `data:` line, its `seq` the `id:`, so that a browser resumes by itself.

use crate::event::encoded::Form;
use bytes::Bytes;

/// Said once at the start: how long a browser waits before it comes back, in milliseconds.
const RETRY: &[u8] = b"retry: 1000\n\n";
/// The end of a chunked body (RFC 9112, section 7.1).
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// What comes before the first event.
pub fn hello(form: Form) -> Bytes {
    form.body(RETRY)
}

/// What comes after the last.
pub fn goodbye(form: Form) -> Bytes {
    match form {
        Form::ChunkedSse => Bytes::from_static(LAST_CHUNK),
        Form::WebSocket | Form::Sse => Bytes::new(),
    }
}
