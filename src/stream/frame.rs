//! Client frames: `{"id", "type", "data"}`. Each runs the very function that the REST route runs, and is answered by `ack`
//! with the REST answer's body, or by `error` with its problem.

use super::Streams;
use crate::auth::caller::{Caller, Credential};
use crate::error::{Error, Result};
use crate::event::encoded::Encoded;
use crate::event::schema::ErrorData;
use crate::id::{ChannelId, ConnectionId, MessageId};
use crate::model::problem::Problem;
use crate::service::history::Window;
use crate::service::{self, connections, messages, read_marks, sessions, typing};
use poem_openapi::types::ParseFromJSON;
use poem_openapi::{Object, Union};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};
use tokio::time::Instant;

/// The `data` of `ping`: nothing.
#[derive(Debug, Object)]
pub struct PingFrameData {}

/// The `data` of `auth.refresh`.
#[derive(Debug, Object)]
pub struct RefreshFrameData {
    /// A fresh access token of the same session.
    pub access_token: String,
}

/// The `data` of `message.send`.
#[derive(Debug, Object)]
pub struct SendFrameData {
    /// Where.
    pub channel_id: ChannelId,
    /// What: 1 to 8,000 characters after removing white space at both ends.
    pub text: String,
    /// The sender's own id for this send: the same send again returns the same message.
    pub nonce: Option<String>,
    /// The thread's root, for a reply.
    pub parent_id: Option<MessageId>,
}

/// The `data` of `message.edit`.
#[derive(Debug, Object)]
pub struct EditFrameData {
    /// Which.
    pub message_id: MessageId,
    /// The new text.
    pub text: String,
}

/// The `data` of `message.delete`, `thread.open` and `thread.close`.
#[derive(Debug, Object)]
pub struct MessageFrameData {
    /// Which; a thread is named by its root.
    pub message_id: MessageId,
}

/// The `data` of `read.mark`.
#[derive(Debug, Object)]
pub struct MarkFrameData {
    /// Where.
    pub channel_id: ChannelId,
    /// The message that was read up to.
    pub message_id: MessageId,
}

/// The `data` of `typing.start` and `typing.stop`.
#[derive(Debug, Object)]
pub struct TypingFrameData {
    /// Where.
    pub channel_id: ChannelId,
    /// The thread's root, if it is in a thread.
    pub parent_id: Option<MessageId>,
}

/// The `data` of `history.load`.
#[derive(Debug, Object)]
pub struct HistoryFrameData {
    /// Where.
    pub channel_id: ChannelId,
    /// Messages before this one.
    pub before: Option<MessageId>,
    /// Messages after this one.
    pub after: Option<MessageId>,
    /// Messages around this one, or `first_unread`.
    pub around: Option<String>,
    /// How many at most; 50 if not given.
    #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
    pub limit: Option<u32>,
}

macro_rules! frames {
    ($($(#[$doc:meta])* $name:ident($text:literal) = $data:ident => $schema:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Object)]
            pub struct $name {
                /// Comes back with the answer.
                pub id: Option<Value>,
                /// What to do it with.
                pub data: $data,
            }
        )*

        /// One frame of a client, on WebSocket.
        #[derive(Debug, Union)]
        #[oai(discriminator_name = "type", one_of = true)]
        pub enum ClientFrame { $($(#[$doc])* #[oai(mapping = $text)] $name($name),)* }

        /// What a frame asks for.
        #[expect(clippy::enum_variant_names, reason = "each is named after its schema")]
        enum Wish { $($name($data),)* }

        impl Wish {
            fn parse(streams: &Streams, kind: &str, data: Value) -> Result<Self> {
                match kind {
                    $($text => {
                        streams.document.check_component($schema, &data)?;
                        let data = $data::parse_from_json(Some(data)).map_err(|e| Error::invalid("data", e.into_message()))?;
                        Ok(Wish::$name(data))
                    })*
                    _ => Err(Error::invalid("type", format!("must be one of {}", [$($text),*].join(", ")))),
                }
            }
        }
    };
}

frames! {
    /// Says that the client is alive; answered by `pong`.
    PingFrame("ping") = PingFrameData => "PingFrameData";
    /// Lets the stream live as long as a fresh access token.
    RefreshFrame("auth.refresh") = RefreshFrameData => "RefreshFrameData";
    /// Sends a message, or a reply.
    SendFrame("message.send") = SendFrameData => "SendFrameData";
    /// Edits a message.
    EditFrame("message.edit") = EditFrameData => "EditFrameData";
    /// Deletes a message.
    DeleteFrame("message.delete") = MessageFrameData => "MessageFrameData";
    /// Marks a channel read.
    MarkFrame("read.mark") = MarkFrameData => "MarkFrameData";
    /// Says that the caller is writing.
    StartTypingFrame("typing.start") = TypingFrameData => "TypingFrameData";
    /// Says that the caller has stopped.
    StopTypingFrame("typing.stop") = TypingFrameData => "TypingFrameData";
    /// Shows the replies of a thread on this stream.
    OpenThreadFrame("thread.open") = MessageFrameData => "MessageFrameData";
    /// Shows them no more.
    CloseThreadFrame("thread.close") = MessageFrameData => "MessageFrameData";
    /// Loads a page of history.
    HistoryFrame("history.load") = HistoryFrameData => "HistoryFrameData";
}

/// A JSON object from a client.
#[derive(Debug)]
pub struct Frame(Map<String, Value>);

/// Reads a text frame; the error is why it is none (close code 4400).
pub fn parse(text: &str) -> Result<Frame, &'static str> {
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Ok(Frame(object)),
        Ok(_) => Err("A frame is a JSON object."),
        Err(_) => Err("A frame is JSON."),
    }
}

impl Frame {
    /// Takes it apart into its id and what it asks for. Its id is good for the answer even if the rest is not.
    fn read(mut self, streams: &Streams) -> (Value, Result<Wish>) {
        let id = self.0.remove("id").unwrap_or_default();
        if id.is_object() || id.is_array() || id.is_boolean() {
            return (Value::Null, Err(Error::invalid("id", "must be a text or a number")));
        }
        let kind = self.0.remove("type");
        let data = self.0.remove("data").unwrap_or_else(|| Value::Object(Map::new()));
        let wish = match (kind, self.0.keys().next()) {
            (None, _) => Err(Error::invalid("type", "is missing")),
            (_, Some(unknown)) => Err(Error::invalid(unknown, "is not a field of a frame")),
            (Some(Value::String(kind)), None) => Wish::parse(streams, &kind, data),
            (Some(_), None) => Err(Error::invalid("type", "must be a text")),
        };
        (id, wish)
    }
}

/// Carries a frame out; `None` if its answer comes another way, as a `pong` does.
pub async fn carry_out(
    streams: &Streams, caller: &Caller, connection_id: ConnectionId, frame: Frame,
) -> Option<Encoded> {
    let (id, wish) = frame.read(streams);
    let done = match wish {
        Ok(Wish::PingFrame(_)) => {
            let pinged = connections::ping(&streams.ctx, caller, connection_id, Some(id.clone())).await;
            return pinged.err().map(|error| refusal(&id, &error));
        }
        Ok(wish) => {
            let answer = obey(streams, caller, connection_id, wish);
            service::answer_by(Instant::now() + service::ANSWER_TIMEOUT, answer).await.flatten()
        }
        Err(error) => Err(error),
    };
    Some(match done {
        Ok(body) => Encoded::answer("ack", &id, body),
        Err(error) => refusal(&id, &error),
    })
}

fn refusal(id: &Value, error: &Error) -> Encoded {
    if let Some(cause) = &error.cause {
        tracing::error!(code = error.code.as_str(), %cause, "a frame failed");
    }
    Encoded::answer("error", id, ErrorData { problem: Problem::from(error) })
}

/// The body that REST would have answered.
async fn obey(
    streams: &Streams, caller: &Caller, connection_id: ConnectionId, wish: Wish,
) -> Result<Box<RawValue>> {
    let ctx = &streams.ctx;
    Ok(match wish {
        Wish::PingFrame(_) => nothing()?,
        Wish::RefreshFrame(data) => {
            let fresh = sessions::authenticate(ctx, &data.access_token, Credential::Bearer).await?;
            connections::renew(ctx, &fresh, connection_id).await?;
            nothing()?
        }
        Wish::SendFrame(data) => {
            let new = messages::NewMessage { text: data.text, nonce: data.nonce, parent_id: data.parent_id };
            body(&messages::send(ctx, caller, data.channel_id, new).await?.message)?
        }
        Wish::EditFrame(data) => body(&messages::edit(ctx, caller, data.message_id, &data.text).await?)?,
        Wish::DeleteFrame(data) => {
            messages::delete(ctx, caller, data.message_id).await?;
            nothing()?
        }
        Wish::MarkFrame(data) => {
            body(&read_marks::mark(ctx, caller, data.channel_id, data.message_id).await?)?
        }
        Wish::StartTypingFrame(data) => {
            typing::start(ctx, caller, data.channel_id, data.parent_id).await?;
            nothing()?
        }
        Wish::StopTypingFrame(data) => {
            typing::stop(ctx, caller, data.channel_id, data.parent_id).await?;
            nothing()?
        }
        Wish::OpenThreadFrame(data) => {
            connections::open_thread(ctx, caller, connection_id, data.message_id).await?;
            nothing()?
        }
        Wish::CloseThreadFrame(data) => {
            connections::close_thread(ctx, caller, connection_id, data.message_id).await?;
            nothing()?
        }
        Wish::HistoryFrame(data) => {
            let window = Window::new(data.before, data.after, data.around.as_deref(), data.limit)?;
            body(&messages::list_timeline(ctx, caller, data.channel_id, window).await?)?
        }
    })
}

/// The body of an answer that has nothing to say.
#[derive(Serialize)]
struct Nothing {}

fn nothing() -> Result<Box<RawValue>> {
    body(&Nothing {})
}

fn body(answer: &impl Serialize) -> Result<Box<RawValue>> {
    to_raw_value(answer).map_err(Error::internal)
}
