//! Who asks: passwords, tokens, sessions.

pub mod caller;
pub mod password;
pub mod session;
pub mod token;
