//! What people say: sends and their nonces, pages, edits and deletions.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::*;

const ABSENT: &str = "0190a5b2-8c3e-7000-8000-000000000001";
const QUIET: Duration = Duration::from_millis(150);

on_both! {
    async fn the_same_send_again_is_the_same_message(app: App, transport: Transport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        let body = json!({"text": " Hello ", "nonce": "n-1"});
        let message = send(&alice, &general, body.clone()).await.expect(201);
        assert_eq!((&message["text"], &message["nonce"]), (&json!("Hello"), &json!("n-1")));
        let mut stream = bob.stream(transport, None, "").await;

        assert_eq!(send(&alice, &general, body.clone()).await.expect(200), message);

        let edited = alice.edit(&message, "Hello!").await;
        stream.expect("message.updated").await;
        assert_eq!(send(&alice, &general, body).await.expect(200), edited, "the message as it is now");
        stream.stays_quiet(QUIET).await;
    }

    async fn a_nonce_is_of_one_send_of_one_sender_for_ever(app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (general, random) = (alice.channel("general").await, alice.channel("random").await);
        let root = alice.send(&general, "root").await;
        send(&alice, &general, json!({"text": "one", "nonce": "n"})).await.expect(201);

        send(&alice, &general, json!({"text": "two", "nonce": "n"})).await.problem(409, "nonce_reused");
        send(&alice, &random, json!({"text": "one", "nonce": "n"})).await.problem(409, "nonce_reused");
        let reply = json!({"text": "one", "nonce": "n", "parent_id": root["id"]});
        send(&alice, &general, reply).await.problem(409, "nonce_reused");
        send(&alice, &random, json!({"text": "one", "nonce": "N"})).await.expect(201);
        send(&bob, &general, json!({"text": "two", "nonce": "n"})).await.expect(201);
        assert_eq!(alice.history(&general).await.len(), 3);
    }

    async fn a_stored_send_is_answered_after_leaving_and_archiving(app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let plans = alice.create_channel("plans", "private").await;
        alice.invite(&plans, &bob).await;
        let body = json!({"text": "one", "nonce": "n"});
        let message = send(&bob, &plans, body.clone()).await.expect(201);
        bob.leave(&plans).await;

        assert_eq!(send(&bob, &plans, body.clone()).await.expect(200), message);
        send(&bob, &plans, json!({"text": "two", "nonce": "n"})).await.problem(409, "nonce_reused");
        send(&bob, &plans, json!({"text": "two", "nonce": "m"})).await.problem(404, "not_found");

        let mine = send(&alice, &plans, body.clone()).await.expect(201);
        alice.delete_message(&mine).await;
        alice.post(&format!("/v1/channels/{}/archive", plans.id()), Value::Null).await.expect(200);
        let again = send(&alice, &plans, body).await.expect(200);
        assert_eq!((&again["id"], &again["text"]), (&mine["id"], &json!("")));
        send(&alice, &plans, json!({"text": "new", "nonce": "k"})).await.problem(409, "channel_archived");
    }

    async fn racing_sends_of_one_nonce_end_in_one_message(app: App) {
        let alice = app.user("alice").await;
        let general = alice.channel("general").await;
        let body = json!({"text": "once", "nonce": "n"});

        let answers = join_all((0..12).map(|_| send(&alice, &general, body.clone()))).await;

        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        let messages: Vec<Value> = answers.iter().map(Answer::json).collect();
        assert_eq!(messages, vec![messages[0].clone(); 12]);
        assert_eq!(alice.history(&general).await, messages[..1]);
    }

    async fn a_timeline_is_paged_by_its_messages(app: App) {
        let alice = app.user("alice").await;
        let den = alice.create_channel("den", "private").await;
        let mut ids = Vec::new();
        for number in 0..10 {
            ids.push(alice.send(&den, &number.to_string()).await.id().to_owned());
        }
        let page = async |query: &str| page_of(&alice, &den, query).await;

        assert_eq!(page("").await, ("0123456789".into(), false, false));
        assert_eq!(page("limit=3").await, ("789".into(), true, false));
        assert_eq!(page(&format!("limit=3&before={}", ids[7])).await, ("456".into(), true, true));
        assert_eq!(page(&format!("limit=3&before={}", ids[3])).await, ("012".into(), false, true));
        assert_eq!(page(&format!("before={}", ids[0])).await, (String::new(), false, true));
        assert_eq!(page(&format!("limit=3&after={}", ids[2])).await, ("345".into(), true, true));
        assert_eq!(page(&format!("limit=3&after={}", ids[6])).await, ("789".into(), true, false));
        assert_eq!(page(&format!("after={}", ids[9])).await, (String::new(), true, false));
        assert_eq!(page(&format!("limit=1&around={}", ids[5])).await, ("5".into(), true, true));
        assert_eq!(page(&format!("limit=5&around={}", ids[5])).await, ("34567".into(), true, true));
        assert_eq!(page(&format!("limit=4&around={}", ids[0])).await, ("0123".into(), false, true));
        assert_eq!(page(&format!("limit=4&around={}", ids[9])).await, ("6789".into(), true, false));
        assert_eq!(page(&format!("limit=100&around={}", ids[4])).await, ("0123456789".into(), false, false));
        for both in [format!("before={0}&after={0}", ids[4]), format!("before={0}&around={0}", ids[4])] {
            let path = format!("/v1/channels/{}/messages?{both}", den.id());
            alice.get(&path).await.problem(422, "invalid");
        }
    }

    async fn a_page_can_begin_at_the_first_unread(app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let dm = alice.dm(&bob).await;
        assert_eq!(page_of(&bob, &dm, "around=first_unread").await, (String::new(), false, false));
        let mut sent = Vec::new();
        for number in 0..9 {
            sent.push(alice.send(&dm, &number.to_string()).await);
        }
        bob.mark_read(&dm, &sent[3]).await;
        alice.delete_message(&sent[4]).await;
        let own = bob.send(&dm, "b").await;

        let unread = page_of(&bob, &dm, "around=first_unread&limit=3").await;
        assert_eq!(unread, ("56".into(), true, true), "what is deleted is not unread: {sent:?}");
        let newest = page_of(&alice, &dm, "around=first_unread&limit=2").await;
        assert_eq!(newest, ("8b".into(), true, false));
        bob.mark_read(&dm, &own).await;
        assert_eq!(page_of(&bob, &dm, "around=first_unread&limit=2").await, ("8b".into(), true, false));
    }

    async fn a_cursor_of_another_list_is_one_refusal(app: App) {
        let alice = app.user("alice").await;
        let (general, random) = (alice.channel("general").await, alice.channel("random").await);
        let root = alice.send(&general, "root").await;
        let (reply, other) = (alice.reply(&root, "reply").await, alice.send(&random, "other").await);
        let foreign_root = alice.send(&general, "another").await;
        let foreign_reply = alice.reply(&foreign_root, "reply").await;
        for parameter in ["before", "after", "around"] {
            let timeline = async |id: &str| {
                let path = format!("/v1/channels/{}/messages?{parameter}={id}", general.id());
                alice.get(&path).await.problem(422, "invalid")
            };
            let absent = timeline(ABSENT).await;
            assert_eq!(absent["errors"][0]["field"], parameter);
            assert_eq!([timeline(reply.id()).await, timeline(other.id()).await], [absent.clone(), absent]);

            let thread = async |id: &str| {
                let path = format!("/v1/messages/{}/replies?{parameter}={id}", root.id());
                alice.get(&path).await.problem(422, "invalid")
            };
            let absent = thread(ABSENT).await;
            for id in [root.id(), other.id(), foreign_reply.id()] {
                assert_eq!(thread(id).await, absent);
            }
        }
    }

    async fn only_its_sender_changes_a_message_and_only_while_a_member(app: App) {
        let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
        let lunch = alice.create_channel("lunch", "public").await;
        let plans = alice.create_channel("plans", "private").await;
        bob.join(&lunch).await;
        alice.invite(&plans, &bob).await;
        let (open, closed) = (bob.send(&lunch, "one").await, bob.send(&plans, "one").await);

        refused(&alice, &open, 403, "forbidden").await;
        refused(&carol, &open, 403, "forbidden").await;
        refused(&alice, &closed, 403, "forbidden").await;
        refused(&carol, &closed, 404, "not_found").await;
        bob.leave(&lunch).await;
        bob.leave(&plans).await;
        refused(&bob, &open, 403, "forbidden").await;
        refused(&bob, &closed, 404, "not_found").await;
        refused(&bob, &json!(ABSENT), 404, "not_found").await;
        bob.join(&lunch).await;
        bob.edit(&open, "two").await;
    }

    async fn an_archived_channel_keeps_its_messages_as_they_are(app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let lunch = alice.create_channel("lunch", "public").await;
        bob.join(&lunch).await;
        let message = alice.send(&lunch, "one").await;
        alice.post(&format!("/v1/channels/{}/archive", lunch.id()), Value::Null).await.expect(200);

        refused(&alice, &message, 409, "channel_archived").await;
        refused(&bob, &message, 403, "forbidden").await;
        let reply = json!({"text": "reply", "parent_id": message["id"]});
        send(&bob, &lunch, reply).await.problem(409, "channel_archived");
        assert_eq!(bob.history(&lunch).await, std::slice::from_ref(&message));
        assert_eq!(bob.mark_read(&lunch, &message).await["unread_count"], 0);
    }

    async fn a_deleted_message_keeps_its_place(app: App, transport: Transport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        let one = send(&alice, &general, json!({"text": "secret", "nonce": "n"})).await.expect(201);
        let two = alice.send(&general, "two").await;
        let cursor = alice.stream(transport, None, "").await.cursor();

        alice.delete_message(&one).await;
        alice.delete_message(&one).await;

        let history = bob.history(&general).await;
        assert_eq!(history[1], two);
        let tombstone = &history[0];
        assert_eq!((&tombstone["text"], &tombstone["id"]), (&json!(""), &one["id"]));
        assert_eq!((&tombstone["seq"], &tombstone["nonce"]), (&one["seq"], &one["nonce"]));
        assert!(tombstone["deleted_at"].is_string());
        assert_eq!(bob.get(&format!("/v1/messages/{}", one.id())).await.expect(200), *tombstone);
        let edit = json!({"text": "again"});
        alice.patch(&format!("/v1/messages/{}", one.id()), edit).await.problem(409, "message_deleted");
        let mut stream = bob.stream(transport, Some(cursor), "").await;
        assert_eq!(stream.expect("message.deleted").await.data()["message"], *tombstone);
        stream.stays_quiet(QUIET).await;
        let replayed = bob.get("/v1/events?cursor=0&limit=1000").await;
        assert!(!replayed.text.contains("secret"), "deleted text is replayed: {}", replayed.text);
    }

    async fn an_edit_changes_the_text_and_the_version(app: App, transport: Transport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        let message = alice.send(&general, "one").await;
        assert_eq!((&message["version"], &message["edited_at"]), (&message["seq"], &Value::Null));
        let mut stream = bob.stream(transport, None, "").await;

        let edited = alice.edit(&message, "  two\n").await;

        let updated = stream.expect("message.updated").await;
        assert_eq!(updated.data()["message"], edited);
        assert_eq!(updated.seq(), edited["version"].as_u64());
        assert_eq!((&edited["text"], &edited["seq"]), (&json!("two"), &message["seq"]));
        assert!(edited["edited_at"].is_string());
        assert_eq!(alice.edit(&message, "two ").await, edited, "the same text changes nothing");
        stream.stays_quiet(QUIET).await;
    }

    async fn a_text_has_up_to_eight_thousand_scalars(app: App) {
        let alice = app.user("alice").await;
        let general = alice.channel("general").await;
        let longest = "🦀".repeat(8_000);

        assert_eq!(alice.send(&general, &format!(" {longest}\n")).await["text"], longest);

        for text in [format!("{longest}x"), String::new(), " \n\u{3000}\t".to_owned(), "a\0b".to_owned()] {
            let problem = send(&alice, &general, json!({"text": text})).await.problem(422, "invalid");
            assert_eq!(problem["errors"][0]["field"], "text");
        }
        for nonce in [String::new(), "x".repeat(65), "a\0b".to_owned()] {
            let body = json!({"text": "x", "nonce": nonce});
            let problem = send(&alice, &general, body).await.problem(422, "invalid");
            assert_eq!(problem["errors"][0]["field"], "nonce");
        }
        send(&alice, &general, json!({"text": "x", "nonce": "ä".repeat(64)})).await.expect(201);
        let edit = json!({"text": format!("{longest}x")});
        let path = format!("/v1/messages/{}", alice.send(&general, "x").await.id());
        alice.patch(&path, edit).await.problem(422, "invalid");
    }

    async fn sending_does_not_move_the_mark(app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        bob.send(&general, "one").await;
        alice.send(&general, "two").await;

        let found = alice.channel("general").await;

        assert_eq!((&found["unread_count"], &found["last_read_message_id"]), (&json!(1), &Value::Null));
        assert_eq!(bob.channel("general").await["unread_count"], 1);
    }
}

async fn send(client: &Client, channel: &Value, body: Value) -> Answer {
    client.post(&format!("/v1/channels/{}/messages", channel.id()), body).await
}

/// The texts of a page, and whether there is more before and after; a deleted text shows as nothing.
async fn page_of(client: &Client, channel: &Value, query: &str) -> (String, bool, bool) {
    let path = format!("/v1/channels/{}/messages?{query}", channel.id());
    let page = client.get(path.trim_end_matches('?')).await.expect(200);
    let items = page["items"].as_array().unwrap();
    let texts = items.iter().map(|message| message["text"].as_str().unwrap()).collect();
    (texts, page["has_before"].as_bool().unwrap(), page["has_after"].as_bool().unwrap())
}

/// Neither an edit nor a deletion.
async fn refused(client: &Client, message: &Value, status: u16, code: &str) {
    let path = format!("/v1/messages/{}", message.id());
    client.patch(&path, json!({"text": "not mine"})).await.problem(status, code);
    client.delete(&path).await.problem(status, code);
}
