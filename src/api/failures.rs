//! What can go wrong, as the document says it: the failures that operations share, and under each status the codes that
//! may come with it, each with an example.

use super::problem::PROBLEM_JSON;
use crate::error::{Code, Error};
use crate::model::problem::Problem;
use poem_openapi::types::Type;
use serde_json::{Map, Value, json};

/// Codes that only some operations answer with; all others follow from an operation's shape.
const OF_OPERATIONS: &[(&str, &[Code])] = &[
    ("register", &[Code::UsernameTaken]),
    ("login", &[Code::InvalidCredentials]),
    ("create_channel", &[Code::NameTaken, Code::TooManyChannels]),
    ("update_channel", &[Code::NameTaken, Code::ChannelArchived, Code::DmIsFixed]),
    ("archive_channel", &[Code::DmIsFixed]),
    ("unarchive_channel", &[Code::NameTaken, Code::DmIsFixed]),
    ("join_channel", &[Code::ChannelArchived, Code::TooManyChannels, Code::DmIsFixed]),
    ("leave_channel", &[Code::DmIsFixed]),
    ("add_member", &[Code::ChannelArchived, Code::TooManyChannels, Code::DmIsFixed]),
    ("remove_member", &[Code::ChannelArchived, Code::DmIsFixed]),
    ("send_message", &[Code::ChannelArchived, Code::NonceReused]),
    ("edit_message", &[Code::ChannelArchived, Code::MessageDeleted]),
    ("delete_message", &[Code::ChannelArchived]),
    ("set_typing", &[Code::ChannelArchived]),
];

/// Adds to an operation the failures that its shape brings, and to all of its failures their codes.
///
/// A write may be sent a body that it does not take, which is read and left alone, but held to the same limits; and any
/// operation may be sent a parameter that it does not have.
pub fn complete(operation: &mut Value, is_write: bool) {
    let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
    let has_body = operation.get("requestBody").is_some();
    let is_signed = operation["security"].as_array().is_some_and(|schemes| !schemes.is_empty());
    let shared = [
        (is_signed, 401, "Not signed in, or the credential is not good"),
        (is_signed, 403, "A page of another origin"),
        (is_write, 400, "The body is not JSON, or broke off"),
        (is_write, 408, "The body did not arrive in time"),
        (is_write, 413, "The body is larger than 128 KiB"),
        (is_write, 415, "The body is not application/json, or is compressed"),
        (true, 422, "A field or parameter is wrong; `errors` names each"),
        (true, 429, "Too many requests; see `Retry-After`"),
        (true, 500, "A fault of the server"),
        (true, 503, "Something that is needed is away; see `Retry-After`"),
    ];
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    let may_forbid = is_signed && responses.contains_key("403");
    for (_, status, description) in shared.iter().filter(|(applies, ..)| *applies) {
        responses.entry(status.to_string()).or_insert_with(|| failure(description));
    }
    for (status, response) in responses.iter_mut() {
        if let Some(content) = response.get_mut("content").and_then(|content| content.get_mut(PROBLEM_JSON)) {
            let codes = codes(&id, status, has_body, may_forbid);
            content["examples"] =
                codes.into_iter().map(|code| (code.as_str().to_owned(), reference(code))).collect();
        }
        if let Some(headers) = headers(status) {
            response["headers"] = headers;
        }
    }
}

/// One example a code, for the document's components.
pub fn examples() -> Map<String, Value> {
    let example = |code: &Code| {
        let value = serde_json::to_value(Problem::from(&sample(*code))).unwrap_or_default();
        (code.as_str().to_owned(), json!({"summary": code.title(), "value": value}))
    };
    Code::ALL.iter().map(example).collect()
}

/// The codes that an operation may answer with under a status.
fn codes(operation_id: &str, status: &str, has_body: bool, may_forbid: bool) -> Vec<Code> {
    let own = OF_OPERATIONS.iter().find(|(id, _)| *id == operation_id).map_or(&[][..], |(_, codes)| codes);
    let general = |code: &Code| match code {
        Code::BadJson => has_body,
        Code::Unauthenticated => !own.contains(&Code::InvalidCredentials),
        Code::Forbidden => may_forbid,
        code => !OF_OPERATIONS.iter().any(|(_, codes)| codes.contains(code)),
    };
    let has_status = |code: &&Code| code.status().to_string() == status;
    Code::ALL.iter().filter(has_status).filter(|code| own.contains(code) || general(code)).copied().collect()
}

fn failure(description: &str) -> Value {
    let schema = format!("#/components/schemas/{}", Problem::name());
    json!({"description": description, "content": {PROBLEM_JSON: {"schema": {"$ref": schema}}}})
}

fn reference(code: Code) -> Value {
    json!({"$ref": format!("#/components/examples/{}", code.as_str())})
}

fn headers(status: &str) -> Option<Value> {
    let number = |description| json!({"description": description, "schema": {"type": "integer"}});
    let retry_after = number("After how many seconds to try again.");
    match status {
        "401" => {
            Some(json!({"WWW-Authenticate": {"description": "`Bearer`.", "schema": {"type": "string"}}}))
        }
        "429" => Some(json!({
            "Retry-After": retry_after,
            "RateLimit-Limit": number("How many requests the limit allows."),
            "RateLimit-Remaining": number("How many of them are left."),
            "RateLimit-Reset": number("After how many seconds the limit begins anew."),
        })),
        "503" => Some(json!({"Retry-After": retry_after})),
        _ => None,
    }
}

/// A failure of each code, as it may be.
fn sample(code: Code) -> Error {
    let detail = match code {
        Code::BadJson => "The body is not JSON: expected value at line 1 column 1.",
        Code::BadRequest => "The request cannot be read.",
        Code::Unauthenticated => "The access token has expired.",
        Code::InvalidCredentials => "There is no such username with this password.",
        Code::Forbidden => "Only members may do this: join the channel first.",
        Code::OriginNotAllowed => "A page of this origin may not use a session cookie here.",
        Code::NotFound => return Error::not_found(),
        Code::MethodNotAllowed => "This path takes GET, HEAD.",
        Code::RequestTimeout => "The body did not arrive in time.",
        Code::UsernameTaken => "Somebody has this username: choose another.",
        Code::NameTaken => "A public channel has this name.",
        Code::NonceReused => "The nonce was used for another message.",
        Code::ChannelArchived => "The channel is archived: it can be read, marked read and left.",
        Code::MessageDeleted => "The message was deleted.",
        Code::TooManyChannels => "A user is in at most 1,000 channels.",
        Code::CursorExpired => "The log does not reach back to this cursor.",
        Code::TooLarge => "A body is at most 128 KiB.",
        Code::UnsupportedMediaType => "The body must be application/json.",
        Code::Invalid => return Error::invalid("name", "is missing"),
        Code::DmIsFixed => "A DM keeps its two members and has no name.",
        Code::UpgradeRequired => "This route speaks WebSocket only.",
        Code::TooManyRequests => "Too many requests: try again in 2 s.",
        Code::Internal => return Error::internal("an example"),
        Code::Unavailable => "The database is busy or away.",
    };
    Error::new(code, detail)
}
