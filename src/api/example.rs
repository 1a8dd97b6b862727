//! Examples for the document, made from its schemas: what a schema says itself, else what fields of this name look like.

use serde_json::{Map, Value, json};

/// What fields of these names look like, where the schema has no example.
const FIELDS: &[(&str, &str)] = &[
    ("text", "\"Lunch at noon?\""),
    ("nonce", "\"c7f1-17\""),
    ("username", "\"ada\""),
    ("display_name", "\"Ada Lovelace\""),
    ("avatar_color", "\"#3a64b8\""),
    ("name", "\"lunch\""),
    ("description", "\"Where to, and when.\""),
    ("user_agent", "\"Mozilla/5.0\""),
    ("reason", "\"draining\""),
    ("next", "null"),
    ("edited_at", "null"),
    ("deleted_at", "null"),
    ("archived_at", "null"),
    ("parent_id", "null"),
    ("last_reply_at", "null"),
    ("reply_user_ids", "[]"),
    ("reply_count", "0"),
    ("replies_version", "0"),
    ("unread_count", "2"),
    ("member_count", "12"),
    ("online_count", "3"),
    ("expires_in", "30"),
    ("interval_ms", "30000"),
    ("timeout_ms", "60000"),
    ("reconnect_after_ms", "1500"),
    ("code", "1001"),
];

/// Of a union with a discriminator, the member that serves as the example.
const PREFERRED: &str = "message.created";

/// An example of what `schema` describes; `field` is the name under which it stands.
pub fn of(document: &Value, schema: &Value, field: &str) -> Value {
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    if let Some(reference) = schema["$ref"].as_str() {
        let resolved = document.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null);
        return of(document, resolved, field);
    }
    if let Some((_, text)) = FIELDS.iter().find(|(name, _)| *name == field)
        && let Ok(value) = serde_json::from_str::<Value>(text)
        && fits(schema, &value)
    {
        return value;
    }
    if let Some(allowed) = schema["enum"].as_array() {
        return allowed.first().cloned().unwrap_or_default();
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let preferred = &schema["discriminator"]["mapping"][PREFERRED];
        let choice = choices.iter().find(|choice| &choice["$ref"] == preferred).or(choices.first());
        return choice.map(|choice| of(document, choice, field)).unwrap_or_default();
    }
    match schema["type"].as_str() {
        Some("array") => json!([of(document, &schema["items"], field.trim_end_matches('s'))]),
        Some("boolean") => json!(true),
        Some("integer" | "number") => schema.get("minimum").map_or(json!(1042), whole),
        Some("string") => text(schema, field),
        _ => object(document, schema, field),
    }
}

/// Parts of an `allOf` together, and the schema's own fields.
fn object(document: &Value, schema: &Value, field: &str) -> Value {
    let mut all = Map::new();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        match of(document, part, field) {
            Value::Object(fields) => all.extend(fields),
            other => return other,
        }
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        all.insert(name.clone(), of(document, property, name));
    }
    Value::Object(all)
}

fn fits(schema: &Value, value: &Value) -> bool {
    match value {
        Value::Null => schema["nullable"] == true,
        Value::String(_) => schema["type"] == "string" && schema.get("enum").is_none(),
        Value::Number(_) => schema["type"] == "integer",
        Value::Array(_) => schema["type"] == "array",
        _ => false,
    }
}

/// A bound of a schema is a number with a fraction, also where the schema is of whole numbers.
fn whole(bound: &Value) -> Value {
    bound.as_f64().map_or(json!(1), |bound| json!(bound as i64))
}

fn text(schema: &Value, field: &str) -> Value {
    match schema["format"].as_str() {
        Some("date-time") => json!("2026-03-01T12:00:00.000Z"),
        Some("uuid") => json!(id(field)),
        _ => json!(field.replace('_', " ")),
    }
}

/// An id for each noun, so that the same thing has the same id throughout an example.
fn id(field: &str) -> &'static str {
    match field {
        "channel_id" => "01977a60-0b5e-7c11-8a53-9d1f2e3c4b5a",
        "user_id" | "sender_id" | "created_by" => "01977a5e-8c1b-7d32-9f4e-2b6a1c0d3e4f",
        "log_id" => "01977a5d-1111-7a2b-9c3d-4e5f6a7b8c9d",
        "connection_id" => "01977a62-77aa-7e0f-b1c2-d3e4f5a6b7c8",
        "session_id" => "01977a5f-5a5a-7b6c-8d7e-9f0a1b2c3d4e",
        _ => "01977a61-3c4d-7e5f-a6b7-c8d9e0f1a2b3",
    }
}
