//! Methods, and what every answer carries.

use crate::support::*;

fn request(method: &str, path: &str, more: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{more}\r\n")
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let app = App::start(Db::Sqlite).await;
    let alice = app.user("alice").await;
    let credential = format!("authorization: Bearer {}\r\n", alice.token.as_deref().unwrap());
    let id = alice.channel("general").await.id().to_owned();
    let messages = format!("/v1/channels/{id}/messages");
    let reached = ["/", "/docs", "/healthz", "/readyz", "/openapi.json", "/v1/me", &messages];

    for path in reached {
        let got = RawHttp::ask(alice.base(), &request("GET", path, &credential)).await;
        let asked = RawHttp::ask(alice.base(), &request("HEAD", path, &credential)).await;
        assert_eq!((got.status, asked.status), (200, 200), "{path}");
        assert_eq!((asked.body.as_str(), got.body.is_empty()), ("", false), "{path}");
        for header in ["content-type", "content-length", "content-security-policy", "cache-control"] {
            assert_eq!(asked.header(header), got.header(header), "{path}: {header}");
        }
    }
    assert_eq!(RawHttp::ask(alice.base(), &request("HEAD", "/v1/me", "")).await.status, 401);
    assert_eq!(RawHttp::ask(alice.base(), &request("HEAD", "/nowhere", "")).await.status, 404);
}

/// `HEAD` of what never ends would open a stream that nobody reads.
#[tokio::test]
async fn other_methods_are_told_which_there_are() {
    let app = App::start(Db::Sqlite).await;
    let stranger = app.stranger();
    let refused = [
        ("HEAD", "/v1/sse", "get"),
        ("HEAD", "/v1/ws", "get"),
        ("HEAD", "/v1/auth/login", "post"),
        ("POST", "/v1/sse", "get"),
        ("OPTIONS", "/v1/me", "get, patch, head"),
        ("DELETE", "/healthz", "get, head"),
        ("POST", "/", "get, head"),
        ("OPTIONS", "/docs", "get, head"),
        ("TRACE", "/v1/me", "get, patch, head"),
        ("BREW", "/v1/me", "get, patch, head"),
    ];

    for (method, path, allowed) in refused {
        let reply = RawHttp::ask(stranger.base(), &request(method, path, "")).await;
        assert_eq!(reply.status, 405, "{method} {path}: {reply:?}");
        let mut said: Vec<&str> = reply.header("allow").unwrap().split(", ").collect();
        let mut allowed: Vec<&str> = allowed.split(", ").collect();
        said.sort_unstable();
        allowed.sort_unstable();
        assert_eq!(said, allowed, "{method} {path}");
        assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{method} {path}");
    }
}

#[tokio::test]
async fn every_answer_is_careful_with_browsers_and_caches() {
    let app = App::start(Db::Sqlite).await;
    let stranger = app.stranger();
    let answers = [
        ("GET", "/", 200),
        ("GET", "/docs", 200),
        ("GET", "/healthz", 200),
        ("GET", "/metrics", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/v1/me", 401),
        ("GET", "/nowhere", 404),
        ("GET", "/v1/nowhere", 404),
        ("DELETE", "/v1/me", 405),
        ("PUT", "/v1/me", 405),
        ("GET", "/v1/users/%00", 401),
        ("GET", "/%ff/..//x", 404),
    ];

    for (method, path, status) in answers {
        let reply = RawHttp::ask(stranger.base(), &request(method, path, "")).await;
        let what = format!("{method} {path}: {reply:?}");
        assert_eq!(reply.status, status, "{what}");
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{what}");
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"), "{what}");
        let policy = reply.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{what}");
        let is_page = matches!(path, "/" | "/docs");
        let source = policy.split(';').next().unwrap();
        assert!(source == "default-src 'none'" || is_page && source == "default-src 'self'", "{what}");
        let caching = if is_page { "no-cache" } else { "no-store" };
        assert_eq!(reply.header("cache-control"), Some(caching), "{what}");
        assert_eq!(reply.header("server"), None, "{what}");
        if reply.status >= 400 {
            assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{what}");
        }
    }
}

/// RFC 9110 has it in any case, and RFC 6455 repeats that.
#[tokio::test]
async fn an_upgrade_is_an_upgrade_however_it_is_written() {
    let app = App::start(Db::Sqlite).await;
    let alice = app.user("alice").await;

    for (upgrade, connection) in
        [("WEBSOCKET", "upgrade"), ("WebSocket", "keep-alive, Upgrade"), ("websocket", "UPGRADE")]
    {
        let mut raw = RawHttp::open(alice.base()).await;
        let head = format!(
            "GET /v1/ws HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nupgrade: {upgrade}\r\nconnection: {connection}\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            alice.token.as_deref().unwrap()
        );
        raw.write(head).await.unwrap();
        let head = raw.head().await;
        assert!(head.starts_with("http/1.1 101"), "{upgrade}: {head}");
        assert!(head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="), "{head}");
    }
}
