//! The caller as an argument of an operation: the gate has checked the credential, this hands it over and says in the
//! document which credentials there are.

use crate::api::problem;
use crate::auth::caller::Caller;
use crate::error::Error;
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaSecurityScheme, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

/// An access token in `Authorization`.
pub const BEARER: &str = "bearer";
/// The session cookie.
pub const COOKIE: &str = "cookie";
/// A stream ticket in the query.
pub const TICKET: &str = "ticket";

/// Somebody signed in, by token or cookie.
pub struct Signed(pub Caller);

/// Somebody signed in, by token, ticket or cookie: for streams.
pub struct Streaming(pub Caller);

fn caller(request: &Request) -> poem::Result<Caller> {
    let refused = || poem::Error::from_response(problem::response(&Error::unauthenticated("Sign in first.")));
    request.extensions().get::<Caller>().copied().ok_or_else(refused)
}

fn register(registry: &mut Registry) {
    let scheme = |ty, description| MetaSecurityScheme {
        ty,
        description: Some(description),
        name: None,
        key_in: None,
        scheme: None,
        bearer_format: None,
        flows: None,
        openid_connect_url: None,
    };
    let bearer = scheme("http", "The access token of a login.");
    registry.create_security_scheme(
        BEARER,
        MetaSecurityScheme { scheme: Some("bearer"), bearer_format: Some("JWT"), ..bearer },
    );
    let cookie = scheme(
        "apiKey",
        "The session cookie of a login with `\"session\": \"cookie\"`; writes need a matching `Origin`.",
    );
    registry.create_security_scheme(
        COOKIE,
        MetaSecurityScheme { name: Some("hubbub_access"), key_in: Some("cookie"), ..cookie },
    );
}

impl<'a> ApiExtractor<'a> for Signed {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        register(registry);
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![BEARER, COOKIE]
    }

    async fn from_request(
        request: &'a Request, _: &mut RequestBody, _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        caller(request).map(Signed)
    }
}

impl<'a> ApiExtractor<'a> for Streaming {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        register(registry);
        let ticket = MetaSecurityScheme {
            ty: "apiKey",
            description: Some("A ticket from `POST /v1/stream-tickets`, good once, within 30 s."),
            name: Some("ticket"),
            key_in: Some("query"),
            scheme: None,
            bearer_format: None,
            flows: None,
            openid_connect_url: None,
        };
        registry.create_security_scheme(TICKET, ticket);
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![BEARER, TICKET, COOKIE]
    }

    async fn from_request(
        request: &'a Request, _: &mut RequestBody, _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        caller(request).map(Streaming)
    }
}
