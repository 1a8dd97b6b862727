//! The document that clients are generated from: it is what the code says, and it leaves nothing out.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value;

use crate::support::*;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(&hubbub::api::document()).unwrap());

/// What speaks another protocol from its first answer on, and so has none that is a success of HTTP.
const SWITCHES: [&str; 1] = ["open_websocket"];

/// Every operation, under its id.
fn operations() -> impl Iterator<Item = (&'static str, &'static Value)> {
    methods().map(|(_, operation)| (operation["operationId"].as_str().unwrap(), operation))
}

/// Every operation, under its method.
fn methods() -> impl Iterator<Item = (&'static String, &'static Value)> {
    DOCUMENT["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap())
}

fn texts<'v>(value: &'v Value, fields: &[&str]) -> Vec<&'v str> {
    fields.iter().map(|field| value[field].as_str().unwrap_or_default().trim()).collect()
}

/// A client's types come from the file, so a change of the API must show in it.
#[test]
fn the_file_is_what_the_code_says() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/openapi.json");
    let written = std::fs::read_to_string(file).unwrap_or_default();

    let is_current = written.trim_end() == hubbub::api::document().trim_end();

    assert!(is_current, "openapi/openapi.json is not what the code says: run `make openapi`");
}

#[test]
fn the_document_introduces_itself() {
    assert_eq!(DOCUMENT["openapi"], "3.0.0");
    assert!(
        texts(&DOCUMENT["info"], &["title", "version", "description"]).iter().all(|text| !text.is_empty())
    );
    assert!(texts(&DOCUMENT["info"]["license"], &["name", "url"]).iter().all(|text| !text.is_empty()));
    assert_eq!(DOCUMENT["servers"], serde_json::json!([{"url": "/"}]));
    for tag in DOCUMENT["tags"].as_array().unwrap() {
        assert!(texts(tag, &["name", "description"]).iter().all(|text| !text.is_empty()), "{tag}");
    }
}

#[test]
fn every_operation_is_described() {
    let tags: Vec<&str> =
        DOCUMENT["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    let mut ids = BTreeSet::new();
    for (id, operation) in operations() {
        assert!(ids.insert(id), "{id} is there twice");
        assert!(id.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{id}");
        let said = texts(operation, &["summary", "description"]);
        assert!(!said[0].ends_with('.'), "{id}: a summary is a title, not a sentence");
        assert!(said.iter().all(|text| !text.is_empty()), "{id} says only {said:?}");
        let tag = operation["tags"][0].as_str().unwrap_or_default();
        assert!(tags.contains(&tag), "{id} has the tag {tag:?}");
        assert!(operation["security"].is_array(), "{id} does not say who may call it");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let is_said = parameter["in"] == "path" || !texts(parameter, &["description"])[0].is_empty();
            assert!(is_said, "{id} does not describe {}", parameter["name"]);
        }
    }
}

#[test]
fn every_body_and_answer_has_an_example_that_fits() {
    let schemas = Schemas::of(&DOCUMENT);
    for (id, operation) in operations() {
        let answers = operation["responses"].as_object().unwrap();
        let body = operation.get("requestBody").map(|body| ("body", body));
        for (what, part) in answers.iter().map(|(status, part)| (status.as_str(), part)).chain(body) {
            for (content_type, media) in part["content"].as_object().into_iter().flatten() {
                let what = format!("{id}: {what} as {content_type}");
                let named = media["examples"].as_object().into_iter().flatten().map(|(_, example)| example);
                let named = named.map(|example| {
                    let pointer = example["$ref"].as_str().unwrap().trim_start_matches('#');
                    &DOCUMENT.pointer(pointer).unwrap_or_else(|| panic!("{what}: no {pointer}"))["value"]
                });
                let examples: Vec<&Value> = media.get("example").into_iter().chain(named).collect();
                assert!(!examples.is_empty(), "{what} has no example");
                for example in examples {
                    let checked = schemas.check(&media["schema"], example, "example");
                    checked.unwrap_or_else(|failure| panic!("{what}: {failure} in {example}"));
                }
            }
        }
    }
}

#[test]
fn every_operation_names_its_failures_with_their_codes() {
    for (method, operation) in methods() {
        let id = operation["operationId"].as_str().unwrap();
        let answers = operation["responses"].as_object().unwrap();
        let is_success = |status: &String| status.starts_with('2');
        assert!(answers.keys().any(is_success) || SWITCHES.contains(&id), "{id} never succeeds");
        let mut needed = vec!["422", "429", "500", "503"];
        if !operation["security"].as_array().unwrap().is_empty() {
            needed.extend(["401", "403"]);
        }
        if method != "get" {
            needed.extend(["400", "408", "413", "415"]);
        }
        for status in needed {
            assert!(answers.contains_key(status), "{id} does not say that it may answer {status}");
        }
        for (status, answer) in answers.iter().filter(|(status, _)| status.as_str() >= "400") {
            let problem = &answer["content"]["application/problem+json"];
            assert_eq!(problem["schema"]["$ref"], "#/components/schemas/Problem", "{id}: {status}");
            for code in problem["examples"].as_object().unwrap().keys() {
                let example = &DOCUMENT["components"]["examples"][code]["value"];
                assert_eq!(example["code"], **code);
                assert_eq!(example["status"].to_string(), **status, "{id}: {code}");
            }
            if matches!(status.as_str(), "429" | "503") {
                assert!(answer["headers"]["Retry-After"].is_object(), "{id}: {status}");
            }
        }
    }
}

/// Client frames are in no operation, but a client's types need them.
#[test]
fn every_schema_is_used_and_described() {
    let mut text = DOCUMENT["paths"].to_string();
    text.push_str("#/components/schemas/ClientFrame\"");
    let schemas = DOCUMENT["components"]["schemas"].as_object().unwrap();
    text.push_str(&DOCUMENT["components"]["schemas"].to_string());
    let mut shapes = BTreeSet::new();
    for (name, schema) in schemas {
        assert!(text.contains(&format!("#/components/schemas/{name}\"")), "nothing uses {name}");
        assert!(!texts(schema, &["description"])[0].is_empty(), "{name} is not described");
        assert!(schema.get("title").is_none(), "{name} has a title");
        let mut shape = schema.clone();
        shape.as_object_mut().unwrap().remove("description");
        let is_new = shapes.insert(shape.to_string());
        assert!(is_new || schema["properties"].is_null(), "{name} is another schema once more");
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            assert!(!texts(property, &["description"])[0].is_empty(), "{name}.{field} is not described");
            let is_typed = ["type", "$ref", "allOf", "oneOf"].iter().any(|key| property.get(key).is_some());
            assert!(is_typed || name == "Ack", "{name}.{field} may be anything");
            assert!(property["nullable"].is_null() || property["type"].is_string(), "{name}.{field}");
        }
    }
}

/// A generated client tells events and frames apart by their `type`: each has one, and no two the same.
#[test]
fn unions_are_told_apart_by_their_type() {
    for union in ["StreamEvent", "LogEvent", "ClientFrame"] {
        let schema = &DOCUMENT["components"]["schemas"][union];
        assert_eq!(schema["discriminator"]["propertyName"], "type");
        let mapping = schema["discriminator"]["mapping"].as_object().unwrap();
        assert_eq!(schema["oneOf"].as_array().unwrap().len(), mapping.len());
        for (tag, reference) in mapping {
            let member = DOCUMENT.pointer(reference.as_str().unwrap().trim_start_matches('#')).unwrap();
            assert_eq!(member["properties"]["type"]["enum"], serde_json::json!([tag]), "{union}");
            assert!(member["required"].as_array().unwrap().contains(&"type".into()), "{union}: {tag}");
        }
    }
}

/// One page with everything in it: it works without a network, and offers the credential that can be typed.
#[tokio::test]
async fn the_reference_is_whole_and_lets_one_sign_in() {
    let app = App::start(Db::Sqlite).await;

    let page = app.stranger().get("/docs").await;

    assert_eq!((page.status, page.content_type()), (200, "text/html"));
    assert!(
        page.text.contains("<title>Hubbub API</title>") && page.text.contains("rel=\"icon\" href=\"data:,\"")
    );
    for outside in ["src=\"http", "href=\"http", "src='http", "@import", "src=\"//"] {
        assert!(!page.text.contains(outside), "the page asks for {outside}");
    }
    assert!(page.text.contains("\"bearer\":[]") && !page.text.contains("\"ticket\":[]"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'self'") && !policy.contains('*'), "{policy}");
}
