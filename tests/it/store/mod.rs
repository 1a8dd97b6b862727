//! The store: what it promises to those who use it, and whether it keeps that when things break.

mod giving_up;
mod kill;
mod load;
mod lock;
mod opening;
mod plans;
