//! What is true of every request, whatever it asks: it is counted, a panic is a problem and not an end, pages of other
//! origins get only what they may, and answers carry the headers that keep browsers and caches careful.

use super::origin::Origins;
use super::problem;
use crate::error::Error;
use futures_util::FutureExt;
use poem::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

/// What the edge needs.
#[derive(Clone)]
pub struct Edge {
    /// Which pages may read answers.
    pub origins: Arc<Origins>,
}

impl<E: Endpoint> Middleware<E> for Edge {
    type Output = Edged<E>;

    fn transform(&self, inner: E) -> Edged<E> {
        Edged { edge: self.clone(), inner }
    }
}

/// With a request whose answer goes out without its body: `HEAD`, carried out as the `GET` that it asks about.
#[derive(Debug, Clone, Copy)]
pub struct HeadOnly;

/// An endpoint behind the edge.
pub struct Edged<E> {
    edge: Edge,
    inner: E,
}

impl<E: Endpoint> Endpoint for Edged<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let origin = request
            .headers()
            .get(header::ORIGIN)
            .cloned()
            .filter(|origin| self.edge.is_known(origin, request.headers()));
        if request.method() == Method::OPTIONS
            && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
        {
            return Ok(preflight(origin));
        }
        if request.method() == Method::HEAD {
            // The listener leaves the body out, and says how long it would be.
            request.set_method(Method::GET);
            request.extensions_mut().insert(HeadOnly);
        }
        let began = began();
        // Boxed: each layer around it, up to the listener, would copy it.
        let answer = Box::pin(self.inner.call(request));
        let mut response = match AssertUnwindSafe(answer).catch_unwind().await {
            Ok(Ok(response)) => response.into_response(),
            Ok(Err(error)) => problem::from_poem(error).await,
            Err(_) => problem::response(&Error::internal("a handler panicked")),
        };
        crate::api::ops::count(response.status(), began.elapsed());
        protect(response.headers_mut(), origin);
        Ok(response)
    }
}

#[expect(clippy::disallowed_methods, reason = "a duration that is only reported needs no clock of tests")]
fn began() -> Instant {
    Instant::now()
}

impl Edge {
    fn is_known(&self, origin: &HeaderValue, headers: &HeaderMap) -> bool {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        origin.to_str().is_ok_and(|origin| self.origins.is_allowed(origin, host))
    }
}

/// The answer to a browser that asks before it sends: the methods and headers of this API, to known origins only.
fn preflight(origin: Option<HeaderValue>) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    if origin.is_some() {
        let allow = |text| HeaderValue::from_static(text);
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, allow("GET, POST, PUT, PATCH, DELETE"));
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            allow("authorization, content-type, last-event-id"),
        );
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, allow("600"));
    }
    protect(headers, origin);
    response
}

fn protect(headers: &mut HeaderMap, origin: Option<HeaderValue>) {
    let mut set = |name: header::HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::CACHE_CONTROL, "no-store");
    set(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::problem::PROBLEM_JSON;
    use poem::endpoint::make;

    #[tokio::test]
    async fn a_panic_is_a_problem() {
        let edge = Edge { origins: Arc::new(Origins::new(vec![])) };
        let endpoint = edge.transform(make(|_| async { panic!("on purpose") as poem::Result<Response> }));

        let response = endpoint.call(Request::default()).await.unwrap();

        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.content_type(), Some(PROBLEM_JSON));
        assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        let body = response.into_body().into_string().await.unwrap();
        assert!(body.contains("\"code\":\"internal\"") && !body.contains("on purpose"), "{body}");
    }
}
