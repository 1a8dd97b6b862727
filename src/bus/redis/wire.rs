//! What instances say to each other through Redis. A frame that this version does not understand is left out: the log
//! makes up for events, and what is ephemeral may be lost.

use crate::bus::ControlRequest;
use crate::error::{Code, Error, FieldError, Result};
use crate::event::audience::Audience;
use crate::event::encoded::Encoded;
use crate::event::ephemeral::Signal;
use crate::event::row::EventKind;
use crate::event::{Effect, Envelope};
use crate::id::{AskId, InstanceId, MessageId, Seq};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

/// What stands before an event's own bytes.
#[derive(Serialize, Deserialize)]
struct Header {
    seq: Seq,
    kind: EventKind,
    audience: Audience,
    effect: Effect,
    message_id: Option<MessageId>,
}

/// Committed events: a line that says who speaks, then two for each event, its header and its bytes as they go out to
/// clients. JSON has no raw line breaks.
pub(super) fn write_events(from: InstanceId, envelopes: &[Arc<Envelope>]) -> Vec<u8> {
    let mut frame = from.hex().into_bytes();
    for envelope in envelopes {
        let header = Header {
            seq: envelope.seq,
            kind: envelope.kind,
            audience: envelope.audience.clone(),
            effect: envelope.effect.clone(),
            message_id: envelope.message_id,
        };
        frame.push(b'\n');
        frame.extend(serde_json::to_vec(&header).unwrap_or_default());
        frame.push(b'\n');
        frame.extend_from_slice(&envelope.encoded.json());
    }
    frame
}

/// Who speaks, and the events; `None` if it is no such frame.
pub(super) fn read_events(frame: &[u8]) -> Option<(InstanceId, Vec<Arc<Envelope>>)> {
    let mut lines = frame.split(|byte| *byte == b'\n');
    let from = InstanceId(Uuid::try_parse_ascii(lines.next()?).ok()?);
    let mut envelopes = Vec::new();
    while let Some(header) = lines.next() {
        let Header { seq, kind, audience, effect, message_id } = serde_json::from_slice(header).ok()?;
        let encoded = Encoded::written(seq, lines.next()?);
        envelopes.push(Arc::new(Envelope { seq, kind, audience, effect, message_id, encoded }));
    }
    Some((from, envelopes))
}

/// Something beyond the log. Each instance numbers its words, so that the others notice when one is lost.
#[derive(Serialize, Deserialize)]
pub(super) struct Word {
    pub from: InstanceId,
    /// Absent where nobody needs to notice the loss.
    pub number: Option<u64>,
    pub body: Body,
}

#[derive(Serialize, Deserialize)]
pub(super) enum Body {
    Signal(Signal),
    /// Whoever holds this stream acts on it; everyone answers.
    Ask(AskId, ControlRequest),
}

/// What an instance answers to an [`Body::Ask`], on the channel of the one that asked.
#[derive(Serialize, Deserialize)]
pub(super) struct Answer {
    pub from: InstanceId,
    pub ask_id: AskId,
    pub verdict: Verdict,
}

#[derive(Serialize, Deserialize)]
pub(super) enum Verdict {
    Done,
    Refused(Refusal),
    /// It is no stream of this instance, or none of that user's.
    NotMine,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Refusal {
    code: Code,
    detail: String,
    errors: Vec<FieldError>,
}

impl From<Result<()>> for Verdict {
    fn from(result: Result<()>) -> Self {
        match result {
            Ok(()) => Verdict::Done,
            Err(error) if error.code == Code::NotFound => Verdict::NotMine,
            Err(Error { code, detail, errors, .. }) => {
                Verdict::Refused(Refusal { code, detail: detail.into_owned(), errors })
            }
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self { errors: refusal.errors, ..Self::new(refusal.code, refusal.detail) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, ThreadData};
    use crate::id::ChannelId;

    #[test]
    fn events_arrive_byte_for_byte() {
        let channel_id = ChannelId::new();
        let event = Event::ThreadUpdated(ThreadData {
            channel_id,
            message_id: MessageId::new(),
            reply_count: 1,
            last_reply_at: None,
            reply_user_ids: vec![],
            replies_version: 7,
        });
        let sent: Vec<Arc<Envelope>> =
            (7..9).map(|seq| Arc::new(Envelope::new(seq, &event, Audience::Channel(channel_id)))).collect();
        let from = InstanceId::new();
        let frame = write_events(from, &sent);
        let (speaker, heard) = read_events(&frame).unwrap();
        assert_eq!(speaker, from);
        for (sent, heard) in sent.iter().zip(&heard) {
            assert_eq!((sent.seq, sent.kind, &sent.audience), (heard.seq, heard.kind, &heard.audience));
            assert_eq!((&sent.effect, sent.message_id), (&heard.effect, heard.message_id));
            assert_eq!(sent.encoded.websocket(), heard.encoded.websocket());
            assert_eq!(sent.encoded.sse(), heard.encoded.sse());
        }
        assert_eq!(heard.len(), 2);
    }

    #[test]
    fn what_is_no_frame_is_left_out() {
        for frame in ["", "x", "0196\n{}", "01960000000070008000000000000000\n{\"seq\":1}\n{}"] {
            assert!(read_events(frame.as_bytes()).is_none(), "{frame}");
        }
    }
}
