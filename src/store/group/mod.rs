//! Group commit: sends and read marks that arrive while a commit is in flight share the next one. Natural batching, no
//! timer: one that finds the worker idle is committed at once. This is what makes full durability fast.

mod batch;
mod marks;
mod rights;
mod sends;

use super::messages::SendHash;
use super::{Committed, Store};
use crate::error::{Error, Result};
use crate::event::ephemeral::MovedMark;
use crate::id::{ChannelId, MessageId, UserId};
use crate::model::message::Message;
use crate::model::read_mark::ReadState;
use aws_lc_rs::digest::{Context, SHA256};
use batch::Batch;
use rights::Rights;
use tokio::sync::{mpsc, oneshot, watch};

/// How many sends and marks share a commit at most.
pub const MAX_BATCH: usize = 256;
/// How many wait at most; beyond, the server says so instead of falling further behind.
const QUEUE: usize = 10_000;

/// A message to send. Its text is trimmed and within its limits already.
#[derive(Debug, Clone)]
pub struct Send {
    /// The id that it gets if it is new.
    pub id: MessageId,
    /// Who sends it.
    pub sender_id: UserId,
    /// Where to.
    pub channel_id: ChannelId,
    /// The thread's root if it is a reply.
    pub parent_id: Option<MessageId>,
    /// What it says.
    pub text: String,
    /// The sender's own id for this send.
    pub nonce: Option<String>,
}

impl Send {
    /// What is said, and where: the same send again has the same hash, whatever became of the message since.
    fn hash(&self) -> SendHash {
        let mut context = Context::new(&SHA256);
        context.update(self.channel_id.0.as_bytes());
        context.update(self.parent_id.map(|id| id.0).unwrap_or_default().as_bytes());
        context.update(self.text.as_bytes());
        let mut hash = SendHash::default();
        hash.copy_from_slice(context.finish().as_ref());
        hash
    }
}

/// What became of a send.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The message: as it was just stored, or as it is now if its nonce was there already.
    pub message: Message,
    /// Whether this send stored it.
    pub is_new: bool,
}

/// A read mark to move.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    /// Whose.
    pub user_id: UserId,
    /// Where.
    pub channel_id: ChannelId,
    /// The message read up to.
    pub message_id: MessageId,
}

/// What became of a mark.
#[derive(Debug, Clone, Copy)]
pub struct Marked {
    /// Where the user stands now.
    pub state: ReadState,
    /// What was read by it; none if the mark was there or further already.
    pub moved: Option<MovedRange>,
}

/// A mark that moved, and the stretch of the timeline that was read by it.
#[derive(Debug, Clone, Copy)]
pub struct MovedRange {
    /// The mark.
    pub mark: MovedMark,
    /// After this place …
    pub from_ordinal: i64,
    /// … up to this one, inclusive.
    pub to_ordinal: i64,
}

/// Where the outcome of one send or mark goes. Nobody may be waiting any more; what is stored is stored.
type Answer<T> = oneshot::Sender<Result<T>>;

enum Job {
    Send(Box<Send>, SendHash, Answer<Sent>),
    Mark(Mark, Answer<Marked>),
}

/// The way to a commit that is shared. Cloning shares it; its worker ends when the last clone is dropped.
#[derive(Debug, Clone)]
pub struct Group {
    queue: mpsc::Sender<Job>,
    commits: Commits,
}

/// When this instance commits, for those who would rather wait for what it brings.
#[derive(Debug, Clone)]
pub struct Commits {
    turns: watch::Receiver<Turn>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Turn {
    /// How many batches have ended.
    number: u64,
    /// Whether one that brings events is in flight, or jobs wait right after it.
    is_busy: bool,
}

impl Commits {
    /// Resolves when the commit in flight is published, and the one that follows upon it if jobs wait for it by then: after
    /// two at most. At once if none is in flight, or none that brings events: read marks alone are not waited for.
    pub async fn settled(&mut self) {
        for _ in 0..2 {
            let turn = *self.turns.borrow_and_update();
            if !turn.is_busy {
                return;
            }
            let is_over = |now: &Turn| now.number != turn.number || !now.is_busy;
            if self.turns.wait_for(is_over).await.is_err() {
                return;
            }
        }
    }
}

impl Group {
    /// Starts the worker. `publish` is called with what each commit made durable, before anybody is answered.
    pub fn start(store: Store, publish: impl Fn(Committed) + std::marker::Send + Sync + 'static) -> Self {
        Self::start_with(store, MAX_BATCH, publish)
    }

    /// The same with another limit on how many share a commit: 1 shows what sharing is worth.
    pub fn start_with(
        store: Store, max_batch: usize, publish: impl Fn(Committed) + std::marker::Send + Sync + 'static,
    ) -> Self {
        let (queue, mut waiting) = mpsc::channel(QUEUE);
        let (turn, turns) = watch::channel(Turn::default());
        tokio::spawn(async move {
            let (mut jobs, mut rights) = (Vec::with_capacity(max_batch), Rights::default());
            while waiting.recv_many(&mut jobs, max_batch).await > 0 {
                gather(&mut waiting, &mut jobs, max_batch).await;
                let brings_events = jobs.iter().any(|job| matches!(job, Job::Send(..)));
                turn.send_modify(|turn| turn.is_busy = brings_events);
                Batch::new(jobs.drain(..)).run(&store, &mut rights, &publish).await;
                turn.send_modify(|turn| {
                    turn.number += 1;
                    turn.is_busy &= !waiting.is_empty();
                });
            }
        });
        Self { queue, commits: Commits { turns } }
    }

    /// When it commits.
    pub fn commits(&self) -> Commits {
        self.commits.clone()
    }

    /// Stores a message and its events, unless its nonce says that they are stored already: then the message as it is
    /// now comes back, whatever the sender may do there by now.
    ///
    /// Fails with `nonce_reused`, with what [`crate::model::access::Access::write`] says, with `invalid` on `parent_id`,
    /// and with `unavailable` when too many wait or the database is away; then nothing is stored, or the same nonce will
    /// tell.
    pub async fn send(&self, send: Send) -> Result<Sent> {
        let hash = send.hash();
        self.ask(|answer| Job::Send(Box::new(send), hash, answer)).await
    }

    /// Moves a read mark forward; one that is there or further already stays.
    ///
    /// Fails with what [`crate::model::access::Access::member`] says, with `invalid` on `message_id`, and with
    /// `unavailable` as [`Group::send`] does.
    pub async fn mark(&self, mark: Mark) -> Result<Marked> {
        self.ask(|answer| Job::Mark(mark, answer)).await
    }

    async fn ask<T>(&self, job: impl FnOnce(Answer<T>) -> Job) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        self.queue
            .try_send(job(answer))
            .map_err(|_| Error::unavailable("Too many messages are waiting to be stored.", 1))?;
        answered.await.map_err(|_| Error::unavailable("The server is ending.", 1))?
    }
}

/// Lets whoever is about to send do so, for as long as somebody does: some task switches more, and far fewer commits under
/// load.
async fn gather(waiting: &mut mpsc::Receiver<Job>, jobs: &mut Vec<Job>, max_batch: usize) {
    let mut had = 0;
    while had < jobs.len() && jobs.len() < max_batch {
        had = jobs.len();
        tokio::task::yield_now().await;
        while jobs.len() < max_batch
            && let Ok(job) = waiting.try_recv()
        {
            jobs.push(job);
        }
    }
}

#[cfg(test)]
mod tests;
