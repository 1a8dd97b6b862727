//! For each type of event, what people do to cause it.

use serde_json::{Value, json};

use crate::support::*;

/// Bob watches; what the others do is what he hears of, and what he does elsewhere.
pub struct Scene {
    pub bob: Client,
    alice: Client,
    carol: Client,
    dave: Client,
    lunch: Value,
    den: Value,
    open: Value,
    /// A message of Bob's with a thread, and an older and a newer one of Alice's.
    root: Value,
    older: Value,
    newer: Value,
    reply: Value,
    streams: Vec<Stream>,
}

impl Scene {
    /// `name` tells the casts of different scenes apart.
    pub async fn set(app: &App, name: &str) -> Scene {
        let alice = app.user(&format!("alice.{name}")).await;
        let bob = app.user(&format!("bob.{name}")).await;
        let carol = app.user(&format!("carol.{name}")).await;
        let dave = app.user(&format!("dave.{name}")).await;
        let lunch = alice.create_channel(&format!("lunch {name}"), "public").await;
        let den = alice.create_channel(&format!("den {name}"), "private").await;
        let open = alice.create_channel(&format!("open {name}"), "public").await;
        bob.join(&lunch).await;
        carol.join(&lunch).await;
        let first = alice.send(&lunch, "first").await;
        bob.mark_read(&lunch, &first).await;
        let older = alice.send(&lunch, "older").await;
        let root = bob.send(&lunch, "root").await;
        let reply = carol.reply(&root, "reply").await;
        let newer = alice.send(&lunch, "newer").await;
        alice.send(&den, "What Bob finds when he comes").await;
        Scene { bob, alice, carol, dave, lunch, den, open, root, older, newer, reply, streams: Vec::new() }
    }

    pub fn people(&self) -> Vec<String> {
        [&self.alice, &self.bob, &self.carol, &self.dave].map(|person| person.id().to_owned()).into()
    }

    /// What has to be so before the snapshot.
    pub async fn prepare(&mut self, kind: &str) {
        match kind {
            "typing.stopped" => {
                self.type_in(&self.alice, Value::Null, "started").await;
                self.type_in(&self.carol, self.root["id"].clone(), "started").await;
                self.type_in(&self.carol, Value::Null, "started").await;
            }
            "message.deleted" => drop(self.alice.reply(&self.newer, "by Alice").await),
            _ => {}
        }
    }

    /// Causes events of this type, and others besides. False if this test does not know the type.
    pub async fn act(&mut self, kind: &str) -> bool {
        let Scene { bob, alice, carol, dave, lunch, den, open, .. } = self;
        let path = |rest: &str| format!("/v1/channels/{}{rest}", lunch.id());
        match kind {
            "message.created" => {
                alice.send(lunch, "one more").await;
                bob.send(lunch, "said elsewhere").await;
                carol.reply(&self.root, "another reply").await;
                let regretted = alice.send(lunch, "not meant so").await;
                alice.delete_message(&regretted).await;
                let mended = carol.send(lunch, "mispelt").await;
                carol.edit(&mended, "misspelt").await;
            }
            "message.updated" => {
                alice.edit(&self.older, "older, but mended").await;
                bob.edit(&self.root, "root, mended elsewhere").await;
                carol.edit(&self.reply, "reply, mended").await;
                carol.edit(&self.reply, "reply, mended twice").await;
            }
            "message.deleted" => {
                alice.delete_message(&self.older).await;
                bob.delete_message(&self.root).await;
                carol.delete_message(&self.reply).await;
                alice.edit(&self.newer, "gone in a moment").await;
                alice.delete_message(&self.newer).await;
            }
            "thread.updated" => {
                carol.reply(&self.newer, "one").await;
                let two = alice.reply(&self.newer, "two").await;
                alice.reply(&self.root, "three").await;
                alice.delete_message(&two).await;
                alice.edit(&self.newer, "a root that is mended meanwhile").await;
            }
            "channel.created" => {
                let own = bob.create_channel(&format!("own {}", bob.id()), "public").await;
                carol.join(&own).await;
                carol.send(&own, "Hello").await;
                bob.dm(dave).await;
                alice.dm(bob).await;
                let dm = carol.dm(bob).await;
                carol.send(&dm, "Listed from here on").await;
            }
            "channel.updated" => {
                let change = json!({"name": format!("supper {}", bob.id()), "description": "Where?"});
                alice.patch(&path(""), change).await.expect(200);
                alice.post(&path("/archive"), Value::Null).await.expect(200);
                alice.post(&path("/unarchive"), Value::Null).await.expect(200);
            }
            "channel.archived" => drop(alice.post(&path("/archive"), Value::Null).await.expect(200)),
            "member.joined" => {
                dave.join(lunch).await;
                dave.send(lunch, "Hello").await;
                alice.invite(den, bob).await;
                alice.send(den, "Welcome").await;
                alice.invite(den, carol).await;
                bob.join(open).await;
            }
            "member.left" => {
                carol.leave(lunch).await;
                dave.join(lunch).await;
                dave.leave(lunch).await;
                dave.join(lunch).await;
                bob.leave(&bob.channel("help").await).await;
                alice.delete(&path(&format!("/members/{}", dave.id()))).await.expect(204);
                let random = bob.channel("random").await;
                bob.leave(&random).await;
                bob.join(&random).await;
            }
            "member.updated" => alice.leave(lunch).await,
            "user.updated" => {
                for (person, name) in [(&*alice, "Alice A."), (&*alice, "Alice B."), (&*bob, "Bob B.")] {
                    person.patch("/v1/me", json!({"display_name": name})).await.expect(200);
                }
                carol.patch("/v1/me", json!({"avatar_color": "#123456"})).await.expect(200);
            }
            "read.updated" => {
                bob.mark_read(lunch, &self.older).await;
                carol.mark_read(lunch, &self.root).await;
                alice.send(lunch, "one more").await;
            }
            "typing.started" => {
                self.type_in(&self.alice, Value::Null, "started").await;
                self.type_in(&self.carol, self.root["id"].clone(), "started").await;
            }
            "typing.stopped" => {
                self.type_in(&self.alice, Value::Null, "stopped").await;
                self.carol.send(&self.lunch, "A message ends it too").await;
            }
            "presence.updated" => {
                let alices = alice.stream(Transport::Sse, None, "").await;
                let carols = carol.stream(Transport::Sse, None, "").await;
                self.streams.push(alices);
                drop(carols);
            }
            _ => return false,
        }
        true
    }

    async fn type_in(&self, person: &Client, parent_id: Value, state: &str) {
        let path = format!("/v1/channels/{}/typing", self.lunch.id());
        person.post(&path, json!({"state": state, "parent_id": parent_id})).await.expect(204);
    }
}
