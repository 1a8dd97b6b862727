//! REST: one file for each noun, as in `src/api`, and what holds over all of them: the counts, the events, the rights,
//! and the refusals.

mod access;
mod accounts;
mod bad_input;
mod channels;
mod dms;
mod edge;
mod members;
mod messages;
mod model;
mod operation;
mod snapshots;
mod threads;
