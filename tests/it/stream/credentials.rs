//! Who may open a stream, with what, and how long it is good.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use crate::support::*;

/// How soon the end of a session is felt (contract, section 4), and what the machine may take.
const AT_ONCE: Duration = Duration::from_secs(3);

async fn ticket(client: &Client) -> String {
    let answer = client.post("/v1/stream-tickets", Value::Null).await.expect(201);
    answer["ticket"].as_str().unwrap().to_owned()
}

fn route(transport: Transport) -> &'static str {
    match transport {
        Transport::WebSocket => "/v1/ws",
        Transport::Sse => "/v1/sse",
        Transport::Poll => "/v1/events",
    }
}

/// A request that opens a stream, to be given odd headers.
fn opening(client: &Client, transport: Transport, query: &str) -> RequestBuilder {
    let request = client.request(Method::GET, &format!("{}{query}", route(transport)));
    if transport != Transport::WebSocket {
        return request;
    }
    let handshake = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    handshake.into_iter().fold(request, |request, (name, value)| request.header(name, value))
}

async fn status(request: RequestBuilder) -> u16 {
    request.send().await.unwrap().status().as_u16()
}

fn opened(transport: Transport) -> u16 {
    if transport == Transport::WebSocket { 101 } else { 200 }
}

/// The `Cookie` of a browser that is signed in.
async fn cookie(client: &Client) -> String {
    let body = json!({"username": client.user["username"], "password": PASSWORD, "session": "cookie"});
    let answer = client.anonymous().post("/v1/auth/login", body).await;
    let cookies = answer.headers.get_all("set-cookie").iter();
    let pairs: Vec<&str> = cookies.map(|line| line.to_str().unwrap().split(';').next().unwrap()).collect();
    assert!(!pairs.is_empty(), "{answer:?}");
    pairs.join("; ")
}

/// A fresh access token of the same session.
async fn refreshed(client: &Client) -> Client {
    let body = json!({"refresh_token": client.refresh_token});
    let answer = client.anonymous().post("/v1/auth/refresh", body).await.expect(200);
    let token = |name: &str| answer[name].as_str().map(str::to_owned);
    let mut renewed = client.clone();
    (renewed.token, renewed.refresh_token) = (token("access_token"), token("refresh_token"));
    renewed
}

on_both! {
    async fn a_ticket_opens_one_stream(app: App, transport: PushTransport) {
        let alice = app.user("alice").await;
        let nobody = alice.anonymous();
        let query = format!("ticket={}", ticket(&alice).await);

        let mut stream = nobody.stream(transport, None, &query).await;

        assert_eq!(stream.ready()["user"]["id"], alice.user["id"]);
        let again = nobody.open_stream(transport, None, &query).await.err().unwrap();
        again.problem(401, "unauthenticated");
        let sent = alice.send(&alice.channel("general").await, "heard").await;
        assert_eq!(stream.expect("message.created").await.data()["message"], sent);
    }

    async fn a_ticket_is_spent_also_when_the_request_fails(app: App, transport: PushTransport) {
        let alice = app.user("alice").await;
        let nobody = alice.anonymous();
        let query = format!("ticket={}", ticket(&alice).await);
        let wrong = nobody.open_stream(transport, None, &format!("{query}&cursor=x")).await.err().unwrap();
        wrong.problem(422, "invalid");

        let again = nobody.open_stream(transport, None, &query).await.err().unwrap();

        again.problem(401, "unauthenticated");
    }

    async fn a_ticket_and_a_token_are_not_each_other(app: App, transport: Transport) {
        let alice = app.user("alice").await;
        let nobody = alice.anonymous();
        let (ticket, token) = (ticket(&alice).await, alice.token.clone().unwrap());
        let mut as_token = nobody.clone();
        as_token.token = Some(ticket.clone());
        as_token.get("/v1/me").await.problem(401, "unauthenticated");
        let refused = as_token.open_stream(transport, None, "").await.err().unwrap();
        refused.problem(401, "unauthenticated");
        nobody.get(&format!("/v1/me?ticket={ticket}")).await.problem(401, "unauthenticated");
        for query in ["ticket", "access_token", "token", "authorization"] {
            let refused = nobody.open_stream(transport, None, &format!("{query}={token}")).await.err().unwrap();
            refused.problem(401, "unauthenticated");
        }
    }

    async fn a_bad_credential_never_falls_through(app: App, transport: PushTransport) {
        let alice = app.user("alice").await;
        let nobody = alice.anonymous();
        let cookie = cookie(&alice).await;
        let own = alice.base().to_owned();
        let with_cookie = |query: &str| {
            opening(&nobody, transport, query).header("cookie", &cookie).header("origin", &own)
        };

        assert_eq!(status(with_cookie("")).await, opened(transport), "the cookie is good");
        assert_eq!(status(with_cookie("?ticket=x")).await, 401);
        assert_eq!(status(with_cookie("?ticket=")).await, 401);
        assert_eq!(status(with_cookie("").bearer_auth("x")).await, 401);
        assert_eq!(status(with_cookie("").header("authorization", "Basic eDp4")).await, 401);
        let query = format!("?ticket={}", ticket(&alice).await);
        assert_eq!(status(opening(&nobody, transport, &query).bearer_auth("x")).await, 401);
        assert_eq!(status(opening(&nobody, transport, &query)).await, opened(transport), "it was not looked at");
    }

    async fn with_a_cookie_the_page_has_to_be_the_servers_own(app: App, transport: Transport) {
        let alice = app.user("alice").await;
        let cookie = cookie(&alice).await;
        let own = alice.base().to_owned();
        let must_send = transport == Transport::WebSocket;
        let ok = opened(transport);
        let without = if must_send { 403 } else { ok };
        let cases: [(&[(&str, &str)], u16); 9] = [
            (&[("origin", &own)], ok),
            (&[("origin", &own), ("sec-fetch-site", "cross-site")], ok),
            (&[("origin", "https://evil.example")], 403),
            (&[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")], 403),
            (&[("origin", "null")], 403),
            (&[], without),
            (&[("sec-fetch-site", "same-origin")], without),
            (&[("sec-fetch-site", "none")], without),
            (&[("sec-fetch-site", "cross-site")], 403),
        ];
        for (headers, expected) in cases {
            let request = opening(&alice.anonymous(), transport, "").header("cookie", &cookie);
            let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
            assert_eq!(status(request).await, expected, "{headers:?}");
            let request = opening(&alice, transport, "");
            let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
            assert_eq!(status(request).await, ok, "with a token, any page may: {headers:?}");
        }
    }

    async fn a_stream_ends_with_its_token(db: Db, transport: PushTransport) {
        let app = App::with(db, &[("ACCESS_TOKEN_TTL_S", "2")]).await;
        let alice = app.user("alice").await;
        let query = format!("ticket={}", ticket(&alice).await);
        let mut by_token = alice.stream(transport, None, "").await;
        let mut by_ticket = alice.anonymous().stream(transport, None, &query).await;
        let opened_at = Instant::now();

        for stream in [&mut by_token, &mut by_ticket] {
            let closing = stream.closing().await;
            assert_eq!((&closing["code"], &closing["reconnect"]), (&json!(4401), &json!("reauth")));
        }

        assert!(opened_at.elapsed() < Duration::from_secs(6), "{:?}", opened_at.elapsed());
        alice.get("/v1/me").await.problem(401, "unauthenticated");
    }

    async fn a_renewed_stream_goes_on(db: Db, transport: PushTransport) {
        let app = App::with(db, &[("ACCESS_TOKEN_TTL_S", "3")]).await;
        let mut alice = app.user("alice").await;
        let mut stream = alice.stream(transport, None, "").await;
        let opened_at = Instant::now();

        while opened_at.elapsed() < Duration::from_secs(7) {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let renewed = refreshed(&alice).await;
            if transport == Transport::WebSocket && opened_at.elapsed() < Duration::from_secs(4) {
                stream.request("auth.refresh", json!({"access_token": renewed.token.clone()})).await;
            } else {
                renewed.post(&format!("{}/token", stream.control_path()), Value::Null).await.expect(204);
            }
            alice = renewed;
        }

        let sent = alice.send(&alice.channel("general").await, "still here").await;
        assert_eq!(stream.skip_to("message.created").await.data()["message"], sent);
    }

    async fn the_end_of_a_session_ends_its_streams(app: App, transport: PushTransport) {
        let alice = app.user("alice").await;
        let mut other = alice.stream(transport, None, "").await;
        let ways: [&str; 3] = ["logout", "revoke", "password"];
        for way in ways {
            let elsewhere = alice.login_again().await;
            let mut stream = elsewhere.stream(transport, None, "").await;
            let ended_at = Instant::now();

            match way {
                "logout" => elsewhere.post("/v1/auth/logout", json!({})).await.expect(204),
                "revoke" => {
                    let sessions = alice.get("/v1/auth/sessions").await.expect(200);
                    let items = sessions["items"].as_array().unwrap();
                    let session = items.iter().find(|session| session["is_current"] == false).unwrap();
                    alice.delete(&format!("/v1/auth/sessions/{}", session.id())).await.expect(204)
                }
                _ => {
                    let body = json!({"current_password": PASSWORD, "new_password": "an even longer one 10"});
                    alice.post("/v1/me/password", body).await.expect(204)
                }
            };

            let closing = timeout(AT_ONCE, stream.closing()).await.unwrap_or_else(|_| panic!("{way}"));
            assert_eq!((&closing["code"], &closing["reconnect"]), (&json!(4401), &json!("reauth")), "{way}");
            elsewhere.get("/v1/me").await.problem(401, "unauthenticated");
            assert!(ended_at.elapsed() < AT_ONCE, "{way}");
        }
        other.ping().await;
    }

    async fn a_long_poll_does_not_outlive_its_session(app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        let cursor = bob.get("/v1/events").await.expect(200)["cursor"].clone();
        let polling = tokio::spawn({
            let bob = bob.clone();
            async move { bob.get(&format!("/v1/events?cursor={cursor}&wait=10")).await }
        });
        tokio::time::sleep(Duration::from_millis(500)).await;
        bob.post("/v1/auth/logout", json!({})).await.expect(204);

        alice.send(&general, "not for who is gone").await;

        polling.await.unwrap().problem(401, "unauthenticated");
    }

    async fn a_stream_is_controlled_by_its_user(app: App, transport: PushTransport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let root = alice.send(&alice.channel("general").await, "root").await;
        let mut stream = alice.stream(transport, None, "").await;
        let path = stream.control_path();
        let elsewhere = alice.login_again().await;
        let nowhere = format!("/v1/connections/{}", root.id());

        for (client, path) in [(&bob, &path), (&alice, &nowhere)] {
            client.post(&format!("{path}/ping"), Value::Null).await.problem(404, "not_found");
            client.post(&format!("{path}/token"), Value::Null).await.problem(404, "not_found");
            let thread = format!("{path}/threads/{}", root.id());
            client.put(&thread, Value::Null).await.problem(404, "not_found");
            client.delete(&thread).await.problem(404, "not_found");
        }
        elsewhere.post(&format!("{path}/ping"), Value::Null).await.expect(204);
        elsewhere.post(&format!("{path}/token"), Value::Null).await.problem(403, "forbidden");
        if transport == Transport::WebSocket {
            for (client, code) in [(&elsewhere, "forbidden"), (&bob, "not_found")] {
                stream.send_frame("f", "auth.refresh", json!({"access_token": client.token})).await;
                assert_eq!(stream.refused("f").await["code"], code);
            }
        }
        alice.anonymous().post(&format!("{path}/ping"), Value::Null).await.problem(401, "unauthenticated");
    }
}
