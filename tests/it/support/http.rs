//! A connection on which a test writes what it likes, byte by byte.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};

/// Plain TCP to a server.
pub struct RawHttp(TcpStream);

/// The two directions of a [`RawHttp`], to be used at once.
pub struct Reading<'a>(ReadHalf<'a>);
pub struct Writing<'a>(WriteHalf<'a>);

/// What a server wrote, taken apart.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    /// The lines of the head, the first included, in lower case.
    pub head: Vec<String>,
    pub body: String,
}

impl RawHttp {
    /// `base` is a client's: `http://127.0.0.1:…`.
    pub async fn open(base: &str) -> RawHttp {
        RawHttp(TcpStream::connect(base.trim_start_matches("http://")).await.unwrap())
    }

    /// One request on a connection of its own, and what came until its end.
    pub async fn ask(base: &str, request: &str) -> Reply {
        let mut raw = RawHttp::open(base).await;
        raw.write(request).await.unwrap();
        raw.reply().await
    }

    /// Fails where the server has hung up.
    pub async fn write(&mut self, text: impl AsRef<[u8]>) -> std::io::Result<()> {
        self.0.write_all(text.as_ref()).await
    }

    /// Everything until the server hangs up; a connection that it resets ends there too.
    pub async fn rest(&mut self) -> String {
        self.split().0.rest().await
    }

    pub fn split(&mut self) -> (Reading<'_>, Writing<'_>) {
        let (reading, writing) = self.0.split();
        (Reading(reading), Writing(writing))
    }

    /// The head of the answer, in lower case.
    pub async fn head(&mut self) -> String {
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n\r\n") {
            bytes.push(self.0.read_u8().await.unwrap());
        }
        String::from_utf8(bytes).unwrap().to_lowercase()
    }

    /// The answer; its body as long as its head says, or until the server hangs up.
    pub async fn reply(&mut self) -> Reply {
        let (mut bytes, mut chunk) = (Vec::new(), [0; 16 * 1024]);
        loop {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let head: Vec<String> = head.lines().map(str::to_lowercase).collect();
                let length = head.iter().find_map(|line| line.strip_prefix("content-length: "));
                if length.is_some_and(|length| body.len() >= length.parse().unwrap()) {
                    return Reply::new(head, body);
                }
            }
            let read = tokio::time::timeout(Duration::from_secs(3), self.0.read(&mut chunk)).await;
            match read {
                Ok(Ok(count @ 1..)) => bytes.extend_from_slice(&chunk[..count]),
                _ => {
                    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
                    return Reply::new(head.lines().map(str::to_lowercase).collect(), body);
                }
            }
        }
    }
}

impl Reading<'_> {
    /// As [`RawHttp::rest`].
    pub async fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        let mut chunk = [0; 16 * 1024];
        while let Ok(count @ 1..) = self.0.read(&mut chunk).await {
            bytes.extend_from_slice(&chunk[..count]);
        }
        String::from_utf8(bytes).unwrap()
    }
}

impl Writing<'_> {
    /// As [`RawHttp::write`].
    pub async fn write(&mut self, text: &str) -> std::io::Result<()> {
        self.0.write_all(text.as_bytes()).await
    }
}

impl Reply {
    fn new(head: Vec<String>, body: &str) -> Reply {
        let status = head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or("0").parse().unwrap();
        Reply { status, head, body: body.to_owned() }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}
