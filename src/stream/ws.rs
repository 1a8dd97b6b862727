//! WebSocket: one text frame an event, written from shared bytes, as many as wait in one write; client frames run
//! beside each other, begun in the order they came.

use super::frame;
use super::outlet::Outlet;
use super::ws_frame::{Decoder, Incoming, Violation, close_frame, pong};
use super::ws_handshake::Upgrade;
use crate::auth::caller::Caller;
use crate::event::encoded::Encoded;
use crate::hub::connection::{Close, Out};
use bytes::{Buf, Bytes};
use futures_util::future::{BoxFuture, pending};
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// How many frames of one client are carried out at a time; more wait in its socket.
const FRAMES_AT_ONCE: usize = 64;
/// How many pieces one write takes.
const PIECES: usize = 64;
/// How long the peer may take to close after the server did.
const GOODBYE: Duration = Duration::from_secs(2);
/// How much is read at a time.
const READ_BYTES: usize = 4 * 1024;

/// Speaks WebSocket on the request's socket until either side ends it.
pub async fn run(upgrade: Upgrade, outlet: Outlet, caller: Caller) {
    match upgrade.socket().await {
        Ok((socket, read_too_far)) => {
            let connection = outlet.connection().clone();
            let speak = Socket::new(socket, outlet, caller, &read_too_far).speak();
            tokio::select! {
                _ = speak => {}
                () = connection.is_cut() => {}
            }
        }
        Err(error) => tracing::debug!(%error, "a client left during the handshake"),
    }
}

type Answer = BoxFuture<'static, Option<Encoded>>;

struct Socket {
    socket: TcpStream,
    outlet: Arc<Outlet>,
    caller: Caller,
    decoder: Decoder,
    pieces: VecDeque<Bytes>,
    /// What comes after the pieces: read ahead, so that nobody holds the database while a peer is slow.
    ahead: Option<Vec<Out>>,
    /// The pong to the latest ping, the only one that has to be answered (RFC 6455, section 5.5.3).
    pong: Option<Bytes>,
    answers: FuturesUnordered<Answer>,
    /// What the peer is told last, once it is known.
    goodbye: Option<Goodbye>,
}

enum Goodbye {
    /// The peer has closed, and was answered.
    Theirs,
    /// The server has closed.
    Ours,
}

impl Socket {
    fn new(socket: TcpStream, mut outlet: Outlet, caller: Caller, read_too_far: &[u8]) -> Self {
        let mut decoder = Decoder::default();
        decoder.feed(read_too_far);
        let pieces = outlet.take_first().iter().map(text_frame).collect();
        let outlet = Arc::new(outlet);
        Self {
            socket,
            outlet,
            caller,
            decoder,
            pieces,
            ahead: None,
            pong: None,
            answers: FuturesUnordered::new(),
            goodbye: None,
        }
    }

    async fn speak(mut self) -> io::Result<()> {
        self.read_frames().await;
        let outlet = self.outlet.clone();
        let mut next: BoxFuture<'_, Vec<Out>> = Box::pin(outlet.next());
        loop {
            self.refill();
            if self.goodbye.is_some() {
                // What was being read will not be sent.
                next = Box::pin(pending());
                if self.pieces.is_empty() {
                    break;
                }
            }
            tokio::select! {
                ready = self.socket.writable(), if !self.pieces.is_empty() => {
                    ready?;
                    self.write()?;
                }
                batch = &mut next, if self.ahead.is_none() && self.goodbye.is_none() => {
                    self.ahead = Some(batch);
                    next = Box::pin(outlet.next());
                    self.refill();
                    self.write()?;
                }
                Some(answer) = self.answers.next(), if !self.answers.is_empty() => {
                    if let Some(answer) = answer {
                        self.outlet.connection().answer(answer);
                    }
                }
                ready = self.socket.readable(), if self.listens() => {
                    ready?;
                    if !self.read()? {
                        return Ok(());
                    }
                    self.read_frames().await;
                }
            }
        }
        drop(next);
        drop(outlet);
        self.leave().await
    }

    /// Whether more frames are read: a peer that does not take its answers is not heard further.
    fn listens(&self) -> bool {
        self.goodbye.is_none() && self.answers.len() < FRAMES_AT_ONCE && !self.outlet.connection().owes_much()
    }

    /// Gives up the stream's place, and finishes what frames have begun. Waits for the peer to close too, so that the last
    /// bytes are not lost in a reset.
    async fn leave(self) -> io::Result<()> {
        let Self { mut socket, outlet, mut answers, goodbye, .. } = self;
        drop(outlet);
        socket.shutdown().await?;
        let finished = async { while answers.next().await.is_some() {} };
        let left = async {
            if matches!(goodbye, Some(Goodbye::Ours)) {
                let _ = tokio::io::copy(&mut socket, &mut tokio::io::sink()).await;
            }
        };
        let _ = tokio::time::timeout(GOODBYE, async { tokio::join!(finished, left) }).await;
        Ok(())
    }

    /// Takes what comes next once all before it is written.
    fn refill(&mut self) {
        if self.pieces.is_empty()
            && self.goodbye.is_none()
            && let Some(batch) = self.ahead.take()
        {
            self.put(batch);
        }
        if self.pieces.is_empty() && self.goodbye.is_none() {
            self.pieces.extend(self.pong.take());
        }
    }

    fn put(&mut self, batch: Vec<Out>) {
        for out in batch {
            self.pieces.push_back(text_frame(&out));
            if let Out::Close(_, close) = out {
                self.pieces.push_back(close_frame(close.code, &close.reason));
                self.goodbye = Some(Goodbye::Ours);
            }
        }
    }

    fn write(&mut self) -> io::Result<()> {
        let mut has_written = false;
        while !self.pieces.is_empty() {
            let slices: Vec<IoSlice<'_>> =
                self.pieces.iter().take(PIECES).map(|piece| IoSlice::new(piece)).collect();
            match self.socket.try_write_vectored(&slices) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    has_written = true;
                    self.drop_written(written);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        if has_written {
            self.outlet.connection().taken(self.pieces.is_empty() && self.ahead.is_none());
        }
        Ok(())
    }

    fn drop_written(&mut self, mut written: usize) {
        while let Some(piece) = self.pieces.front_mut() {
            if piece.len() > written {
                piece.advance(written);
                return;
            }
            written -= piece.len();
            self.pieces.pop_front();
        }
    }

    /// Reads what is there; false at the end of the stream.
    fn read(&mut self) -> io::Result<bool> {
        let mut bytes = [0; READ_BYTES];
        match self.socket.try_read(&mut bytes) {
            Ok(0) => Ok(false),
            Ok(count) => {
                self.decoder.feed(&bytes[..count]);
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(true),
            Err(error) => Err(error),
        }
    }

    async fn read_frames(&mut self) {
        while self.goodbye.is_none() {
            match self.decoder.read() {
                Ok(None) => return,
                Ok(Some(incoming)) => self.take(incoming).await,
                Err(Violation::TooLarge) => self.end(Close::bad_frame("A frame is at most 128 KiB.")),
                Err(Violation::NotUtf8) => self.break_off(1007, "A text that is not UTF-8."),
                Err(Violation::Protocol(what)) => self.break_off(1002, what),
            }
        }
    }

    async fn take(&mut self, incoming: Incoming) {
        let connection = self.outlet.connection().clone();
        connection.heard();
        match incoming {
            Incoming::Ping(payload) => self.pong = Some(pong(&payload)),
            Incoming::Pong => {}
            Incoming::Close => {
                self.pieces.push_back(close_frame(1000, ""));
                self.goodbye = Some(Goodbye::Theirs);
            }
            Incoming::Binary => self.end(Close::bad_frame("Frames are text, not binary.")),
            Incoming::Text(text) => match frame::parse(&text) {
                Err(reason) => self.end(Close::bad_frame(reason)),
                Ok(frame) => {
                    let streams = self.outlet.streams().clone();
                    let (caller, id) = (self.caller, connection.id);
                    let mut answer: Answer =
                        Box::pin(async move { frame::carry_out(&streams, &caller, id, frame).await });
                    // Begun at once, so that sends are queued in the order they came; finished in whatever order.
                    match futures_util::poll!(&mut answer) {
                        Poll::Ready(Some(encoded)) => connection.answer(encoded),
                        Poll::Ready(None) => {}
                        Poll::Pending => self.answers.push(answer),
                    }
                }
            },
        }
    }

    /// Ends the stream by the contract: `closing`, then the close frame, after all that waits.
    fn end(&mut self, close: Close) {
        let connection = self.outlet.connection().clone();
        connection.close(close);
        let ahead = self.ahead.take().unwrap_or_default();
        self.put(ahead);
        self.put(connection.take());
        self.goodbye = Some(Goodbye::Ours);
    }

    /// Ends a conversation that is not WebSocket any more.
    fn break_off(&mut self, code: u16, reason: &str) {
        self.pieces.push_back(close_frame(code, reason));
        self.goodbye = Some(Goodbye::Ours);
    }
}

fn text_frame(out: &Out) -> Bytes {
    match out {
        Out::Event(envelope) => envelope.encoded.websocket(),
        Out::Encoded(encoded) | Out::Close(encoded, _) => encoded.websocket(),
        Out::Comment => Bytes::new(),
    }
}
