//! The bus of a single instance: it talks to itself.

use super::{Bus, ControlRequest, Notice};
use crate::error::{Error, Result};
use crate::event::ephemeral::Signal;
use crate::store::Committed;
use futures_util::future::BoxFuture;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// How long a stream's holder may take to act.
pub(super) const CONTROL_TIMEOUT: Duration = Duration::from_secs(2);

/// The holder of a stream does not answer.
pub(super) fn no_answer() -> Error {
    Error::unavailable("The instance that holds the stream does not answer.", 2)
}

/// A bus within the process.
pub struct Memory(mpsc::UnboundedSender<Notice>);

impl Memory {
    /// A bus, and what is heard on it.
    pub fn new() -> (Self, mpsc::UnboundedReceiver<Notice>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    /// While the process ends nobody listens any more, and nothing needs to be heard.
    pub(super) fn say(&self, notice: Notice) {
        let _ = self.0.send(notice);
    }
}

impl Bus for Memory {
    fn publish(&self, committed: Committed) {
        let envelopes = committed.into_envelopes();
        if !envelopes.is_empty() {
            self.say(Notice::Events(envelopes));
        }
    }

    fn signal(&self, signal: Signal) {
        self.signal_here(signal);
    }

    fn signal_here(&self, signal: Signal) {
        self.say(Notice::Signal(signal));
    }

    fn flushed(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    fn is_up(&self) -> bool {
        true
    }

    fn control(&self, request: ControlRequest) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let (answer, answered) = oneshot::channel();
            self.say(Notice::Control(request, answer));
            match tokio::time::timeout(CONTROL_TIMEOUT, answered).await {
                Ok(Ok(result)) => result,
                _ => Err(no_answer()),
            }
        })
    }
}
