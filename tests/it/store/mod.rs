//! The store alone, without a server around it.

mod giving_up;
mod opening;
