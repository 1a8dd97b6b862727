//! Server-Sent Events: an event is a `data:` line, its `seq` the `id:`, so that a browser resumes by itself.

use super::outlet::Outlet;
use crate::hub::connection::Out;
use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use futures_util::stream::unfold;
use std::collections::VecDeque;
use std::io;

/// Said once at the start: how long a browser waits before it comes back, in milliseconds.
const RETRY: &[u8] = b"retry: 1000\n\n";
/// A line that clients ignore and proxies see.
const COMMENT: &[u8] = b": still here\n\n";
/// Events are gathered into one write up to this size.
const CHUNK_BYTES: usize = 64 * 1024;

/// What is left to write, and where more comes from; without an outlet the stream has ended.
struct State {
    outlet: Option<Outlet>,
    waiting: VecDeque<Out>,
}

/// The body of an SSE answer: it ends after `closing`, and with it the stream's place in the hub.
pub fn body(mut outlet: Outlet) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let mut start = BytesMut::from(RETRY);
    for out in outlet.take_first() {
        start.extend_from_slice(&block(&out));
    }
    let state = State { outlet: Some(outlet), waiting: VecDeque::new() };
    let start = start.freeze();
    unfold((Some(start), state), |(start, mut state)| async move {
        if let Some(start) = start {
            return Some((Ok(start), (None, state)));
        }
        let chunk = next_chunk(&mut state).await?;
        Some((Ok(chunk), (None, state)))
    })
}

async fn next_chunk(state: &mut State) -> Option<Bytes> {
    let outlet = state.outlet.as_ref()?;
    // Being asked for more means that what was given before has been taken.
    outlet.connection().taken(state.waiting.is_empty());
    if state.waiting.is_empty() {
        state.waiting.extend(outlet.next().await);
    }
    let first = state.waiting.pop_front()?;
    let mut is_end = matches!(first, Out::Close(..));
    let first = block(&first);
    let mut chunk = first.clone();
    if !state.waiting.is_empty() && !is_end {
        let mut gathered = BytesMut::from(&first[..]);
        while gathered.len() < CHUNK_BYTES && !is_end {
            let Some(out) = state.waiting.pop_front() else { break };
            is_end = matches!(out, Out::Close(..));
            gathered.extend_from_slice(&block(&out));
        }
        chunk = gathered.freeze();
    }
    if is_end {
        state.outlet = None;
    }
    Some(chunk)
}

fn block(out: &Out) -> Bytes {
    match out {
        Out::Event(envelope) => envelope.encoded.sse(),
        Out::Encoded(encoded) | Out::Close(encoded, _) => encoded.sse(),
        Out::Comment => Bytes::from_static(COMMENT),
    }
}
