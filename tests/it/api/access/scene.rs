//! The people of the matrix, the channels they stand in, and the requests that they make there.

use serde_json::{Value, json};

use crate::api::operation::Operation;
use crate::support::*;

/// Everybody, each with an open stream.
pub struct Cast {
    pub stranger: Client,
    pub former: Client,
    pub member: Client,
    pub owner: Client,
    /// Who is added and removed.
    pub target: Client,
    /// Of the stranger, the former member, the member and the owner.
    pub streams: Vec<Stream>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Public,
    Private,
    Dm,
}

/// A channel of the owner, with a message of the owner in it.
#[derive(Clone)]
pub struct Scene {
    pub channel: Value,
    pub message: Value,
}

impl Cast {
    pub async fn of(app: &App) -> Cast {
        let mut cast = Cast {
            stranger: app.user("stranger").await,
            former: app.user("former").await,
            member: app.user("member").await,
            owner: app.user("owner").await,
            target: app.user("target").await,
            streams: Vec::new(),
        };
        for person in cast.people().map(Client::clone) {
            cast.streams.push(person.stream(Transport::WebSocket, None, "").await);
        }
        cast
    }

    /// In the order of the table.
    pub fn people(&self) -> [&Client; 4] {
        [&self.stranger, &self.former, &self.member, &self.owner]
    }

    /// Those who have a column: a DM has no former members.
    pub fn columns(&self, kind: Kind) -> Vec<usize> {
        if kind == Kind::Dm { vec![0, 2, 3] } else { vec![0, 1, 2, 3] }
    }

    /// A new scene; the DM is always the same, with a new message.
    pub async fn scene(&self, kind: Kind, is_archived: bool, has_target: bool) -> Scene {
        let channel = match kind {
            Kind::Dm => self.owner.dm(&self.member).await,
            Kind::Public | Kind::Private => {
                let name = uuid::Uuid::from_u128(rand::random()).to_string();
                let kind = if kind == Kind::Public { "public" } else { "private" };
                self.owner.create_channel(&name, kind).await
            }
        };
        if kind != Kind::Dm {
            self.owner.invite(&channel, &self.former).await;
            self.former.leave(&channel).await;
            self.owner.invite(&channel, &self.member).await;
            if has_target {
                self.owner.invite(&channel, &self.target).await;
            }
        }
        let message = self.owner.send(&channel, "What was said").await;
        if is_archived {
            let path = format!("/v1/channels/{}/archive", channel.id());
            self.owner.post(&path, Value::Null).await.expect(200);
        }
        Scene { channel, message }
    }

    /// The path of an operation about a scene, asked by one of the people.
    pub fn path(&self, operation: &Operation, scene: &Scene, who: usize) -> String {
        let connection_id = self.streams[who].ready()["connection_id"].as_str().unwrap();
        let path = operation
            .template
            .replace("{channel_id}", scene.channel.id())
            .replace("{message_id}", scene.message.id())
            .replace("{user_id}", self.target.id())
            .replace("{connection_id}", connection_id);
        assert!(!path.contains('{'), "{path} has a parameter that this test does not know");
        path
    }

    /// The body of an operation about a scene; null where it has none.
    pub fn body(&self, operation: &Operation, scene: &Scene) -> Value {
        match operation.body.as_deref() {
            None => Value::Null,
            Some("UpdateChannel") => json!({"description": rand::random::<u64>().to_string()}),
            Some("AddMember") => json!({"user_id": self.target.id()}),
            Some("SendMessage") => json!({"text": "x"}),
            Some("EditMessage") => json!({"text": "mended"}),
            Some("MarkRead") => json!({"message_id": scene.message.id()}),
            Some("SetTyping") => json!({"state": "started"}),
            Some(other) => panic!("{other}: say here what to send of it"),
        }
    }
}

impl Scene {
    /// A scene that does not exist.
    pub fn absent() -> Scene {
        let id = |number| json!({"id": uuid::Uuid::from_u128(number).to_string()});
        Scene { channel: id(1), message: id(2) }
    }
}
