//! The sends of a batch: each is decided in its turn, what is new is numbered, and all of it is stored set-wise.

use super::super::messages::{self, NewMessage, SendHash};
use super::super::replies;
use super::rights::Rights;
use super::{Send, Sent};
use crate::error::{Code, Error, Result};
use crate::event::audience::Audience;
use crate::event::{Event, MessageData, ThreadData};
use crate::id::{ChannelId, MessageId, UserId};
use crate::model::message::Message;
use crate::store::Append;
use std::collections::{HashMap, HashSet};

/// Decides, numbers and stores; one outcome for each send, in their order.
pub(super) async fn write(
    append: &mut Append, rights: &mut Rights, sends: &[(Box<Send>, SendHash)],
) -> Result<Vec<Result<Sent>>> {
    let mut plan = Plan::load(append, sends).await?;
    let outcomes: Vec<Result<Outcome>> =
        sends.iter().map(|(send, hash)| plan.decide(append, rights, send, *hash)).collect();
    plan.store(append, rights).await?;
    Ok(outcomes.into_iter().map(|outcome| outcome.map(|outcome| plan.sent(outcome))).collect())
}

/// What a nonce stands for: a message of an earlier commit, or one of this batch.
struct Known {
    hash: Vec<u8>,
    outcome: Outcome,
}

#[derive(Clone)]
enum Outcome {
    /// Stored before this batch.
    Stored(Box<Message>),
    /// The one at this place among the new.
    New(usize),
    /// The same, said again.
    Again(usize),
}

struct Plan {
    known: HashMap<(UserId, String), Known>,
    roots: HashMap<MessageId, Message>,
    changed_roots: HashSet<MessageId>,
    longer: HashSet<ChannelId>,
    new: Vec<NewMessage>,
}

impl Plan {
    async fn load(append: &mut Append, sends: &[(Box<Send>, SendHash)]) -> Result<Self> {
        let nonces =
            sends.iter().filter_map(|(send, _)| send.nonce.as_deref().map(|nonce| (send.sender_id, nonce)));
        let stored = messages::list_sent(append.conn(), nonces).await?;
        let known = stored.into_iter().filter_map(|sent| {
            let key = (sent.message.sender_id, sent.message.nonce.clone()?);
            Some((key, Known { hash: sent.send_hash, outcome: Outcome::Stored(Box::new(sent.message)) }))
        });
        let known = known.collect();
        let parent_ids: HashSet<MessageId> = sends.iter().filter_map(|(send, _)| send.parent_id).collect();
        let parents = messages::list_by_ids(append.conn(), parent_ids).await?;
        Ok(Self {
            known,
            roots: parents.into_iter().map(|parent| (parent.id, parent)).collect(),
            changed_roots: HashSet::new(),
            longer: HashSet::new(),
            new: Vec::new(),
        })
    }

    /// The nonce first: a send that was stored is answered with its message whatever its sender may do there by now.
    fn decide(
        &mut self, append: &mut Append, rights: &mut Rights, send: &Send, hash: SendHash,
    ) -> Result<Outcome> {
        let key = send.nonce.clone().map(|nonce| (send.sender_id, nonce));
        if let Some(known) = key.as_ref().and_then(|key| self.known.get(key)) {
            return known.again(hash);
        }
        rights.access(send.channel_id, send.sender_id)?.write()?;
        match send.parent_id {
            Some(root_id) => self.add_reply(append, send, hash, root_id)?,
            None => self.add_to_timeline(append, rights, send, hash)?,
        }
        let place = self.new.len() - 1;
        if let Some(key) = key {
            self.known.insert(key, Known { hash: hash.to_vec(), outcome: Outcome::Again(place) });
        }
        Ok(Outcome::New(place))
    }

    fn add_to_timeline(
        &mut self, append: &mut Append, rights: &mut Rights, send: &Send, hash: SendHash,
    ) -> Result<()> {
        let timeline = rights.timelines.get_mut(&send.channel_id).ok_or_else(Error::not_found)?;
        timeline.last_ordinal += 1;
        self.longer.insert(send.channel_id);
        let message = number(append, send, Audience::Channel(send.channel_id));
        self.new.push(NewMessage { message, ordinal: Some(timeline.last_ordinal), send_hash: hash });
        Ok(())
    }

    fn add_reply(
        &mut self, append: &mut Append, send: &Send, hash: SendHash, root_id: MessageId,
    ) -> Result<()> {
        let root = self.roots.get_mut(&root_id).filter(|parent| {
            parent.channel_id == send.channel_id && parent.parent_id.is_none() && !parent.is_deleted()
        });
        let root = root.ok_or_else(|| {
            Error::invalid("parent_id", "names no message of the channel's timeline that takes replies")
        })?;
        let (channel_id, author_id) = (send.channel_id, root.sender_id);
        let message = number(append, send, Audience::Thread { channel_id, root_id, author_id });
        let seq = append.next_seq();
        root.count_reply(send.sender_id, message.created_at, seq);
        append.append(seq, &Event::ThreadUpdated(ThreadData::from(&*root)), Audience::Channel(channel_id));
        self.changed_roots.insert(root_id);
        self.new.push(NewMessage { message, ordinal: None, send_hash: hash });
        Ok(())
    }

    async fn store(&self, append: &mut Append, rights: &Rights) -> Result<()> {
        let now = append.now();
        let longer = self.longer.iter().filter_map(|id| rights.timelines.get(id));
        messages::insert(append.conn(), &self.new, longer, now).await?;
        let changed = self.changed_roots.iter().filter_map(|id| self.roots.get(id));
        replies::update_roots(append.conn(), changed).await
    }

    fn sent(&self, outcome: Outcome) -> Sent {
        match outcome {
            Outcome::New(place) => Sent { message: self.new[place].message.clone(), is_new: true },
            Outcome::Again(place) => Sent { message: self.new[place].message.clone(), is_new: false },
            Outcome::Stored(message) => {
                // It may be a root that got a reply in this very batch.
                let message = self.roots.get(&message.id).cloned().unwrap_or(*message);
                Sent { message, is_new: false }
            }
        }
    }
}

impl Known {
    fn again(&self, hash: SendHash) -> Result<Outcome> {
        if self.hash == hash {
            Ok(self.outcome.clone())
        } else {
            Err(Error::new(Code::NonceReused, "The nonce was used for another message."))
        }
    }
}

/// Gives a send its number and appends its `message.created`.
fn number(append: &mut Append, send: &Send, audience: Audience) -> Message {
    let seq = append.next_seq();
    let message = Message {
        id: send.id,
        seq,
        version: seq,
        channel_id: send.channel_id,
        sender_id: send.sender_id,
        parent_id: send.parent_id,
        text: send.text.clone(),
        nonce: send.nonce.clone(),
        created_at: append.now(),
        edited_at: None,
        deleted_at: None,
        reply_count: 0,
        last_reply_at: None,
        reply_user_ids: Vec::new(),
        replies_version: 0,
    };
    append.append(seq, &Event::MessageCreated(MessageData { message: message.clone() }), audience);
    message
}
