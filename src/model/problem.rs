//! A failure as clients see it (RFC 9457).

use crate::error::{Code, Error, FieldError};
use poem_openapi::Object;
use serde::Serialize;

/// `application/problem+json`: what went wrong. `code` is stable, `detail` is for people.
#[derive(Debug, Clone, Serialize, Object)]
pub struct Problem {
    /// Always `about:blank`: the code says what kind of problem it is.
    #[serde(rename = "type")]
    #[oai(rename = "type")]
    pub kind: String,
    /// The same for every problem of this code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time.
    pub detail: String,
    /// The stable machine code.
    pub code: Code,
    /// The fields or parameters that are wrong, if the code is `invalid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[oai(skip_serializing_if_is_none)]
    pub errors: Option<Vec<FieldError>>,
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        Self {
            kind: "about:blank".to_owned(),
            title: error.code.title().to_owned(),
            status: error.code.status(),
            detail: error.detail.to_string(),
            code: error.code,
            errors: (!error.errors.is_empty()).then(|| error.errors.clone()),
        }
    }
}
