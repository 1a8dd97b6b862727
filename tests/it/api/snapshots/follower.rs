//! A client as the contract describes it: it loads once, and from then on follows the events.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Value, json};

use crate::support::*;

/// What a client holds of one channel.
#[derive(Clone, Default)]
pub struct Place {
    /// As in `GET /v1/channels`, without the peer.
    pub view: Value,
    /// Roles by user.
    members: BTreeMap<String, String>,
    /// Read marks by user, without their times, which events do not carry.
    marks: BTreeMap<String, Value>,
    /// The timeline by `seq`.
    timeline: BTreeMap<i64, Value>,
    /// A DM in which nothing was said is not shown to whom it was opened with.
    is_hidden: bool,
    /// Events up to this `seq` are in the unread count already.
    counted_to: i64,
    /// Events up to this `seq` are in the members already.
    members_to: i64,
    /// Messages that were added to the count by their event.
    added: HashSet<i64>,
    /// What events did to the count: the event, the message, and by how much.
    deltas: Vec<(i64, i64, i64)>,
}

#[derive(Clone)]
pub struct Follower {
    pub client: Client,
    people: Vec<String>,
    open_threads: String,
    pub state_seq: i64,
    pub places: BTreeMap<String, Place>,
    /// Replies by root and `seq`.
    threads: BTreeMap<String, BTreeMap<i64, Value>>,
    users: BTreeMap<String, Value>,
    typing: BTreeSet<String>,
    /// The last event about the own membership, by channel.
    own: BTreeMap<String, i64>,
    /// Channels to be loaded anew.
    stale: BTreeSet<String>,
    /// Whether presence is to be loaded anew.
    is_presence_stale: bool,
}

fn key(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("{value} is no number"))
}

async fn load_users(client: &Client, ids: &[String]) -> BTreeMap<String, Value> {
    let users = client.get(&format!("/v1/users?ids={}", ids.join(","))).await.expect(200);
    users["items"].as_array().unwrap().iter().map(|user| (key(&user["id"]), user.clone())).collect()
}

/// Who types, as `ready` and `state` tell it.
fn all_typing(data: &Value) -> BTreeSet<String> {
    data["typing"].as_array().unwrap().iter().map(Value::to_string).collect()
}

fn mark_of_join(seq: i64) -> Value {
    json!({"message_id": null, "last_read_seq": seq, "joined_seq": seq})
}

impl Follower {
    /// Loads everything that this client may see, and all about these people; with these threads open.
    pub async fn load(client: &Client, people: &[String], open_threads: &str) -> Follower {
        let stream = client.stream(Transport::WebSocket, None, &format!("threads={open_threads}")).await;
        let list = client.get("/v1/channels").await.expect(200);
        if stream.ready()["state_seq"] == list["state_seq"] {
            assert_eq!(without_presence(&stream.ready()["channels"]), without_presence(&list["items"]));
        }
        let state_seq = number(&list["state_seq"]);
        let users = load_users(client, people).await;
        let mut follower = Follower {
            client: client.clone(),
            people: people.to_vec(),
            open_threads: open_threads.to_owned(),
            state_seq,
            places: BTreeMap::new(),
            threads: BTreeMap::new(),
            users,
            typing: all_typing(stream.ready()),
            own: BTreeMap::new(),
            stale: BTreeSet::new(),
            is_presence_stale: false,
        };
        for view in list["items"].as_array().unwrap() {
            follower.load_place(view, state_seq).await;
        }
        follower
    }

    async fn load_place(&mut self, view: &Value, state_seq: i64) {
        let path = format!("/v1/channels/{}", view.id());
        let members = self.client.get(&format!("{path}/members?limit=100")).await.expect(200);
        let marks = self.client.get(&format!("{path}/read-marks?limit=100")).await.expect(200);
        let messages = self.client.get(&format!("{path}/messages?limit=100")).await.expect(200);
        let mut place = Place { view: view.clone(), counted_to: state_seq, ..Place::default() };
        place.members_to = number(&members["state_seq"]);
        if let Some(peer) = place.view.as_object_mut().unwrap().remove("peer") {
            assert!(view["user_ids"].as_array().unwrap().contains(&peer["id"]));
        }
        for member in members["items"].as_array().unwrap() {
            place.members.insert(key(&member["user"]["id"]), key(&member["role"]));
        }
        for mark in marks["items"].as_array().unwrap() {
            let mut mark = mark.clone();
            mark.as_object_mut().unwrap().remove("read_at");
            let user_id = mark.as_object_mut().unwrap().remove("user_id").unwrap();
            place.marks.insert(key(&user_id), mark);
        }
        for message in messages["items"].as_array().unwrap() {
            place.timeline.insert(number(&message["seq"]), message.clone());
            let path = format!("/v1/messages/{}/replies?limit=100", message.id());
            let replies = self.client.get(&path).await.expect(200);
            let replies = replies["items"].as_array().unwrap().iter();
            let replies: BTreeMap<i64, Value> =
                replies.map(|reply| (number(&reply["seq"]), reply.clone())).collect();
            self.threads.insert(message.id().to_owned(), replies);
        }
        self.places.insert(view.id().to_owned(), place);
    }

    /// All that two clients in the same state agree on.
    pub fn view(&self) -> Value {
        let places = self.places.iter().filter(|(_, place)| !place.is_hidden).map(|(id, place)| {
            let timeline: Vec<&Value> = place.timeline.values().collect();
            let threads: Vec<(&str, Vec<&Value>)> = timeline
                .iter()
                .map(|root| {
                    (root.id(), self.threads.get(root.id()).into_iter().flat_map(BTreeMap::values).collect())
                })
                .collect();
            let all = json!({
                "view": place.view, "members": place.members, "marks": place.marks,
                "timeline": timeline, "threads": threads,
            });
            (id.clone(), all)
        });
        let places: BTreeMap<String, Value> = places.collect();
        json!({"places": places, "users": self.users, "typing": self.typing})
    }

    /// The same without what ephemeral events tell, for a replay.
    pub fn durable_view(&self) -> Value {
        let mut view = self.view();
        view.as_object_mut().unwrap().remove("typing");
        view["users"] = without_presence(&view["users"]);
        view
    }

    /// The roots of all threads.
    pub fn roots(&self) -> String {
        self.threads.keys().cloned().collect::<Vec<_>>().join(",")
    }

    pub async fn follow(&mut self, events: &[Value]) {
        for event in events {
            self.apply(event);
        }
        if std::mem::take(&mut self.is_presence_stale) {
            for (id, user) in load_users(&self.client, &self.people).await {
                self.users.get_mut(&id).expect("a user that is known")["presence"] = user["presence"].clone();
            }
        }
        if self.stale.is_empty() {
            return;
        }
        let list = self.client.get("/v1/channels").await.expect(200);
        for id in std::mem::take(&mut self.stale) {
            self.places.remove(&id);
            if let Some(view) =
                list["items"].as_array().unwrap().iter().find(|view| view["id"] == id.as_str())
            {
                self.load_place(view, number(&list["state_seq"])).await;
            }
        }
    }

    fn apply(&mut self, event: &Value) {
        let (kind, data) = (event["type"].as_str().unwrap(), &event["data"]);
        let seq = event["seq"].as_i64().unwrap_or_default();
        match kind {
            "message.created" | "message.updated" | "message.deleted" => {
                self.show_message(kind, seq, &data["message"])
            }
            "thread.updated" => self.show_thread(data),
            "channel.created" => self.show_new_channel(seq, data),
            "channel.updated" | "channel.archived" => self.show_channel(&data["channel"]),
            "member.joined" | "member.left" => self.move_member(kind == "member.joined", seq, data),
            "member.updated" => self.show_role(seq, data),
            "user.updated" => self.show_user(&data["user"]),
            "read.updated" => self.move_marks(data),
            "typing.started" => drop(self.typing.insert(data.to_string())),
            "typing.stopped" => drop(self.typing.remove(&data.to_string())),
            "presence.updated" => self.show_presence(data),
            // Something ephemeral passed by while the stream was opened.
            "state" => {
                self.typing = all_typing(data);
                self.is_presence_stale = true;
            }
            "ack" | "pong" => {}
            other => panic!("a client that knows nothing of {other} is not up to date"),
        }
    }

    fn show_message(&mut self, kind: &str, seq: i64, message: &Value) {
        let (channel_id, me) = (key(&message["channel_id"]), self.client.user["id"].clone());
        let Some(place) = self.places.get_mut(&channel_id) else {
            // A DM that was silent until now: it is listed from its first message on.
            self.stale.insert(channel_id);
            return;
        };
        if let Some(root_id) = message["parent_id"].as_str() {
            keep_newer(self.threads.entry(root_id.to_owned()).or_default(), message);
            return;
        }
        keep_newer(&mut place.timeline, message);
        place.is_hidden = false;
        if kind == "message.created" {
            self.threads.entry(message.id().to_owned()).or_default();
            let (held, sent) = (&place.view["last_message_at"], &message["created_at"]);
            if held.is_null() || held.as_str() < sent.as_str() {
                place.view["last_message_at"] = sent.clone();
            }
        }
        if seq > place.counted_to && message["sender_id"] != me {
            place.count(kind, seq, message);
        }
    }

    fn show_thread(&mut self, data: &Value) {
        let Some(place) = self.places.get_mut(&key(&data["channel_id"])) else { return };
        let Some(root) = place.timeline.values_mut().find(|message| message["id"] == data["message_id"])
        else {
            return;
        };
        if number(&data["replies_version"]) >= number(&root["replies_version"]) {
            for name in ["reply_count", "last_reply_at", "reply_user_ids", "replies_version"] {
                root[name] = data[name].clone();
            }
        }
    }

    fn show_new_channel(&mut self, seq: i64, data: &Value) {
        let (channel, me) = (&data["channel"], &self.client.user["id"]);
        if seq <= self.state_seq || self.places.contains_key(channel.id()) {
            self.show_channel(channel);
            return;
        }
        let (is_dm, is_mine) = (channel["kind"] == "dm", channel["created_by"] == *me);
        let role =
            |user_id: &Value| if !is_dm && channel["created_by"] == *user_id { "owner" } else { "member" };
        let users = data["user_ids"].as_array().unwrap();
        let mut view = channel.clone();
        view["member_count"] = json!(users.len());
        view["last_message_at"] = Value::Null;
        view["unread_count"] = json!(0);
        view["last_read_message_id"] = Value::Null;
        view["last_read_seq"] = json!(seq);
        view["role"] = json!(role(me));
        let place = Place {
            view,
            members: users.iter().map(|user_id| (key(user_id), role(user_id).to_owned())).collect(),
            marks: users.iter().map(|user_id| (key(user_id), mark_of_join(seq))).collect(),
            is_hidden: is_dm && !is_mine,
            counted_to: seq,
            members_to: seq,
            ..Place::default()
        };
        self.places.insert(channel.id().to_owned(), place);
    }

    fn show_channel(&mut self, channel: &Value) {
        let Some(place) = self.places.get_mut(channel.id()) else { return };
        if number(&channel["version"]) >= number(&place.view["version"]) {
            for (name, value) in channel.as_object().unwrap() {
                place.view[name] = value.clone();
            }
        }
    }

    fn move_member(&mut self, has_joined: bool, seq: i64, data: &Value) {
        let (channel_id, user_id) = (key(&data["channel_id"]), key(&data["user"]["id"]));
        self.show_user(&data["user"]);
        if user_id == self.client.id() {
            let last = self.own.entry(channel_id.clone()).or_insert(self.state_seq);
            if seq > *last {
                *last = seq;
                self.places.remove(&channel_id);
                if has_joined {
                    self.stale.insert(channel_id);
                }
            }
            return;
        }
        let Some(place) = self.places.get_mut(&channel_id).filter(|place| seq > place.members_to) else {
            return;
        };
        place.members_to = seq;
        if has_joined {
            place.members.insert(user_id.clone(), "member".to_owned());
            place.marks.insert(user_id, mark_of_join(seq));
        } else {
            place.members.remove(&user_id);
            place.marks.remove(&user_id);
        }
        place.view["member_count"] = json!(place.members.len());
    }

    fn show_role(&mut self, seq: i64, data: &Value) {
        let me = &self.client.user["id"];
        let Some(place) =
            self.places.get_mut(&key(&data["channel_id"])).filter(|place| seq > place.members_to)
        else {
            return;
        };
        place.members_to = seq;
        place.members.insert(key(&data["user_id"]), key(&data["role"]));
        if data["user_id"] == *me {
            place.view["role"] = data["role"].clone();
        }
    }

    fn show_user(&mut self, user: &Value) {
        let Some(held) = self.users.get_mut(user.id()) else { return };
        if number(&user["version"]) >= number(&held["version"]) {
            for (name, value) in user.as_object().unwrap() {
                held[name] = value.clone();
            }
        }
    }

    fn show_presence(&mut self, data: &Value) {
        for item in data["items"].as_array().unwrap() {
            if let Some(held) = self.users.get_mut(item["user_id"].id()) {
                held["presence"] = json!({"status": item["status"], "last_seen_at": item["last_seen_at"]});
            }
        }
    }

    fn move_marks(&mut self, data: &Value) {
        let me = self.client.id();
        let Some(place) = self.places.get_mut(&key(&data["channel_id"])) else { return };
        for item in data["items"].as_array().unwrap() {
            let held = place.marks.get_mut(item["user_id"].id()).expect("the mark of a member");
            if number(&item["last_read_seq"]) >= number(&held["last_read_seq"]) {
                for name in ["message_id", "last_read_seq", "joined_seq"] {
                    held[name] = item[name].clone();
                }
            }
            if item["user_id"] == me && number(&item["last_read_seq"]) >= number(&place.view["last_read_seq"])
            {
                place.view["last_read_message_id"] = item["message_id"].clone();
                place.view["last_read_seq"] = item["last_read_seq"].clone();
                place.recount(number(&data["unread_count"]), number(&data["state_seq"]));
            }
        }
    }

    /// Loads anew, as a client that has just come.
    pub async fn reloaded(&self) -> Follower {
        Follower::load(&self.client, &self.people, &self.open_threads).await
    }
}

impl Place {
    /// Counts a message of somebody else by the contract's section "Reading".
    fn count(&mut self, kind: &str, seq: i64, message: &Value) {
        let (of_message, is_deleted) = (number(&message["seq"]), !message["deleted_at"].is_null());
        let is_past_mark = of_message > number(&self.view["last_read_seq"]);
        let was_counted = of_message <= self.counted_to || self.added.contains(&of_message);
        let by = match kind {
            "message.created" if !is_deleted && self.added.insert(of_message) => 1,
            "message.deleted" if was_counted => -1,
            _ => return,
        };
        if self.deltas.iter().any(|(earlier, _, _)| *earlier == seq) {
            return; // The same event again.
        }
        self.deltas.push((seq, of_message, by));
        if is_past_mark {
            self.view["unread_count"] = json!(number(&self.view["unread_count"]) + by);
        }
    }

    /// Takes a count over that is as of `state_seq`, and adds what came after it.
    fn recount(&mut self, unread_count: i64, state_seq: i64) {
        let mark = number(&self.view["last_read_seq"]);
        let later = self.deltas.iter().filter(|(seq, of_message, _)| *seq > state_seq && *of_message > mark);
        self.view["unread_count"] = json!(unread_count + later.map(|(_, _, by)| by).sum::<i64>());
        self.counted_to = self.counted_to.max(state_seq);
    }
}

/// Keeps of either part of a message the newer one.
fn keep_newer(list: &mut BTreeMap<i64, Value>, message: &Value) {
    let held = list.entry(number(&message["seq"])).or_insert_with(|| message.clone());
    const OF_REPLIES: [&str; 4] = ["reply_count", "last_reply_at", "reply_user_ids", "replies_version"];
    let is_newer = |held: &Value, version: &str| number(&message[version]) >= number(&held[version]);
    let (whole, replies) = (is_newer(held, "version"), is_newer(held, "replies_version"));
    for (name, value) in message.as_object().unwrap() {
        if (OF_REPLIES.contains(&name.as_str()) && replies) || (!OF_REPLIES.contains(&name.as_str()) && whole)
        {
            held[name] = value.clone();
        }
    }
}

/// The same, all presence taken out.
fn without_presence(value: &Value) -> Value {
    match value {
        Value::Object(object) => object
            .iter()
            .filter(|(name, _)| *name != "presence")
            .map(|(name, value)| (name.clone(), without_presence(value)))
            .collect(),
        Value::Array(items) => items.iter().map(without_presence).collect(),
        other => other.clone(),
    }
}
