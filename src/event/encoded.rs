//! An event's bytes: its JSON once, its WebSocket frame around it, its SSE block when first asked for; shared by all.

use crate::id::Seq;
use bytes::{BufMut, Bytes, BytesMut};
use serde::Serialize;
use std::sync::OnceLock;

/// How events are written on a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A WebSocket text frame each.
    WebSocket,
    /// An SSE block each, in a body that ends with the connection.
    Sse,
    /// An SSE block each, in a body of chunks (RFC 9112, section 7.1).
    ChunkedSse,
}

impl Form {
    /// Whether it is SSE, chunked or not.
    pub fn is_sse(self) -> bool {
        self != Form::WebSocket
    }

    /// A piece of an SSE body as it goes out.
    pub fn body(self, block: &'static [u8]) -> Bytes {
        match self {
            Form::ChunkedSse => chunk(block),
            Form::WebSocket | Form::Sse => Bytes::from_static(block),
        }
    }
}

/// An event, written. Cloning shares the bytes.
#[derive(Debug)]
pub struct Encoded {
    frame: Bytes,
    header_len: usize,
    sse_id: Option<Seq>,
    /// The SSE block as a chunk.
    chunk: OnceLock<Bytes>,
}

#[derive(Serialize)]
struct Wire<'a, D> {
    #[serde(rename = "type")]
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<Seq>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a serde_json::Value>,
    data: D,
}

impl Encoded {
    /// A durable event: with its `seq`, which is also its SSE id.
    pub fn durable(name: &str, seq: Seq, data: impl Serialize) -> Self {
        Self::write(&Wire { name, seq: Some(seq), id: None, data }, Some(seq))
    }

    /// An ephemeral event, with no `seq`.
    pub fn ephemeral(name: &str, data: impl Serialize) -> Self {
        Self::write(&Wire { name, seq: None, id: None, data }, None)
    }

    /// `ready` and `pong`: no `seq`, but the cursor as SSE id; and the `id` of the frame that it answers, if any.
    pub fn at_cursor(name: &str, cursor: Seq, id: Option<&serde_json::Value>, data: impl Serialize) -> Self {
        Self::write(&Wire { name, seq: None, id: id.filter(|id| !id.is_null()), data }, Some(cursor))
    }

    /// The answer to a client's frame: with no id if that had none.
    pub fn answer(name: &str, id: &serde_json::Value, data: impl Serialize) -> Self {
        Self::write(&Wire { name, seq: None, id: Some(id).filter(|id| !id.is_null()), data }, None)
    }

    /// A durable event that was written on another instance, as [`Encoded::json`] gave it.
    pub fn written(seq: Seq, json: &[u8]) -> Self {
        Self::frame(json, Some(seq))
    }

    fn write(wire: &impl Serialize, sse_id: Option<Seq>) -> Self {
        Self::frame(&serde_json::to_vec(wire).unwrap_or_default(), sse_id)
    }

    fn frame(json: &[u8], sse_id: Option<Seq>) -> Self {
        let mut frame = BytesMut::with_capacity(json.len() + 10);
        put_text_header(&mut frame, json.len());
        let header_len = frame.len();
        frame.put_slice(json);
        Self { frame: frame.freeze(), header_len, sse_id, chunk: OnceLock::new() }
    }

    /// The JSON object.
    pub fn json(&self) -> Bytes {
        self.frame.slice(self.header_len..)
    }

    /// One WebSocket text frame, header included.
    pub fn websocket(&self) -> Bytes {
        self.frame.clone()
    }

    /// One SSE block: `id:` if it has one, `data:`, an empty line. JSON has no raw line breaks, so one line is enough.
    pub fn sse(&self) -> Bytes {
        let chunk = self.chunk();
        let header_len = chunk.iter().position(|byte| *byte == b'\n').map_or(0, |place| place + 1);
        chunk.slice(header_len..chunk.len() - CHUNK_END.len())
    }

    /// It as it goes out on a stream of this form.
    pub fn framed(&self, form: Form) -> Bytes {
        match form {
            Form::WebSocket => self.websocket(),
            Form::Sse => self.sse(),
            Form::ChunkedSse => self.chunk(),
        }
    }

    fn chunk(&self) -> Bytes {
        let chunk = self.chunk.get_or_init(|| {
            let id = self.sse_id.map(|id| format!("id: {id}\n")).unwrap_or_default();
            chunk(&[id.as_bytes(), b"data: ", &self.frame[self.header_len..], b"\n\n"].concat())
        });
        chunk.clone()
    }

    /// How many bytes it weighs in a queue.
    pub fn size(&self) -> usize {
        self.frame.len()
    }
}

/// What a chunk ends with.
const CHUNK_END: &[u8] = b"\r\n";

/// One chunk of a chunked body (RFC 9112, section 7.1).
fn chunk(content: &[u8]) -> Bytes {
    [format!("{:x}\r\n", content.len()).as_bytes(), content, CHUNK_END].concat().into()
}

/// The header of an unmasked, final text frame (RFC 6455, section 5.2).
fn put_text_header(frame: &mut BytesMut, len: usize) {
    frame.put_u8(0x81);
    match len {
        0..=125 => frame.put_u8(len as u8),
        126..=0xffff => {
            frame.put_u8(126);
            frame.put_u16(len as u16);
        }
        _ => {
            frame.put_u8(127);
            frame.put_u64(len as u64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_rendering_serves_every_transport() {
        let event = Encoded::durable("message.created", 7, serde_json::json!({"a": 1}));
        let json = r#"{"type":"message.created","seq":7,"data":{"a":1}}"#;
        assert_eq!(event.json(), json);
        assert_eq!(event.websocket()[..2], [0x81, json.len() as u8]);
        let block = format!("id: 7\ndata: {json}\n\n");
        assert_eq!(event.sse(), block);
        assert_eq!(event.framed(Form::ChunkedSse), format!("{:x}\r\n{block}\r\n", block.len()));
        assert_eq!(Encoded::ephemeral("state", ()).sse(), "data: {\"type\":\"state\",\"data\":null}\n\n");
    }

    #[test]
    fn a_frame_header_grows_with_the_text() {
        for (len, header) in [(200, 4), (70_000, 10)] {
            let event = Encoded::ephemeral("x", "y".repeat(len));
            assert_eq!(event.websocket().len() - event.json().len(), header);
        }
    }
}
