//! WebSocket frames as a client sends them (RFC 6455, section 5), and the few that a server sends besides events.

use bytes::Bytes;

/// The largest frame or message that is read: the contract's 128 KiB.
pub const MAX_BYTES: usize = 128 * 1024;

/// Something whole that a client has sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Incoming {
    /// A text message.
    Text(String),
    /// A binary message, which nothing here understands.
    Binary,
    /// A ping, to be answered with its payload.
    Ping(Vec<u8>),
    /// A pong.
    Pong,
    /// The end.
    Close,
}

/// What a client must not send.
#[derive(Debug, PartialEq, Eq)]
pub enum Violation {
    /// Against the protocol: close code 1002.
    Protocol(&'static str),
    /// A text that is not UTF-8: close code 1007.
    NotUtf8,
    /// Larger than [`MAX_BYTES`].
    TooLarge,
}

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// Puts bytes together to messages. It holds no memory while nothing is half read.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
    message: Option<Vec<u8>>,
}

struct Header {
    is_final: bool,
    opcode: u8,
    mask: [u8; 4],
    header_len: usize,
    len: usize,
}

impl Decoder {
    /// Takes in what was read.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole message or control frame, if there is one.
    pub fn read(&mut self) -> Result<Option<Incoming>, Violation> {
        while let Some(header) = self.header()? {
            let end = header.header_len + header.len;
            if self.buffer.len() < end {
                return Ok(None);
            }
            let mut payload: Vec<u8> = self.buffer.drain(..end).skip(header.header_len).collect();
            for (index, byte) in payload.iter_mut().enumerate() {
                *byte ^= header.mask[index % 4];
            }
            if self.buffer.is_empty() {
                self.buffer = Vec::new();
            }
            if let Some(incoming) = self.put(&header, payload)? {
                return Ok(Some(incoming));
            }
        }
        Ok(None)
    }

    fn put(&mut self, header: &Header, payload: Vec<u8>) -> Result<Option<Incoming>, Violation> {
        match header.opcode {
            PING => return Ok(Some(Incoming::Ping(payload))),
            PONG => return Ok(Some(Incoming::Pong)),
            CLOSE => return close(&payload).map(|()| Some(Incoming::Close)),
            BINARY => return Ok(Some(Incoming::Binary)),
            TEXT if self.message.is_some() => {
                return Err(Violation::Protocol("a message began within another"));
            }
            CONTINUATION if self.message.is_none() => return Err(Violation::Protocol("nothing to continue")),
            _ => {}
        }
        let mut message = self.message.take().unwrap_or_default();
        message.extend_from_slice(&payload);
        if message.len() > MAX_BYTES {
            return Err(Violation::TooLarge);
        }
        if !header.is_final {
            self.message = Some(message);
            return Ok(None);
        }
        String::from_utf8(message).map(|text| Some(Incoming::Text(text))).map_err(|_| Violation::NotUtf8)
    }

    fn header(&self) -> Result<Option<Header>, Violation> {
        let [first, second, rest @ ..] = self.buffer.as_slice() else { return Ok(None) };
        let (is_final, opcode, short_len) = (first & 0x80 != 0, first & 0x0f, usize::from(second & 0x7f));
        if first & 0x70 != 0 {
            return Err(Violation::Protocol("reserved bits are set"));
        }
        if second & 0x80 == 0 {
            return Err(Violation::Protocol("a client's frame must be masked"));
        }
        if !matches!(opcode, CONTINUATION | TEXT | BINARY | CLOSE | PING | PONG) {
            return Err(Violation::Protocol("an unknown opcode"));
        }
        if opcode >= CLOSE && (!is_final || short_len > 125) {
            return Err(Violation::Protocol("a control frame must be short and whole"));
        }
        let extended = match short_len {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        if rest.len() < extended + 4 {
            return Ok(None);
        }
        let len = match extended {
            0 => short_len as u64,
            _ => rest[..extended].iter().fold(0, |len, byte| len << 8 | u64::from(*byte)),
        };
        let len = usize::try_from(len).ok().filter(|len| *len <= MAX_BYTES).ok_or(Violation::TooLarge)?;
        let mask = [rest[extended], rest[extended + 1], rest[extended + 2], rest[extended + 3]];
        Ok(Some(Header { is_final, opcode, mask, header_len: 2 + extended + 4, len }))
    }
}

/// Checks the payload of a close frame (section 5.5.1).
fn close(payload: &[u8]) -> Result<(), Violation> {
    let [high, low, reason @ ..] = payload else {
        return if payload.is_empty() { Ok(()) } else { Err(Violation::Protocol("half a close code")) };
    };
    match u16::from_be_bytes([*high, *low]) {
        1000..=1003 | 1007..=1014 | 3000..=4999 => {}
        _ => return Err(Violation::Protocol("a close code that must not be sent")),
    }
    std::str::from_utf8(reason).map(|_| ()).map_err(|_| Violation::NotUtf8)
}

/// A pong frame with the ping's payload, which is at most 125 bytes.
pub fn pong(payload: &[u8]) -> Bytes {
    control(PONG, payload)
}

/// A close frame. The reason is cut to what a control frame can hold.
pub fn close_frame(code: u16, reason: &str) -> Bytes {
    let mut cut = reason.len().min(123);
    while !reason.is_char_boundary(cut) {
        cut -= 1;
    }
    let mut payload = code.to_be_bytes().to_vec();
    payload.extend_from_slice(&reason.as_bytes()[..cut]);
    control(CLOSE, &payload)
}

fn control(opcode: u8, payload: &[u8]) -> Bytes {
    let mut frame = vec![0x80 | opcode, payload.len() as u8];
    frame.extend_from_slice(payload);
    frame.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mask = [1, 2, 3, 4];
        let mut frame = vec![first];
        match payload.len() {
            0..=125 => frame.push(0x80 | payload.len() as u8),
            len => {
                frame.push(0x80 | 127);
                frame.extend_from_slice(&(len as u64).to_be_bytes());
            }
        }
        frame.extend_from_slice(&mask);
        frame.extend(payload.iter().enumerate().map(|(i, byte)| byte ^ mask[i % 4]));
        frame
    }

    fn read(bytes: &[u8]) -> Result<Vec<Incoming>, Violation> {
        let (mut decoder, mut all) = (Decoder::default(), Vec::new());
        for byte in bytes {
            decoder.feed(&[*byte]);
            while let Some(incoming) = decoder.read()? {
                all.push(incoming);
            }
        }
        Ok(all)
    }

    #[test]
    fn a_message_is_read_byte_by_byte_in_fragments_with_a_ping_between() {
        let bytes = [frame(0x01, "Grüß".as_bytes()), frame(0x89, b"p"), frame(0x80, b" dich")].concat();
        assert_eq!(read(&bytes), Ok(vec![Incoming::Ping(b"p".to_vec()), Incoming::Text("Grüß dich".into())]));
    }

    #[test]
    fn what_the_standard_forbids_is_refused() {
        let unmasked = [0x81, 0x01, b'a'];
        let protocol = [
            unmasked.to_vec(),
            frame(0xc1, b"a"),
            frame(0x83, b"a"),
            frame(0x09, b"a"),
            frame(0x89, &[0; 126]),
            frame(0x80, b"a"),
            [frame(0x01, b"a"), frame(0x81, b"b")].concat(),
            frame(0x88, &[3]),
            frame(0x88, &1005_u16.to_be_bytes()),
        ];
        for bytes in protocol {
            assert!(matches!(read(&bytes), Err(Violation::Protocol(_))), "{bytes:?}");
        }
        assert_eq!(read(&frame(0x81, &[0xff])), Err(Violation::NotUtf8));
    }

    #[test]
    fn the_limit_is_exact_and_is_seen_in_the_header_already() {
        assert_eq!(read(&frame(0x81, &vec![b'a'; MAX_BYTES])).map(|all| all.len()), Ok(1));
        let larger = frame(0x81, &vec![b'a'; MAX_BYTES + 1]);
        assert_eq!(read(&larger[..14]), Err(Violation::TooLarge));
        let halves = [frame(0x01, &vec![b'a'; MAX_BYTES]), frame(0x80, b"a")].concat();
        assert_eq!(read(&halves), Err(Violation::TooLarge));
    }
}
