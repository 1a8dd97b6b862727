//! Bodies and heads of every size and coding.

use serde_json::json;

use crate::support::*;

const LIMIT: usize = 128 * 1024;

fn post(body_head: &str, body: &str) -> String {
    format!(
        "POST /v1/auth/login HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n{body_head}\r\n\r\n{body}"
    )
}

fn chunked(text: &str) -> String {
    let chunks = text.as_bytes().chunks(4096).map(|chunk| String::from_utf8(chunk.to_vec()).unwrap());
    let chunks: String = chunks.map(|chunk| format!("{:x}\r\n{chunk}\r\n", chunk.len())).collect();
    format!("{chunks}0\r\n\r\n")
}

/// A login that is `size` bytes long.
fn login(size: usize) -> String {
    let body = json!({"username": "nobody", "password": "not this one"}).to_string();
    format!("{body}{}", " ".repeat(size - body.len()))
}

#[tokio::test]
async fn a_body_is_as_large_as_the_limit_and_no_larger() {
    let app = App::start(Db::Sqlite).await;
    let stranger = app.stranger();
    let base = stranger.base();

    for (size, status) in [(LIMIT, 401), (LIMIT + 1, 413)] {
        let told = post(&format!("content-length: {size}"), &login(size));
        assert_eq!(RawHttp::ask(base, &told).await.status, status, "{size} bytes, told before");
        let untold = post("transfer-encoding: chunked", &chunked(&login(size)));
        assert_eq!(RawHttp::ask(base, &untold).await.status, status, "{size} bytes, in chunks");
    }
    // One that only says how large it would be is refused before it comes.
    let refused = RawHttp::ask(base, &post("content-length: 1000000000", "")).await;
    assert!(refused.status == 413 && refused.body.contains("\"code\":\"too_large\""), "{refused:?}");
}

#[tokio::test]
async fn every_operation_with_a_body_has_the_limit() {
    let app = App::start(Db::Sqlite).await;
    let alice = app.user("alice").await;
    let document: serde_json::Value = alice.get("/openapi.json").await.expect(200);

    for (template, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation.get("requestBody").is_none() {
                continue;
            }
            let path: Vec<&str> = template.split('/').collect();
            let path = path.iter().map(|part| if part.starts_with('{') { alice.id() } else { part });
            let path = path.collect::<Vec<&str>>().join("/");
            let request = alice.request(method.to_uppercase().parse().unwrap(), &path);
            let request = request.header("content-type", "application/json").body("[".repeat(LIMIT + 1));
            alice.answer_to(request).await.problem(413, "too_large");
        }
    }
}

#[tokio::test]
async fn a_compressed_body_is_refused() {
    let app = App::start(Db::Sqlite).await;

    for coding in ["gzip", "br", "zstd", "identity"] {
        let request = post(&format!("content-encoding: {coding}\r\ncontent-length: 2"), "{}");
        let reply = RawHttp::ask(app.stranger().base(), &request).await;
        assert_eq!(reply.status, if coding == "identity" { 422 } else { 415 }, "{coding}: {reply:?}");
    }
}

#[tokio::test]
async fn what_is_not_json_is_a_problem() {
    let app = App::start(Db::Sqlite).await;
    let deep = "[".repeat(100_000);

    for body in ["", "{", "nul", "\u{1}", deep.as_str(), "{\"username\": 1} x"] {
        let request = app.stranger().request("POST".parse().unwrap(), "/v1/auth/login");
        let request = request.header("content-type", "application/json").body(body.to_owned());
        app.stranger().answer_to(request).await.problem(400, "bad_json");
    }
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""] {
        let request = app.stranger().request("POST".parse().unwrap(), "/v1/auth/login");
        let request = request.header("content-type", content_type).body("{}");
        app.stranger().answer_to(request).await.problem(415, "unsupported_media_type");
    }
}

/// What an operation does not ask for it does not read, so it can do no harm; and a length is not asked for either.
#[tokio::test]
async fn a_body_that_nobody_asked_for_is_left_alone() {
    let app = App::start(Db::Sqlite).await;
    let stranger = app.stranger();
    let base = stranger.base();

    let plain = RawHttp::ask(base, "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let told =
        format!("GET /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: {LIMIT}\r\n\r\n{}", "x".repeat(LIMIT));
    let untold =
        format!("GET /healthz HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n{}", chunked("[]"));

    assert_eq!(
        [plain.status, RawHttp::ask(base, &told).await.status, RawHttp::ask(base, &untold).await.status],
        [200; 3]
    );
}

#[tokio::test]
async fn a_head_is_at_most_sixteen_kibibytes() {
    let app = App::start(Db::Sqlite).await;
    let head =
        |size: usize| format!("GET /healthz HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", "x".repeat(size));

    assert_eq!(RawHttp::ask(app.stranger().base(), &head(12 * 1024)).await.status, 200);
    assert_eq!(RawHttp::ask(app.stranger().base(), &head(20 * 1024)).await.status, 431);
}
