//! One batch from the lock to the answers.

use super::super::messages::SendHash;
use super::rights::Rights;
use super::{Answer, Job, Mark, Marked, Send, Sent, marks, sends};
use crate::error::{Error, Result};
use crate::store::{Committed, Store};
use futures_util::FutureExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// How long a batch may take, waiting for the database included: longer than the database's own limits, so that it only
/// ends what those did not.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What shares a commit, and who waits for it.
pub(super) struct Batch {
    sends: Vec<(Box<Send>, SendHash)>,
    marks: Vec<Mark>,
    send_answers: Vec<Answer<Sent>>,
    mark_answers: Vec<Answer<Marked>>,
}

/// What a commit made of a batch: durable, to be published, then told.
struct Done {
    committed: Committed,
    sent: Vec<Result<Sent>>,
    marked: Vec<Result<Marked>>,
}

impl Batch {
    pub fn new(jobs: impl Iterator<Item = Job>) -> Self {
        let mut batch = Self { sends: vec![], marks: vec![], send_answers: vec![], mark_answers: vec![] };
        for job in jobs {
            match job {
                Job::Send(send, hash, answer) => {
                    batch.sends.push((send, hash));
                    batch.send_answers.push(answer);
                }
                Job::Mark(mark, answer) => {
                    batch.marks.push(mark);
                    batch.mark_answers.push(answer);
                }
            }
        }
        batch
    }

    /// Stores, publishes, answers. Whatever happens, the worker lives on: a fault, even a panic, fails this batch alone,
    /// and as a whole, with nothing of it stored.
    pub async fn run(self, store: &Store, rights: &mut Rights, publish: &impl Fn(Committed)) {
        let commit = AssertUnwindSafe(self.commit(store, rights)).catch_unwind();
        let outcome = match tokio::time::timeout(TIMEOUT, commit).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(Error::internal("a batch of sends and marks panicked")),
            Err(_) => Err(Error::unavailable("The database does not answer.", 1)),
        };
        match outcome {
            Ok(done) => self.answer(done, publish),
            Err(error) => self.fail(&error),
        }
    }

    /// `known` stays empty if it fails: what was decided then never came true.
    async fn commit(&self, store: &Store, known: &mut Rights) -> Result<Done> {
        let mut append = store.begin_append().await?;
        let senders = self.sends.iter().map(|(send, _)| (send.channel_id, send.sender_id)).collect();
        let markers = self.marks.iter().map(Mark::pair).collect();
        let mut rights = std::mem::take(known).load(&mut append, senders, markers).await?;
        let sent = sends::write(&mut append, &mut rights, &self.sends).await?;
        let marked = marks::write(&mut append, &mut rights, &self.marks).await?;
        let head = append.head();
        let committed = append.commit().await?;
        *known = rights.committed(head);
        Ok(Done { committed, sent, marked })
    }

    fn answer(self, done: Done, publish: &impl Fn(Committed)) {
        if catch_unwind(AssertUnwindSafe(|| publish(done.committed))).is_err() {
            tracing::error!(
                "publishing a batch panicked: its events are in the log, streams will find them there"
            );
        }
        for (answer, sent) in self.send_answers.into_iter().zip(done.sent) {
            let _ = answer.send(sent);
        }
        for (answer, marked) in self.mark_answers.into_iter().zip(done.marked) {
            let _ = answer.send(marked);
        }
    }

    /// The cause is logged here, once for the batch; each of those who wait gets the failure without it.
    fn fail(self, error: &Error) {
        let (send_count, mark_count) = (self.sends.len(), self.marks.len());
        let cause = error.cause.as_ref().map(ToString::to_string);
        tracing::error!(
            code = error.code.as_str(),
            cause,
            send_count,
            mark_count,
            "a batch could not be stored"
        );
        for answer in self.send_answers {
            let _ = answer.send(Err(copy(error)));
        }
        for answer in self.mark_answers {
            let _ = answer.send(Err(copy(error)));
        }
    }
}

fn copy(error: &Error) -> Error {
    Error {
        code: error.code,
        detail: error.detail.clone(),
        errors: error.errors.clone(),
        retry_after_s: error.retry_after_s,
        cause: None,
    }
}
