//! The one place where a failure becomes an answer: problem+json (RFC 9457), and a log line if it is a fault of ours.

use crate::error::{Code, Error};
use crate::model::problem::Problem;
use poem::Response;
use poem::http::{HeaderValue, StatusCode, header};

/// The media type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The answer to a failed request.
pub fn response(error: &Error) -> Response {
    if let Some(cause) = &error.cause {
        tracing::error!(code = error.code.as_str(), %cause, "a request failed");
    }
    let body = serde_json::to_vec(&Problem::from(error)).unwrap_or_default();
    let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::builder().status(status).content_type(PROBLEM_JSON);
    if let Some(seconds) = error.retry_after_s {
        response = response.header(header::RETRY_AFTER, seconds);
    }
    if status == StatusCode::UNAUTHORIZED {
        response = response.header(header::WWW_AUTHENTICATE, "Bearer");
    }
    response.body(body)
}

/// What poem itself raises (a route it does not know, a parameter it cannot parse) as a problem. Answers that are
/// complete already pass.
pub async fn from_poem(error: poem::Error) -> Response {
    if error.is_from_response()
        || error.status().is_redirection()
        || error.status() == StatusCode::NOT_MODIFIED
    {
        return error.into_response();
    }
    let code = match error.status().as_u16() {
        404 => return response(&Error::not_found()),
        405 => return pages_are_read(),
        413 => Code::TooLarge,
        415 => Code::UnsupportedMediaType,
        400 | 422 => Code::Invalid,
        _ => return response(&Error::internal(error.to_string())),
    };
    response(&Error::new(code, error.to_string()))
}

/// Operations answer a wrong method themselves; what is left are the pages.
fn pages_are_read() -> Response {
    let error = Error::new(Code::MethodNotAllowed, "This path takes GET and HEAD.");
    let mut response = response(&error);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}
