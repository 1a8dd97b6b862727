//! REST: one file a noun, each an operation's shape and nothing more; the rules are in `service`.

pub mod answer;
pub mod auth;
pub mod body;
pub mod caller;
pub mod channels;
pub mod cookies;
pub mod describe;
pub mod dms;
pub mod edge;
pub mod example;
pub mod failures;
pub mod gate;
pub mod me;
pub mod members;
pub mod messages;
pub mod ops;
pub mod origin;
pub mod page;
pub mod presence;
pub mod problem;
pub mod rate_limit;
pub mod read_marks;
pub mod security;
pub mod streams;
pub mod threads;
pub mod typing;
pub mod users;

use crate::stream::Streams;
use crate::web;
use edge::Edge;
use gate::Gate;
use poem::http::Method;
use poem::{Endpoint, EndpointExt, Request, Response, Route};
use poem_openapi::registry::{MetaApi, Registry};
use poem_openapi::{LicenseObject, OpenApi, OpenApiService, Tags};
use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;

/// The chapters of the document.
#[derive(Tags)]
pub enum Tag {
    /// Accounts, logins and sessions.
    Auth,
    /// The caller.
    Me,
    /// People.
    Users,
    /// Places to talk.
    Channels,
    /// Who is in them.
    Members,
    /// Between two.
    #[oai(rename = "DMs")]
    Dms,
    /// What is said.
    Messages,
    /// Replies.
    Threads,
    /// How far everyone has read.
    #[oai(rename = "Read marks")]
    ReadMarks,
    /// Who is writing.
    Typing,
    /// Who is there.
    Presence,
    /// WebSocket, SSE, long-poll, and the control of open streams.
    Streams,
    /// Health and metrics.
    Operations,
}

/// Every operation.
type All = (
    (auth::AuthApi, me::MeApi, users::UsersApi),
    (channels::ChannelsApi, members::MembersApi, dms::DmsApi),
    (messages::MessagesApi, threads::ThreadsApi, read_marks::ReadMarksApi),
    (typing::TypingApi, presence::PresenceApi),
    (streams::StreamsApi, ops::OpsApi),
);

/// The types of operations, without anything to serve them: enough to describe them.
struct Described<T>(PhantomData<T>);

impl<T: OpenApi> OpenApi for Described<T> {
    fn meta() -> Vec<MetaApi> {
        T::meta()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn add_routes(self, _: &mut HashMap<String, HashMap<Method, poem::endpoint::BoxEndpoint<'static>>>) {}
}

fn service<T: OpenApi>(api: T) -> OpenApiService<T, ()> {
    OpenApiService::new(api, "Hubbub", env!("CARGO_PKG_VERSION"))
        .description(
            "A chat server: one durable log behind REST, WebSocket, SSE and long-poll. Every failure is a `Problem` with a \
             stable `code`. Events and client frames are the schemas `StreamEvent` and `ClientFrame`.\n\nSign in with \
             `POST /v1/auth/register` or `login` and send the access token as a bearer token. A page may have its session in \
             a cookie instead, and a stream may be opened with a ticket where no header can be set.",
        )
        .license(LicenseObject::new(env!("CARGO_PKG_LICENSE")).url("https://spdx.org/licenses/MIT.html"))
        .server("/")
}

/// The OpenAPI document, as JSON: the one that `openapi/openapi.json` holds and that requests are checked against.
pub fn document() -> String {
    let complete = describe::complete(&service(Described(PhantomData::<All>)).spec());
    serde_json::to_string_pretty(&complete).unwrap_or_default()
}

/// Everything that answers HTTP: the operations behind their gate, the reference, the page, all behind the edge.
pub fn endpoint(
    streams: Streams, document: String, gate: Gate, edge: Edge,
) -> impl Endpoint<Output = Response> {
    let ctx = &streams.ctx;
    let document = Arc::new(document);
    let described = document.clone();
    let reference = move || {
        let plain = service(Described(PhantomData::<All>));
        let html = web::title(&plain.swagger_ui_html());
        html.replace(&plain.spec(), &describe::for_reference(&described))
    };
    let origins = gate.origins.clone();
    let all: All = (
        (auth::AuthApi(ctx.clone(), origins), me::MeApi(ctx.clone()), users::UsersApi(ctx.clone())),
        (channels::ChannelsApi(ctx.clone()), members::MembersApi(ctx.clone()), dms::DmsApi(ctx.clone())),
        (
            messages::MessagesApi(ctx.clone()),
            threads::ThreadsApi(ctx.clone()),
            read_marks::ReadMarksApi(ctx.clone()),
        ),
        (typing::TypingApi(ctx.clone()), presence::PresenceApi(ctx.clone())),
        (streams::StreamsApi(streams.clone()), ops::OpsApi { streams, document }),
    );
    let reference = Route::new().at("/docs", poem::get(web::reference(reference)));
    web::Page::before(Doors { reference, operations: service(all).with(gate) }).with(edge)
}

/// The reference, and operations at every other path. Not one `Route` for both: what it catches all the rest with would
/// catch `/` too.
struct Doors<P, O> {
    reference: P,
    operations: O,
}

impl<P, O> Endpoint for Doors<P, O>
where
    P: Endpoint<Output = Response>,
    O: Endpoint<Output = Response>,
{
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        match request.uri().path() {
            "/docs" => self.reference.call(request).await,
            _ => self.operations.call(request).await,
        }
    }
}
