//! The operations of the OpenAPI document, so that a test can go over all of them and none is forgotten.

use std::sync::LazyLock;

use reqwest::Method;
use serde_json::Value;

/// The document, as the server has it.
pub static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(&hubbub::api::document()).unwrap());

#[derive(Clone)]
pub struct Operation {
    pub id: String,
    pub method: Method,
    pub template: String,
    pub is_signed: bool,
    pub parameters: Vec<Parameter>,
    /// The name of its body's schema.
    pub body: Option<String>,
}

#[derive(Clone)]
pub struct Parameter {
    pub name: String,
    pub place: String,
    pub schema: Value,
}

pub fn all() -> Vec<Operation> {
    let mut all = Vec::new();
    for (template, item) in DOCUMENT["paths"].as_object().unwrap() {
        for (method, described) in item.as_object().unwrap() {
            all.push(read(template, method, described));
        }
    }
    all
}

fn read(template: &str, method: &str, described: &Value) -> Operation {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let parameters = described["parameters"].as_array().into_iter().flatten().map(|parameter| Parameter {
        name: text(&parameter["name"]),
        place: text(&parameter["in"]),
        schema: resolved(&parameter["schema"]).clone(),
    });
    let body = &described["requestBody"]["content"]["application/json"]["schema"]["$ref"];
    Operation {
        id: text(&described["operationId"]),
        method: method.to_uppercase().parse().unwrap(),
        template: template.to_owned(),
        is_signed: described["security"].as_array().is_some_and(|schemes| !schemes.is_empty()),
        parameters: parameters.collect(),
        body: body.as_str().map(|reference| reference.rsplit('/').next().unwrap().to_owned()),
    }
}

/// A schema of the document's components.
pub fn component(name: &str) -> &'static Value {
    &DOCUMENT["components"]["schemas"][name]
}

/// What a schema refers to, also where it may be null.
pub fn resolved(schema: &Value) -> &Value {
    let reference = schema["$ref"].as_str().or(schema["allOf"][0]["$ref"].as_str());
    reference.map_or(schema, |reference| component(reference.rsplit('/').next().unwrap()))
}

/// The types that a union of the document tells apart.
pub fn types_of(union: &str) -> Vec<String> {
    let mapping = component(union)["discriminator"]["mapping"].as_object().unwrap();
    mapping.keys().cloned().collect()
}
