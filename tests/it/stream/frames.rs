//! What a client may say on a WebSocket, what it is answered, and where the server's patience ends.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::support::*;

const MAX_BYTES: usize = 128 * 1024;

on_both! {
    async fn each_frame_is_answered_like_its_route(app: App) {
        let alice = app.user("alice").await;
        let general = alice.channel("general").await;
        let id = &general["id"];
        let mut stream = alice.stream(Transport::WebSocket, None, "").await;
        let read = async |message: &Value| alice.get(&format!("/v1/messages/{}", message.id())).await.expect(200);

        let sent = stream.request("message.send", json!({"channel_id": id, "text": "Hi", "nonce": "n"})).await;
        assert_eq!(sent, read(&sent).await);
        let again = stream.request("message.send", json!({"channel_id": id, "text": "Hi", "nonce": "n"})).await;
        assert_eq!(again, sent, "the same send is the same message");
        let reply = json!({"channel_id": id, "text": "Hi", "parent_id": sent["id"]});
        assert_eq!(stream.request("message.send", reply).await["parent_id"], sent["id"]);
        let edited = stream.request("message.edit", json!({"message_id": sent["id"], "text": "Ho"})).await;
        assert_eq!((edited["text"].as_str(), &edited), (Some("Ho"), &read(&sent).await));
        let marked = stream.request("read.mark", json!({"channel_id": id, "message_id": sent["id"]})).await;
        assert_eq!(marked, alice.mark_read(&general, &sent).await);
        let page = stream.request("history.load", json!({"channel_id": id, "limit": 1})).await;
        let path = format!("/v1/channels/{}/messages?limit=1", general.id());
        assert_eq!(page, alice.get(&path).await.expect(200));
        for kind in ["typing.start", "typing.stop"] {
            assert_eq!(stream.request(kind, json!({"channel_id": id})).await, json!({}));
        }
        for kind in ["thread.open", "thread.close", "thread.close", "message.delete", "message.delete"] {
            assert_eq!(stream.request(kind, json!({"message_id": sent["id"]})).await, json!({}), "{kind}");
        }
        assert_ne!(read(&sent).await["deleted_at"], Value::Null);
        let fresh = json!({"access_token": alice.token});
        assert_eq!(stream.request("auth.refresh", fresh).await, json!({}));
        assert_eq!(stream.ping().await["cursor"], stream.cursor());
    }

    async fn the_answer_has_the_frames_id(app: App) {
        let alice = app.user("alice").await;
        let mut stream = alice.stream(Transport::WebSocket, None, "").await;

        for id in [json!("text"), json!(7), json!(""), json!(-1.5)] {
            stream.send_frame(id.clone(), "history.load", json!({"channel_id": alice.channel("general").await["id"]})).await;
            stream.ack(id.clone()).await;
            stream.send_frame(id.clone(), "nothing", json!({})).await;
            stream.refused(id).await;
        }
        stream.send_raw(Message::text(r#"{"type":"ping"}"#)).await;
        let pong = stream.skip_to("pong").await;
        assert!(pong.json.get("id").is_none_or(Value::is_null), "{}", pong.raw);
    }

    async fn a_wrong_frame_is_named_and_the_connection_lives(app: App) {
        let alice = app.user("alice").await;
        let channel = alice.channel("general").await["id"].clone();
        let mut stream = alice.stream(Transport::WebSocket, None, "").await;
        let send = |data: Value| json!({"type": "message.send", "data": data});
        let wrong = [
            (json!({}), "type"),
            (json!({"type": null}), "type"),
            (json!({"type": 5}), "type"),
            (json!({"type": "message.sned"}), "type"),
            (json!({"type": "ping", "data": {}, "extra": 1}), "extra"),
            (json!({"type": "ping", "data": {"at": 1}}), "at"),
            (json!({"type": "message.send"}), "channel_id"),
            (send(json!({"text": "x"})), "channel_id"),
            (send(json!({"channel_id": channel})), "text"),
            (send(json!({"channel_id": channel, "text": 5})), "text"),
            (send(json!({"channel_id": channel, "text": null})), "text"),
            (send(json!({"channel_id": channel, "text": "  "})), "text"),
            (send(json!({"channel_id": channel, "text": "x".repeat(8_001)})), "text"),
            (send(json!({"channel_id": channel, "text": "x", "nonce": "n".repeat(65)})), "nonce"),
            (send(json!({"channel_id": channel, "text": "x", "txet": "x"})), "txet"),
            (send(json!({"channel_id": "general", "text": "x"})), "channel_id"),
            (json!({"type": "history.load", "data": {"channel_id": channel, "limit": 0}}), "limit"),
            (json!({"type": "history.load", "data": {"channel_id": channel, "limit": 101}}), "limit"),
            (json!({"type": "history.load", "data": {"channel_id": channel, "around": "x"}}), "around"),
            (json!({"type": "auth.refresh", "data": {}}), "access_token"),
        ];
        for (number, (mut frame, field)) in wrong.into_iter().enumerate() {
            frame["id"] = json!(number);
            stream.send_raw(Message::text(frame.to_string())).await;
            let problem = stream.refused(number).await;
            assert_eq!((&problem["status"], &problem["code"]), (&json!(422), &json!("invalid")), "{frame}");
            assert_eq!(problem["errors"][0]["field"], field, "{frame}: {problem}");
        }
        stream.send_raw(Message::text(r#"{"id":"x","type":"ping","data":[]}"#)).await;
        assert_eq!(stream.refused("x").await["status"], 422);
        stream.send_raw(Message::text(r#"{"id":{},"type":"ping"}"#)).await;
        assert_eq!(stream.refused(Value::Null).await["errors"][0]["field"], "id");
        let nowhere = json!({"channel_id": alice.id(), "text": "x"});
        stream.send_frame("y", "message.send", nowhere).await;
        assert_eq!(stream.refused("y").await["code"], "not_found");
        stream.send_frame("z", "auth.refresh", json!({"access_token": "x.y.z"})).await;
        assert_eq!(stream.refused("z").await["code"], "unauthenticated");

        stream.ping().await;
    }

    async fn what_is_no_frame_ends_the_stream(app: App) {
        let alice = app.user("alice").await;
        let no_frames = [
            Message::binary(b"{}".to_vec()),
            Message::text("not JSON"),
            Message::text(""),
            Message::text("[]"),
            Message::text("null"),
            Message::text(format!("{{\"type\":\"ping\"}}{}", " ".repeat(MAX_BYTES))),
        ];
        for message in no_frames {
            let mut stream = alice.stream(Transport::WebSocket, None, "").await;
            stream.send_raw(message).await;

            let closing = stream.closing().await;

            assert_eq!((&closing["code"], &closing["reconnect"]), (&json!(4400), &json!("never")));
        }
        let mut stream = alice.stream(Transport::WebSocket, None, "").await;
        let frame = r#"{"id":1,"type":"nothing"}"#;
        let largest = format!("{frame}{}", " ".repeat(MAX_BYTES - frame.len()));
        stream.send_raw(Message::text(largest)).await;
        stream.refused(1).await;
    }

    async fn who_breaks_the_protocol_is_told_its_code(app: App) {
        let alice = app.user("alice").await;
        let cases: [(u16, &str, u8, &[u8]); 8] = [
            (1002, "reserved bits", 0xc1, b"{}"),
            (1002, "an unknown opcode", 0x83, b"{}"),
            (1002, "a ping in pieces", 0x09, b"p"),
            (1002, "a long ping", 0x89, &[b'p'; 126]),
            (1002, "nothing to continue", 0x80, b"{}"),
            (1002, "half a close code", 0x88, b"\x03"),
            (1002, "a close code that must not be sent", 0x88, b"\x03\xed"),
            (1007, "a text that is none", 0x81, b"\xff\xfe"),
        ];
        for (code, what, first, payload) in cases {
            let mut socket = RawSocket::websocket(&alice).await;
            socket.frame(first, payload).await;
            let close = socket.next_control().await.expect(what);
            assert_eq!(close.close_code(), code, "{what}");
            assert_eq!(socket.next().await, None, "{what}");
        }
        let mut socket = RawSocket::websocket(&alice).await;
        socket.write(b"\x81\x02{}").await;
        assert_eq!(socket.next_control().await.unwrap().close_code(), 1002, "not masked");
        let mut socket = RawSocket::websocket(&alice).await;
        socket.frame(0x01, b"{").await;
        socket.frame(0x81, b"}").await;
        assert_eq!(socket.next_control().await.unwrap().close_code(), 1002, "a message within another");
        let mut socket = RawSocket::websocket(&alice).await;
        socket.frame(0x88, &1000_u16.to_be_bytes()).await;
        assert_eq!(socket.next_control().await.unwrap().close_code(), 1000, "an ordinary end");
    }

    async fn pieces_are_put_together_and_pings_between_them_answered(app: App) {
        let alice = app.user("alice").await;
        let mut socket = RawSocket::websocket(&alice).await;
        socket.frame(0x01, br#"{"id":"in pieces","#).await;
        socket.frame(0x89, b"are you there?").await;
        socket.frame(0x00, b"").await;
        socket.frame(0x8a, b"an unasked pong").await;

        let pong = socket.next_control().await.unwrap();
        assert_eq!((pong.opcode, pong.payload.as_slice()), (10, &b"are you there?"[..]));

        socket.frame(0x80, br#""type":"ping"}"#).await;
        loop {
            let frame = socket.next().await.unwrap();
            if String::from_utf8(frame.payload).unwrap().contains(r#""id":"in pieces""#) {
                break;
            }
        }
    }

    async fn frames_in_a_row_are_all_answered_and_sends_keep_their_order(app: App) {
        const COUNT: u64 = 200;
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        let mut heard = bob.stream(Transport::Sse, None, "").await;
        let mut stream = alice.stream(Transport::WebSocket, None, "").await;

        for number in 0..COUNT {
            let data = json!({"channel_id": general["id"], "text": number.to_string()});
            stream.send_frame(number, "message.send", data).await;
        }

        for number in 0..COUNT {
            assert_eq!(stream.ack(number).await["text"], number.to_string());
        }
        for number in 0..COUNT {
            assert_eq!(heard.expect("message.created").await.data()["message"]["text"], number.to_string());
        }
    }

    async fn who_does_not_take_answers_is_not_heard_further(app: App) {
        const MOST_FRAMES: usize = 1_500;
        let alice = app.user("alice").await;
        let general = alice.channel("general").await;
        for _ in 0..10 {
            alice.send(&general, &"x".repeat(8_000)).await;
        }
        let mut socket = RawSocket::websocket(&alice).await;
        let frame = json!({"type": "history.load", "data": {"channel_id": general["id"]}}).to_string();
        let frame = format!("{frame:<8192}");

        let mut count = 0;
        while count < MOST_FRAMES
            && timeout(Duration::from_secs(2), socket.frame(0x81, frame.as_bytes())).await.is_ok()
        {
            count += 1;
        }

        assert!(count < MOST_FRAMES, "the server reads on, and keeps answers that nobody takes");
        let mut answer_count = 0;
        while answer_count < count {
            let frame = socket.next().await.unwrap();
            answer_count += usize::from(frame.payload.starts_with(b"{\"type\":\"ack\""));
        }
    }
}
