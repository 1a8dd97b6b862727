//! Hubbub: a chat server around one durable log.
//!
//! # The rooms
//!
//! One noun has the same file name in every room it passes through: `api/messages.rs` → `service/messages.rs` →
//! `store/messages.rs` → `model/message.rs`. What flows, flows one way:
//!
//! ```text
//! request → api (or a stream frame) → service → store → event log → bus → hub → stream → client
//! ```
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`id`], [`clock`], [`error`], [`config`], [`telemetry`], [`metrics`] | leaves: they import nothing of ours (error: id) |
//! | [`document`] | the OpenAPI document, ready to check requests and frames against |
//! | [`model`] | plain data and the rules on it, no I/O |
//! | [`event`] | what can happen, how it is written on the wire, who may see it |
//! | [`store`] | the database: one file of SQL a noun, the log, group commit, migrations |
//! | [`bus`], [`presence`] | what instances tell each other; who is online, who is typing |
//! | [`auth`] | tokens, passwords, sessions, the caller |
//! | [`service`] | the rules, as verbs |
//! | [`hub`] | open streams of this instance: order, routing, queues |
//! | [`api`] | REST: routes, the document, problems |
//! | [`stream`] | WebSocket, SSE and long-poll; client frames; close codes |
//! | [`web`] | what a browser gets |
//! | [`app`], [`cli`], [`listen`], [`secret`] | build every part once, wire, run, drain |
//!
//! Who may import whom is a table in `docs/architecture.md`, held by a test.

pub mod api;
pub mod app;
pub mod auth;
pub mod bus;
pub mod cli;
pub mod clock;
pub mod config;
pub mod document;
pub mod error;
pub mod event;
pub mod hub;
pub mod id;
pub mod listen;
pub mod metrics;
pub mod model;
pub mod presence;
pub mod secret;
pub mod service;
pub mod store;
pub mod stream;
pub mod telemetry;
pub mod web;
