//! The store: what it promises to those who use it, and whether it keeps that when things break.

mod explain;
#[expect(dead_code, reason = "a bench uses more of it")]
#[path = "../../../benches/setup/fill.rs"]
mod fill;
mod giving_up;
mod kill;
mod load;
mod lock;
mod opening;
mod plans;
