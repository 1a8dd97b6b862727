//! A JSON body that the gate has parsed and checked against the document.

use super::answer::JSON;
use crate::api::problem;
use crate::error::{Code, Error};
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaMediaType, MetaRequest, Registry};
use poem_openapi::types::ParseFromJSON;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde_json::Value;
use std::sync::Arc;

/// What the gate parsed; null if there was no body.
#[derive(Debug, Clone)]
pub struct Parsed(pub Arc<Value>);

/// A required JSON object.
pub struct Body<T>(pub T);

/// A JSON object that may be left out.
pub struct OptionalBody<T>(pub Option<T>);

fn parse<T: ParseFromJSON>(request: &Request) -> Result<Option<T>, Error> {
    let value = request
        .extensions()
        .get::<Parsed>()
        .map(|parsed| parsed.0.as_ref().clone())
        .filter(|value| !value.is_null());
    value
        .map(|value| T::parse_from_json(Some(value)).map_err(|e| Error::invalid("", e.into_message())))
        .transpose()
}

fn request_meta<T: ParseFromJSON>(required: bool) -> Option<MetaRequest> {
    let content = vec![MetaMediaType { content_type: JSON, schema: T::schema_ref() }];
    Some(MetaRequest { description: None, content, required })
}

impl<'a, T: ParseFromJSON> ApiExtractor<'a> for Body<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        request_meta::<T>(true)
    }

    async fn from_request(
        request: &'a Request, _: &mut RequestBody, _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let missing = || Error::new(Code::BadJson, "The request has no body.");
        let value = parse(request).and_then(|value| value.ok_or_else(missing));
        value.map(Body).map_err(|error| poem::Error::from_response(problem::response(&error)))
    }
}

impl<'a, T: ParseFromJSON> ApiExtractor<'a> for OptionalBody<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        request_meta::<T>(false)
    }

    async fn from_request(
        request: &'a Request, _: &mut RequestBody, _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        parse(request)
            .map(OptionalBody)
            .map_err(|error| poem::Error::from_response(problem::response(&error)))
    }
}
