//! DMs: one for each two people, and as it is.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::*;

on_both! {
    async fn two_people_have_one_dm(app: App) {
        let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);

        let dm = open(&alice, &bob).await.expect(201);

        assert_eq!((&dm["kind"], &dm["name"], &dm["role"]), (&json!("dm"), &Value::Null, &json!("member")));
        assert_eq!((&dm["peer"]["id"], &dm["member_count"]), (&bob.user["id"], &json!(2)));
        assert_eq!(open(&alice, &bob).await.expect(200), dm);
        let bobs = open(&bob, &alice).await.expect(200);
        assert_eq!((&bobs["id"], &bobs["peer"]["id"]), (&dm["id"], &alice.user["id"]));
        assert_eq!(bobs["user_ids"], dm["user_ids"]);
        assert_ne!(open(&carol, &bob).await.expect(201)["id"], dm["id"]);
    }

    async fn racing_opens_end_in_one(app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let opens = (0..8).map(|n| if n % 2 == 0 { (&alice, &bob) } else { (&bob, &alice) });

        let answers = join_all(opens.map(|(one, other)| open(one, other))).await;

        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        let ids: Vec<Value> = answers.iter().map(|answer| answer.json()["id"].clone()).collect();
        assert_eq!(ids, vec![ids[0].clone(); 8]);
    }

    async fn nobody_has_a_dm_with_themselves_or_with_nobody(app: App) {
        let alice = app.user("alice").await;
        for user_id in [alice.id(), "0190a5b2-8c3e-7000-8000-000000000001"] {
            let problem = alice.post("/v1/dms", json!({"user_id": user_id})).await.problem(422, "invalid");
            assert_eq!(problem["errors"][0]["field"], "user_id");
        }
    }

    async fn a_dm_is_fixed(app: App, transport: Transport) {
        let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
        let dm = alice.dm(&bob).await;
        let mut stream = bob.stream(transport, None, "").await;
        let path = |rest: &str| format!("/v1/channels/{}{rest}", dm.id());
        let change = async |client: &Client| {
            [
                client.post(&path("/leave"), Value::Null).await,
                client.post(&path("/members"), json!({"user_id": carol.id()})).await,
                client.delete(&path(&format!("/members/{}", bob.id()))).await,
                client.delete(&path(&format!("/members/{}", alice.id()))).await,
                client.patch(&path(""), json!({"name": "us"})).await,
                client.patch(&path(""), json!({"description": "us"})).await,
                client.post(&path("/archive"), Value::Null).await,
                client.post(&path("/unarchive"), Value::Null).await,
            ]
        };

        for refusal in change(&alice).await.into_iter().chain(change(&bob).await) {
            refusal.problem(422, "dm_is_fixed");
        }

        for refusal in change(&carol).await {
            refusal.problem(404, "not_found");
        }
        stream.stays_quiet(Duration::from_millis(100)).await;
    }

    async fn a_silent_dm_is_listed_for_its_opener_alone(app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let dm = alice.dm(&bob).await;
        let listed = async |client: &Client| {
            let stream = client.stream(Transport::Sse, None, "").await;
            let dms = client.get("/v1/dms").await.expect(200)["items"].as_array().unwrap().len();
            for list in [client.get("/v1/channels").await.expect(200)["items"].clone(), stream.ready()["channels"].clone()] {
                let items = list.as_array().unwrap().clone();
                assert_eq!(items.iter().filter(|channel| channel["kind"] == "dm").count(), dms);
            }
            dms
        };
        assert_eq!([listed(&alice).await, listed(&bob).await], [1, 0]);

        let message = alice.send(&dm, "Hello").await;

        assert_eq!([listed(&alice).await, listed(&bob).await], [1, 1]);
        alice.delete_message(&message).await;
        assert_eq!([listed(&alice).await, listed(&bob).await], [1, 1], "a tombstone was said too");
    }

    async fn the_dm_last_spoken_in_comes_first(app: App) {
        let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
        let (with_bob, with_carol) = (alice.dm(&bob).await, alice.dm(&carol).await);
        let order = async || -> Vec<Value> {
            let list = alice.get("/v1/dms").await.expect(200);
            list["items"].as_array().unwrap().iter().map(|dm| dm["id"].clone()).collect()
        };
        assert_eq!(order().await, [with_carol["id"].clone(), with_bob["id"].clone()]);
        tokio::time::sleep(Duration::from_millis(5)).await;

        bob.send(&with_bob, "Hello").await;

        assert_eq!(order().await, [with_bob["id"].clone(), with_carol["id"].clone()]);
        let all = alice.get("/v1/channels").await.expect(200);
        let kinds: Vec<&Value> = all["items"].as_array().unwrap().iter().map(|channel| &channel["kind"]).collect();
        assert_eq!(kinds, ["public", "public", "public", "dm", "dm"], "channels by name, then the DMs");
    }

    async fn a_dm_is_never_browsed(app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        alice.send(&alice.dm(&bob).await, "Hello").await;

        let page = bob.get("/v1/channels/browse").await.expect(200);

        assert_eq!(page["items"].as_array().unwrap().len(), 3);
    }
}

async fn open(client: &Client, with: &Client) -> Answer {
    client.post("/v1/dms", json!({"user_id": with.id()})).await
}
