//! A good request for each operation, to be spoilt in one place at a time.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::api::operation::Operation;
use crate::support::*;

/// Alice, and something of each kind for her requests to be about.
pub struct Scene {
    pub alice: Client,
    bob: Client,
    channel: Value,
    message: Value,
    session_id: String,
    pub stream: Stream,
}

impl Scene {
    pub async fn set(app: &App) -> Scene {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let channel = alice.create_channel("lunch", "public").await;
        alice.invite(&channel, &bob).await;
        let message = alice.send(&channel, "What was said").await;
        let elsewhere = alice.login_again().await;
        let sessions = elsewhere.get("/v1/auth/sessions").await.expect(200);
        let session =
            sessions["items"].as_array().unwrap().iter().find(|session| session["is_current"] == true);
        let session_id = session.unwrap().id().to_owned();
        let stream = alice.stream(Transport::WebSocket, None, "").await;
        Scene { alice, bob, channel, message, session_id, stream }
    }

    /// The path, with one parameter spoilt if it is named.
    pub fn path(&self, operation: &Operation, spoilt: Option<(&str, &str)>) -> String {
        let connection_id = self.stream.ready()["connection_id"].as_str().unwrap();
        let good = [
            ("channel_id", self.channel.id()),
            ("message_id", self.message.id()),
            ("user_id", self.bob.id()),
            ("session_id", &self.session_id),
            ("connection_id", connection_id),
        ];
        let fill = |path: String, (name, value): (&str, &str)| path.replace(&format!("{{{name}}}"), value);
        let path = spoilt.into_iter().chain(good).fold(operation.template.clone(), fill);
        assert!(!path.contains('{'), "{path} has a parameter that this test does not know");
        path
    }

    /// A good body; null where the operation has none.
    pub fn body(&self, operation: &Operation) -> Value {
        let refresh_token = &self.alice.refresh_token;
        match operation.body.as_deref() {
            None => Value::Null,
            Some("RegisterBody") => json!({"username": "carol", "password": PASSWORD}),
            Some("LoginBody") => json!({"username": "alice", "password": PASSWORD}),
            Some("RefreshBody" | "LogoutBody") => json!({"refresh_token": refresh_token}),
            Some("UpdateMeBody") => json!({"display_name": "Alice A."}),
            Some("ChangePasswordBody") => {
                json!({"current_password": PASSWORD, "new_password": "another good one"})
            }
            Some("CreateChannel") => json!({"name": "supper", "kind": "public"}),
            Some("UpdateChannel") => json!({"description": "Where?"}),
            Some("AddMember" | "OpenDm") => json!({"user_id": self.bob.id()}),
            Some("SendMessage") => json!({"text": "x"}),
            Some("EditMessage") => json!({"text": "mended"}),
            Some("MarkRead") => json!({"message_id": self.message.id()}),
            Some("SetTyping") => json!({"state": "started"}),
            Some(other) => panic!("{other}: say here what to send of it"),
        }
    }

    /// Good data of a client frame, its required fields first.
    pub fn frame(&self, kind: &str) -> Value {
        let (channel_id, message_id) = (self.channel.id(), self.message.id());
        match kind {
            "ping" => json!({}),
            "auth.refresh" => json!({"access_token": self.alice.token}),
            "message.send" => json!({"channel_id": channel_id, "text": "x"}),
            "message.edit" => json!({"message_id": message_id, "text": "mended"}),
            "message.delete" | "thread.open" | "thread.close" => json!({"message_id": message_id}),
            "read.mark" => json!({"channel_id": channel_id, "message_id": message_id}),
            "typing.start" | "typing.stop" | "history.load" => json!({"channel_id": channel_id}),
            other => panic!("{other}: say here what to send of it"),
        }
    }

    pub fn request(&self, operation: &Operation) -> RequestBuilder {
        self.alice.request(operation.method.clone(), &self.path(operation, None))
    }

    pub async fn send(&self, operation: &Operation, body: &Value) -> Answer {
        self.alice.answer_to(self.request(operation).json(body)).await
    }

    /// All that bad input must not change: the log, and what stands beside it.
    pub async fn state(&self) -> Value {
        let marks = format!("/v1/channels/{}/read-marks", self.channel.id());
        json!([
            self.alice.get("/v1/events").await.expect(200)["cursor"],
            self.alice.get(&marks).await.expect(200),
            self.alice.get("/v1/channels").await.expect(200),
            self.alice.get("/v1/auth/sessions").await.expect(200),
            self.alice.get("/v1/me").await.expect(200)["version"],
        ])
    }
}

/// The methods that HTTP knows and that a path could have.
pub const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
