//! Holds every answer and every event against the OpenAPI document, so that no test can pass on undocumented ones.

use std::sync::LazyLock;

use serde_json::Value;

use super::client::Answer;
use super::schema::Schemas;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(&hubbub::api::document()).unwrap());

/// Panics unless the document has this operation, with this status, content type and body.
///
/// Paths that no operation has must be answered as such, and what is outside `/v1` is documented where it is JSON.
pub fn check_answer(answer: &Answer) {
    let path = answer.path.split('?').next().unwrap();
    let what = format!("{} {} answered {}", answer.method, answer.path, answer.status);
    let Some(operation) = operation(&answer.method, path) else {
        let says_so =
            matches!(answer.status, 404 | 405) && answer.content_type() == "application/problem+json";
        assert!(says_so || !path.starts_with("/v1"), "{what}, and is not documented: {}", answer.text);
        return;
    };
    let declared = &operation["responses"][answer.status.to_string()];
    assert!(declared.is_object(), "{what}, which is not among its documented responses: {}", answer.text);
    let Some(content) = declared["content"].as_object().filter(|content| !content.is_empty()) else {
        assert!(answer.text.is_empty(), "{what} with a body, where none is documented: {}", answer.text);
        return;
    };
    let bare = |content_type: &str| content_type.split(';').next().unwrap().trim().to_owned();
    let (_, media) = content
        .iter()
        .find(|(content_type, _)| bare(content_type) == answer.content_type())
        .unwrap_or_else(|| panic!("{what} as {:?}, which is not documented", answer.content_type()));
    if answer.content_type().ends_with("json") {
        let checked = Schemas::of(&DOCUMENT).check(&media["schema"], &answer.json(), "body");
        checked.unwrap_or_else(|failure| panic!("{what}: {failure}\nin {}", answer.text));
    }
    if let Some(codes) = media["examples"].as_object() {
        let code = answer.json()["code"].as_str().unwrap().to_owned();
        assert!(codes.contains_key(&code), "{what} with the code {code}, which is not documented");
    }
}

/// Panics unless the event is as the schema of its type says.
pub fn check_event(event: &Value) {
    let schema = &DOCUMENT["components"]["schemas"]["StreamEvent"];
    assert!(schema.is_object(), "the document has no schema StreamEvent");
    let checked = Schemas::of(&DOCUMENT).check(schema, event, "event");
    checked.unwrap_or_else(|failure| panic!("an event is not as documented: {failure}\nin {event}"));
}

/// The operation of a request; a literal part of a path counts before a parameter.
fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let wanted: Vec<&str> = path.split('/').collect();
    let is_parameter = |part: &str| part.starts_with('{');
    let fits = |template: &str| {
        let parts: Vec<&str> = template.split('/').collect();
        parts.len() == wanted.len()
            && parts.iter().zip(&wanted).all(|(part, wanted)| part == wanted || is_parameter(part))
    };
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let (_, operations) = paths
        .iter()
        .filter(|(template, _)| fits(template))
        .min_by_key(|(template, _)| template.split('/').filter(|part| is_parameter(part)).count())?;
    operations.get(method.to_lowercase())
}
