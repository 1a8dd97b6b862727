//! The doors to the streams, and the control of open ones from any request of their user.

use super::Tag;
use super::answer::{Done, Fails, S403, S404, S410, S422, UPGRADE};
use super::caller::{Signed, Streaming};
use crate::error::Error;
use crate::event::encoded::Form;
use crate::event::schema::{LogEvent, StreamEvent};
use crate::id::{ConnectionId, LogId, MessageId, Seq};
use crate::service::connections;
use crate::stream::frame::ClientFrame;
use crate::stream::line::{Line, Takeover};
use crate::stream::poll::{self, Query as PollQuery};
use crate::stream::resume::{self, Wish};
use crate::stream::{Streams, ws_handshake};
use bytes::Bytes;
use futures_util::stream::pending;
use poem::http::{HeaderValue, StatusCode, Version, header};
use poem::{Body, IntoResponse, Request, Response};
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Payload;
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Serialize;
use std::io;
use std::time::Duration;

/// A piece of the log.
#[derive(Debug, Serialize, Object)]
pub struct LogPage {
    /// The events that the caller may see, in order.
    #[serde(skip)]
    pub items: Vec<LogEvent>,
    /// The last `seq` that was looked at: the next `cursor`, also if nothing was for the caller.
    pub cursor: Seq,
    /// The log that the cursor belongs to.
    pub log_id: LogId,
}

/// `200` with a piece of the log, which is written already.
pub struct LogAnswer(Vec<u8>);

impl IntoResponse for LogAnswer {
    fn into_response(self) -> Response {
        Response::builder().content_type(super::answer::JSON).body(self.0)
    }
}

impl ApiResponse for LogAnswer {
    fn meta() -> MetaResponses {
        response(200, "Done", super::answer::JSON, LogPage::schema_ref())
    }

    fn register(registry: &mut Registry) {
        LogPage::register(registry);
    }
}

/// `101`: the socket speaks WebSocket from here on.
pub struct Switch(HeaderValue, Box<Line>);

impl IntoResponse for Switch {
    fn into_response(self) -> Response {
        Response::builder()
            .status(StatusCode::SWITCHING_PROTOCOLS)
            .header(header::CONNECTION, "Upgrade")
            .header(header::UPGRADE, "websocket")
            .header(header::SEC_WEBSOCKET_ACCEPT, self.0)
            .extension(Takeover::new(self.1))
            .finish()
    }
}

impl ApiResponse for Switch {
    fn meta() -> MetaResponses {
        let description = "WebSocket: every text frame from the server is a `StreamEvent`, every one from the client a `ClientFrame`.";
        let response = MetaResponse {
            description,
            status: Some(101),
            status_range: None,
            content: vec![],
            headers: vec![],
        };
        MetaResponses { responses: vec![response] }
    }

    fn register(registry: &mut Registry) {
        StreamEvent::register(registry);
        ClientFrame::register(registry);
    }
}

/// `200` with a stream of events that does not end by itself.
pub struct EventStream(Box<Line>);

impl Payload for EventStream {
    const CONTENT_TYPE: &'static str = "text/event-stream";

    fn schema_ref() -> MetaSchemaRef {
        StreamEvent::schema_ref()
    }
}

impl IntoResponse for EventStream {
    fn into_response(self) -> Response {
        Response::builder()
            .content_type(Self::CONTENT_TYPE)
            .header(header::CACHE_CONTROL, "no-store, no-transform")
            .header("X-Accel-Buffering", "no")
            .header(header::CONNECTION, "close")
            .extension(Takeover::new(self.0))
            .body(Body::from_bytes_stream(pending::<io::Result<Bytes>>()))
    }
}

impl ApiResponse for EventStream {
    fn meta() -> MetaResponses {
        response(200, "One `StreamEvent` a `data:` line", Self::CONTENT_TYPE, Self::schema_ref())
    }

    fn register(registry: &mut Registry) {
        StreamEvent::register(registry);
    }
}

fn response(
    status: u16, description: &'static str, content_type: &'static str, schema: MetaSchemaRef,
) -> MetaResponses {
    let content = vec![MetaMediaType { content_type, schema }];
    MetaResponses {
        responses: vec![MetaResponse {
            description,
            status: Some(status),
            status_range: None,
            content,
            headers: vec![],
        }],
    }
}

fn no_threads() -> Vec<MessageId> {
    Vec::new()
}

/// The operations of streams.
pub struct StreamsApi(pub Streams);

#[OpenApi(tag = "Tag::Streams")]
impl StreamsApi {
    /// Open a WebSocket
    ///
    /// Events as they happen, and frames the other way. Give `cursor` to go on where another stream broke off, on whatever
    /// transport or instance that was.
    #[oai(path = "/v1/ws", method = "get", operation_id = "open_websocket")]
    async fn open_websocket(
        &self, caller: Streaming, request: &Request,
        /// A ticket, where no header can be set.
        ticket: Query<Option<String>>,
        /// The last `seq` that was seen: events after it are replayed.
        #[oai(validator(minimum(value = "0")))]
        cursor: Query<Option<i64>>,
        /// The `log_id` of the `ready` that the cursor comes from.
        log_id: Query<Option<LogId>>,
        /// Threads whose replies to show from the start.
        #[oai(explode = false, default = "no_threads", validator(max_items = 50))]
        threads: Query<Vec<MessageId>>,
    ) -> Result<Switch, Fails<{ S422 | UPGRADE }>> {
        let _ = ticket;
        let accept = ws_handshake::accept(request.headers())?;
        let accept = HeaderValue::from_str(&accept).map_err(Error::internal)?;
        let form = Form::WebSocket;
        let wish = Wish { caller: caller.0, cursor: cursor.0, log_id: log_id.0, threads: threads.0, form };
        Ok(Switch(accept, resume::open(&self.0, wish).await?))
    }

    /// Open an SSE stream
    ///
    /// The same events as over WebSocket, one a `data:` line, with the `seq` as `id:`. Ping with
    /// `POST /v1/connections/{connection_id}/ping`.
    #[oai(path = "/v1/sse", method = "get", operation_id = "open_sse")]
    #[expect(clippy::too_many_arguments, reason = "each parameter of the operation is one")]
    async fn open_sse(
        &self, caller: Streaming, request: &Request,
        /// A ticket, where no header can be set.
        ticket: Query<Option<String>>,
        /// The last `seq` that was seen: events after it are replayed.
        #[oai(validator(minimum(value = "0")))]
        cursor: Query<Option<i64>>,
        /// The same; sent by browsers that reconnect, and stronger than `cursor`.
        #[oai(name = "Last-Event-ID")]
        last_event_id: Header<Option<String>>,
        /// The `log_id` of the `ready` that the cursor comes from.
        log_id: Query<Option<LogId>>,
        /// Threads whose replies to show from the start.
        #[oai(explode = false, default = "no_threads", validator(max_items = 50))]
        threads: Query<Vec<MessageId>>,
    ) -> Result<EventStream, Fails<S422>> {
        let _ = ticket;
        let last = last_event_id.0.filter(|id| !id.is_empty()).map(|id| {
            let number = id.parse::<i64>().ok().filter(|number| *number >= 0);
            number.ok_or_else(|| Error::invalid("Last-Event-ID", "must be a whole number of at least 0"))
        });
        let wish = Wish {
            caller: caller.0,
            cursor: last.transpose()?.or(cursor.0),
            log_id: log_id.0,
            threads: threads.0,
            // Only HTTP/1.1 knows chunks; what is older is told the end by the end of the connection.
            form: if request.version() == Version::HTTP_11 { Form::ChunkedSse } else { Form::Sse },
        };
        Ok(EventStream(resume::open(&self.0, wish).await?))
    }

    /// Read the log
    ///
    /// Durable events after `cursor` that the caller may see, waiting up to `wait` seconds for the first. Without `cursor`:
    /// the log's head, at once.
    #[oai(path = "/v1/events", method = "get", operation_id = "list_events")]
    async fn list_events(
        &self, caller: Signed,
        /// The last `seq` that was looked at.
        #[oai(validator(minimum(value = "0")))]
        cursor: Query<Option<i64>>,
        /// How many events at most; 100 if not given.
        #[oai(validator(minimum(value = "1"), maximum(value = "1000")))]
        limit: Query<Option<u32>>,
        /// How many seconds to wait for the first event; 0 if not given.
        #[oai(validator(minimum(value = "0"), maximum(value = "30")))]
        wait: Query<Option<u32>>,
        /// Threads whose replies to show.
        #[oai(explode = false, default = "no_threads", validator(max_items = 50))]
        threads: Query<Vec<MessageId>>,
        /// The `log_id` that the cursor came with.
        log_id: Query<Option<LogId>>,
    ) -> Result<LogAnswer, Fails<S410>> {
        let query = PollQuery {
            cursor: cursor.0,
            limit: limit.0.unwrap_or(100) as usize,
            wait: Duration::from_secs(u64::from(wait.0.unwrap_or(0))),
            threads: threads.0,
            log_id: log_id.0,
        };
        Ok(LogAnswer(poll::poll(&self.0, &caller.0, &query).await?))
    }

    /// Ping a stream
    ///
    /// Says that the stream's client is alive; the stream gets a `pong`.
    #[oai(path = "/v1/connections/:connection_id/ping", method = "post", operation_id = "ping_connection")]
    async fn ping_connection(
        &self, caller: Signed, connection_id: Path<ConnectionId>,
    ) -> Result<Done, Fails<S404>> {
        connections::ping(&self.0.ctx, &caller.0, connection_id.0, None).await?;
        Ok(Done)
    }

    /// Renew a stream's credential
    ///
    /// The stream lives as long as the access token of this request, which must be of the same session.
    #[oai(path = "/v1/connections/:connection_id/token", method = "post", operation_id = "renew_connection")]
    async fn renew_connection(
        &self, caller: Signed, connection_id: Path<ConnectionId>,
    ) -> Result<Done, Fails<{ S403 | S404 }>> {
        connections::renew(&self.0.ctx, &caller.0, connection_id.0).await?;
        Ok(Done)
    }

    /// Open a thread on a stream
    ///
    /// The stream shows the thread's replies from now on.
    #[oai(
        path = "/v1/connections/:connection_id/threads/:message_id",
        method = "put",
        operation_id = "open_thread"
    )]
    async fn open_thread(
        &self, caller: Signed, connection_id: Path<ConnectionId>, message_id: Path<MessageId>,
    ) -> Result<Done, Fails<{ S403 | S404 }>> {
        connections::open_thread(&self.0.ctx, &caller.0, connection_id.0, message_id.0).await?;
        Ok(Done)
    }

    /// Close a thread on a stream
    ///
    /// The stream shows the thread's replies no more.
    #[oai(
        path = "/v1/connections/:connection_id/threads/:message_id",
        method = "delete",
        operation_id = "close_thread"
    )]
    async fn close_thread(
        &self, caller: Signed, connection_id: Path<ConnectionId>, message_id: Path<MessageId>,
    ) -> Result<Done, Fails<S404>> {
        connections::close_thread(&self.0.ctx, &caller.0, connection_id.0, message_id.0).await?;
        Ok(Done)
    }
}
