//! Holds a JSON value against a schema of the OpenAPI document, for the part of OpenAPI 3.0 that the document uses.
//!
//! Stricter than the standard in one point: a field that an object's schema does not list is a mismatch, since a
//! generated client would not know it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The schemas of a document.
#[derive(Clone, Copy)]
pub struct Schemas<'a> {
    document: &'a Value,
}

/// An object's schema with all that it takes over from others.
#[derive(Default)]
struct Fields<'a> {
    properties: BTreeMap<&'a str, &'a Value>,
    required: BTreeSet<&'a str>,
    others: Option<&'a Value>,
    is_open: bool,
}

impl<'a> Schemas<'a> {
    pub fn of(document: &'a Value) -> Schemas<'a> {
        Schemas { document }
    }

    /// `Err` names the first place where the value is not as the schema says.
    pub fn check(self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        let schema = self.resolve(schema);
        if value.is_null() && is_nullable(schema) {
            return Ok(());
        }
        if let Some(one_of) = list(schema, "oneOf").or_else(|| list(schema, "anyOf")) {
            return self.check_choice(schema, one_of, value, at);
        }
        if let Some(allowed) = list(schema, "enum")
            && !allowed.contains(value)
        {
            return Err(format!("{at}: {value} is none of {}", schema["enum"]));
        }
        let mut fields = Fields::default();
        self.gather(schema, &mut fields, value, at)?;
        match value {
            Value::Object(_) => self.check_object(&fields, value, at),
            _ => Ok(()),
        }
    }

    fn resolve<'s>(self, schema: &'s Value) -> &'s Value
    where
        'a: 's,
    {
        match schema["$ref"].as_str() {
            Some(name) => self.resolve(self.document.pointer(name.trim_start_matches('#')).expect(name)),
            None => schema,
        }
    }

    /// Checks what holds for the value itself, and collects the fields of every part of an `allOf`.
    fn gather<'s>(
        self, schema: &'s Value, fields: &mut Fields<'s>, value: &Value, at: &str,
    ) -> Result<(), String>
    where
        'a: 's,
    {
        let schema = self.resolve(schema);
        check_kind(schema, value, at)?;
        if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
            for (index, value) in values.iter().enumerate() {
                self.check(items, value, &format!("{at}[{index}]"))?;
            }
        }
        if let Some(properties) = schema["properties"].as_object() {
            fields.properties.extend(properties.iter().map(|(name, schema)| (name.as_str(), schema)));
        }
        fields.required.extend(list(schema, "required").into_iter().flatten().filter_map(Value::as_str));
        fields.others =
            fields.others.or(schema.get("additionalProperties").filter(|others| **others != false));
        let parts = list(schema, "allOf").unwrap_or_default();
        // A schema that says nothing at all allows any object.
        fields.is_open |= parts.is_empty() && schema.get("properties").is_none() && schema["type"].is_null();
        fields.is_open &= fields.properties.is_empty();
        parts.iter().try_for_each(|part| self.gather(part, fields, value, at))
    }

    fn check_object(self, fields: &Fields, value: &Value, at: &str) -> Result<(), String> {
        let object = value.as_object().unwrap();
        if let Some(missing) = fields.required.iter().find(|name| !object.contains_key(**name)) {
            return Err(format!("{at}.{missing} is missing"));
        }
        for (name, value) in object {
            let at = format!("{at}.{name}");
            match fields.properties.get(name.as_str()).copied().or(fields.others) {
                Some(Value::Bool(true)) => {}
                Some(schema) => self.check(schema, value, &at)?,
                None if fields.is_open => {}
                None => return Err(format!("{at} is not documented")),
            }
        }
        Ok(())
    }

    fn check_choice(self, schema: &Value, choices: &[Value], value: &Value, at: &str) -> Result<(), String> {
        if let Some(tag) = schema["discriminator"]["propertyName"].as_str() {
            let said = value[tag].as_str().unwrap_or_default();
            let choice = choices.iter().find(|choice| self.allows_tag(choice, tag, said));
            let choice = choice.ok_or(format!("{at}.{tag}: {said:?} is not documented"))?;
            return self.check(choice, value, at);
        }
        let failures: Vec<String> =
            choices.iter().filter_map(|choice| self.check(choice, value, at).err()).collect();
        if failures.len() < choices.len() { Ok(()) } else { Err(failures.join("; nor: ")) }
    }

    fn allows_tag(self, schema: &Value, tag: &str, said: &str) -> bool {
        let schema = self.resolve(schema);
        let here = list(&schema["properties"][tag], "enum").is_some_and(|tags| tags.contains(&said.into()));
        here || list(schema, "allOf").into_iter().flatten().any(|part| self.allows_tag(part, tag, said))
    }
}

fn list<'v>(schema: &'v Value, key: &str) -> Option<&'v [Value]> {
    schema[key].as_array().map(Vec::as_slice)
}

fn is_nullable(schema: &Value) -> bool {
    let says_so = |schema: &Value| schema["nullable"] == true;
    says_so(schema) || list(schema, "allOf").into_iter().flatten().any(says_so)
}

fn check_kind(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let Some(kind) = schema["type"].as_str() else { return Ok(()) };
    let is_of_kind = match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        other => return Err(format!("{at}: the document has the unknown type {other}")),
    };
    if !is_of_kind {
        return Err(format!("{at}: {value} is not of type {kind}"));
    }
    let size = match value {
        Value::String(text) => Some(("Length", text.chars().count() as f64)),
        Value::Array(values) => Some(("Items", values.len() as f64)),
        _ => None,
    };
    let (minimum, maximum, actual) = match size {
        Some((what, size)) => (format!("min{what}"), format!("max{what}"), Some(size)),
        None => ("minimum".to_owned(), "maximum".to_owned(), value.as_f64()),
    };
    let too_small = schema[&minimum].as_f64().zip(actual).is_some_and(|(bound, actual)| actual < bound);
    let too_large = schema[&maximum].as_f64().zip(actual).is_some_and(|(bound, actual)| actual > bound);
    if too_small || too_large {
        return Err(format!("{at}: {value} is out of bounds"));
    }
    let is_well_formed = match (schema["format"].as_str(), value.as_str()) {
        (Some("uuid"), Some(text)) => text.len() == 36 && text.parse::<uuid::Uuid>().is_ok(),
        (Some("date-time"), Some(text)) => is_contract_time(text),
        _ => true,
    };
    if is_well_formed { Ok(()) } else { Err(format!("{at}: {value} is not a {}", schema["format"])) }
}

/// RFC 3339 in UTC with milliseconds and a `Z`, and nothing else.
fn is_contract_time(text: &str) -> bool {
    text.len() == 24 && text.ends_with('Z') && OffsetDateTime::parse(text, &Rfc3339).is_ok()
}

#[test]
fn a_value_is_held_against_its_schema() {
    let document = serde_json::json!({"components": {"schemas": {
        "Person": {"type": "object", "additionalProperties": false, "required": ["id"], "properties": {
            "id": {"type": "string", "format": "uuid"},
            "seen_at": {"type": "string", "format": "date-time", "nullable": true},
            "age": {"type": "integer", "minimum": 1.0},
        }},
        "Came": {"allOf": [
            {"type": "object", "required": ["type"], "properties": {"type": {"type": "string", "enum": ["came"]}}},
            {"$ref": "#/components/schemas/Person"},
        ]},
        "Event": {"type": "object", "oneOf": [{"$ref": "#/components/schemas/Came"}],
            "discriminator": {"propertyName": "type"}},
    }}});
    let check =
        |value| Schemas::of(&document).check(&document["components"]["schemas"]["Event"], &value, "event");
    let id = "0190a5b2-8c3e-7000-8000-000000000001";
    let failure = |value| check(value).unwrap_err();

    assert_eq!(check(serde_json::json!({"type": "came", "id": id, "seen_at": null, "age": 3})), Ok(()));
    assert_eq!(failure(serde_json::json!({"type": "left"})), "event.type: \"left\" is not documented");
    assert_eq!(failure(serde_json::json!({"type": "came"})), "event.id is missing");
    assert_eq!(failure(serde_json::json!({"type": "came", "id": id, "x": 1})), "event.x is not documented");
    assert_eq!(
        failure(serde_json::json!({"type": "came", "id": id, "age": 0})),
        "event.age: 0 is out of bounds"
    );
    assert_eq!(
        failure(serde_json::json!({"type": "came", "id": id, "age": null})),
        "event.age: null is not of type integer"
    );
    assert_eq!(failure(serde_json::json!({"type": "came", "id": "7"})), "event.id: \"7\" is not a \"uuid\"");
    let seconds = serde_json::json!({"type": "came", "id": id, "seen_at": "2026-01-02T03:04:05Z"});
    assert_eq!(failure(seconds), "event.seen_at: \"2026-01-02T03:04:05Z\" is not a \"date-time\"");
}
