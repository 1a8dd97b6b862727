//! Two people, a conversation, and every way to follow it: what a newcomer to the API does on the first day.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::*;

on_both! {
    async fn what_alice_says_reaches_bob(app: App, transport: Transport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        let mut stream = bob.stream(transport, None, "").await;

        let message = alice.send(&general, "Good morning").await;

        let created: Event = stream.expect("message.created").await;
        assert_eq!(created.data()["message"], message);
        assert_eq!(created.seq(), message["seq"].as_u64());
        assert_eq!(bob.history(&general).await, [message]);
    }

    async fn edits_and_deletions_follow_their_message(app: App, transport: Transport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        let message = alice.send(&general, "Good mornign").await;
        let mut stream = bob.stream(transport, None, "").await;

        let edited = alice.edit(&message, "Good morning").await;
        assert_eq!(stream.expect("message.updated").await.data()["message"], edited);

        alice.delete_message(&message).await;
        let deleted = stream.expect("message.deleted").await;
        assert_eq!(deleted.data()["message"]["text"], "");
        assert_ne!(deleted.data()["message"]["deleted_at"], Value::Null);
    }

    async fn a_reader_who_comes_back_misses_nothing(app: App, transport: Transport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        let mut stream = bob.stream(transport, None, "").await;
        alice.send(&general, "one").await;
        stream.expect("message.created").await;
        let cursor = stream.cursor();
        drop(stream);
        alice.send(&general, "two").await;
        alice.send(&general, "three").await;

        let mut stream = bob.stream(transport, Some(cursor), "").await;

        for text in ["two", "three"] {
            assert_eq!(stream.expect("message.created").await.data()["message"]["text"], text);
        }
    }

    async fn an_open_thread_brings_its_replies(app: App, transport: Transport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        let root = alice.send(&general, "Lunch?").await;
        let mut stream = bob.stream(transport, None, "").await;
        stream.open_thread(&root).await;

        let reply = alice.reply(&root, "At noon").await;

        assert_eq!(stream.expect("message.created").await.data()["message"], reply);
        assert_eq!(stream.expect("thread.updated").await.data()["reply_count"], 1);
    }

    async fn a_stream_is_kept_alive_by_its_client(app: App, transport: PushTransport) {
        let alice = app.user("alice").await;
        let mut stream = alice.stream(transport, None, "").await;
        assert_eq!(stream.ready()["user"]["id"], alice.user["id"]);

        let pong = stream.ping().await;

        assert_eq!(pong["cursor"], stream.cursor());
    }

    async fn a_stopping_server_says_goodbye(mut app: App, transport: PushTransport) {
        let alice = app.user("alice").await;
        let mut stream = alice.stream(transport, None, "").await;

        let (closing, ()) = tokio::join!(stream.closing(), app.stop());

        assert_eq!(closing["code"], 1001);
    }

    async fn a_stream_without_a_credential_is_refused(app: App, transport: Transport) {
        let answer = app.stranger().open_stream(transport, None, "").await.err().unwrap();

        answer.problem(401, "unauthenticated");
    }

    async fn a_websocket_sends_too(app: App) {
        let alice = app.user("alice").await;
        let general = alice.channel("general").await;
        let mut stream = alice.stream(Transport::WebSocket, None, "").await;

        let sent = stream.request("message.send", json!({"channel_id": general["id"], "text": "Hello"})).await;

        assert_eq!(alice.history(&general).await, [sent]);
        stream.send_frame(7, "message.sned", json!({})).await;
        assert_eq!(stream.refused(7).await["status"], 422);
    }

    async fn a_private_channel_is_there_for_its_members_alone(app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let plans = alice.create_channel("plans", "private").await;
        let path = format!("/v1/channels/{}", plans.id());
        bob.get(&path).await.problem(404, "not_found");

        alice.invite(&plans, &bob).await;

        assert_eq!(bob.get(&path).await.expect(200)["role"], "member");
        bob.leave(&plans).await;
        bob.get(&path).await.problem(404, "not_found");
    }

    async fn reading_moves_the_mark(app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let dm = alice.dm(&bob).await;
        alice.send(&dm, "one").await;
        let two = alice.send(&dm, "two").await;
        let read_up_to = |channel: &Value| (channel["unread_count"].clone(), channel["last_read_message_id"].clone());
        let found = bob.get(&format!("/v1/channels/{}", dm.id())).await.expect(200);
        assert_eq!(read_up_to(&found), (json!(2), Value::Null));

        let mark = bob.mark_read(&dm, &two).await;

        assert_eq!(read_up_to(&mark), (json!(0), two["id"].clone()));
    }

    async fn anyone_may_join_what_is_public(app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let lunch = alice.create_channel("lunch", "public").await;

        let joined = bob.join(&lunch).await;

        assert_eq!((&joined["role"], &joined["member_count"]), (&json!("member"), &json!(2)));
    }

    async fn a_session_ends_alone(app: App) {
        let alice = app.user("alice").await;
        let elsewhere = alice.login_again().await;

        elsewhere.post("/v1/auth/logout", json!({})).await.expect(204);

        elsewhere.get("/v1/me").await.problem(401, "unauthenticated");
        alice.get("/v1/me").await.expect(200);
    }

    async fn a_new_password_ends_the_other_sessions(app: App) {
        let alice = app.user("alice").await;
        let elsewhere = alice.login_again().await;
        let body = json!({"current_password": PASSWORD, "new_password": "an even longer one 10"});

        alice.post("/v1/me/password", body).await.expect(204);

        assert_eq!([status_of(&elsewhere).await, status_of(&alice).await], [401, 200]);
    }

    async fn a_session_is_renewed_with_its_refresh_token(app: App) {
        let alice = app.user("alice").await;
        let body = json!({"refresh_token": alice.refresh_token});

        let renewed = alice.anonymous().post("/v1/auth/refresh", body).await.expect(200);

        assert_ne!(renewed["refresh_token"].as_str(), alice.refresh_token.as_deref());
        assert_eq!(renewed["user"]["id"], alice.user["id"]);
    }

    async fn a_restart_keeps_everything(mut app: App) {
        let alice = app.user("alice").await;
        let general = alice.channel("general").await;
        let message = alice.send(&general, "Still here").await;

        app.restart().await;

        assert_eq!(alice.history(&general).await, [message]);
    }

    async fn a_killed_server_keeps_what_it_acknowledged(mut server: Process) {
        let alice = server.user("alice").await;
        let general = alice.channel("general").await;
        let message = alice.send(&general, "Still here").await;

        server.kill9().await;
        server.restart().await;

        assert_eq!(alice.history(&general).await, [message]);
        assert!(!server.log().contains(alice.token.as_deref().unwrap()));
        assert_eq!(server.terminate().await, 0);
    }
}

async fn status_of(client: &Client) -> u16 {
    let answer: Answer = client.get("/v1/me").await;
    answer.status
}

#[tokio::test]
async fn a_quiet_stream_still_says_something() {
    let app = App::start(Db::Sqlite).await;
    let alice = app.user("alice").await;
    let mut stream: Stream = alice.stream(Transport::Sse, None, "").await;

    stream.stays_quiet(Duration::from_secs(16)).await;

    let (comment_count, retry_ms) = stream.sse_signs();
    assert!(comment_count > 0 && retry_ms.is_some(), "{comment_count} comments, retry {retry_ms:?}");
}

#[tokio::test]
async fn settings_of_a_test_reach_its_server() {
    let app =
        App::with(Db::Sqlite, &[("HEARTBEAT_INTERVAL_MS", "1500"), ("HEARTBEAT_TIMEOUT_MS", "3000")]).await;
    let alice = app.user("alice").await;

    let stream = alice.stream(Transport::Sse, None, "").await;

    assert_eq!(stream.ready()["heartbeat"], json!({"interval_ms": 1500, "timeout_ms": 3000}));
}
