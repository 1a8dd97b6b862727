//! Who belongs to a channel, and in which order they are listed.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::*;

const ABSENT: &str = "0190a5b2-8c3e-7000-8000-000000000001";

on_both! {
    async fn joining_twice_is_once(app: App, transport: Transport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let lunch = alice.create_channel("lunch", "public").await;
        alice.send(&lunch, "before").await;
        let mut stream = alice.stream(transport, None, "").await;

        let joined = bob.join(&lunch).await;

        assert_eq!((&joined["unread_count"], &joined["last_read_message_id"]), (&json!(0), &Value::Null));
        let event = stream.expect("member.joined").await;
        assert_eq!(event.seq(), joined["last_read_seq"].as_u64());
        assert_eq!(event.data()["user"]["id"], bob.user["id"]);
        assert_eq!(bob.join(&lunch).await, joined);
        bob.leave(&lunch).await;
        stream.expect("member.left").await;
        bob.leave(&lunch).await;
        stream.stays_quiet(Duration::from_millis(100)).await;
    }

    async fn any_member_adds_and_only_an_owner_removes(app: App, transport: Transport) {
        let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
        let plans = alice.create_channel("plans", "private").await;
        alice.invite(&plans, &bob).await;
        let mut stream = carol.stream(transport, None, "").await;

        let member = bob.invite(&plans, &carol).await;

        assert_eq!((&member["role"], &member["user"]["id"]), (&json!("member"), &carol.user["id"]));
        assert_eq!(stream.expect("member.joined").await.data()["channel_id"], plans["id"]);
        let again = bob.post(&members(&plans), json!({"user_id": carol.id()})).await.expect(200);
        assert_eq!(again, member);
        let carols = format!("{}/{}", members(&plans), carol.id());
        bob.delete(&carols).await.problem(403, "forbidden");
        alice.delete(&carols).await.expect(204);
        assert_eq!(stream.expect("member.left").await.data()["user"]["id"], carol.user["id"]);
        alice.delete(&carols).await.expect(204);
        carol.get(&format!("/v1/channels/{}", plans.id())).await.problem(404, "not_found");
        alice.delete(&format!("{}/{ABSENT}", members(&plans))).await.problem(404, "not_found");
        let problem = alice.post(&members(&plans), json!({"user_id": ABSENT})).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["field"], "user_id");
        stream.stays_quiet(Duration::from_millis(100)).await;
    }

    async fn removing_oneself_is_leaving(app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let plans = alice.create_channel("plans", "private").await;
        alice.invite(&plans, &bob).await;
        let bobs = format!("{}/{}", members(&plans), bob.id());

        bob.delete(&bobs).await.expect(204);

        bob.delete(&bobs).await.problem(404, "not_found");
        bob.post(&format!("/v1/channels/{}/leave", plans.id()), Value::Null).await.problem(404, "not_found");
    }

    async fn the_longest_standing_member_inherits(app: App, transport: Transport) {
        let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
        let lunch = alice.create_channel("lunch", "public").await;
        // Carol stood longer, but not since she came back.
        carol.join(&lunch).await;
        carol.leave(&lunch).await;
        bob.join(&lunch).await;
        carol.join(&lunch).await;
        let mut stream = carol.stream(transport, None, "").await;

        alice.leave(&lunch).await;

        stream.expect("member.left").await;
        let heir = json!({"channel_id": lunch["id"], "user_id": bob.user["id"], "role": "owner"});
        assert_eq!(*stream.expect("member.updated").await.data(), heir);
        assert_eq!(bob.channel("lunch").await["role"], "owner");
        bob.leave(&lunch).await;
        carol.leave(&lunch).await;
        assert_eq!(alice.join(&lunch).await["role"], "owner", "who joins it without members owns it");
        assert_eq!(bob.join(&lunch).await["role"], "member");
    }

    async fn members_are_listed_online_first_then_by_name(app: App) {
        let alice = app.user("alice").await;
        let mut cast = Vec::new();
        for (username, display_name) in [("zed", "ada"), ("yan", "Bob"), ("xia", "carol"), ("wim", "Dora")] {
            let client = app.user(username).await;
            client.patch("/v1/me", json!({"display_name": display_name})).await.expect(200);
            cast.push(client);
        }
        let general = alice.channel("general").await;
        let _doras = cast[3].stream(Transport::Sse, None, "").await;

        let (mut all, mut after, mut states) = (Vec::new(), String::new(), Vec::new());
        loop {
            let page = alice.get(&format!("{}?limit=2{after}", members(&general))).await.expect(200);
            states.push((page["online_count"].clone(), page["state_seq"].clone()));
            let items = page["items"].as_array().unwrap();
            all.extend(items.iter().map(|member| member["user"]["display_name"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
        }

        assert_eq!(all, ["Dora", "ada", "alice", "Bob", "carol"]);
        let head = alice.get("/v1/events").await.expect(200)["cursor"].clone();
        assert_eq!(states, vec![(json!(1), head); 3]);
        let online = alice.get(&format!("{}?limit=1", members(&general))).await.expect(200);
        assert_eq!(online["items"][0]["user"]["presence"]["status"], "online");
        for nonsense in ["x", "%00", "MSB4IHk"] {
            let path = format!("{}?after={nonsense}", members(&general));
            assert_eq!(alice.get(&path).await.problem(422, "invalid")["errors"][0]["field"], "after");
        }
    }

    async fn read_marks_and_receipts_come_in_pages(app: App) {
        let alice = app.user("alice").await;
        let general = alice.channel("general").await;
        let mut readers = Vec::new();
        for name in ["bob", "carol", "dave"] {
            readers.push(app.user(name).await);
        }
        let message = alice.send(&general, "one").await;
        let late = app.user("erin").await;
        for reader in readers.iter().chain([&late]) {
            reader.mark_read(&general, &message).await;
        }
        let users = async |path: &str| {
            let (mut all, mut after) = (Vec::new(), String::new());
            loop {
                let page = alice.get(&format!("{path}?limit=2{after}")).await.expect(200);
                let items = page["items"].as_array().unwrap();
                all.extend(items.iter().map(|item| item["user_id"].id().to_owned()));
                let Some(next) = page["next"].as_str() else { return all };
                after = format!("&after={next}");
            }
        };

        let receipts = users(&format!("/v1/messages/{}/receipts", message.id())).await;
        let marks = users(&format!("/v1/channels/{}/read-marks", general.id())).await;

        let mut expected: Vec<String> = readers.iter().map(|reader| reader.id().to_owned()).collect();
        expected.sort();
        assert_eq!(receipts, expected, "who came later has no receipt");
        assert_eq!(marks.len(), 5);
    }

    async fn a_mark_only_moves_forward(app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        let (one, two) = (alice.send(&general, "one").await, alice.send(&general, "two").await);
        let reply = alice.reply(&one, "reply").await;
        let other = alice.send(&alice.channel("random").await, "other").await;
        let far = bob.mark_read(&general, &two).await;

        assert_eq!(bob.mark_read(&general, &one).await, far, "an older one succeeds and changes nothing");

        let mark = async |id: &str| {
            let path = format!("/v1/channels/{}/read", general.id());
            bob.put(&path, json!({"message_id": id})).await.problem(422, "invalid")
        };
        let absent = mark(ABSENT).await;
        assert_eq!(absent["errors"][0]["field"], "message_id");
        assert_eq!([mark(reply.id()).await, mark(other.id()).await], [absent.clone(), absent]);
        bob.leave(&general).await;
        let back = bob.join(&general).await;
        assert_eq!((&back["unread_count"], &back["last_read_message_id"]), (&json!(0), &Value::Null));
        assert_eq!(bob.mark_read(&general, &two).await["last_read_message_id"], Value::Null, "that was before the join");
    }
}

fn members(channel: &Value) -> String {
    format!("/v1/channels/{}/members", channel.id())
}

#[tokio::test]
async fn a_large_channel_lists_its_members_by_name() {
    let app = App::with(Db::Sqlite, &[("PRESENCE_MAX_MEMBERS", "2")]).await;
    let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
    let general = alice.channel("general").await;
    let _online = carol.stream(Transport::Sse, None, "").await;

    let first = alice.get(&format!("{}?limit=2", members(&general))).await.expect(200);

    let names = |page: &Value| -> Vec<Value> {
        page["items"].as_array().unwrap().iter().map(|member| member["user"]["id"].clone()).collect()
    };
    assert_eq!(names(&first), [alice.user["id"].clone(), bob.user["id"].clone()]);
    assert_eq!(first["online_count"], 1);
    let path = format!("{}?limit=2&after={}", members(&general), first["next"].as_str().unwrap());
    assert_eq!(names(&alice.get(&path).await.expect(200)), [carol.user["id"].clone()]);
}
