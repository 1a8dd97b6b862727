//! An open stream on its socket: writes what the hub could not write at once, and hears the client. One hand-written state
//! machine for both transports, since ten thousand of them stand idle at a time: nothing is kept but what is in use.

use super::outlet::Outlet;
use super::ws::{Ear, Heard};
use super::ws_frame::close_frame;
use super::{Streams, sse};
use crate::event::encoded::{Encoded, Form};
use crate::hub::Seat;
use crate::hub::connection::{Connection, Next};
use bytes::{Buf, Bytes};
use futures_util::future::{BoxFuture, OptionFuture};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::net::TcpStream;

/// How many pieces one write takes.
const PIECES: usize = 64;
/// How long the peer may take to close after the server did.
const GOODBYE: Duration = Duration::from_secs(2);
/// How much is read at a time.
const READ_BYTES: usize = 4 * 1024;

/// A stream that takes over the socket of the request that opened it, once the answer's head is written: it stands in the
/// answer's extensions.
#[derive(Clone)]
pub struct Takeover(Arc<Mutex<Option<Box<Line>>>>);

impl Takeover {
    /// For the one who writes the head.
    pub fn new(line: Box<Line>) -> Self {
        Self(Arc::new(Mutex::new(Some(line))))
    }

    /// The stream, once.
    pub fn take(&self) -> Option<Box<Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// An open stream.
pub struct Line {
    outlet: Arc<Outlet>,
    pieces: VecDeque<Bytes>,
    /// What the client said before the stream had its socket.
    early: Option<Bytes>,
    /// What the stream reads by itself, while it does.
    reading: Option<BoxFuture<'static, Vec<Bytes>>>,
    /// What hears the client; whoever speaks SSE says nothing.
    ear: Option<Ear>,
    /// Whether nothing more is heard of the client.
    is_deaf: bool,
    /// Once the last piece is known: who has ended the stream.
    end: Option<End>,
}

/// Who has ended a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The peer.
    Theirs,
    /// The server.
    Ours,
}

impl Line {
    /// A stream that begins with these events.
    pub fn new(streams: Streams, seat: Seat, first: &[Encoded], ear: Option<Ear>) -> Box<Self> {
        let form = seat.connection().form;
        let hello = form.is_sse().then(|| sse::hello(form));
        let pieces = hello.into_iter().chain(first.iter().map(|event| event.framed(form))).collect();
        let outlet = Arc::new(Outlet::new(streams, seat));
        Box::new(Self { outlet, pieces, early: None, reading: None, ear, is_deaf: false, end: None })
    }

    /// Takes over the socket. What was `read_too_far` came after the request.
    pub fn take_over(&mut self, socket: TcpStream, read_too_far: Bytes) {
        self.outlet.connection().attach(socket);
        self.early = Some(read_too_far).filter(|bytes| !bytes.is_empty());
    }

    /// Speaks on its socket until either side ends the stream.
    pub async fn run(mut self: Box<Self>) {
        let connection = self.outlet.connection().clone();
        let Some(socket) = connection.socket() else { return };
        match poll_fn(|context| self.poll(socket, context)).await {
            // Boxed, so that a stream which lives does not carry the room that leaving needs.
            Ok(end) => Box::pin(self.leave(&connection, socket, end)).await,
            Err(error) => tracing::trace!(%error, "a stream broke off"),
        }
    }

    /// Gives up the stream's place in the hub, finishes what frames have begun, and gives the peer time to close.
    async fn leave(self: Box<Self>, connection: &Connection, socket: &TcpStream, end: End) {
        let Self { outlet, ear, .. } = *self;
        drop(outlet);
        connection.finish();
        let left = async {
            if end == End::Ours {
                until_closed(socket).await;
            }
        };
        let finished = OptionFuture::from(ear.map(Ear::finished));
        let _ = tokio::time::timeout(GOODBYE, async { tokio::join!(left, finished) }).await;
    }

    fn poll(&mut self, socket: &TcpStream, context: &mut Context<'_>) -> Poll<io::Result<End>> {
        if let Some(early) = self.early.take() {
            self.hear(&early, context);
        }
        loop {
            // First, so that an answer goes out with the events that came meanwhile.
            let mut has_moved = self.poll_answers(context).is_ready();
            if self.poll_write(socket, context)?.is_ready()
                && let Some(end) = self.end
            {
                return Poll::Ready(Ok(end));
            }
            has_moved |= self.poll_refill(context).is_ready();
            has_moved |= self.poll_read(socket, context)?.is_ready();
            if !has_moved {
                return Poll::Pending;
            }
        }
    }

    /// Ready when nothing is left to write.
    fn poll_write(&mut self, socket: &TcpStream, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.pieces.is_empty() {
            return Poll::Ready(Ok(()));
        }
        let mut has_written = false;
        while !self.pieces.is_empty() {
            if socket.poll_write_ready(context)?.is_pending() {
                break;
            }
            let mut slices = [IoSlice::new(&[]); PIECES];
            let count = self.pieces.len().min(PIECES);
            for (slice, piece) in slices.iter_mut().zip(&self.pieces) {
                *slice = IoSlice::new(piece);
            }
            match socket.try_write_vectored(&slices[..count]) {
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Ok(written) => {
                    has_written = true;
                    self.drop_written(written);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        let is_all = self.pieces.is_empty();
        if has_written {
            self.outlet.connection().taken(is_all);
        }
        if !is_all {
            return Poll::Pending;
        }
        self.pieces = VecDeque::new();
        Poll::Ready(Ok(()))
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

    /// Takes what comes next once all before it is written.
    fn poll_refill(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if !self.pieces.is_empty() || self.end.is_some() {
            return Poll::Pending;
        }
        if let Some(reading) = &mut self.reading {
            let read = ready!(reading.as_mut().poll(context));
            self.reading = None;
            self.pieces.extend(read);
            return Poll::Ready(());
        }
        let connection = self.outlet.connection();
        match ready!(connection.poll_next(context, &mut self.pieces)) {
            Next::Write => {}
            Next::ReadOn => self.reading = Some(Box::pin(self.outlet.clone().read_on())),
            Next::End(close) => {
                let last = match connection.form {
                    Form::WebSocket => close_frame(close.code, &close.reason),
                    form => sse::goodbye(form),
                };
                self.end_with(last, End::Ours);
            }
        }
        Poll::Ready(())
    }

    /// The last piece; after it nothing more is written.
    fn end_with(&mut self, last: Bytes, end: End) {
        self.pieces.extend(Some(last).filter(|last| !last.is_empty()));
        self.end = Some(end);
    }

    fn poll_answers(&mut self, context: &mut Context<'_>) -> Poll<()> {
        match &mut self.ear {
            Some(ear) => ear.poll_answers(context, self.outlet.connection()),
            None => Poll::Pending,
        }
    }

    /// Reads what is there; the end of the stream is an error.
    fn poll_read(&mut self, socket: &TcpStream, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let connection = self.outlet.connection();
        if self.is_deaf || self.ear.as_ref().is_some_and(|ear| !ear.listens(connection)) {
            return Poll::Pending;
        }
        ready!(socket.poll_read_ready(context))?;
        let mut bytes = [0; READ_BYTES];
        match socket.try_read(&mut bytes) {
            Ok(0) => Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
            Ok(count) => {
                self.hear(&bytes[..count], context);
                Poll::Ready(Ok(()))
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Ready(Ok(())),
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    /// Does what the client says. After the end of the conversation nothing more is heard, and what was being read will
    /// not be sent.
    fn hear(&mut self, bytes: &[u8], context: &mut Context<'_>) {
        let Some(ear) = &mut self.ear else { return };
        let Some(heard) = ear.hear(bytes, &self.outlet, context) else { return };
        self.is_deaf = true;
        self.reading = None;
        match heard {
            Heard::Offence(close) => self.outlet.connection().close(close),
            Heard::LastWords(last, end) => {
                self.outlet.connection().stop(&mut self.pieces);
                self.end_with(last, end);
            }
        }
    }
}

/// Waits for the peer to close too, so that the last bytes are not lost in a reset.
async fn until_closed(socket: &TcpStream) {
    let mut bytes = [0; 256];
    while socket.readable().await.is_ok() {
        match socket.try_read(&mut bytes) {
            Ok(0) => return,
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return,
            _ => {}
        }
    }
}
