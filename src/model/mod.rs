//! Plain data, one file a noun, and the rules that need nothing but the data.

pub mod access;
pub mod avatar;
pub mod channel;
pub mod member;
pub mod message;
pub mod presence;
pub mod problem;
pub mod read_mark;
pub mod session;
pub mod text;
pub mod user;
