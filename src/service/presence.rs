//! Who is online: who may know, and telling them.

use super::Context;
use crate::auth::caller::Caller;
use crate::clock::Time;
use crate::error::Result;
use crate::event::ephemeral::{PresenceChange, Signal};
use crate::event::presence::Word;
use crate::id::{ChannelId, UserId};
use crate::model::presence::{Status, UserPresence};
use crate::presence::Change;
use crate::store::{Read, presence};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep_until};

/// How long the first change after a quiet time waits for others: people come in crowds.
const GATHER: Duration = Duration::from_millis(100);
/// How long lies between two batches at least (contract, section 4).
const BETWEEN: Duration = Duration::from_secs(1);

/// Who is online of those whose presence the caller may know: the caller, DM peers, and the members of the caller's channels
/// that are not too large. Whoever is not listed is offline, or asked for by the members of a channel.
pub async fn list(ctx: &Context, caller: &Caller) -> Result<Vec<UserPresence>> {
    visible(ctx, &mut ctx.store.read().await?, caller.user_id).await
}

/// Whether this instance hears of people on the others, and they of people here.
pub fn is_shared(ctx: &Context) -> bool {
    ctx.bus.is_up()
}

/// The same for a user, over a connection at hand: for `ready` and `state`.
pub async fn visible(ctx: &Context, read: &mut Read, user_id: UserId) -> Result<Vec<UserPresence>> {
    let known = presence::list_visible(read.conn(), user_id, ctx.presence_max_members).await?;
    let online = ctx.presence.online_among(known.iter().map(|(user_id, _)| *user_id));
    let known = known.into_iter().filter(|(user_id, _)| online.contains(user_id));
    Ok(known
        .map(|(user_id, last_seen_at)| UserPresence { user_id, status: Status::Online, last_seen_at })
        .collect())
}

/// Says this instance's words to the others.
pub async fn gossip(ctx: Arc<Context>, mut words: UnboundedReceiver<Word>) {
    while let Some(word) = words.recv().await {
        ctx.bus.signal(Signal::PresenceWord(word));
    }
}

/// Tells this instance's streams what changes, for as long as it does: presence in batches, at most one a second, of net
/// changes only; typing that ran out at once. While nothing changes it sleeps. A batch that the database does not take is
/// tried again with the next.
pub async fn run(ctx: Arc<Context>, mut changes: UnboundedReceiver<Change>) {
    let mut batch = Batch::default();
    let mut due = Instant::now();
    let mut earliest = due;
    loop {
        let change = tokio::select! {
            biased;
            () = sleep_until(due), if !batch.is_empty() => {
                if let Err(error) = tell(&ctx, &batch).await {
                    tracing::warn!(%error, changes = batch.net.len(), "presence could not be told, and will be tried again");
                    due = Instant::now() + BETWEEN;
                    continue;
                }
                batch = Batch::default();
                earliest = Instant::now() + BETWEEN;
                continue;
            }
            change = changes.recv() => change,
        };
        if batch.is_empty() {
            due = earliest.max(Instant::now() + GATHER);
        }
        match change {
            Some(Change::Online { user_id, is_noted_here }) => {
                batch.add(user_id, Status::Online, is_noted_here)
            }
            Some(Change::Offline { user_id, is_noted_here }) => {
                batch.add(user_id, Status::Offline, is_noted_here)
            }
            Some(Change::TypingExpired(typing)) => ctx.bus.signal_here(Signal::TypingExpired(typing)),
            None => return,
        }
    }
}

/// Writes that whoever is online through this instance was seen now: for its end, when it tells nobody of anything any more.
pub async fn note_online(ctx: &Context) -> Result<()> {
    mark_seen(ctx, &ctx.presence.here(), ctx.clock.now()).await
}

/// Who came or went since the last batch.
#[derive(Debug, Default)]
struct Batch {
    /// Whose status is another than was told last.
    net: HashMap<UserId, Status>,
    /// Who was online at some time, as this instance is to note.
    seen: HashSet<UserId>,
}

impl Batch {
    /// Coming and going, or going and coming, is nothing.
    fn add(&mut self, user_id: UserId, status: Status, is_noted_here: bool) {
        if is_noted_here {
            self.seen.insert(user_id);
        }
        let before = self.net.insert(user_id, status);
        if before.is_some_and(|before| before != status) {
            self.net.remove(&user_id);
        }
    }

    fn is_empty(&self) -> bool {
        self.net.is_empty() && self.seen.is_empty()
    }
}

async fn tell(ctx: &Context, batch: &Batch) -> Result<()> {
    let now = ctx.clock.now();
    mark_seen(ctx, &batch.seen, now).await?;
    if batch.net.is_empty() || ctx.presence.is_nobody_here() {
        return Ok(());
    }
    let mut read = ctx.store.read().await?;
    let pairs =
        presence::list_channels(read.conn(), batch.net.keys().copied(), ctx.presence_max_members).await?;
    let mut channels: HashMap<UserId, Vec<ChannelId>> = HashMap::new();
    for (user_id, channel_id) in pairs {
        channels.entry(user_id).or_default().push(channel_id);
    }
    let change = |(user_id, status): (&UserId, &Status)| PresenceChange {
        presence: UserPresence { user_id: *user_id, status: *status, last_seen_at: Some(now) },
        channel_ids: channels.remove(user_id).unwrap_or_default(),
    };
    ctx.bus.signal_here(Signal::Presence(batch.net.iter().map(change).collect()));
    Ok(())
}

async fn mark_seen(ctx: &Context, user_ids: &HashSet<UserId>, at: Time) -> Result<()> {
    if user_ids.is_empty() {
        return Ok(());
    }
    let mut tx = ctx.store.begin().await?;
    presence::mark_seen(tx.conn(), user_ids.iter().copied(), at).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coming_and_going_within_a_batch_is_nothing_but_was_seen() {
        let (alice, bob) = (UserId::new(), UserId::new());
        let mut batch = Batch::default();
        batch.add(alice, Status::Online, true);
        batch.add(bob, Status::Offline, false);
        batch.add(alice, Status::Offline, true);
        assert_eq!(batch.net, HashMap::from([(bob, Status::Offline)]));
        assert_eq!(batch.seen, HashSet::from([alice]), "another instance notes that of bob");
        batch.add(alice, Status::Online, true);
        assert_eq!(batch.net.get(&alice), Some(&Status::Online));
    }
}
