//! The store alone, without a server around it.

mod opening;
