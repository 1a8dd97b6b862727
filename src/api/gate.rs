//! The gate that every request of an operation passes, in this order: does it exist, who asks, may they ask so often, is
//! what they ask well formed. Operations behind it find the caller and the parsed body with the request.

use super::body::Parsed;
use super::edge::HeadOnly;
use super::origin::Origins;
use super::rate_limit::RateLimits;
use super::{problem, security};
use crate::document::{Document, Found, Operation};
use crate::error::{Code, Error, Result};
use crate::service::{self, Context};
use futures_util::TryStreamExt;
use futures_util::future::BoxFuture;
use poem::http::{Method, Uri, header};
use poem::{Body, Endpoint, IntoResponse, Middleware, Request, Response};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The largest body (contract, section 2).
pub const MAX_BODY_BYTES: usize = 128 * 1024;
/// A body may be refused before it was read. Up to so many bytes of it are read all the same, and for so long: who is still
/// writing when the connection closes may never see the answer.
const DISCARD_BYTES: usize = 1024 * 1024;
/// See [`DISCARD_BYTES`].
const DISCARD_TIMEOUT: Duration = Duration::from_secs(2);
/// Operations whose answer may take longer than the database: they hash passwords, of which only a few at a time, or wait
/// for events.
const TAKE_THEIR_TIME: [&str; 4] = ["register", "login", "change_password", "list_events"];
/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// What the gate needs.
#[derive(Clone)]
pub struct Gate {
    /// What is checked against.
    pub document: Arc<Document>,
    /// Who is who.
    pub ctx: Arc<Context>,
    /// Which pages may use cookies.
    pub origins: Arc<Origins>,
    /// How often one may ask.
    pub limits: Arc<RateLimits>,
}

impl<E: Endpoint + 'static> Middleware<E> for Gate {
    type Output = Gated<E>;

    fn transform(&self, inner: E) -> Gated<E> {
        Gated { gate: self.clone(), inner: Arc::new(inner) }
    }
}

/// An endpoint behind the gate.
pub struct Gated<E> {
    gate: Gate,
    inner: Arc<E>,
}

impl<E: Endpoint + 'static> Endpoint for Gated<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        // Boxed, so that the answer does not carry the room that checking needs.
        let refused = match Box::pin(self.gate.pass(&mut request)).await {
            Ok(patience) => return self.answer(request, patience).await,
            Err(refused) => refused,
        };
        discard(request.take_body()).await;
        match refused {
            Refused::Problem(error) => Ok(problem::response(&error)),
            Refused::Method(allowed) => {
                let error = Error::new(Code::MethodNotAllowed, format!("This path takes {allowed}."));
                let mut response = problem::response(&error);
                if let Ok(allowed) = allowed.parse() {
                    response.headers_mut().insert(header::ALLOW, allowed);
                }
                Ok(response)
            }
        }
    }
}

impl<E: Endpoint + 'static> Gated<E> {
    /// Lets the operation answer, for as long as one may wait for it.
    async fn answer(&self, request: Request, patience: Option<Duration>) -> poem::Result<Response> {
        let inner = self.inner.clone();
        let answer: BoxFuture<'static, poem::Result<Response>> = if request.method() == Method::GET {
            Box::pin(async move { inner.call(request).await.map(IntoResponse::into_response) })
        } else {
            carry_through(inner, request)
        };
        match patience {
            Some(patience) => service::answer_by(Instant::now() + patience, answer)
                .await
                .unwrap_or_else(|error| Ok(problem::response(&error))),
            None => answer.await,
        }
    }
}

/// A write is carried through in a task of its own, also when its caller goes away meanwhile: what is committed is published.
fn carry_through<E: Endpoint + 'static>(
    inner: Arc<E>, request: Request,
) -> BoxFuture<'static, poem::Result<Response>> {
    let written = tokio::spawn(async move { inner.call(request).await.map(IntoResponse::into_response) });
    Box::pin(
        async move { written.await.unwrap_or_else(|error| Ok(problem::response(&Error::internal(error)))) },
    )
}

enum Refused {
    Problem(Error),
    Method(String),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Refused::Problem(error)
    }
}

impl Gate {
    /// Lets the request pass, and says how long its answer may take; `None` if it has a time of its own.
    async fn pass(&self, request: &mut Request) -> Result<Option<Duration>, Refused> {
        let path = request.uri().path().to_owned();
        let operation = match self.document.find(request.method().as_str(), &path) {
            Found::Operation(operation) => operation,
            Found::OtherMethods(operations) => return Err(Refused::Method(allow(&operations))),
            Found::Nothing => return Err(Error::not_found().into()),
        };
        if operation.is_stream && request.extensions().get::<HeadOnly>().is_some() {
            return Err(Refused::Method(allow(&[operation])));
        }
        let begun = Instant::now();
        let caller = if operation.security.is_empty() {
            None
        } else {
            let caller = security::authenticate(&self.ctx, &self.origins, request, operation);
            Some(service::answer_by(begun + service::ANSWER_TIMEOUT, caller).await??)
        };
        let patience = (!operation.is_stream && !TAKE_THEIR_TIME.contains(&operation.id.as_str()))
            .then(|| service::ANSWER_TIMEOUT.saturating_sub(begun.elapsed()));
        self.limits.check(operation, caller.as_ref(), request.remote_addr())?;
        let query = query_of(request.uri(), operation)?;
        self.document.check_parameters(operation, &path, &query)?;
        if let Some(uri) = rewritten(request.uri(), &query) {
            *request.uri_mut() = uri;
        }
        self.take_body(request, operation).await?;
        if let Some(caller) = caller {
            request.extensions_mut().insert(caller);
        }
        Ok(patience)
    }

    async fn take_body(&self, request: &mut Request, operation: &Operation) -> Result<()> {
        if request.method() == Method::GET {
            return Ok(());
        }
        let coding = request.header(header::CONTENT_ENCODING).unwrap_or("identity");
        if !coding.trim().eq_ignore_ascii_case("identity") {
            return Err(Error::new(Code::UnsupportedMediaType, "A compressed body is not taken."));
        }
        let announced = request.header(header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
        if announced.is_some_and(|length| length > MAX_BODY_BYTES as u64) {
            return Err(too_large());
        }
        let is_json = request.content_type().is_some_and(is_json);
        let body = tokio::time::timeout(BODY_TIMEOUT, collect(request.take_body()))
            .await
            .map_err(|_| Error::new(Code::RequestTimeout, "The body did not arrive in time."))??;
        if !operation.has_body() {
            return Ok(());
        }
        let value = if body.is_empty() {
            if operation.needs_body() {
                return Err(Error::new(Code::BadJson, "The request has no body; a JSON object is needed."));
            }
            None
        } else if !is_json {
            return Err(Error::new(Code::UnsupportedMediaType, "The body must be application/json."));
        } else {
            Some(parse(&body)?)
        };
        self.document.check_body(operation, value.as_ref())?;
        if let Some(value) = value {
            request.extensions_mut().insert(Parsed(Arc::new(value)));
        }
        Ok(())
    }
}

fn too_large() -> Error {
    Error::new(Code::TooLarge, "A body is at most 128 KiB.")
}

/// A body as a whole, if it is not too large.
async fn collect(body: Body) -> Result<Vec<u8>> {
    let (mut stream, mut bytes) = (body.into_bytes_stream(), Vec::new());
    let broken = |_| Error::new(Code::BadRequest, "The body could not be read.");
    while let Some(piece) = stream.try_next().await.map_err(broken)? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > MAX_BODY_BYTES {
            discard(Body::from_bytes_stream(stream)).await;
            return Err(too_large());
        }
    }
    Ok(bytes)
}

/// Reads what is still on its way, within bounds.
async fn discard(body: Body) {
    let (mut stream, mut left) = (body.into_bytes_stream(), DISCARD_BYTES);
    let read = async {
        while let Ok(Some(piece)) = stream.try_next().await
            && piece.len() <= left
        {
            left -= piece.len();
        }
    };
    // However much was read, the answer is the same.
    let _ = tokio::time::timeout(DISCARD_TIMEOUT, read).await;
}

/// The methods of a path, for `Allow`: what can be got can be asked about, unless it never ends.
fn allow(operations: &[&Operation]) -> String {
    let mut methods: Vec<&str> = operations.iter().map(|operation| operation.method.as_str()).collect();
    if operations.iter().any(|operation| operation.method == "GET" && !operation.is_stream) {
        methods.push("HEAD");
    }
    methods.join(", ")
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

fn parse(body: &[u8]) -> Result<Value> {
    serde_json::from_slice(body)
        .map_err(|error| Error::new(Code::BadJson, format!("The body is not JSON: {error}.")))
}

/// The query's pairs; several values of a list parameter become one, joined by commas.
fn query_of(uri: &Uri, operation: &Operation) -> Result<Vec<(String, String)>> {
    let Some(query) = uri.query() else { return Ok(Vec::new()) };
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query)
        .map_err(|_| Error::new(Code::BadRequest, "The query cannot be read."))?;
    let mut merged: Vec<(String, String)> = Vec::new();
    for (name, value) in pairs {
        match merged.iter_mut().find(|(earlier, _)| *earlier == name && operation.takes_list(&name)) {
            Some((_, values)) => {
                values.push(',');
                values.push_str(&value);
            }
            None => merged.push((name, value)),
        }
    }
    merged.retain(|(name, value)| !(value.is_empty() && operation.takes_list(name)));
    Ok(merged)
}

fn rewritten(uri: &Uri, query: &[(String, String)]) -> Option<Uri> {
    uri.query()?;
    let query = serde_urlencoded::to_string(query).ok()?;
    format!("{}?{query}", uri.path()).parse().ok()
}
