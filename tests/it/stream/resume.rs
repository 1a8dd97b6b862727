//! Where a stream begins: at the head, where another broke off, or anew where the log does not reach.

use std::time::Duration;

use hubbub::clock::{Clock, Time};
use hubbub::store::events;
use serde_json::{Value, json};

use crate::support::*;

const ANOTHER_LOG: &str = "log_id=0197f0b7-7c5e-7c3a-9d0a-1f2e3d4c5b6a";

/// A stream that was asked to resume and could not: it says so, begins at the head, and goes on live.
async fn begins_anew(reader: &Client, writer: &Client, transport: Transport, cursor: u64, extra: &str) {
    if transport == Transport::Poll {
        let answer = reader.get(&format!("/v1/events?cursor={cursor}&{extra}")).await;
        answer.problem(410, "cursor_expired");
        return;
    }
    let mut stream = reader.stream(transport, Some(cursor), extra).await;
    let ready = stream.ready().clone();
    assert_eq!((&ready["resumed"], &ready["cursor"]), (&json!(false), &ready["state_seq"]));
    stream.expect("reset").await;
    let message = writer.send(&writer.channel("general").await, "live again").await;
    assert_eq!(stream.expect("message.created").await.data()["message"], message);
}

async fn head(client: &Client) -> u64 {
    client.get("/v1/events").await.expect(200)["cursor"].as_u64().unwrap()
}

on_both! {
    async fn a_cursor_above_the_head_is_of_no_use(app: App, transport: Transport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let cursor = head(&bob).await + 1;

        begins_anew(&bob, &alice, transport, cursor, "").await;
    }

    async fn a_cursor_of_another_log_is_of_no_use(app: App, transport: Transport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let cursor = head(&bob).await;

        begins_anew(&bob, &alice, transport, cursor, ANOTHER_LOG).await;
    }

    async fn a_cursor_older_than_the_log_is_of_no_use(app: App, transport: Transport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        let cursor = head(&bob).await;
        alice.send(&general, "old").await;
        let pruned = head(&bob).await;
        let store = app.database.store(Clock::system()).await;
        assert!(events::prune(&store, Time(i64::MAX), 1_000).await.unwrap() > 0);
        let kept = alice.send(&general, "new").await;

        begins_anew(&bob, &alice, transport, cursor, "").await;

        let mut stream = bob.stream(transport, Some(pruned), "").await;
        assert_eq!(stream.expect("message.created").await.data()["message"], kept, "the log begins there");
    }

    async fn pruning_forgets_what_is_old_a_few_at_a_time(app: App) {
        let alice = app.user("alice").await;
        let general = alice.channel("general").await;
        let first = alice.send(&general, "first").await["seq"].as_u64().unwrap();
        let clock = Clock::manual(Clock::system().now());
        let store = app.database.store(clock.clone()).await;
        clock.advance_ms(86_400_000);

        assert_eq!(events::prune(&store, clock.now().plus_ms(-2 * 86_400_000), 1_000).await.unwrap(), 0, "too young");
        assert_eq!(events::prune(&store, clock.now(), 2).await.unwrap(), 2);

        let expired = alice.get("/v1/events?cursor=1").await;
        expired.problem(410, "cursor_expired");
        let page = alice.get("/v1/events?cursor=2").await.expect(200);
        assert_eq!(page["cursor"], json!(first));
        let history = alice.history(&general).await;
        assert_eq!(history.len(), 1, "messages stay");
    }

    async fn a_cursor_is_a_whole_number(app: App, transport: Transport) {
        let alice = app.user("alice").await;
        for bad in ["-1", "x", "1.5", "9223372036854775808", "%201", "1e3"] {
            let answer = alice.open_stream(transport, None, &format!("cursor={bad}")).await.err().unwrap();
            let problem = answer.problem(422, "invalid");
            assert_eq!(problem["errors"][0]["field"], "cursor", "{problem}");
        }
    }

    async fn parameters_that_nobody_knows_are_refused(app: App, transport: Transport) {
        let alice = app.user("alice").await;
        for (extra, field) in [("cusror=1", "cusror"), ("threads=x", "threads"), ("log_id=x", "log_id")] {
            let answer = alice.open_stream(transport, None, extra).await.err().unwrap();
            let problem = answer.problem(422, "invalid");
            let named = problem["errors"][0]["field"].as_str().unwrap();
            assert!(named.starts_with(field), "{problem}");
        }
    }

    async fn the_last_event_id_wins_over_the_cursor(app: App) {
        let alice = app.user("alice").await;
        let general = alice.channel("general").await;
        let early = head(&alice).await;
        alice.send(&general, "one").await;
        let late = head(&alice).await;
        let open = async |last: &str| {
            let path = format!("/v1/sse?cursor={late}");
            let request = alice.request(reqwest::Method::GET, &path).header("Last-Event-ID", last);
            request.send().await.unwrap()
        };

        let mut resumed = open(&early.to_string()).await;
        let mut text = String::new();
        while !text.contains("message.created") {
            text.push_str(std::str::from_utf8(&resumed.chunk().await.unwrap().unwrap()).unwrap());
        }
        assert!(text.contains(&format!("id: {early}\n")) && text.contains("\"resumed\":true"), "{text}");

        for bad in ["x", "-1", "1.5"] {
            assert_eq!(open(bad).await.status(), 422, "{bad}");
        }
    }

    async fn going_and_coming_are_replayed_from_the_last_join_on(app: App, transport: Transport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let plans = alice.create_channel("plans", "private").await;
        alice.invite(&plans, &bob).await;
        let cursor = head(&bob).await;
        alice.send(&plans, "seen at the time").await;
        bob.leave(&plans).await;
        alice.send(&plans, "behind his back").await;
        alice.invite(&plans, &bob).await;
        let after = alice.send(&plans, "welcome back").await;

        let mut stream = bob.stream(transport, Some(cursor), "").await;

        for kind in ["member.left", "member.joined"] {
            let event = stream.expect(kind).await;
            assert_eq!(event.data()["user"]["id"], bob.user["id"]);
        }
        assert_eq!(stream.expect("message.created").await.data()["message"], after);
    }

    async fn who_is_gone_gets_the_parting_and_nothing_else(app: App, transport: Transport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let plans = alice.create_channel("plans", "private").await;
        alice.invite(&plans, &bob).await;
        let cursor = head(&bob).await;
        alice.send(&plans, "seen at the time").await;
        alice.delete(&format!("/v1/channels/{}/members/{}", plans.id(), bob.id())).await.expect(204);
        alice.send(&plans, "behind his back").await;
        let general = alice.channel("general").await;
        let last = alice.send(&general, "for all").await;

        let mut stream = bob.stream(transport, Some(cursor), "").await;

        assert_eq!(stream.expect("member.left").await.data()["channel_id"], plans["id"]);
        assert_eq!(stream.expect("message.created").await.data()["message"], last);
    }

    async fn ready_is_one_snapshot(app: App, transport: PushTransport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        alice.send(&general, "one").await;

        let mut stream = bob.stream(transport, None, "").await;

        let ready = stream.ready().clone();
        let listed = bob.get("/v1/channels").await.expect(200);
        assert_eq!((&ready["channels"], &ready["state_seq"]), (&listed["items"], &listed["state_seq"]));
        assert_eq!((&ready["cursor"], &ready["resumed"]), (&ready["state_seq"], &json!(false)));
        stream.stays_quiet(Duration::from_millis(200)).await;
    }

    async fn what_is_counted_in_ready_and_what_follows_add_up_under_load(app: App, transport: PushTransport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        let load = async {
            for number in 0..60 {
                alice.send(&general, &number.to_string()).await;
            }
        };
        let opening = async {
            let mut counted = Vec::new();
            for _ in 0..6 {
                let mut stream = bob.stream(transport, None, "").await;
                let ready = stream.ready().clone();
                let channels = ready["channels"].as_array().unwrap();
                let of_general = channels.iter().find(|channel| channel["id"] == general["id"]).unwrap();
                let unread = of_general["unread_count"].as_u64().unwrap();
                counted.push((unread, stream.next_durable().await, stream));
            }
            counted
        };

        let (counted, ()) = tokio::join!(opening, load);

        for (unread, first, mut stream) in counted {
            assert_eq!(first.data()["message"]["text"], unread.to_string(), "the first one that is not counted");
            for number in unread + 1..60 {
                assert_eq!(stream.expect("message.created").await.data()["message"]["text"], number.to_string());
            }
        }
    }

    async fn threads_are_open_from_the_start_where_they_may_be(app: App, transport: Transport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        let plans = alice.create_channel("plans", "private").await;
        let (root, secret) = (alice.send(&general, "root").await, alice.send(&plans, "secret").await);
        let reply = alice.reply(&root, "before").await;
        let cursor = head(&bob).await;
        let nobody = "0197f0b7-7c5e-7c3a-9d0a-1f2e3d4c5b6a";
        let threads = format!("threads={},{},{},{nobody}", secret.id(), root.id(), reply.id());
        alice.reply(&secret, "unheard").await;
        let replayed = alice.reply(&root, "while away").await;

        let mut stream = bob.stream(transport, Some(cursor), &threads).await;

        assert_eq!(stream.expect("message.created").await.data()["message"], replayed);
        stream.expect("thread.updated").await;
        alice.reply(&secret, "unheard").await;
        let live = alice.reply(&root, "now").await;
        assert_eq!(stream.expect("message.created").await.data()["message"], live);
    }

    async fn a_page_of_the_log_counts_what_is_returned(app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        let cursor = head(&bob).await;
        let plans = alice.create_channel("plans", "private").await;
        for text in ["a", "b"] {
            alice.send(&plans, text).await;
            alice.send(&general, text).await;
        }

        let page = bob.get(&format!("/v1/events?cursor={cursor}&limit=1")).await.expect(200);
        assert_eq!(page["items"][0]["data"]["message"]["text"], "a");
        let rest = bob.get(&format!("/v1/events?cursor={}&limit=1000", page["cursor"])).await.expect(200);
        assert_eq!(rest["items"].as_array().map(Vec::len), Some(1));
        assert_eq!(rest["cursor"].as_u64(), Some(head(&bob).await), "also past what was not for him");
        let none = bob.get(&format!("/v1/events?cursor={}&wait=1", rest["cursor"])).await.expect(200);
        assert_eq!((&none["items"], &none["cursor"]), (&Value::Array(vec![]), &rest["cursor"]));
        for limit in [0, 1001] {
            bob.get(&format!("/v1/events?cursor=0&limit={limit}")).await.problem(422, "invalid");
        }
    }

    async fn a_long_poll_alone_hears_at_once_after_a_restart(mut app: App) {
        let alice = app.user("alice").await;
        let general = alice.channel("general").await;
        for text in ["one", "two", "three"] {
            alice.send(&general, text).await;
        }
        let store = app.database.store(Clock::system()).await;
        events::prune(&store, Time(i64::MAX), 2).await.unwrap();
        app.restart().await;
        let path = format!("/v1/events?cursor={}&wait=20", head(&alice).await);
        let polling = tokio::spawn({
            let alice = alice.clone();
            async move { alice.get(&path).await.expect(200) }
        });
        tokio::time::sleep(Duration::from_millis(300)).await;

        let sent = alice.send(&general, "four").await;

        let page = tokio::time::timeout(Duration::from_secs(5), polling).await.expect("at once").unwrap();
        assert_eq!(page["items"][0]["data"]["message"], sent);
    }
}
