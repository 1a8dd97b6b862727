//! Threads: a root, its replies, and what the root says about them.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::*;

on_both! {
    async fn a_root_counts_its_replies(app: App, transport: PushTransport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        let root = alice.send(&general, "Lunch?").await;
        let mut stream = bob.stream(transport, None, "").await;

        let one = alice.reply(&root, "one").await;
        let two = bob.reply(&root, "two").await;

        for (count, reply, people) in [(1, &one, vec![&alice]), (2, &two, vec![&bob, &alice])] {
            let event = stream.expect("thread.updated").await;
            let people: Vec<&Value> = people.iter().map(|person| &person.user["id"]).collect();
            let expected = json!({
                "channel_id": general["id"],
                "message_id": root["id"],
                "reply_count": count,
                "last_reply_at": reply["created_at"],
                "reply_user_ids": people,
                "replies_version": event.seq(),
            });
            assert_eq!(*event.data(), expected);
            assert_eq!(event.seq(), reply["seq"].as_u64().map(|seq| seq + 1));
        }
        let found = bob.history(&general).await;
        assert_eq!(found.len(), 1, "replies are not in the timeline");
        assert_eq!((&found[0]["version"], &found[0]["reply_count"]), (&root["version"], &json!(2)));
        assert_eq!(bob.channel("general").await["unread_count"], 1, "nor do they count as unread");
        assert_eq!(bob.channel("general").await["last_message_at"], root["created_at"]);
    }

    async fn a_deleted_reply_counts_no_more_and_stays(app: App, transport: PushTransport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        let root = alice.send(&general, "Lunch?").await;
        let first = alice.reply(&root, "one").await;
        let second = bob.reply(&root, "two").await;
        let third = bob.reply(&root, "three").await;
        let mut stream = alice.stream(transport, None, "").await;

        bob.delete_message(&third).await;
        bob.delete_message(&second).await;

        let counts = async |stream: &mut Stream| {
            stream.expect("message.deleted").await;
            let data = stream.expect("thread.updated").await.data().clone();
            (data["reply_count"].clone(), data["last_reply_at"].clone(), data["reply_user_ids"].clone())
        };
        let both = json!([bob.id(), alice.id()]);
        assert_eq!(counts(&mut stream).await, (json!(2), second["created_at"].clone(), both));
        let one = (json!(1), first["created_at"].clone(), json!([alice.id()]));
        assert_eq!(counts(&mut stream).await, one);
        let listed = replies(&alice, &root, "").await;
        let texts: Vec<&Value> = listed["items"].as_array().unwrap().iter().map(|reply| &reply["text"]).collect();
        assert_eq!(texts, ["one", "", ""]);
        alice.delete_message(&first).await;
        let none = (json!(0), Value::Null, json!([]));
        assert_eq!(counts(&mut stream).await, none);
    }

    async fn the_five_latest_people_are_named(app: App) {
        let mut people = Vec::new();
        for name in ["alice", "bob", "carol", "dave", "erin", "frank"] {
            people.push(app.user(name).await);
        }
        let root = people[0].send(&people[0].channel("general").await, "Lunch?").await;
        let mut own = Vec::new();
        for person in &people {
            own.push(person.reply(&root, "yes").await);
        }
        let named = async || {
            let root = people[0].get(&format!("/v1/messages/{}", root.id())).await.expect(200);
            let id_of = |id: &Value| people.iter().position(|person| person.user["id"] == *id).unwrap();
            root["reply_user_ids"].as_array().unwrap().iter().map(id_of).collect::<Vec<usize>>()
        };
        assert_eq!(named().await, [5, 4, 3, 2, 1]);

        people[5].delete_message(&own[5]).await;
        assert_eq!(named().await, [4, 3, 2, 1, 0], "who dropped out comes back");
        people[1].reply(&root, "again").await;
        assert_eq!(named().await, [1, 4, 3, 2, 0]);
        people[1].delete_message(&own[1]).await;
        assert_eq!(named().await, [1, 4, 3, 2, 0]);
    }

    async fn only_a_message_of_the_timeline_takes_replies(app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        let root = alice.send(&general, "root").await;
        let reply = alice.reply(&root, "reply").await;
        let elsewhere = alice.send(&alice.channel("random").await, "elsewhere").await;
        let secret = bob.send(&bob.create_channel("plans", "private").await, "secret").await;
        let gone = alice.send(&general, "gone").await;
        let kept = bob.reply(&gone, "kept").await;
        alice.delete_message(&gone).await;
        let send = async |parent_id: &str| {
            let body = json!({"text": "x", "parent_id": parent_id});
            let path = format!("/v1/channels/{}/messages", general.id());
            alice.post(&path, body).await.problem(422, "invalid")
        };

        let absent = send("0190a5b2-8c3e-7000-8000-000000000001").await;

        assert_eq!(absent["errors"][0]["field"], "parent_id");
        for parent in [&reply, &elsewhere, &secret, &gone] {
            assert_eq!(send(parent.id()).await, absent);
        }
        assert_eq!(replies(&alice, &gone, "").await["items"][0], kept, "what was said stays");
        assert_eq!(bob.edit(&kept, "mended").await["text"], "mended");
        alice.get(&format!("/v1/messages/{}/replies", reply.id())).await.problem(404, "not_found");
    }

    async fn replies_are_paged_like_a_timeline(app: App) {
        let alice = app.user("alice").await;
        let root = alice.send(&alice.channel("general").await, "root").await;
        let mut ids = Vec::new();
        for number in 0..6 {
            ids.push(alice.reply(&root, &number.to_string()).await.id().to_owned());
        }
        let page = async |query: &str| {
            let page = replies(&alice, &root, query).await;
            let items = page["items"].as_array().unwrap();
            let texts: String = items.iter().map(|reply| reply["text"].as_str().unwrap()).collect();
            (texts, page["has_before"] == true, page["has_after"] == true)
        };

        assert_eq!(page("").await, ("012345".into(), false, false));
        assert_eq!(page("limit=2").await, ("45".into(), true, false));
        assert_eq!(page(&format!("limit=2&before={}", ids[4])).await, ("23".into(), true, true));
        assert_eq!(page(&format!("limit=2&after={}", ids[1])).await, ("23".into(), true, true));
        assert_eq!(page(&format!("limit=3&around={}", ids[0])).await, ("012".into(), false, true));
        assert_eq!(page("around=first_unread&limit=2").await, ("45".into(), true, false));
    }

    async fn racing_replies_are_all_counted(app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let root = alice.send(&alice.channel("general").await, "root").await;
        let said = join_all((0..10).map(|n| if n % 2 == 0 { alice.reply(&root, "a") } else { bob.reply(&root, "b") })).await;
        let gone = said.iter().take(4).map(|reply| {
            let sender = if reply["sender_id"] == alice.user["id"] { &alice } else { &bob };
            sender.delete_message(reply)
        });

        join_all(gone).await;

        let found = alice.get(&format!("/v1/messages/{}", root.id())).await.expect(200);
        assert_eq!(found["reply_count"], 6);
    }

    async fn a_reply_is_told_where_its_thread_is_open_and_to_the_roots_author(app: App, transport: Transport) {
        let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
        let general = alice.channel("general").await;
        let root = alice.send(&general, "root").await;
        let mut authors = alice.stream(transport, None, "").await;
        let mut opened = bob.stream(transport, None, &format!("threads={}", root.id())).await;
        let mut others = carol.stream(transport, None, "").await;

        let reply = bob.reply(&root, "reply").await;
        let edited = bob.edit(&reply, "mended").await;
        bob.delete_message(&reply).await;

        for stream in [&mut authors, &mut opened] {
            assert_eq!(stream.expect("message.created").await.data()["message"]["id"], reply["id"]);
            stream.expect("thread.updated").await;
            assert_eq!(stream.expect("message.updated").await.data()["message"]["id"], edited["id"]);
            stream.expect("message.deleted").await;
            stream.expect("thread.updated").await;
        }
        others.expect("thread.updated").await;
        others.expect("thread.updated").await;
        others.stays_quiet(Duration::from_millis(100)).await;
    }
}

async fn replies(client: &Client, root: &Value, query: &str) -> Value {
    let path = format!("/v1/messages/{}/replies?{query}", root.id());
    client.get(path.trim_end_matches('?')).await.expect(200)
}
