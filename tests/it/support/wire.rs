//! The three transports as a client sees them: each gives one raw event after the other.

use std::collections::VecDeque;

use futures_util::{SinkExt, StreamExt};
use reqwest::{Method, Response};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async, connect_async};

use super::client::{Answer, Client};
use super::socket;

/// One event as it came, and the `id:` of its SSE block.
pub struct Raw {
    pub text: String,
    pub sse_id: Option<String>,
}

/// Why a stream did not open.
#[derive(Debug)]
pub enum Unopened {
    Refused(Box<Answer>),
    /// The server is not there, or went away before it answered.
    Gone(String),
}

pub struct WebSocket {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The code of the close frame, once it came.
    pub close_code: Option<u16>,
}

impl WebSocket {
    pub async fn open(client: &Client, query: &str) -> Result<WebSocket, Unopened> {
        let path = format!("/v1/ws{query}");
        match connect_async(WebSocket::request(client, query)).await {
            Ok((socket, _)) => Ok(WebSocket { socket, close_code: None }),
            Err(Error::Http(response)) => {
                let (parts, body) = response.into_parts();
                let text = String::from_utf8(body.unwrap_or_default()).unwrap();
                let (status, headers) = (parts.status.as_u16(), parts.headers);
                let answer = Answer { method: "GET".to_owned(), path, status, headers, text };
                Err(Unopened::Refused(Box::new(answer)))
            }
            Err(error) => Err(Unopened::Gone(format!("{path}: {error}"))),
        }
    }

    /// Over a socket that takes little at a time.
    pub async fn open_narrow(client: &Client, query: &str) -> WebSocket {
        let tcp = MaybeTlsStream::Plain(socket::connect_narrow(client).await);
        let (socket, _) = client_async(WebSocket::request(client, query), tcp).await.unwrap();
        WebSocket { socket, close_code: None }
    }

    fn request(client: &Client, query: &str) -> Request {
        let url = format!("{}/v1/ws{query}", client.base().replacen("http", "ws", 1));
        let mut request = url.into_client_request().unwrap();
        if let Some(token) = &client.token {
            request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        }
        request
    }

    /// Fails if the server is gone.
    pub async fn send(&mut self, message: Message) -> Result<(), Error> {
        self.socket.send(message).await
    }

    pub async fn next(&mut self) -> Option<Raw> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => return Some(Raw { text: text.to_string(), sse_id: None }),
                Some(Ok(Message::Close(frame))) => self.close_code = frame.map(|frame| frame.code.into()),
                Some(Ok(Message::Binary(_))) => panic!("the server sent a binary frame"),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }
}

enum Body {
    Response(Response),
    /// What follows the head of an HTTP/1.0 answer, which ends with the connection.
    Socket(TcpStream),
}

impl Body {
    async fn read(&mut self, buffer: &mut Vec<u8>) -> Option<()> {
        match self {
            Body::Response(response) => buffer.extend_from_slice(&response.chunk().await.ok()??),
            Body::Socket(socket) => {
                socket.read_buf(buffer).await.ok().filter(|count| *count > 0)?;
            }
        }
        Some(())
    }
}

pub struct Sse {
    body: Body,
    buffer: Vec<u8>,
    /// How many comment lines came so far: they keep proxies from closing a quiet stream.
    pub comment_count: usize,
    /// The `retry:` of the stream.
    pub retry_ms: Option<u64>,
}

impl Sse {
    pub async fn open(client: &Client, query: &str) -> Result<Sse, Unopened> {
        let path = format!("/v1/sse{query}");
        let gone = |error: reqwest::Error| Unopened::Gone(format!("{path}: {error}"));
        let response = client.request(Method::GET, &path).send().await.map_err(gone)?;
        let headers = response.headers().clone();
        if response.status() != 200 {
            let status = response.status().as_u16();
            let text = response.text().await.map_err(gone)?;
            let answer = Answer { method: "GET".to_owned(), path, status, headers, text };
            return Err(Unopened::Refused(Box::new(answer)));
        }
        assert_eq!(headers["content-type"].to_str().unwrap().split(';').next(), Some("text/event-stream"));
        assert_eq!(headers["cache-control"], "no-store, no-transform");
        assert_eq!(headers["x-accel-buffering"], "no");
        Ok(Sse { body: Body::Response(response), buffer: Vec::new(), comment_count: 0, retry_ms: None })
    }

    /// Over a socket that takes little at a time.
    pub async fn open_narrow(client: &Client, query: &str) -> Sse {
        let mut socket = socket::connect_narrow(client).await;
        let (head, buffer) =
            socket::request(&mut socket, client, &format!("GET /v1/sse{query} HTTP/1.0")).await;
        assert!(head.contains(" 200 ") && !head.contains("chunked"), "{head}");
        Sse { body: Body::Socket(socket), buffer, comment_count: 0, retry_ms: None }
    }

    /// The next block with data. What a cut leaves of a block is dropped, as the standard has it.
    pub async fn next(&mut self) -> Option<Raw> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\n\n") {
                let block = String::from_utf8(self.buffer.drain(..end + 2).collect()).unwrap();
                if let Some(raw) = self.read_block(&block) {
                    return Some(raw);
                }
                continue;
            }
            self.body.read(&mut self.buffer).await?;
        }
    }

    fn read_block(&mut self, block: &str) -> Option<Raw> {
        let (mut data, mut sse_id) = (Vec::new(), None);
        for line in block.lines().filter(|line| !line.is_empty()) {
            match line.split_once(": ").or_else(|| line.split_once(':')) {
                Some(("", _)) => self.comment_count += 1,
                Some(("data", value)) => data.push(value),
                Some(("id", value)) => sse_id = Some(value.to_owned()),
                Some(("retry", value)) => self.retry_ms = Some(value.parse().unwrap()),
                _ => panic!("an unexpected line in an SSE block: {line}"),
            }
        }
        (!data.is_empty()).then(|| Raw { text: data.join("\n"), sse_id })
    }
}

/// Long-poll, asked again and again.
pub struct Poll {
    client: Client,
    pub cursor: u64,
    pub threads: Vec<String>,
    log_id: String,
    extra: String,
    waiting: VecDeque<String>,
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Box<RawValue>>,
    cursor: u64,
    log_id: String,
}

impl Poll {
    /// Without a cursor it starts at the head of the log.
    pub async fn open(client: &Client, cursor: Option<u64>, extra: &str) -> Result<Poll, Unopened> {
        let asked = cursor.map(|cursor| format!("cursor={cursor}&")).unwrap_or_default();
        let page = Poll::page(client, &format!("{asked}limit=1&{extra}")).await?;
        let (threads, log_id) = (Vec::new(), page.log_id);
        let cursor = cursor.unwrap_or(page.cursor);
        let (client, extra, waiting) = (client.clone(), extra.to_owned(), VecDeque::new());
        Ok(Poll { client, cursor, threads, log_id, extra, waiting })
    }

    async fn page(client: &Client, query: &str) -> Result<Page, Unopened> {
        let path = format!("/v1/events?{}", query.trim_end_matches('&'));
        let gone = |error: reqwest::Error| Unopened::Gone(format!("{path}: {error}"));
        let answer = client.try_answer_to(client.request(Method::GET, &path)).await.map_err(gone)?;
        if answer.status == 200 {
            Ok(serde_json::from_str(&answer.text).unwrap())
        } else {
            Err(Unopened::Refused(Box::new(answer)))
        }
    }

    /// The next event; `None` where the server is gone or cannot serve.
    pub async fn next(&mut self) -> Option<Raw> {
        while self.waiting.is_empty() {
            let mut query = format!("cursor={}&wait=5&log_id={}&{}", self.cursor, self.log_id, self.extra);
            if !self.threads.is_empty() {
                query = format!("{query}&threads={}", self.threads.join(","));
            }
            let page = match Poll::page(&self.client, &query).await {
                Ok(page) => page,
                Err(Unopened::Gone(_)) => return None,
                Err(Unopened::Refused(answer)) if answer.status == 503 => return None,
                Err(Unopened::Refused(answer)) => panic!("{answer:?}"),
            };
            assert!(page.cursor >= self.cursor, "the cursor went back to {}", page.cursor);
            self.cursor = page.cursor;
            self.waiting.extend(page.items.into_iter().map(|item| item.get().to_owned()));
        }
        self.waiting.pop_front().map(|text| Raw { text, sse_id: None })
    }
}
