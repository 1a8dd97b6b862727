//! What a client says over WebSocket: its frames run beside each other, begun in the order they came.

use super::frame;
use super::line::End;
use super::outlet::Outlet;
use super::ws_frame::{Decoder, Incoming, Violation, close_frame, pong};
use crate::auth::caller::Caller;
use crate::event::encoded::Encoded;
use crate::hub::close::Close;
use crate::hub::connection::Connection;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::task::{Context, Poll};
use tokio::task::unconstrained;

/// How many frames of one client are carried out at a time; more wait in its socket.
const FRAMES_AT_ONCE: usize = 64;

type Answer = BoxFuture<'static, Option<Encoded>>;

/// Hears one client.
pub struct Ear {
    caller: Caller,
    decoder: Decoder,
    answers: FuturesUnordered<Answer>,
}

/// What ends a conversation.
pub enum Heard {
    /// Something against the contract: the stream is closed for it, after all that waits.
    Offence(Close),
    /// The end of WebSocket itself: this is the last frame.
    LastWords(Bytes, End),
}

impl Ear {
    /// Hears `caller`.
    pub fn new(caller: Caller) -> Self {
        Self { caller, decoder: Decoder::default(), answers: FuturesUnordered::new() }
    }

    /// Whether more frames are read: a peer that does not take its answers is not heard further.
    pub fn listens(&self, connection: &Connection) -> bool {
        self.answers.len() < FRAMES_AT_ONCE && !connection.owes_much()
    }

    /// Takes in what was read and begins what it asks for, until something ends the conversation.
    pub fn hear(&mut self, bytes: &[u8], outlet: &Outlet, context: &mut Context<'_>) -> Option<Heard> {
        self.decoder.feed(bytes);
        loop {
            let heard = match self.decoder.read() {
                Ok(None) => return None,
                Ok(Some(incoming)) => self.take(incoming, outlet, context),
                Err(Violation::TooLarge) => Some(offence("A frame is at most 128 KiB.")),
                Err(Violation::NotUtf8) => Some(break_off(1007, "A text that is not UTF-8.")),
                Err(Violation::Protocol(what)) => Some(break_off(1002, what)),
            };
            if heard.is_some() {
                return heard;
            }
        }
    }

    fn take(&mut self, incoming: Incoming, outlet: &Outlet, context: &mut Context<'_>) -> Option<Heard> {
        let connection = outlet.connection();
        connection.heard();
        match incoming {
            // Only the latest ping has to be answered (RFC 6455, section 5.5.3).
            Incoming::Ping(payload) => connection.reply(pong(&payload)),
            Incoming::Pong => {}
            Incoming::Close => return Some(Heard::LastWords(close_frame(1000, ""), End::Theirs)),
            Incoming::Binary => return Some(offence("Frames are text, not binary.")),
            Incoming::Text(text) => match frame::parse(&text) {
                Err(reason) => return Some(offence(reason)),
                Ok(frame) => self.begin(frame, outlet, context),
            },
        }
        None
    }

    /// Begun at once, so that sends are queued in the order they came; finished in whatever order.
    fn begin(&mut self, frame: frame::Frame, outlet: &Outlet, context: &mut Context<'_>) {
        let streams = outlet.streams().clone();
        let (caller, id) = (self.caller, outlet.connection().id);
        // Unconstrained, since one that has to yield would be answered after those behind it; how many there are is bounded.
        let carry_out = async move { frame::carry_out(&streams, &caller, id, frame).await };
        let mut answer: Answer = Box::pin(unconstrained(carry_out));
        match answer.as_mut().poll(context) {
            Poll::Ready(Some(encoded)) => outlet.connection().answer(&encoded),
            Poll::Ready(None) => {}
            Poll::Pending => {
                outlet.connection().is_being_answered(true);
                self.answers.push(answer);
            }
        }
    }

    /// Ready when frames were finished; their answers wait in the connection then.
    pub fn poll_answers(&mut self, context: &mut Context<'_>, connection: &Connection) -> Poll<()> {
        let mut has_finished = false;
        while let Poll::Ready(Some(answer)) = self.answers.poll_next_unpin(context) {
            has_finished = true;
            if let Some(answer) = answer {
                connection.answer(&answer);
            }
        }
        if !has_finished {
            return Poll::Pending;
        }
        connection.is_being_answered(!self.answers.is_empty());
        Poll::Ready(())
    }

    /// Resolves when everything that was begun is finished.
    pub async fn finished(mut self) {
        while self.answers.next().await.is_some() {}
    }
}

fn offence(what: &str) -> Heard {
    Heard::Offence(Close::bad_frame(what))
}

fn break_off(code: u16, reason: &str) -> Heard {
    Heard::LastWords(close_frame(code, reason), End::Ours)
}
