//! Every test that needs more than one module: one binary, so that it links once and shares one PostgreSQL.
//!
//! `support` is what they stand on; the other modules mirror what they test.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed, and says where"
)]

mod api;
mod architecture;
mod cluster;
mod deploy;
mod journey;
mod openapi;
mod readme;
mod store;
mod stream;
mod support;
