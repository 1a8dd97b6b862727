//! How streams end when the server does, or when they have grown old: told, in order, with no byte missing.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use crate::support::*;

on_both! {
    async fn a_terminated_server_says_goodbye_to_every_stream(mut server: Process) {
        let alice = server.user("alice").await;
        let general = alice.channel("general").await;
        let mut streams = Vec::new();
        for transport in [Transport::WebSocket, Transport::Sse].repeat(4) {
            streams.push(alice.stream(transport, None, "").await);
        }
        let (sse, _) = RawSocket::open(&alice, "GET /v1/sse HTTP/1.1").await;
        let sent = alice.send(&general, "the last word").await;
        let asked_at = Instant::now();

        let (code, goodbyes) = tokio::join!(server.terminate(), async {
            let mut goodbyes = Vec::new();
            for stream in &mut streams {
                assert_eq!(stream.skip_to("message.created").await.data()["message"], sent);
                goodbyes.push(stream.closing().await);
            }
            goodbyes
        });

        assert_eq!(code, 0);
        assert!(asked_at.elapsed() < Duration::from_secs(10), "{:?}", asked_at.elapsed());
        let mut delays = Vec::new();
        for goodbye in goodbyes {
            assert_eq!((&goodbye["code"], &goodbye["reconnect"]), (&json!(1001), &json!("now")));
            delays.push(goodbye["reconnect_after_ms"].as_u64().unwrap());
        }
        delays.sort_unstable();
        delays.dedup();
        assert!(delays.len() > 4, "they come back one after the other: {delays:?}");
        let text = String::from_utf8(sse.rest().await).unwrap();
        assert!(text.contains("\"closing\"") && text.ends_with("\r\n0\r\n\r\n"), "{text}");
    }

    /// HTTP/1.0 knows no chunks: the body ends with the connection, and is events and nothing else.
    async fn an_old_client_gets_events_without_chunks(mut app: App) {
        let alice = app.user("alice").await;
        let general = alice.channel("general").await;
        let (sse, head) = RawSocket::open(&alice, "GET /v1/sse HTTP/1.0").await;
        assert!(!head.to_lowercase().contains("transfer-encoding"), "{head}");
        alice.send(&general, "as in 1996").await;
        app.stop().await;

        let text = String::from_utf8(sse.rest().await).unwrap();
        let is_event = |line: &str| {
            line.is_empty() || ["retry: ", "id: ", "data: {"].iter().any(|start| line.starts_with(start))
        };
        assert!(text.lines().all(is_event), "{text}");
        assert!(text.contains("as in 1996") && text.contains("\"closing\"") && text.ends_with("\n\n"), "{text}");
    }

    async fn a_terminated_server_finishes_what_it_was_asked(mut server: Process) {
        let alice = server.user("alice").await;
        let cursor = alice.get("/v1/events").await.expect(200)["cursor"].clone();
        let path = format!("/v1/events?cursor={cursor}&wait=30");
        let polling = tokio::spawn({
            let alice = alice.clone();
            async move { alice.get(&path).await }
        });
        let body = json!({"username": "alice", "password": PASSWORD});
        let mut logging_in = Vec::new();
        for _ in 0..4 {
            let (stranger, body) = (alice.anonymous(), body.clone());
            logging_in.push(tokio::spawn(async move { stranger.post("/v1/auth/login", body).await }));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        let asked_at = Instant::now();

        assert_eq!(server.terminate().await, 0);

        assert!(asked_at.elapsed() < Duration::from_secs(10));
        for answer in logging_in {
            answer.await.unwrap().expect(200);
        }
        let page = polling.await.unwrap().expect(200);
        assert_eq!((&page["items"], &page["cursor"]), (&json!([]), &cursor));
    }

    async fn a_terminated_server_takes_no_new_requests(mut server: Process) {
        let alice = server.user("alice").await;
        let _holds_it_open = alice.narrow_stream(Transport::Sse, "").await;
        let probe = server.stranger();

        let (code, refused) = tokio::join!(server.terminate(), async {
            for _ in 0..500 {
                let asked = probe.try_answer_to(probe.request(reqwest::Method::GET, "/readyz")).await;
                if !asked.is_ok_and(|answer| answer.status == 200) {
                    return true;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            false
        });

        assert!(refused);
        assert_eq!(code, 0);
    }

    async fn a_reader_who_takes_nothing_does_not_stop_the_end(mut server: Process) {
        let alice = server.user("alice").await;
        let general = alice.channel("general").await;
        let _stuck = [
            alice.narrow_stream(Transport::WebSocket, "").await,
            alice.narrow_stream(Transport::Sse, "").await,
        ];
        let text = "x".repeat(8_000);
        for _ in 0..10 {
            let sends = (0..60).map(|_| alice.send(&general, &text));
            futures_util::future::join_all(sends).await;
        }
        let asked_at = Instant::now();

        assert_eq!(server.terminate().await, 0);

        assert!(asked_at.elapsed() < Duration::from_secs(10), "{:?}", asked_at.elapsed());
    }

    async fn a_stream_ends_when_it_is_old(db: Db, transport: PushTransport) {
        let app = App::with(db, &[("STREAM_MAX_AGE_S", "1")]).await;
        let alice = app.user("alice").await;
        let mut stream = alice.stream(transport, None, "").await;

        let closing = stream.closing().await;

        assert_eq!((&closing["code"], &closing["reconnect"]), (&json!(1001), &json!("now")));
        let resumed = alice.stream(transport, Some(stream.cursor()), "").await;
        assert_eq!(resumed.ready()["resumed"], true);
    }

    async fn a_short_stop_shows_nobody_offline(mut app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let mut stream = alice.stream(Transport::WebSocket, None, "").await;

        let (closing, ()) = tokio::join!(stream.closing(), app.restart());

        assert_eq!(closing["code"], 1001);
        let again = timeout(Duration::from_secs(5), alice.stream(Transport::WebSocket, None, "")).await.unwrap();
        assert_eq!(again.ready()["user"]["presence"]["status"], "online");
        let seen = bob.get(&format!("/v1/users/{}", alice.id())).await.expect(200);
        assert_ne!(seen["presence"]["last_seen_at"], Value::Null);
    }
}
