//! Asking the instance that holds a stream, whichever it is: everyone is asked, and everyone answers. Redis says how many
//! heard it, so a stream that nobody holds is known as soon as all have said so.

use super::wire::{Answer, Body, Verdict, Word};
use super::{Shared, lock};
use crate::bus::memory::{CONTROL_TIMEOUT, no_answer};
use crate::bus::{ControlRequest, Notice};
use crate::error::{Error, Result};
use crate::id::{AskId, InstanceId};
use redis::AsyncCommands;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout, timeout_at};

/// How long to wait before asking again, should the question or an answer be lost.
const ASK_AGAIN: Duration = Duration::from_millis(600);

/// Questions under way, and where their answers go.
#[derive(Default)]
pub(super) struct Asks(Mutex<HashMap<AskId, mpsc::UnboundedSender<Answer>>>);

impl Asks {
    pub fn answer(&self, answer: Answer) {
        if let Some(asker) = lock(&self.0).get(&answer.ask_id) {
            // Whoever asked may have gone; then nobody needs the answer.
            let _ = asker.send(answer);
        }
    }
}

/// A question under way; dropped, it takes no more answers.
struct Question<'s> {
    id: AskId,
    asks: &'s Asks,
    answers: mpsc::UnboundedReceiver<Answer>,
    /// Who has said that the stream is not theirs.
    not_theirs: HashSet<InstanceId>,
}

impl<'s> Question<'s> {
    fn new(asks: &'s Asks) -> Self {
        let (sender, answers) = mpsc::unbounded_channel();
        let id = AskId::new();
        lock(&asks.0).insert(id, sender);
        Self { id, asks, answers, not_theirs: HashSet::new() }
    }

    /// Waits for the holder's answer, or until `others` have said that they are not it.
    async fn verdict(&mut self, others: usize) -> Result<()> {
        while self.not_theirs.len() < others {
            match self.answers.recv().await {
                Some(Answer { verdict: Verdict::Done, .. }) => return Ok(()),
                Some(Answer { verdict: Verdict::Refused(refusal), .. }) => return Err(refusal.into()),
                Some(Answer { verdict: Verdict::NotMine, from, .. }) => {
                    self.not_theirs.insert(from);
                }
                None => return Err(no_answer()),
            }
        }
        Err(Error::not_found())
    }
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        lock(&self.asks.0).remove(&self.id);
    }
}

impl Shared {
    /// Asks the other instances to act on a stream; see [`crate::bus::Bus::control`].
    pub(super) async fn ask(&self, request: ControlRequest) -> Result<()> {
        let deadline = Instant::now() + CONTROL_TIMEOUT;
        let mut question = Question::new(&self.asks);
        let word = Word { from: self.instance_id, number: None, body: Body::Ask(question.id, request) };
        let frame = serde_json::to_vec(&word).map_err(|e| Error::internal(e.to_string()))?;
        while Instant::now() < deadline {
            let mut connection = self.connection().ok_or_else(no_answer)?;
            let published = connection.publish(&self.channels.signals, frame.as_slice());
            let heard: usize = match timeout_at(deadline, published).await {
                Ok(Ok(heard)) => heard,
                _ => return Err(no_answer()),
            };
            // This instance is among those that heard it.
            let verdict = question.verdict(heard.saturating_sub(1));
            if let Ok(verdict) = timeout_at(deadline.min(Instant::now() + ASK_AGAIN), verdict).await {
                return verdict;
            }
        }
        Err(no_answer())
    }

    /// Answers another instance's question, when the hub has.
    pub(super) fn asked(self: &Arc<Self>, from: InstanceId, ask_id: AskId, request: ControlRequest) {
        let (answer, answered) = oneshot::channel();
        self.here.say(Notice::Control(request, answer));
        let shared = self.clone();
        tokio::spawn(async move {
            let Ok(Ok(result)) = timeout(CONTROL_TIMEOUT, answered).await else { return };
            let answer = Answer { from: shared.instance_id, ask_id, verdict: result.into() };
            let frame = serde_json::to_vec(&answer).unwrap_or_default();
            shared.send(shared.channels.of(from), frame);
        });
    }
}
