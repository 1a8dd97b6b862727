//! The most recent events, as bytes: most resumes are served from here without a query.

use crate::event::Envelope;
use crate::event::row::EventKind;
use crate::id::{MessageId, Seq};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// How many events are kept at most.
const MAX_EVENTS: usize = 16_384;
/// How many bytes they weigh at most.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// A run of events without a gap. An entry is empty where the message's bytes were dropped because it has changed since:
/// deleted text is nowhere replayed.
#[derive(Default)]
pub(super) struct Ring {
    first: Seq,
    entries: VecDeque<Option<Arc<Envelope>>>,
    bytes: usize,
    shown: HashMap<MessageId, Vec<Seq>>,
}

impl Ring {
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Adds the event that follows the last one.
    pub fn push(&mut self, envelope: Arc<Envelope>) {
        if self.entries.is_empty() {
            self.first = envelope.seq;
        }
        if let Some(message_id) = envelope.message_id {
            if matches!(envelope.kind, EventKind::MessageUpdated | EventKind::MessageDeleted) {
                self.forget(message_id);
            }
            self.shown.entry(message_id).or_default().push(envelope.seq);
        }
        self.bytes += envelope.encoded.size();
        self.entries.push_back(Some(envelope));
        while self.entries.len() > MAX_EVENTS || self.bytes > MAX_BYTES {
            self.pop();
        }
    }

    fn forget(&mut self, message_id: MessageId) {
        for seq in self.shown.remove(&message_id).unwrap_or_default() {
            if let Some(entry) =
                usize::try_from(seq - self.first).ok().and_then(|index| self.entries.get_mut(index))
                && let Some(old) = entry.take()
            {
                self.bytes -= old.encoded.size();
            }
        }
    }

    fn pop(&mut self) {
        let Some(entry) = self.entries.pop_front() else { return };
        if let Some(envelope) = entry {
            self.bytes -= envelope.encoded.size();
            if let Some(message_id) = envelope.message_id
                && let Some(seqs) = self.shown.get_mut(&message_id)
            {
                seqs.retain(|seq| *seq != self.first);
                if seqs.is_empty() {
                    self.shown.remove(&message_id);
                }
            }
        }
        self.first += 1;
    }

    /// The events after `seq`, at most `limit`; `None` if they do not reach back so far or one has lost its bytes.
    pub fn after(&self, seq: Seq, limit: usize) -> Option<impl Iterator<Item = &Arc<Envelope>>> {
        let start = usize::try_from(seq + 1 - self.first).ok().filter(|start| *start < self.entries.len())?;
        let entries = self.entries.range(start..self.entries.len().min(start + limit));
        entries.clone().all(Option::is_some).then(|| entries.flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Time;
    use crate::event::audience::Audience;
    use crate::event::{Event, MessageData};
    use crate::id::{ChannelId, UserId};
    use crate::model::message::Message;

    fn message(id: MessageId, text: &str) -> MessageData {
        let message = Message {
            id,
            seq: 1,
            version: 1,
            channel_id: ChannelId::new(),
            sender_id: UserId::new(),
            parent_id: None,
            text: text.to_owned(),
            nonce: None,
            created_at: Time(0),
            edited_at: None,
            deleted_at: None,
            reply_count: 0,
            last_reply_at: None,
            reply_user_ids: vec![],
            replies_version: 0,
        };
        MessageData { message }
    }

    fn envelope(seq: Seq, event: Event) -> Arc<Envelope> {
        Arc::new(Envelope::new(seq, &event, Audience::Channel(ChannelId::new())))
    }

    #[test]
    fn events_come_back_in_order_from_any_place() {
        let mut ring = Ring::default();
        for seq in 5..10 {
            ring.push(envelope(seq, Event::MessageCreated(message(MessageId::new(), "hi"))));
        }
        let after = |seq, limit| ring.after(seq, limit).map(|run| run.map(|e| e.seq).collect::<Vec<_>>());
        assert_eq!(after(6, 2), Some(vec![7, 8]));
        assert_eq!(after(4, 9), Some(vec![5, 6, 7, 8, 9]));
        assert_eq!(after(3, 9), None, "older than the ring");
    }

    #[test]
    fn a_deleted_message_leaves_no_text_behind() {
        let mut ring = Ring::default();
        let id = MessageId::new();
        ring.push(envelope(1, Event::MessageCreated(message(id, "secret"))));
        ring.push(envelope(2, Event::MessageCreated(message(MessageId::new(), "other"))));
        ring.push(envelope(3, Event::MessageDeleted(message(id, ""))));
        assert!(ring.after(0, 9).is_none(), "what was dropped is read from the log again");
        assert_eq!(ring.after(1, 9).map(Iterator::count), Some(2));
    }
}
