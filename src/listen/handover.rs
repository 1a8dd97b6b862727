//! From HTTP to a stream: the answer's head goes out through hyper, then the stream takes over the socket, and nothing of
//! hyper and its buffers is kept.

use crate::stream::line::Line;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// Where one connection's stream waits for the head to be written.
#[derive(Default)]
pub struct Handover {
    state: Mutex<State>,
    offered: Notify,
}

#[derive(Default)]
struct State {
    line: Option<Box<Line>>,
    is_head_written: bool,
}

impl Handover {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Offers the stream of an answer that is about to be written.
    pub fn offer(&self, line: Box<Line>) {
        self.lock().line = Some(line);
        self.offered.notify_one();
    }

    /// Resolves when a stream was offered so long ago.
    pub async fn is_stuck(&self, patience: Duration) {
        self.offered.notified().await;
        tokio::time::sleep(patience).await;
    }

    /// The stream, once its head is written.
    pub fn take(&self) -> Option<Box<Line>> {
        let mut state = self.lock();
        if state.is_head_written { state.line.take() } else { None }
    }

    /// hyper flushes the socket when it has written all that it had.
    fn flushed(&self) {
        let mut state = self.lock();
        state.is_head_written = state.line.is_some();
    }
}

/// The socket as hyper sees it.
pub struct Watched {
    socket: TokioIo<TcpStream>,
    handover: Arc<Handover>,
}

impl Watched {
    /// The socket, and whom to tell when all is written.
    pub fn new(socket: TcpStream, handover: Arc<Handover>) -> Self {
        Self { socket: TokioIo::new(socket), handover }
    }

    /// The socket alone.
    pub fn into_inner(self) -> TcpStream {
        self.socket.into_inner()
    }

    fn socket(self: Pin<&mut Self>) -> Pin<&mut TokioIo<TcpStream>> {
        Pin::new(&mut self.get_mut().socket)
    }
}

impl Read for Watched {
    fn poll_read(
        self: Pin<&mut Self>, context: &mut Context<'_>, buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        self.socket().poll_read(context, buffer)
    }
}

impl Write for Watched {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.socket().poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().socket().poll_flush(context))?;
        self.handover.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket().poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>, context: &mut Context<'_>, slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.socket().poll_write_vectored(context, slices)
    }
}
