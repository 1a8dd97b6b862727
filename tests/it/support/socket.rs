//! A bare TCP connection to the server, for what no well-behaved client sends or does.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Duration, timeout};

use super::client::Client;

/// Long enough for one of ten thousand at once.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection whose kernel buffer for receiving is as small as it can be.
pub async fn connect_narrow(client: &Client) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(client.base().trim_start_matches("http://").parse().unwrap()).await.unwrap()
}

/// Sends a request without a body, and gives the answer's head and what came after it so far.
pub async fn request(socket: &mut TcpStream, client: &Client, line: &str) -> (String, Vec<u8>) {
    let host = client.base().trim_start_matches("http://");
    let token = client.token.as_deref().map(|token| format!("Authorization: Bearer {token}\r\n"));
    let more = if line.contains("/v1/ws") { UPGRADE } else { "" };
    let head = format!("{line}\r\nHost: {host}\r\n{}{more}\r\n", token.unwrap_or_default());
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let is_end = |window: &[u8]| window == b"\r\n\r\n";
    let end = loop {
        if let Some(end) = bytes.windows(4).position(is_end) {
            break end + 4;
        }
        let count = timeout(PATIENCE, socket.read_buf(&mut bytes)).await.expect("an answer").unwrap();
        assert!(count > 0, "the answer broke off: {}", String::from_utf8_lossy(&bytes));
    };
    let rest = bytes.split_off(end);
    (String::from_utf8(bytes).unwrap(), rest)
}

const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// One frame of the server.
#[derive(Debug, PartialEq, Eq)]
pub struct RawFrame {
    /// 1 for text, 8 for close, 9 for ping, 10 for pong.
    pub opcode: u8,
    pub payload: Vec<u8>,
}

impl RawFrame {
    /// The code of a close frame.
    pub fn close_code(&self) -> u16 {
        assert_eq!(self.opcode, 8, "{self:?}");
        u16::from_be_bytes([self.payload[0], self.payload[1]])
    }
}

/// A socket that speaks as it likes.
pub struct RawSocket {
    socket: TcpStream,
    read: Vec<u8>,
}

impl RawSocket {
    /// Sends a request and gives the answer's head.
    pub async fn open(client: &Client, line: &str) -> (RawSocket, String) {
        let host = client.base().trim_start_matches("http://");
        let mut socket = TcpStream::connect(host).await.unwrap();
        let (head, read) = request(&mut socket, client, line).await;
        (RawSocket { socket, read }, head)
    }

    /// A WebSocket whose frames are made by hand.
    pub async fn websocket(client: &Client) -> RawSocket {
        let (socket, head) = RawSocket::open(client, "GET /v1/ws HTTP/1.1").await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        socket
    }

    pub async fn write(&mut self, bytes: &[u8]) {
        self.socket.write_all(bytes).await.unwrap();
    }

    /// Sends a masked frame; `first` is its first byte.
    pub async fn frame(&mut self, first: u8, payload: &[u8]) {
        let mut frame = vec![first];
        match payload.len() {
            len @ 0..=125 => frame.push(0x80 | len as u8),
            len => {
                frame.push(0x80 | 127);
                frame.extend_from_slice(&(len as u64).to_be_bytes());
            }
        }
        let mask = [7, 11, 13, 17];
        frame.extend_from_slice(&mask);
        frame.extend(payload.iter().enumerate().map(|(at, byte)| byte ^ mask[at % 4]));
        self.write(&frame).await;
    }

    /// The next frame, or `None` at the end.
    pub async fn next(&mut self) -> Option<RawFrame> {
        loop {
            if let Some((header_len, len)) = header(&self.read)
                && self.read.len() >= header_len + len
            {
                let opcode = self.read[0] & 0x0f;
                let payload = self.read.drain(..header_len + len).skip(header_len).collect();
                return Some(RawFrame { opcode, payload });
            }
            let count = timeout(PATIENCE, self.socket.read_buf(&mut self.read)).await.expect("a frame");
            count.ok().filter(|count| *count > 0)?;
        }
    }

    /// The next frame that is no text.
    pub async fn next_control(&mut self) -> Option<RawFrame> {
        loop {
            let frame = self.next().await?;
            if frame.opcode != 1 {
                return Some(frame);
            }
        }
    }

    /// All that comes until the server ends the connection.
    pub async fn rest(mut self) -> Vec<u8> {
        while timeout(PATIENCE, self.socket.read_buf(&mut self.read))
            .await
            .expect("the end")
            .is_ok_and(|n| n > 0)
        {}
        self.read
    }
}

/// How long the header of a server's frame is, and its payload.
fn header(bytes: &[u8]) -> Option<(usize, usize)> {
    let extended = match bytes.get(1)? & 0x7f {
        126 => 2,
        127 => 8,
        len => return Some((2, usize::from(len))),
    };
    let len = bytes.get(2..2 + extended)?.iter().fold(0, |len, byte| len << 8 | usize::from(*byte));
    Some((2 + extended, len))
}
