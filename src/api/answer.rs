//! The answers of operations, as types: what a signature says is what the document says. Bodies are written by serde, in
//! the order of the fields, as events are: a message is the same bytes in a page and on a stream.

use crate::api::problem;
use crate::error::Error;
use crate::model::problem::Problem;
use poem::http::StatusCode;
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::payload::Payload;
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use serde::Serialize;

/// `application/json`, in and out.
pub const JSON: &str = "application/json";

fn meta_of(status: u16, description: &'static str, schema: Option<MetaSchemaRef>) -> MetaResponse {
    let content = schema.map(|schema| MetaMediaType { content_type: JSON, schema });
    MetaResponse {
        description,
        status: Some(status),
        status_range: None,
        content: content.into_iter().collect(),
        headers: vec![],
    }
}

fn write(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => Response::builder().status(status).content_type(JSON).body(body),
        Err(error) => problem::response(&Error::internal(error)),
    }
}

/// `200` with a value.
pub struct Found<T>(pub T);

/// `201` with what was made.
pub struct Created<T>(pub T);

/// `201` with what was made, or `200` with what was there already.
pub struct CreatedOrFound<T> {
    /// Whether it was made by this request.
    pub is_new: bool,
    /// What it is.
    pub value: T,
}

/// `204`: done, nothing to say.
pub struct Done;

impl<T: Serialize + Send> IntoResponse for Found<T> {
    fn into_response(self) -> Response {
        write(StatusCode::OK, &self.0)
    }
}

impl<T: Serialize + Send> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        write(StatusCode::CREATED, &self.0)
    }
}

impl<T: Serialize + Send> IntoResponse for CreatedOrFound<T> {
    fn into_response(self) -> Response {
        write(if self.is_new { StatusCode::CREATED } else { StatusCode::OK }, &self.value)
    }
}

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl<T: Type> ApiResponse for Found<T> {
    fn meta() -> MetaResponses {
        MetaResponses { responses: vec![meta_of(200, "Done", Some(T::schema_ref()))] }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: Type> ApiResponse for Created<T> {
    fn meta() -> MetaResponses {
        MetaResponses { responses: vec![meta_of(201, "Created", Some(T::schema_ref()))] }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: Type> ApiResponse for CreatedOrFound<T> {
    fn meta() -> MetaResponses {
        let responses = vec![
            meta_of(200, "It was there already", Some(T::schema_ref())),
            meta_of(201, "Created", Some(T::schema_ref())),
        ];
        MetaResponses { responses }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl ApiResponse for Done {
    fn meta() -> MetaResponses {
        MetaResponses { responses: vec![meta_of(204, "Done", None)] }
    }

    fn register(_: &mut Registry) {}
}

/// What an operation can answer when it fails, as a set of statuses. What every operation can answer (no credential, a
/// wrong parameter, a fault) is added to the document by [`super::describe`].
pub struct Fails<const STATUSES: u16>(pub Error);

/// `403` in a [`Fails`].
pub const S403: u16 = 1;
/// `404` in a [`Fails`].
pub const S404: u16 = 2;
/// `409` in a [`Fails`].
pub const S409: u16 = 4;
/// `410` in a [`Fails`].
pub const S410: u16 = 8;
/// `422` in a [`Fails`].
pub const S422: u16 = 16;
/// `401` in a [`Fails`], for operations that need no credential but may refuse one.
pub const S401: u16 = 32;

/// `400` and `426` in a [`Fails`]: not a good handshake.
pub const UPGRADE: u16 = 64;

const SETS: [(u16, u16, &str); 8] = [
    (UPGRADE, 400, "The handshake is not one of WebSocket"),
    (UPGRADE, 426, "This route speaks WebSocket only"),
    (S401, 401, "Not signed in, or the credential is not good"),
    (S403, 403, "Seen, but not allowed"),
    (S404, 404, "Not there, or not yours to see"),
    (S409, 409, "In the way of something that is"),
    (S410, 410, "The log does not reach to this cursor"),
    (S422, 422, "A field or parameter is wrong; `errors` names each"),
];

impl<const STATUSES: u16> From<Error> for Fails<STATUSES> {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl<const STATUSES: u16> From<Fails<STATUSES>> for poem::Error {
    fn from(fails: Fails<STATUSES>) -> Self {
        poem::Error::from_response(problem::response(&fails.0))
    }
}

impl<const STATUSES: u16> ApiResponse for Fails<STATUSES> {
    fn meta() -> MetaResponses {
        let responses =
            SETS.iter().filter(|(bit, ..)| STATUSES & bit != 0).map(|(_, status, description)| {
                MetaResponse {
                    description,
                    status: Some(*status),
                    status_range: None,
                    content: vec![MetaMediaType {
                        content_type: problem::PROBLEM_JSON,
                        schema: Problem::schema_ref(),
                    }],
                    headers: vec![],
                }
            });
        MetaResponses { responses: responses.collect() }
    }

    fn register(registry: &mut Registry) {
        Problem::register(registry);
    }
}

/// A text that is not JSON: metrics, the document.
pub struct Text(pub String);

impl Payload for Text {
    const CONTENT_TYPE: &'static str = "text/plain";

    fn schema_ref() -> MetaSchemaRef {
        String::schema_ref()
    }
}

impl IntoResponse for Text {
    fn into_response(self) -> Response {
        Response::builder().content_type("text/plain; charset=utf-8").body(self.0)
    }
}

impl ApiResponse for Text {
    fn meta() -> MetaResponses {
        let content = vec![MetaMediaType { content_type: Self::CONTENT_TYPE, schema: Self::schema_ref() }];
        let response = MetaResponse {
            description: "Done",
            status: Some(200),
            status_range: None,
            content,
            headers: vec![],
        };
        MetaResponses { responses: vec![response] }
    }

    fn register(_: &mut Registry) {}
}
