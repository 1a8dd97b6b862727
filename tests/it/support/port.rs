//! Ports for the servers that tests start.

use std::net::TcpListener;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};

/// A port that nobody listens on. Each call gives another, and none of those that the system hands out by itself to
/// outgoing connections, so that it is still free when the server that gets it starts.
pub fn free_port() -> u16 {
    static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| {
        let spread = u16::try_from(std::process::id() % 20_000).unwrap();
        AtomicU16::new(10_000 + spread)
    });
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::iter::repeat_with(|| NEXT.fetch_add(1, Ordering::Relaxed)).find(is_free).unwrap()
}
