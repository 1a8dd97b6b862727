//! Pages of other origins: what they may read, and what they may do with a cookie.

use reqwest::Method;
use serde_json::json;

use crate::support::*;

const APP: &str = "https://app.example.org";
const EVIL: &str = "https://app.example.org.evil.example";

async fn app() -> App {
    App::with(Db::Sqlite, &[("ALLOWED_ORIGINS", APP)]).await
}

fn cors(answer: &Answer) -> [Option<&str>; 2] {
    ["access-control-allow-origin", "access-control-allow-credentials"].map(|name| answer.header(name))
}

#[tokio::test]
async fn a_known_origin_may_read_and_no_other() {
    let app = app().await;
    let alice = app.user("alice").await;
    let own = alice.base().to_owned();

    for origin in [APP, own.as_str()] {
        let answer = alice.answer_to(alice.request(Method::GET, "/v1/me").header("origin", origin)).await;
        assert_eq!(cors(&answer), [Some(origin), Some("true")]);
        assert!(answer.header("vary").unwrap().contains("Origin"));
    }
    for origin in [EVIL, "null", "*", "http://app.example.org", "https://app.example.org:8443"] {
        for path in ["/v1/me", "/healthz", "/nowhere"] {
            let answer = alice.answer_to(alice.request(Method::GET, path).header("origin", origin)).await;
            assert_eq!(cors(&answer), [None, None], "{origin} at {path}");
            assert!(
                answer.header("vary").unwrap().contains("Origin"),
                "{path} may be cached for all origins"
            );
        }
    }
    // A page has to be able to read why it was refused.
    let refused = app.stranger().request(Method::GET, "/v1/me").header("origin", APP);
    assert_eq!(cors(&app.stranger().answer_to(refused).await), [Some(APP), Some("true")]);
}

#[tokio::test]
async fn a_browser_may_ask_before_it_sends() {
    let app = app().await;
    let stranger = app.stranger();
    let ask = async |origin: &str| {
        let request = stranger.request(Method::OPTIONS, "/nowhere").header("origin", origin);
        let request = request.header("access-control-request-method", "DELETE");
        let response =
            request.header("access-control-request-headers", "authorization").send().await.unwrap();
        assert_eq!(response.status(), 204);
        assert!(response.headers()["vary"].to_str().unwrap().contains("Origin"));
        response.headers().clone()
    };

    let known = ask(APP).await;
    assert_eq!(known["access-control-allow-origin"], APP);
    for (name, part) in [
        ("access-control-allow-methods", "DELETE"),
        ("access-control-allow-headers", "authorization"),
        ("access-control-allow-headers", "last-event-id"),
        ("access-control-max-age", "600"),
    ] {
        assert!(known[name].to_str().unwrap().contains(part), "{name}");
    }
    let unknown = ask(EVIL).await;
    assert!(unknown.keys().all(|name| !name.as_str().starts_with("access-control-")), "{unknown:?}");
}

/// A WebSocket is not held back by CORS, so its `Origin` is all that stands between a cookie and any page.
#[tokio::test]
async fn a_websocket_with_a_cookie_needs_a_known_origin() {
    let app = app().await;
    let stranger = app.stranger();
    let body = json!({"username": "alice", "password": PASSWORD, "session": "cookie"});
    let request = stranger.request(Method::POST, "/v1/auth/register").header("origin", stranger.base());
    let answer = stranger.answer_to(request.json(&body)).await;
    let cookies = answer.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    let cookies: Vec<&str> = cookies.map(|cookie| cookie.split(';').next().unwrap()).collect();
    let cookies = cookies.join("; ");
    let host = stranger.base().trim_start_matches("http://");
    let upgrade = async |origin: &str| {
        let mut raw = RawHttp::open(stranger.base()).await;
        let head = format!(
            "GET /v1/ws HTTP/1.1\r\nhost: {host}\r\ncookie: {cookies}\r\n{origin}upgrade: websocket\r\n\
             connection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        raw.write(head).await.unwrap();
        raw.head().await.split(' ').nth(1).unwrap().to_owned()
    };

    for known in [APP, stranger.base()] {
        assert_eq!(upgrade(&format!("origin: {known}\r\n")).await, "101", "{known}");
    }
    assert_eq!(upgrade("").await, "403", "no origin at all");
    for unknown in [EVIL, "null", "http://app.example.org", "http://localhost"] {
        assert_eq!(upgrade(&format!("origin: {unknown}\r\n")).await, "403", "{unknown}");
    }
}
