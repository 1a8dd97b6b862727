//! A Redis of a test's own, which it may kill or freeze. It keeps nothing: the program uses Redis for pub/sub alone.

use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::database::fresh_folder;
use super::leash::{Held, Leash, tail};
use super::port::free_port;

/// A server; dropping this ends it.
pub struct Redis {
    pub port: u16,
    folder: TempDir,
    leash: Leash,
}

impl Redis {
    pub async fn start() -> Redis {
        let (port, folder) = (free_port(), fresh_folder());
        let leash = hold(port, &folder);
        let redis = Redis { port, folder, leash };
        redis.is_ready().await;
        redis
    }

    /// Ends it at once: its connections break.
    pub async fn kill9(&mut self) {
        self.leash.end("KILL");
        self.leash.ended().await;
    }

    /// Starts it again on the same port.
    pub async fn restart(&mut self) {
        self.leash = hold(self.port, &self.folder);
        self.is_ready().await;
    }

    /// As [`Leash::freeze`].
    pub fn freeze(&self) {
        self.leash.freeze();
    }

    /// As [`Leash::thaw`].
    pub fn thaw(&self) {
        self.leash.thaw();
    }

    async fn is_ready(&self) {
        for _ in 0..1_000 {
            if self.answers().await.is_some() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("Redis did not start:\n{}", tail(&self.folder.path().join("log")));
    }

    async fn answers(&self) -> Option<()> {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).await.ok()?;
        socket.write_all(b"PING\r\n").await.ok()?;
        let mut answer = [0; 7];
        socket.read_exact(&mut answer).await.ok()?;
        (answer == *b"+PONG\r\n").then_some(())
    }
}

fn hold(port: u16, folder: &TempDir) -> Leash {
    let port = port.to_string();
    let command =
        ["redis-server", "--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    Leash::hold(&Held {
        command: &command.map(str::to_owned),
        env: &[],
        log: &folder.path().join("log"),
        last_signal: "KILL",
        folder: None,
    })
}
