//! Holds every answer that shows counts against the reference.

use serde_json::{Value, json};

use super::Scene;
use super::reference::Message;
use crate::support::*;

/// Compares all lists, and of every `step`th message its receipts and its thread.
pub async fn all(scene: &Scene, step: usize) {
    for who in 0..scene.people.len() {
        compare_channels(scene, who).await;
    }
    for channel in 0..scene.model.channels.len() {
        let Some(member) = scene.model.channels[channel].members.first() else { continue };
        let reader = &scene.people[member.who];
        compare_timeline(scene, channel, reader).await;
        compare_marks(scene, channel, reader).await;
    }
    for place in (0..scene.model.messages.len()).step_by(step) {
        compare_message(scene, place).await;
    }
}

async fn compare_channels(scene: &Scene, who: usize) {
    let list = scene.people[who].get("/v1/channels").await.expect(200);
    assert_eq!(list["state_seq"], scene.model.head);
    for (place, channel) in scene.model.channels.iter().enumerate() {
        let listed = list["items"].as_array().unwrap().iter().find(|item| item["id"] == channel.id.as_str());
        let standing = scene.model.standing(who, place);
        let last = scene.model.timeline(place).next_back();
        let is_listed = standing.is_some() && (channel.kind != "dm" || last.is_some() || who == 0);
        assert_eq!(listed.is_some(), is_listed, "{who} in {}", channel.kind);
        let (Some(listed), Some(mut expected)) = (listed, standing) else { continue };
        expected["member_count"] = json!(channel.members.len());
        expected["last_message_at"] = json!(last.map(|message| &message.created_at));
        assert_has(listed, &expected);
    }
}

async fn compare_timeline(scene: &Scene, channel: usize, reader: &Client) {
    let found = whole(reader, &format!("/v1/channels/{}/messages", scene.model.channels[channel].id)).await;
    let expected: Vec<&Message> = scene.model.timeline(channel).collect();
    assert_messages(scene, &found, &expected);
    for message in &found {
        let root = scene.model.messages.iter().position(|known| message["id"] == known.id.as_str()).unwrap();
        assert_has(message, &scene.model.thread(root));
    }
}

async fn compare_marks(scene: &Scene, channel: usize, reader: &Client) {
    let path = format!("/v1/channels/{}/read-marks", scene.model.channels[channel].id);
    let mut found = reader.get(&path).await.expect(200)["items"].as_array().unwrap().clone();
    for mark in &mut found {
        let read_at = mark.as_object_mut().unwrap().remove("read_at").unwrap();
        assert_eq!(read_at.is_null(), mark["message_id"].is_null(), "{mark}");
    }
    let members = &scene.model.channels[channel].members;
    let mut expected: Vec<Value> = members
        .iter()
        .map(|member| {
            json!({
                "user_id": scene.model.people[member.who],
                "message_id": member.last_read_message_id,
                "last_read_seq": member.last_read_seq,
                "joined_seq": member.joined_seq,
            })
        })
        .collect();
    expected.sort_by_key(|mark| mark["user_id"].as_str().unwrap().to_owned());
    assert_eq!(found, expected);
    // Where somebody has just read up to is where a receipt is most easily wrong.
    for member in members {
        let read =
            scene.model.messages.iter().position(|m| Some(&m.id) == member.last_read_message_id.as_ref());
        if let Some(place) = read {
            compare_message(scene, place).await;
        }
    }
}

async fn compare_message(scene: &Scene, place: usize) {
    let message = &scene.model.messages[place];
    let Some(member) = scene.model.channels[message.channel].members.last() else { return };
    let (reader, path) = (&scene.people[member.who], format!("/v1/messages/{}", message.id));
    let receipts = reader.get(&format!("{path}/receipts")).await.expect(200);
    let found: Vec<&str> =
        receipts["items"].as_array().unwrap().iter().map(|receipt| receipt["user_id"].id()).collect();
    assert_eq!(found, scene.model.receipts(place));
    if message.root.is_none() {
        let found = whole(reader, &format!("{path}/replies")).await;
        let expected: Vec<&Message> = scene.model.replies(place).collect();
        assert_messages(scene, &found, &expected);
    }
}

/// A list of messages, page by page from its newest end.
async fn whole(reader: &Client, path: &str) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    let mut page = reader.get(&format!("{path}?limit=40")).await.expect(200);
    loop {
        let mut items = page["items"].as_array().unwrap().clone();
        items.append(&mut all);
        all = items;
        if page["has_before"] == false {
            return all;
        }
        page = reader.get(&format!("{path}?limit=40&before={}", all[0].id())).await.expect(200);
    }
}

fn assert_messages(scene: &Scene, found: &[Value], expected: &[&Message]) {
    let ids = |message: &Value| message.id().to_owned();
    let found_ids: Vec<String> = found.iter().map(ids).collect();
    let expected_ids: Vec<String> = expected.iter().map(|message| message.id.clone()).collect();
    assert_eq!(found_ids, expected_ids);
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found["deleted_at"].is_null(), !expected.is_deleted, "{found}");
        assert_has(
            found,
            &json!({
                "seq": expected.seq,
                "version": expected.version,
                "sender_id": scene.model.people[expected.sender],
                "text": expected.text,
                "parent_id": expected.root.map(|root| &scene.model.messages[root].id),
            }),
        );
    }
}

/// Whether an answer has these fields with these values.
fn assert_has(found: &Value, expected: &Value) {
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&found[name], value, "{name} of {found}");
    }
}
