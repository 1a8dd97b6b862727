//! Every event as a schema with a `type` discriminator, so that a generated client types the streams too.

use super::ephemeral::{ClosingData, PongData, PresenceData, ReadData, ReadyData, ResetData, StateData};
use super::{ChannelCreatedData, ChannelData, MemberData, MemberUpdatedData, MessageData, ThreadData, UserData};
use crate::id::Seq;
use crate::model::presence::Typing;
use crate::model::problem::Problem;
use poem_openapi::{Object, Union};
use serde_json::Value;

/// The `data` of `error`.
#[derive(Debug, Clone, serde::Serialize, Object)]
pub struct ErrorData {
    /// What went wrong, as REST would have answered.
    pub problem: Problem,
}

macro_rules! schemas {
    (durable { $($(#[$d_doc:meta])* $durable:ident ($d_text:literal) = $d_data:ty;)* }
     ephemeral { $($(#[$e_doc:meta])* $ephemeral:ident ($e_text:literal) = $e_data:ty;)* }
     answers { $($(#[$a_doc:meta])* $answer:ident ($a_text:literal) = $a_data:ty;)* }) => {
        $(
            $(#[$d_doc])*
            #[derive(Debug, Object)]
            pub struct $durable {
                /// Its number in the log: the order of all durable events, and the cursor to resume after it.
                pub seq: Seq,
                /// What happened.
                pub data: $d_data,
            }
        )*
        $(
            $(#[$e_doc])*
            #[derive(Debug, Object)]
            pub struct $ephemeral {
                /// What happened.
                pub data: $e_data,
            }
        )*
        $(
            $(#[$a_doc])*
            #[derive(Debug, Object)]
            pub struct $answer {
                /// The id of the frame that it answers, if it answers one.
                #[oai(skip_serializing_if_is_none)]
                pub id: Option<Value>,
                /// The answer.
                pub data: $a_data,
            }
        )*

        /// One event of a stream, the same on WebSocket, SSE and `GET /v1/events`.
        #[derive(Debug, Union)]
        #[oai(discriminator_name = "type", one_of = true)]
        pub enum StreamEvent {
            $($(#[$d_doc])* #[oai(mapping = $d_text)] $durable($durable),)*
            $($(#[$e_doc])* #[oai(mapping = $e_text)] $ephemeral($ephemeral),)*
            $($(#[$a_doc])* #[oai(mapping = $a_text)] $answer($answer),)*
        }

        /// One durable event, as `GET /v1/events` returns them.
        #[derive(Debug, Union)]
        #[oai(discriminator_name = "type", one_of = true)]
        pub enum LogEvent {
            $($(#[$d_doc])* #[oai(mapping = $d_text)] $durable($durable),)*
        }
    };
}

schemas! {
    durable {
        /// A message was sent.
        MessageCreated("message.created") = MessageData;
        /// A message was edited.
        MessageUpdated("message.updated") = MessageData;
        /// A message was deleted; it stays as a tombstone.
        MessageDeleted("message.deleted") = MessageData;
        /// A thread has one reply more or less.
        ThreadUpdated("thread.updated") = ThreadData;
        /// A channel was made.
        ChannelCreated("channel.created") = ChannelCreatedData;
        /// A channel was renamed, described or unarchived.
        ChannelUpdated("channel.updated") = ChannelData;
        /// A channel was archived.
        ChannelArchived("channel.archived") = ChannelData;
        /// Somebody joined or was added.
        MemberJoined("member.joined") = MemberData;
        /// Somebody left or was removed.
        MemberLeft("member.left") = MemberData;
        /// Somebody has another role.
        MemberUpdated("member.updated") = MemberUpdatedData;
        /// Somebody changed their profile.
        UserUpdated("user.updated") = UserData;
    }
    ephemeral {
        /// The first event of every stream.
        Ready("ready") = ReadyData;
        /// A stream that fell behind has caught up: this is what it skipped.
        State("state") = StateData;
        /// Read marks moved.
        ReadUpdated("read.updated") = ReadData;
        /// Somebody began or went on typing.
        TypingStarted("typing.started") = Typing;
        /// Somebody stopped typing.
        TypingStopped("typing.stopped") = Typing;
        /// People came or went.
        PresenceUpdated("presence.updated") = PresenceData;
        /// The cursor cannot be served: load over REST.
        Reset("reset") = ResetData;
        /// The last event: the server ends the stream.
        Closing("closing") = ClosingData;
    }
    answers {
        /// The answer to a ping; also sent unasked, to be answered by a ping.
        Pong("pong") = PongData;
        /// A frame was carried out; `data` is what REST would have answered.
        Ack("ack") = Value;
        /// A frame was refused.
        Error("error") = ErrorData;
    }
}
