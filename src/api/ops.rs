//! Health, metrics and the document itself.

use super::Tag;
use super::answer::{Fails, Found, Text};
use crate::error::Error;
use crate::stream::Streams;
use poem::http::StatusCode;
use poem::{IntoResponse, Response};
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Enum, Object, OpenApi};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// How long the database may take to say that it is there.
const READY_TIMEOUT: Duration = Duration::from_secs(1);

/// Good.
#[derive(Debug, Clone, Copy, Serialize, Enum)]
#[serde(rename_all = "lowercase")]
#[oai(rename_all = "lowercase")]
pub enum Health {
    /// It is well.
    Ok,
}

/// How the server is.
#[derive(Debug, Clone, Copy, Serialize, Object)]
pub struct HealthAnswer {
    /// `ok`; anything else is a problem.
    pub status: Health,
}

/// `200` with the document, written already.
pub struct DocumentAnswer(String);

impl IntoResponse for DocumentAnswer {
    fn into_response(self) -> Response {
        Response::builder().content_type(super::answer::JSON).body(self.0)
    }
}

impl ApiResponse for DocumentAnswer {
    fn meta() -> MetaResponses {
        let content = vec![MetaMediaType { content_type: super::answer::JSON, schema: Value::schema_ref() }];
        let response = MetaResponse {
            description: "Done",
            status: Some(200),
            status_range: None,
            content,
            headers: vec![],
        };
        MetaResponses { responses: vec![response] }
    }

    fn register(registry: &mut Registry) {
        Value::register(registry);
    }
}

/// Counts an answer, by its class of status.
pub fn count(status: StatusCode, took: Duration) {
    let class = match status.as_u16() {
        100..=299 => "ok",
        300..=399 => "moved",
        400..=499 => "refused",
        _ => "failed",
    };
    metrics::counter!("hubbub_http_requests_total", "outcome" => class).increment(1);
    metrics::histogram!("hubbub_http_request_duration_seconds").record(took);
}

/// Whether it works as it should, or serves on without something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Enum)]
#[serde(rename_all = "lowercase")]
#[oai(rename_all = "lowercase")]
pub enum Condition {
    /// It is well.
    Ok,
    /// It serves on, but not all is as it should be.
    Degraded,
}

/// How the server can serve.
#[derive(Debug, Clone, Copy, Serialize, Object)]
pub struct ReadinessAnswer {
    /// `degraded` while the instances do not hear each other: everything is served, some of it later.
    pub status: Condition,
    /// `degraded` while people on other instances may be shown as offline.
    pub presence: Condition,
}

/// The operations of whoever runs the server.
pub struct OpsApi {
    /// What is looked at.
    pub streams: Streams,
    /// The document.
    pub document: Arc<String>,
}

#[OpenApi(tag = "Tag::Operations")]
impl OpsApi {
    /// Is the process alive?
    ///
    /// Needs nothing else to be there.
    #[oai(path = "/healthz", method = "get", operation_id = "get_health")]
    async fn get_health(&self) -> Result<Found<HealthAnswer>, Fails<0>> {
        Ok(Found(HealthAnswer { status: Health::Ok }))
    }

    /// Can it serve?
    ///
    /// The database answers, and the server is not about to stop. Without Redis it serves on, from the database, and
    /// says `degraded`.
    #[oai(path = "/readyz", method = "get", operation_id = "get_readiness")]
    async fn get_readiness(&self) -> Result<Found<ReadinessAnswer>, Fails<0>> {
        if self.streams.hub.has_begun_to_drain() {
            return Err(Error::unavailable("The server is about to stop.", 5).into());
        }
        let head = crate::service::log::head(&self.streams.ctx);
        let head = tokio::time::timeout(READY_TIMEOUT, head).await;
        head.map_err(|_| Error::unavailable("The database does not answer.", 1))??;
        let condition = match crate::service::presence::is_shared(&self.streams.ctx) {
            true => Condition::Ok,
            false => Condition::Degraded,
        };
        Ok(Found(ReadinessAnswer { status: condition, presence: condition }))
    }

    /// Measurements
    ///
    /// In Prometheus' text format.
    #[oai(path = "/metrics", method = "get", operation_id = "get_metrics")]
    async fn get_metrics(&self) -> Result<Text, Fails<0>> {
        let (websockets, sse) = self.streams.hub.stream_counts();
        metrics::gauge!("hubbub_streams_open", "transport" => "websocket").set(websockets as f64);
        metrics::gauge!("hubbub_streams_open", "transport" => "sse").set(sse as f64);
        Ok(Text(crate::metrics::render()))
    }

    /// This document
    ///
    /// OpenAPI 3; the types of a client can be generated from it, events and frames included.
    #[oai(path = "/openapi.json", method = "get", operation_id = "get_document")]
    async fn get_document(&self) -> Result<DocumentAnswer, Fails<0>> {
        Ok(DocumentAnswer(self.document.to_string()))
    }
}
