//! Channels: their names, who changes them, and what archiving leaves.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::*;

on_both! {
    async fn who_creates_a_channel_owns_it(app: App, transport: Transport) {
        let alice = app.user("alice").await;
        let mut stream = alice.stream(transport, None, "").await;
        let body = json!({"name": "  Lunch ", "description": " Where? ", "kind": "public"});

        let lunch = alice.post("/v1/channels", body).await.expect(201);

        assert_eq!((&lunch["name"], &lunch["description"]), (&json!("Lunch"), &json!("Where?")));
        assert_eq!((&lunch["role"], &lunch["member_count"]), (&json!("owner"), &json!(1)));
        assert_eq!((&lunch["created_by"], &lunch["archived_at"]), (&alice.user["id"], &Value::Null));
        let created = stream.expect("channel.created").await;
        assert_eq!(created.data()["user_ids"], json!([alice.id()]));
        assert_eq!(created.seq(), lunch["version"].as_u64());
        stream.stays_quiet(Duration::from_millis(100)).await;
    }

    async fn a_public_name_is_taken_once_whatever_its_case(app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let lunch = alice.create_channel("Ärger", "public").await;
        let create = async |name: &str, kind: &str| {
            bob.post("/v1/channels", json!({"name": name, "kind": kind})).await
        };

        create("äRGER ", "public").await.problem(409, "name_taken");
        create("GENERAL", "public").await.problem(409, "name_taken");
        create("äRGER", "private").await.expect(201);
        create("äRGER", "private").await.expect(201);
        let other = create("other", "public").await.expect(201);
        let rename = json!({"name": "ärger"});
        bob.patch(&path(&other, ""), rename.clone()).await.problem(409, "name_taken");
        assert_eq!(alice.patch(&path(&lunch, ""), rename).await.expect(200)["name"], "ärger");
    }

    async fn racing_creations_of_one_name_end_in_one_channel(app: App) {
        let alice = app.user("alice").await;
        let body = json!({"name": "lunch", "kind": "public"});

        let answers = join_all((0..6).map(|_| alice.post("/v1/channels", body.clone()))).await;

        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409, 409, 409]);
    }

    async fn archiving_gives_the_name_free_and_unarchiving_needs_it_back(app: App, transport: Transport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let lunch = alice.create_channel("lunch", "public").await;
        bob.join(&lunch).await;
        let mut stream = bob.stream(transport, None, "").await;

        let archived = alice.post(&path(&lunch, "/archive"), Value::Null).await.expect(200);

        assert!(archived["archived_at"].is_string());
        let event = stream.expect("channel.archived").await;
        assert_eq!(event.data()["channel"]["version"], archived["version"]);
        assert_eq!(alice.post(&path(&lunch, "/archive"), Value::Null).await.expect(200), archived, "twice is once");
        let heir = bob.create_channel("LUNCH", "public").await;
        stream.expect("channel.created").await;
        alice.post(&path(&lunch, "/unarchive"), Value::Null).await.problem(409, "name_taken");
        bob.patch(&path(&heir, ""), json!({"name": "supper"})).await.expect(200);
        stream.expect("channel.updated").await;

        let open = alice.post(&path(&lunch, "/unarchive"), Value::Null).await.expect(200);

        assert_eq!(open["archived_at"], Value::Null);
        assert_eq!(stream.expect("channel.updated").await.data()["channel"]["version"], open["version"]);
        assert_eq!(alice.post(&path(&lunch, "/unarchive"), Value::Null).await.expect(200), open);
        stream.stays_quiet(Duration::from_millis(100)).await;
    }

    async fn an_archived_channel_is_read_marked_and_left_and_no_more(app: App) {
        let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
        let lunch = alice.create_channel("lunch", "public").await;
        bob.join(&lunch).await;
        let message = alice.send(&lunch, "one").await;
        alice.post(&path(&lunch, "/archive"), Value::Null).await.expect(200);

        let typing = json!({"state": "started"});
        let refusals = [
            bob.post(&path(&lunch, "/messages"), json!({"text": "two"})).await,
            bob.post(&path(&lunch, "/typing"), typing).await,
            bob.post(&path(&lunch, "/members"), json!({"user_id": carol.id()})).await,
            carol.post(&path(&lunch, "/join"), Value::Null).await,
            alice.patch(&path(&lunch, ""), json!({"name": "supper"})).await,
            alice.delete(&path(&lunch, &format!("/members/{}", bob.id()))).await,
        ];
        for refusal in refusals {
            refusal.problem(409, "channel_archived");
        }
        assert_eq!(bob.join(&lunch).await["role"], "member", "who is in it already changes nothing");
        assert_eq!(bob.history(&lunch).await, std::slice::from_ref(&message));
        assert_eq!(carol.history(&lunch).await, std::slice::from_ref(&message));
        assert_eq!(bob.mark_read(&lunch, &message).await["unread_count"], 0);
        bob.leave(&lunch).await;
        assert_eq!(alice.channel("lunch").await["member_count"], 1);
    }

    async fn only_an_owner_renames_and_archives(app: App) {
        let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
        let lunch = alice.create_channel("lunch", "public").await;
        bob.join(&lunch).await;
        for client in [&bob, &carol] {
            client.patch(&path(&lunch, ""), json!({"name": "x"})).await.problem(403, "forbidden");
            client.post(&path(&lunch, "/archive"), Value::Null).await.problem(403, "forbidden");
            client.post(&path(&lunch, "/unarchive"), Value::Null).await.problem(403, "forbidden");
        }
        assert_eq!(alice.channel("lunch").await["version"], lunch["version"]);
    }

    async fn what_stays_as_it_was_is_no_event(app: App, transport: Transport) {
        let alice = app.user("alice").await;
        let lunch = alice.create_channel("lunch", "public").await;
        let mut stream = alice.stream(transport, None, "").await;

        for same in [json!({}), json!({"name": " lunch "}), json!({"description": "", "name": null})] {
            assert_eq!(alice.patch(&path(&lunch, ""), same).await.expect(200), lunch);
        }

        stream.stays_quiet(Duration::from_millis(100)).await;
        let described = alice.patch(&path(&lunch, ""), json!({"description": "Where?"})).await.expect(200);
        assert_eq!((&described["name"], &described["description"]), (&json!("lunch"), &json!("Where?")));
        assert_eq!(stream.expect("channel.updated").await.seq(), described["version"].as_u64());
    }

    async fn the_built_in_channels_stay_as_they_are(app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        alice.patch(&path(&general, ""), json!({"description": "mine"})).await.problem(403, "forbidden");
        alice.post(&path(&general, "/archive"), Value::Null).await.problem(403, "forbidden");
        alice.post(&path(&general, "/unarchive"), Value::Null).await.problem(403, "forbidden");
        alice.delete(&path(&general, &format!("/members/{}", bob.id()))).await.problem(403, "forbidden");

        alice.leave(&general).await;
        bob.leave(&general).await;

        assert_eq!(alice.join(&general).await["role"], "member", "nobody owns it");
    }

    async fn public_channels_are_browsed_by_name(app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        alice.create_channel("Zoo 100%", "public").await;
        alice.create_channel("apples", "public").await;
        alice.create_channel("plans", "private").await;
        let gone = alice.create_channel("gone", "public").await;
        alice.post(&path(&gone, "/archive"), Value::Null).await.expect(200);
        let browse = async |query: &str| {
            let page = bob.get(&format!("/v1/channels/browse?{query}")).await.expect(200);
            let name = |item: &Value| item["name"].as_str().unwrap().to_owned();
            let names: Vec<String> = page["items"].as_array().unwrap().iter().map(name).collect();
            (names, page["next"].as_str().map(str::to_owned))
        };

        assert_eq!(browse("").await.0, ["apples", "general", "help", "random", "Zoo 100%"]);
        assert_eq!(browse("query=PPL").await.0, ["apples"]);
        assert_eq!(browse("query=%25").await.0, ["Zoo 100%"]);
        assert_eq!(browse("query=z_o").await.0, [""; 0]);
        let (first, next) = browse("limit=2").await;
        let (second, next) = browse(&format!("limit=2&after={}", next.unwrap())).await;
        let (third, end) = browse(&format!("limit=2&after={}", next.unwrap())).await;
        assert_eq!([first, second, third].concat(), ["apples", "general", "help", "random", "Zoo 100%"]);
        assert_eq!(end, None);
        let page = bob.get("/v1/channels/browse?query=apples").await.expect(200);
        assert_eq!(page["items"][0]["is_member"], false);
        let page = alice.get("/v1/channels/browse?query=apples").await.expect(200);
        assert_eq!((&page["items"][0]["is_member"], &page["items"][0]["member_count"]), (&json!(true), &json!(1)));
    }

    async fn a_public_channel_is_seen_by_who_is_no_member(app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let lunch = alice.create_channel("lunch", "public").await;
        let message = alice.send(&lunch, "one").await;

        let found = bob.get(&path(&lunch, "")).await.expect(200);

        assert_eq!((&found["member_count"], &found["last_message_at"]), (&json!(1), &message["created_at"]));
        for own in ["unread_count", "last_read_message_id", "last_read_seq", "role", "peer"] {
            assert!(found.get(own).is_none(), "{own} is for members");
        }
        assert_eq!(bob.history(&lunch).await, [message]);
        bob.get(&path(&lunch, "/members")).await.expect(200);
    }
}

fn path(channel: &Value, rest: &str) -> String {
    format!("/v1/channels/{}{rest}", channel.id())
}

/// Filling a thousand channels over HTTP would take a minute, so the last but a few are made by hand.
#[tokio::test]
async fn a_user_is_in_at_most_a_thousand_channels() {
    let app = App::start(Db::Sqlite).await;
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let (open, closed) =
        (bob.create_channel("open", "public").await, bob.create_channel("closed", "private").await);
    app.sql(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 996) \
         insert into channels (id, kind, name, name_folded, description, created_at, version, member_count) \
         select randomblob(16), 'private', 'n', 'n', '', 0, 0, 1 from n",
    )
    .await;
    app.sql(
        "insert into members (channel_id, user_id, role, joined_at, joined_seq, last_read_seq, read_ordinal) \
         select c.id, u.id, 'member', 0, 0, 0, 0 from channels c, users u where c.name = 'n' and u.username = 'alice'",
    )
    .await;
    let last = alice.create_channel("the thousandth", "private").await;

    let refusals = [
        alice.post("/v1/channels", json!({"name": "one more", "kind": "private"})).await,
        alice.post(&path(&open, "/join"), Value::Null).await,
        bob.post(&path(&closed, "/members"), json!({"user_id": alice.id()})).await,
    ];

    for refusal in refusals {
        refusal.problem(409, "too_many_channels");
    }
    assert_eq!(alice.get("/v1/channels").await.expect(200)["items"].as_array().unwrap().len(), 1_000);
    alice.dm(&bob).await;
    alice.leave(&last).await;
    alice.join(&open).await;
}
