//! What one open page knows to be unread, kept as the contract tells a client to keep it: from `ready` and events alone.

use std::collections::HashMap;

use serde_json::Value;

use crate::support::HasId;

/// One stream's counts.
pub struct Unread {
    user_id: String,
    channels: HashMap<String, Held>,
}

#[derive(Default)]
struct Held {
    /// As of `state_seq`.
    unread_count: u64,
    state_seq: u64,
    last_read_seq: u64,
    /// Messages of others that came after `state_seq`.
    later: Vec<u64>,
    latest_id: Option<String>,
}

impl Unread {
    pub fn of(user_id: &str) -> Unread {
        Unread { user_id: user_id.to_owned(), channels: HashMap::new() }
    }

    /// What the page shows for a channel.
    pub fn shown(&self, channel_id: &str) -> u64 {
        self.channels.get(channel_id).map_or(0, |held| held.unread_count + held.later.len() as u64)
    }

    /// The newest message of a channel that came over the stream.
    pub fn latest(&self, channel_id: &str) -> Option<String> {
        self.channels.get(channel_id)?.latest_id.clone()
    }

    /// Takes in an event: of `ready` and `state` the snapshot, of the rest what moves a count.
    pub fn take(&mut self, kind: &str, data: &Value) {
        match kind {
            "ready" | "state" => self.begin(data),
            "message.created" => self.created(&data["message"]),
            "read.updated" => self.read(data),
            _ => {}
        }
    }

    fn begin(&mut self, snapshot: &Value) {
        let state_seq = snapshot["state_seq"].as_u64().unwrap();
        for channel in snapshot["channels"].as_array().unwrap() {
            let held = self.channels.entry(channel.id().to_owned()).or_default();
            held.unread_count = channel["unread_count"].as_u64().unwrap();
            held.last_read_seq = channel["last_read_seq"].as_u64().unwrap();
            held.stands_at(state_seq);
        }
    }

    fn created(&mut self, message: &Value) {
        let held = self.channels.entry(message["channel_id"].id().to_owned()).or_default();
        let seq = message["seq"].as_u64().unwrap();
        held.latest_id = Some(message.id().to_owned());
        if seq > held.state_seq && message["sender_id"] != *self.user_id {
            held.later.push(seq);
        }
    }

    fn read(&mut self, data: &Value) {
        let own = data["items"].as_array().unwrap().iter().find(|item| item["user_id"] == *self.user_id);
        let (Some(own), Some(unread_count)) = (own, data["unread_count"].as_u64()) else { return };
        let held = self.channels.entry(data["channel_id"].id().to_owned()).or_default();
        let last_read_seq = own["last_read_seq"].as_u64().unwrap();
        let state_seq = data["state_seq"].as_u64().unwrap();
        if (last_read_seq, state_seq) >= (held.last_read_seq, held.state_seq) {
            (held.unread_count, held.last_read_seq) = (unread_count, last_read_seq);
            held.stands_at(state_seq);
        }
    }
}

impl Held {
    fn stands_at(&mut self, state_seq: u64) {
        self.state_seq = state_seq;
        self.later.retain(|seq| *seq > state_seq);
    }
}
