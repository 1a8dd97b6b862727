//! A person at the API: sends requests, and has every answer held against the document.

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::contract;

/// The password of everyone in the cast.
pub const PASSWORD: &str = "correct horse battery 9";

/// Someone who calls the API: signed in, or a stranger without a token.
#[derive(Clone)]
pub struct Client {
    base: String,
    http: reqwest::Client,
    pub token: Option<String>,
    pub refresh_token: Option<String>,
    /// As the registration answered; null for a stranger.
    pub user: Value,
}

/// One answer, with the request it belongs to.
#[derive(Clone, Debug)]
pub struct Answer {
    pub method: String,
    pub path: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

/// What has an `id`: a channel, a message or a user as the API shows it, a client, or the id itself.
pub trait HasId {
    fn id(&self) -> &str;
}

impl HasId for Value {
    fn id(&self) -> &str {
        self.as_str().or(self["id"].as_str()).expect("an id, or an object with one")
    }
}

impl HasId for str {
    fn id(&self) -> &str {
        self
    }
}

impl HasId for Client {
    fn id(&self) -> &str {
        self.user.id()
    }
}

impl Answer {
    /// Null for an empty body.
    pub fn json(&self) -> Value {
        if self.text.is_empty() {
            return Value::Null;
        }
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{} {}: {error} in {}", self.method, self.path, self.text))
    }

    /// The body, where the status is the expected one.
    pub fn expect(self, status: u16) -> Value {
        let Answer { method, path, text, .. } = &self;
        assert_eq!(self.status, status, "{method} {path} answered {text}");
        self.json()
    }

    /// The problem, where status and code are the expected ones.
    pub fn problem(self, status: u16, code: &str) -> Value {
        assert_eq!(self.content_type(), "application/problem+json", "{} {}", self.method, self.path);
        let problem = self.expect(status);
        assert_eq!(problem["code"], code, "{problem}");
        problem
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Without its parameters; empty where there is none.
    pub fn content_type(&self) -> &str {
        self.header("content-type").unwrap_or_default().split(';').next().unwrap().trim()
    }
}

impl Client {
    /// Nobody in particular, at a server.
    pub fn stranger(base: &str) -> Client {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .read_timeout(std::time::Duration::from_secs(40))
            .build()
            .unwrap();
        Client { base: base.to_owned(), http, token: None, refresh_token: None, user: Value::Null }
    }

    /// The same way in, without a token.
    pub fn anonymous(&self) -> Client {
        Client { token: None, refresh_token: None, user: Value::Null, ..self.clone() }
    }

    pub async fn register(&self, username: &str) -> Client {
        let body = json!({"username": username, "password": PASSWORD});
        let answer = self.post("/v1/auth/register", body).await.expect(201);
        self.signed_in(&answer)
    }

    /// Another session of the same user.
    pub async fn login_again(&self) -> Client {
        self.login(self.user["username"].as_str().unwrap()).await
    }

    /// A session of someone in the cast.
    pub async fn login(&self, username: &str) -> Client {
        let body = json!({"username": username, "password": PASSWORD});
        let answer = self.anonymous().post("/v1/auth/login", body).await.expect(200);
        self.signed_in(&answer)
    }

    fn signed_in(&self, answer: &Value) -> Client {
        let token = |name: &str| answer[name].as_str().map(str::to_owned);
        Client {
            token: token("access_token"),
            refresh_token: token("refresh_token"),
            user: answer["user"].clone(),
            ..self.clone()
        }
    }

    /// The same person at another instance.
    pub fn at(&self, base: &str) -> Client {
        Client { base: base.to_owned(), ..self.clone() }
    }

    /// Where the server is: `http://127.0.0.1:…`.
    pub fn base(&self) -> &str {
        &self.base
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, Value::Null).await
    }

    /// A null body is none at all; so it is for `put`, `patch` and `delete`.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, body).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, body).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PATCH, path, body).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, Value::Null).await
    }

    pub async fn call(&self, method: Method, path: &str, body: Value) -> Answer {
        let request = self.request(method, path);
        let request = if body.is_null() { request } else { request.json(&body) };
        self.answer_to(request).await
    }

    /// A request to be made odd before it is sent with [`Client::answer_to`].
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request and checks the answer against the document.
    pub async fn answer_to(&self, request: RequestBuilder) -> Answer {
        self.try_answer_to(request).await.unwrap()
    }

    /// As [`Client::answer_to`], for a server that may be gone.
    pub async fn try_answer_to(&self, request: RequestBuilder) -> Result<Answer, reqwest::Error> {
        let request = request.build()?;
        let method = request.method().to_string();
        let path = match request.url().query() {
            Some(query) => format!("{}?{query}", request.url().path()),
            None => request.url().path().to_owned(),
        };
        let response = self.http.execute(request).await?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let answer = Answer { method, path, status, headers, text: response.text().await? };
        contract::check_answer(&answer);
        Ok(answer)
    }

    /// The channel of this name among one's own.
    pub async fn channel(&self, name: &str) -> Value {
        let channels = self.get("/v1/channels").await.expect(200);
        let items = channels["items"].as_array().unwrap();
        items.iter().find(|channel| channel["name"] == name).expect(name).clone()
    }

    /// `kind` is `public` or `private`.
    pub async fn create_channel(&self, name: &str, kind: &str) -> Value {
        self.post("/v1/channels", json!({"name": name, "kind": kind})).await.expect(201)
    }

    pub async fn join(&self, channel: &(impl HasId + ?Sized)) -> Value {
        self.post(&format!("/v1/channels/{}/join", channel.id()), Value::Null).await.expect(200)
    }

    pub async fn leave(&self, channel: &(impl HasId + ?Sized)) {
        self.post(&format!("/v1/channels/{}/leave", channel.id()), Value::Null).await.expect(204);
    }

    pub async fn invite(&self, channel: &(impl HasId + ?Sized), user: &(impl HasId + ?Sized)) -> Value {
        let path = format!("/v1/channels/{}/members", channel.id());
        self.post(&path, json!({"user_id": user.id()})).await.expect(201)
    }

    /// The one DM with someone, opened now or before.
    pub async fn dm(&self, user: &(impl HasId + ?Sized)) -> Value {
        let answer = self.post("/v1/dms", json!({"user_id": user.id()})).await;
        assert!(matches!(answer.status, 200 | 201), "{answer:?}");
        answer.json()
    }

    pub async fn send(&self, channel: &(impl HasId + ?Sized), text: &str) -> Value {
        let path = format!("/v1/channels/{}/messages", channel.id());
        self.post(&path, json!({"text": text})).await.expect(201)
    }

    pub async fn reply(&self, root: &Value, text: &str) -> Value {
        let path = format!("/v1/channels/{}/messages", root["channel_id"].id());
        self.post(&path, json!({"text": text, "parent_id": root["id"]})).await.expect(201)
    }

    pub async fn edit(&self, message: &(impl HasId + ?Sized), text: &str) -> Value {
        self.patch(&format!("/v1/messages/{}", message.id()), json!({"text": text})).await.expect(200)
    }

    pub async fn delete_message(&self, message: &(impl HasId + ?Sized)) {
        self.delete(&format!("/v1/messages/{}", message.id())).await.expect(204);
    }

    /// The newest page of a channel's timeline, oldest first.
    pub async fn history(&self, channel: &(impl HasId + ?Sized)) -> Vec<Value> {
        let page = self.get(&format!("/v1/channels/{}/messages", channel.id())).await.expect(200);
        page["items"].as_array().unwrap().clone()
    }

    /// All pages of a list of messages (`/v1/channels/…/messages`, `/v1/messages/…/replies`), oldest first.
    pub async fn whole_list(&self, path: &str) -> Vec<Value> {
        let mut all: Vec<Value> = Vec::new();
        let mut page = self.get(&format!("{path}?limit=100")).await.expect(200);
        loop {
            let items = page["items"].as_array().unwrap().clone();
            all.splice(0..0, items);
            if page["has_before"] == false {
                return all;
            }
            page = self.get(&format!("{path}?limit=100&before={}", all[0].id())).await.expect(200);
        }
    }

    pub async fn mark_read(&self, channel: &(impl HasId + ?Sized), message: &(impl HasId + ?Sized)) -> Value {
        let path = format!("/v1/channels/{}/read", channel.id());
        self.put(&path, json!({"message_id": message.id()})).await.expect(200)
    }
}
