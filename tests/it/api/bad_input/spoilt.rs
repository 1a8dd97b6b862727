//! The ways in which a value can be wrong, by its schema.

use serde_json::{Value, json};

use crate::api::operation::resolved;

/// Texts that are taken as they are: a wrong one is refused for what it says, if at all.
const OPAQUE: [&str; 6] =
    ["password", "current_password", "new_password", "refresh_token", "access_token", "LoginBody.username"];

/// Every wrong value of a field of a body or a frame, with a word on what is wrong. `None` stands for a missing field.
pub fn values(
    schema_name: &str, field: &str, schema: &Value, is_required: bool,
) -> Vec<(&'static str, Option<Value>)> {
    let is_nullable = schema["nullable"] == true;
    let schema = resolved(schema);
    let qualified = format!("{schema_name}.{field}");
    let is_opaque = OPAQUE.contains(&field) || OPAQUE.contains(&qualified.as_str());
    let mut wrong = vec![("a list", Some(json!([]))), ("an object", Some(json!({})))];
    if is_required {
        wrong.push(("missing", None));
    }
    if !is_nullable {
        wrong.push(("null", Some(Value::Null)));
    }
    match schema["type"].as_str().unwrap() {
        "string" => {
            wrong.extend([("a number", Some(json!(7))), ("a truth value", Some(json!(true)))]);
            if schema["format"] == "uuid" {
                let uuid = "0190a5b2-8c3e-7000-8000-000000000001";
                let bare = uuid.replace('-', "");
                for text in
                    ["", "x", &bare, &format!("{{{uuid}}}"), &format!("{uuid} "), &format!("urn:uuid:{uuid}")]
                {
                    wrong.push(("not a UUID", Some(json!(text))));
                }
            } else if schema["enum"].is_array() {
                wrong.push(("none of the choices", Some(json!("nonsense"))));
                wrong.push(("in capitals", Some(json!(schema["enum"][0].as_str().unwrap().to_uppercase()))));
            } else if !is_opaque {
                wrong.push(("with U+0000", Some(json!("#\u{0}0000"))));
                wrong.push(("with U+0000", Some(json!("abc\u{0}"))));
                wrong.push(("of 8,001 characters", Some(json!("x".repeat(8_001)))));
            }
            if let Some(least) = schema["minLength"].as_u64() {
                wrong.push(("too short", Some(json!("x".repeat(least as usize - 1)))));
            }
            if let Some(most) = schema["maxLength"].as_u64() {
                wrong.push(("too long", Some(json!("x".repeat(most as usize + 1)))));
            }
        }
        "integer" => {
            wrong.extend([("a text", Some(json!("7"))), ("a fraction", Some(json!(1.5)))]);
            for (bound, step) in [("minimum", -1), ("maximum", 1)] {
                if let Some(limit) = schema[bound].as_f64() {
                    wrong.push(("out of range", Some(json!(limit as i64 + step))));
                }
            }
        }
        other => panic!("{qualified} is of the type {other}: say here what is wrong for it"),
    }
    wrong
}

/// Every wrong text of a parameter, ready for a URL.
pub fn texts(schema: &Value) -> Vec<String> {
    match schema["type"].as_str().unwrap() {
        "integer" => {
            let mut wrong: Vec<String> =
                ["", "x", "1.5", "1e2", "%00", "99999999999999999999"].map(str::to_owned).into();
            for (bound, step) in [("minimum", -1), ("maximum", 1)] {
                if let Some(limit) = schema[bound].as_f64() {
                    wrong.push((limit as i64 + step).to_string());
                }
            }
            wrong
        }
        "array" => {
            let id = "0190a5b2-8c3e-7000-8000-000000000001";
            let too_many = vec![id; schema["maxItems"].as_u64().unwrap() as usize + 1].join(",");
            vec!["x".to_owned(), format!("{id},x"), "%00".to_owned(), too_many]
        }
        "string" if schema["format"] == "uuid" => {
            ["x", "%00", "0190a5b28c3e70008000000000000001", "%F0%9F%A6%80"].map(str::to_owned).into()
        }
        "string" => vec!["%00".to_owned()],
        other => panic!("a parameter of the type {other}: say here what is wrong for it"),
    }
}
