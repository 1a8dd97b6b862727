//! Who is writing: told to those who are there to read it, and to nobody else. How long it lasts is tested beside
//! `presence::memory`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::*;

/// Says over REST that somebody is writing, or has stopped.
async fn says(typist: &Client, channel: &Value, state: &str, root: Option<&Value>) {
    let mut body = json!({"state": state});
    if let Some(root) = root {
        body["parent_id"] = root["id"].clone();
    }
    typist.post(&format!("/v1/channels/{}/typing", channel.id()), body).await.expect(204);
}

fn of(channel: &Value, typist: &Client, root: Option<&Value>) -> Value {
    json!({"channel_id": channel["id"], "user_id": typist.user["id"], "parent_id": root.map(|root| &root["id"])})
}

/// Nothing about typing came before the message that is sent now.
async fn hears_no_typing(stream: &mut Stream, channel: &Value, writer: &Client) {
    let sent = writer.send(channel, "and nothing before").await;
    loop {
        let event = stream.next().await;
        assert!(!event.kind().starts_with("typing."), "{}", event.raw);
        if event.seq() == sent["seq"].as_u64() {
            return;
        }
    }
}

on_both! {
    async fn the_others_see_it_and_the_typist_does_not(app: App, transport: PushTransport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        let mut others = bob.stream(transport, None, "").await;
        let mut own = alice.stream(transport, None, "").await;

        says(&alice, &general, "started", None).await;
        assert_eq!(others.expect("typing.started").await.data(), &of(&general, &alice, None));
        says(&alice, &general, "stopped", None).await;
        assert_eq!(others.expect("typing.stopped").await.data(), &of(&general, &alice, None));

        says(&alice, &general, "stopped", None).await;
        hears_no_typing(&mut others, &general, &alice).await;
        hears_no_typing(&mut own, &general, &alice).await;
    }

    async fn a_frame_says_it_too(app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        let mut others = bob.stream(Transport::Sse, None, "").await;
        let mut own = alice.stream(Transport::WebSocket, None, "").await;

        own.request("typing.start", json!({"channel_id": general["id"]})).await;
        others.expect("typing.started").await;
        own.request("typing.stop", json!({"channel_id": general["id"]})).await;
        others.expect("typing.stopped").await;
    }

    async fn the_message_ends_it(app: App, transport: PushTransport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        let mut stream = bob.stream(transport, None, "").await;
        says(&alice, &general, "started", None).await;
        stream.expect("typing.started").await;

        alice.send(&general, "here it is").await;

        let mut kinds = Vec::new();
        while kinds.len() < 2 {
            kinds.extend(Some(stream.next().await.kind().to_owned()).filter(|kind| kind != "presence.updated"));
        }
        kinds.sort();
        assert_eq!(kinds, ["message.created", "typing.stopped"]);
        assert_eq!(bob.stream(transport, None, "").await.ready()["typing"], json!([]));
    }

    async fn in_a_thread_it_shows_where_that_is_open(app: App, transport: PushTransport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        let root = alice.send(&general, "root").await;
        let mut closed = bob.stream(transport, None, "").await;
        let mut open = bob.stream(transport, None, "").await;
        open.open_thread(&root).await;

        says(&alice, &general, "started", Some(&root)).await;

        assert_eq!(open.expect("typing.started").await.data(), &of(&general, &alice, Some(&root)));
        let opened = bob.stream(transport, None, &format!("threads={}", root.id())).await;
        assert_eq!(opened.ready()["typing"], json!([of(&general, &alice, Some(&root))]));
        alice.reply(&root, "here it is").await;
        open.skip_to("typing.stopped").await;
        hears_no_typing(&mut closed, &general, &alice).await;
    }

    async fn who_comes_later_finds_it_in_ready(app: App, transport: PushTransport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        says(&alice, &general, "started", None).await;

        let ready = bob.stream(transport, None, "").await.ready().clone();

        assert_eq!(ready["typing"], json!([of(&general, &alice, None)]));
        assert_eq!(alice.stream(transport, None, "").await.ready()["typing"], json!([]), "not one's own");
    }

    async fn only_members_see_it(app: App, transport: PushTransport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let lunch = alice.create_channel("lunch", "public").await;
        let general = alice.channel("general").await;
        let mut stream = bob.stream(transport, None, "").await;
        says(&alice, &lunch, "started", None).await;
        hears_no_typing(&mut stream, &general, &alice).await;
        assert_eq!(bob.stream(transport, None, "").await.ready()["typing"], json!([]));
        bob.join(&lunch).await;
        says(&alice, &lunch, "started", None).await;
        stream.skip_to("typing.started").await;
        bob.leave(&lunch).await;
        says(&alice, &lunch, "started", None).await;

        hears_no_typing(&mut stream, &general, &alice).await;
    }

    async fn who_leaves_has_stopped(app: App, transport: PushTransport) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let general = alice.channel("general").await;
        let mut stream = bob.stream(transport, None, "").await;
        says(&alice, &general, "started", None).await;
        stream.expect("typing.started").await;

        alice.leave(&general).await;

        stream.skip_to("typing.stopped").await;
    }

    async fn only_members_may_say_it(app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let lunch = alice.create_channel("lunch", "public").await;
        let plans = alice.create_channel("plans", "private").await;
        let root = alice.send(&lunch, "root").await;
        let reply = alice.reply(&root, "reply").await;
        let say = async |client: &Client, channel: &Value, body| {
            client.post(&format!("/v1/channels/{}/typing", channel.id()), body).await
        };

        say(&bob, &lunch, json!({"state": "started"})).await.problem(403, "forbidden");
        say(&bob, &plans, json!({"state": "started"})).await.problem(404, "not_found");
        for wrong in [json!({}), json!({"state": "writing"}), json!({"state": "started", "parent_id": reply["id"]})] {
            say(&alice, &lunch, wrong).await.problem(422, "invalid");
        }
    }
}

#[tokio::test]
async fn typing_ends_soon_after_the_last_stream_of_the_typist() {
    let app = App::start(Db::Sqlite).await;
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let general = alice.channel("general").await;
    let mut stream = bob.stream(Transport::WebSocket, None, "").await;
    let typist = alice.stream(Transport::WebSocket, None, "").await;
    says(&alice, &general, "started", None).await;
    stream.expect("typing.started").await;

    drop(typist);

    tokio::time::timeout(Duration::from_secs(9), stream.expect("typing.stopped")).await.unwrap();
}
