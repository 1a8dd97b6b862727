//! What the tests stand on: servers, people, streams and both databases.
//!
//! ```text
//! on_both! {
//!     async fn a_member_reads_the_history(app: App) {
//!         let alice = app.user("alice").await;
//!         let general = alice.channel("general").await;
//!         alice.send(&general, "Good morning").await;
//!         ...
//!     }
//! }
//! ```
//!
//! Whatever a [`Client`] or a [`Stream`] receives is held against the OpenAPI document on the way, so a test that
//! reads an answer also proves that the answer is the documented one.

mod app;
mod client;
mod contract;
mod database;
mod http;
mod leash;
mod port;
mod postgres;
mod process;
mod redis;
mod schema;
mod seed;
mod socket;
mod stream;
mod wire;

pub use app::App;
pub use client::{Answer, Client, HasId, PASSWORD};
pub use database::{Database, Db};
pub use http::RawHttp;
pub use leash::{Held, Leash};
pub use port::free_port;
pub use postgres::Postgres;
pub use process::{Process, Program};
pub use redis::Redis;
pub use schema::Schemas;
pub use seed::seed;
pub use socket::RawSocket;
pub use stream::{Event, Stream, Transport};
pub use wire::{Sse, Unopened, WebSocket};

/// What a test can ask for as its first argument: it is made anew on the database of that test.
pub trait Fixture: Sized {
    async fn on(db: Db) -> Self;
}

impl Fixture for Db {
    async fn on(db: Db) -> Db {
        db
    }
}

impl Fixture for Database {
    async fn on(db: Db) -> Database {
        Database::fresh(db).await
    }
}

impl Fixture for App {
    async fn on(db: Db) -> App {
        App::start(db).await
    }
}

impl Fixture for Process {
    async fn on(db: Db) -> Process {
        Process::start(db, &[]).await
    }
}

/// Makes of each function a test on SQLite and one on PostgreSQL.
///
/// The first argument is a [`Fixture`]. A second one of type `Transport` makes a test for each of the three
/// transports; written as `PushTransport`, for each of the two that push. The names read `everyone_hears_it::sqlite`
/// or `everyone_hears_it::postgres_over_sse`.
macro_rules! on_both {
    () => {};
    ($(#[$meta:meta])* async fn $name:ident($($pattern:ident)+ : $fixture:ty) $body:block $($rest:tt)*) => {
        on_both! { @tests [$(#[$meta])*] $name [$($pattern)+ : $fixture] [] $body
            sqlite Sqlite [], postgres Postgres [] }
        on_both! { $($rest)* }
    };
    ($(#[$meta:meta])* async fn $name:ident($($pattern:ident)+ : $fixture:ty, $over:ident: PushTransport)
     $body:block $($rest:tt)*) => {
        on_both! { @tests [$(#[$meta])*] $name [$($pattern)+ : $fixture] [$over] $body
            sqlite_over_websocket Sqlite [WebSocket], postgres_over_websocket Postgres [WebSocket],
            sqlite_over_sse Sqlite [Sse], postgres_over_sse Postgres [Sse] }
        on_both! { $($rest)* }
    };
    ($(#[$meta:meta])* async fn $name:ident($($pattern:ident)+ : $fixture:ty, $over:ident: Transport)
     $body:block $($rest:tt)*) => {
        on_both! { @tests [$(#[$meta])*] $name [$($pattern)+ : $fixture] [$over] $body
            sqlite_over_websocket Sqlite [WebSocket], postgres_over_websocket Postgres [WebSocket],
            sqlite_over_sse Sqlite [Sse], postgres_over_sse Postgres [Sse],
            sqlite_over_poll Sqlite [Poll], postgres_over_poll Postgres [Poll] }
        on_both! { $($rest)* }
    };
    (@tests $meta:tt $name:ident $first:tt $second:tt $body:block
     $($test:ident $db:ident $transport:tt),+) => {
        mod $name {
            use super::*;

            on_both! { @body $first $second $body }
            $(on_both! { @test $meta $test $db $first $transport })+
        }
    };
    (@body [$($pattern:ident)+ : $fixture:ty] [$($over:ident)?] $body:block) => {
        async fn body($($pattern)+: $fixture $(, $over: $crate::support::Transport)?) $body
    };
    (@test [$(#[$meta:meta])*] $test:ident $db:ident [$($pattern:ident)+ : $fixture:ty] [$($transport:ident)?]) => {
        $(#[$meta])*
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            let fixture = <$fixture as $crate::support::Fixture>::on($crate::support::Db::$db).await;
            body(fixture $(, $crate::support::Transport::$transport)?).await;
        }
    };
}
pub(crate) use on_both;
