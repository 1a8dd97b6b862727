//! The OpenAPI document, ready to check requests and client frames against: what it says is what is enforced, so it
//! cannot drift from the code, and every wrong field is named, all of them at once.

use crate::error::{Error, FieldError, Result};
use serde_json::{Map, Value};

/// The document, indexed for look-ups.
#[derive(Debug)]
pub struct Document {
    schemas: Value,
    operations: Vec<Operation>,
}

/// One operation of the document.
#[derive(Debug)]
pub struct Operation {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path with its parameters in braces.
    pub template: String,
    /// Its `operationId`.
    pub id: String,
    /// Names of the security schemes, any of which will do; empty for open operations.
    pub security: Vec<String>,
    /// Whether its answer does not end by itself.
    pub is_stream: bool,
    segments: Vec<Segment>,
    parameters: Vec<Parameter>,
    body: Option<Body>,
}

#[derive(Debug)]
enum Segment {
    Fixed(String),
    Parameter(String),
}

#[derive(Debug)]
struct Parameter {
    name: String,
    place: String,
    required: bool,
    schema: Value,
}

#[derive(Debug)]
struct Body {
    required: bool,
    schema: Value,
}

/// What a method and a path lead to.
#[derive(Debug)]
pub enum Found<'d> {
    /// This operation.
    Operation(&'d Operation),
    /// A path with other methods only.
    OtherMethods(Vec<&'d Operation>),
    /// Nothing.
    Nothing,
}

impl Document {
    /// Indexes a document. Of the rest, only the schemas that others refer to are kept.
    pub fn new(mut root: Value) -> Self {
        let mut operations = Vec::new();
        for (template, item) in root["paths"].as_object().into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                operations.push(Operation::new(template, method, operation));
            }
        }
        Self { schemas: root["components"]["schemas"].take(), operations }
    }

    /// Every operation.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The operation behind a method and a path.
    pub fn find(&self, method: &str, path: &str) -> Found<'_> {
        let parts: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
        let here: Vec<&Operation> =
            self.operations.iter().filter(|operation| operation.matches(&parts)).collect();
        // A fixed path wins over one with a parameter in the same place.
        let fixed = here.iter().filter(|o| o.template == path).copied().collect::<Vec<_>>();
        let here = if fixed.is_empty() { here } else { fixed };
        match here.iter().find(|operation| operation.method == method) {
            Some(operation) => Found::Operation(operation),
            None if here.is_empty() => Found::Nothing,
            None => Found::OtherMethods(here),
        }
    }

    /// Checks the parameters in a request's path and query.
    pub fn check_parameters(
        &self, operation: &Operation, path: &str, query: &[(String, String)],
    ) -> Result<()> {
        let mut errors = Vec::new();
        for (segment, text) in operation.segments.iter().zip(path.trim_matches('/').split('/')) {
            if let Segment::Parameter(name) = segment
                && let Some(parameter) = operation.parameter(name, "path")
            {
                self.check_text(&parameter.schema, text, name, &mut errors);
            }
        }
        for (position, (name, text)) in query.iter().enumerate() {
            match operation.parameter(name, "query") {
                None => errors.push(wrong(name, "is not a parameter of this operation")),
                Some(parameter) => {
                    let is_list = self.resolve(&parameter.schema)["type"] == "array";
                    if !is_list && query[..position].iter().any(|(earlier, _)| earlier == name) {
                        errors.push(wrong(name, "is given twice"));
                    }
                    self.check_text(&parameter.schema, text, name, &mut errors);
                }
            }
        }
        let missing = |p: &&Parameter| {
            p.required && p.place == "query" && !query.iter().any(|(name, _)| *name == p.name)
        };
        errors.extend(operation.parameters.iter().filter(missing).map(|p| wrong(&p.name, "is missing")));
        finish(errors)
    }

    /// Checks a body that was parsed; `None` if there was none.
    pub fn check_body(&self, operation: &Operation, body: Option<&Value>) -> Result<()> {
        match (&operation.body, body) {
            (Some(declared), Some(value)) => self.check_value(&declared.schema, value),
            (Some(declared), None) if declared.required => Err(Error::invalid("", "is missing")),
            _ => Ok(()),
        }
    }

    /// Checks a value against a schema of the document's components.
    pub fn check_component(&self, name: &str, value: &Value) -> Result<()> {
        self.check_value(&self.schemas[name], value)
    }

    fn check_value(&self, schema: &Value, value: &Value) -> Result<()> {
        let mut errors = Vec::new();
        self.check(schema, value, "", &mut errors);
        finish(errors)
    }

    /// A parameter comes as text; its schema says what the text has to be.
    fn check_text(&self, schema: &Value, text: &str, field: &str, errors: &mut Vec<FieldError>) {
        let schema = self.resolve(schema);
        match schema["type"].as_str() {
            Some("array") => {
                let items: Vec<&str> = text.split(',').filter(|item| !item.is_empty()).collect();
                if schema["maxItems"].as_u64().is_some_and(|max| items.len() as u64 > max) {
                    errors.push(wrong(field, format!("must have at most {} items", schema["maxItems"])));
                }
                for item in items {
                    self.check_text(&schema["items"], item, field, errors);
                }
            }
            Some("integer") => match text.parse::<i64>() {
                Ok(number) => self.check(schema, &number.into(), field, errors),
                Err(_) => errors.push(wrong(field, "must be a whole number")),
            },
            Some("boolean") => match text.parse::<bool>() {
                Ok(_) => {}
                Err(_) => errors.push(wrong(field, "must be true or false")),
            },
            _ => self.check(schema, &text.into(), field, errors),
        }
    }

    fn check(&self, schema: &Value, value: &Value, field: &str, errors: &mut Vec<FieldError>) {
        let schema = self.resolve(schema);
        if value.is_null() && schema["nullable"] == true {
            return;
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.check(part, value, field, errors);
        }
        if let Some(allowed) = schema["enum"].as_array()
            && !allowed.contains(value)
        {
            let names: Vec<String> = allowed.iter().map(Value::to_string).collect();
            errors.push(wrong(field, format!("must be one of {}", names.join(", "))));
            return;
        }
        match (schema["type"].as_str(), value) {
            (Some("object"), Value::Object(object)) => self.check_object(schema, object, field, errors),
            (Some("object"), _) => errors.push(wrong(field, "must be an object")),
            (Some("array"), Value::Array(items)) => {
                for item in items {
                    self.check(&schema["items"], item, field, errors);
                }
            }
            (Some("array"), _) => errors.push(wrong(field, "must be a list")),
            (Some("string"), Value::String(text)) => check_string(schema, text, field, errors),
            (Some("string"), _) => errors.push(wrong(field, "must be a text")),
            (Some("integer"), value) => check_integer(schema, value, field, errors),
            (Some("boolean"), value) if !value.is_boolean() => {
                errors.push(wrong(field, "must be true or false"))
            }
            _ => {}
        }
    }

    fn check_object(
        &self, schema: &Value, object: &Map<String, Value>, field: &str, errors: &mut Vec<FieldError>,
    ) {
        let path = |name: &str| if field.is_empty() { name.to_owned() } else { format!("{field}.{name}") };
        let properties = schema["properties"].as_object();
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(name) {
                errors.push(wrong(path(name), "is missing"));
            }
        }
        for (name, value) in object {
            match properties.and_then(|properties| properties.get(name)) {
                Some(property) => self.check(property, value, &path(name), errors),
                None if schema["additionalProperties"] == false => {
                    errors.push(wrong(path(name), "is not a field of this object"))
                }
                None => {}
            }
        }
    }

    fn resolve<'d>(&'d self, schema: &'d Value) -> &'d Value {
        match schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/components/schemas/")) {
            Some(name) => &self.schemas[name],
            None => schema,
        }
    }
}

fn check_string(schema: &Value, text: &str, field: &str, errors: &mut Vec<FieldError>) {
    let count = text.chars().count() as u64;
    if schema["format"] == "uuid" && (text.len() != 36 || uuid::Uuid::try_parse(text).is_err()) {
        errors.push(wrong(field, "must be a UUID"));
    }
    if schema["minLength"].as_u64().is_some_and(|min| count < min) {
        errors.push(wrong(field, format!("must be at least {} characters", schema["minLength"])));
    }
    if schema["maxLength"].as_u64().is_some_and(|max| count > max) {
        errors.push(wrong(field, format!("must be at most {} characters", schema["maxLength"])));
    }
}

fn check_integer(schema: &Value, value: &Value, field: &str, errors: &mut Vec<FieldError>) {
    let Some(number) = value.as_i64() else {
        errors.push(wrong(field, "must be a whole number"));
        return;
    };
    let (min, max) = (schema["minimum"].as_f64(), schema["maximum"].as_f64());
    let (below, above) =
        (min.is_some_and(|min| (number as f64) < min), max.is_some_and(|max| number as f64 > max));
    match (below || above, min, max) {
        (true, Some(min), Some(max)) => errors.push(wrong(field, format!("must be from {min} to {max}"))),
        (true, Some(min), None) => errors.push(wrong(field, format!("must be at least {min}"))),
        (true, _, Some(max)) => errors.push(wrong(field, format!("must be at most {max}"))),
        _ => {}
    }
}

impl Operation {
    fn new(template: &str, method: &str, operation: &Value) -> Self {
        let segments = template.trim_matches('/').split('/').map(|segment| {
            match segment.strip_prefix('{').and_then(|s| s.strip_suffix('}')) {
                Some(name) => Segment::Parameter(name.to_owned()),
                None => Segment::Fixed(segment.to_owned()),
            }
        });
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let parameters =
            operation["parameters"].as_array().into_iter().flatten().map(|parameter| Parameter {
                name: text(&parameter["name"]),
                place: text(&parameter["in"]),
                required: parameter["required"] == true,
                schema: parameter["schema"].clone(),
            });
        let body = operation.get("requestBody").map(|body| Body {
            required: body["required"] == true,
            schema: body["content"]["application/json"]["schema"].clone(),
        });
        let security = operation["security"].as_array().into_iter().flatten();
        let responses = &operation["responses"];
        let is_stream =
            responses.get("101").is_some() || responses["200"]["content"].get("text/event-stream").is_some();
        Self {
            method: method.to_uppercase(),
            template: template.to_owned(),
            id: text(&operation["operationId"]),
            security: security.filter_map(|scheme| scheme.as_object()?.keys().next().cloned()).collect(),
            is_stream,
            segments: segments.collect(),
            parameters: parameters.collect(),
            body,
        }
    }

    /// Whether it reads a JSON body.
    pub fn has_body(&self) -> bool {
        self.body.is_some()
    }

    /// Whether it cannot do without one.
    pub fn needs_body(&self) -> bool {
        self.body.as_ref().is_some_and(|body| body.required)
    }

    /// Whether this query parameter takes several values, divided by commas.
    pub fn takes_list(&self, name: &str) -> bool {
        self.parameter(name, "query").is_some_and(|parameter| parameter.schema["type"] == "array")
    }

    fn matches(&self, parts: &[&str]) -> bool {
        let does = |(segment, part): (&Segment, &&str)| match segment {
            Segment::Fixed(fixed) => fixed == part,
            Segment::Parameter(_) => !part.is_empty(),
        };
        self.segments.len() == parts.len() && self.segments.iter().zip(parts).all(does)
    }

    fn parameter(&self, name: &str, place: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name && parameter.place == place)
    }
}

fn wrong(field: impl Into<String>, message: impl Into<String>) -> FieldError {
    FieldError { field: field.into(), message: message.into() }
}

fn finish(errors: Vec<FieldError>) -> Result<()> {
    if errors.is_empty() { Ok(()) } else { Err(Error::all_invalid(errors)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document() -> Document {
        Document::new(json!({
            "paths": {
                "/v1/things/{thing_id}": { "post": {
                    "operationId": "change_thing",
                    "parameters": [
                        {"name": "thing_id", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}},
                        {"name": "limit", "in": "query", "required": false, "schema": {"type": "integer", "minimum": 1, "maximum": 100}}
                    ],
                    "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Change"}}}}
                } },
                "/v1/things/mine": { "get": { "operationId": "get_mine" } }
            },
            "components": {"schemas": {"Change": {
                "type": "object", "additionalProperties": false, "required": ["text"],
                "properties": {"text": {"type": "string"}, "kind": {"type": "string", "enum": ["a", "b"], "nullable": true}}
            }}}
        }))
    }

    fn fields(result: Result<()>) -> Vec<String> {
        result.err().map(|e| e.errors.into_iter().map(|e| e.field).collect()).unwrap_or_default()
    }

    #[test]
    fn a_path_leads_to_its_operation() {
        let document = document();
        assert!(
            matches!(document.find("POST", "/v1/things/x"), Found::Operation(o) if o.id == "change_thing")
        );
        assert!(matches!(document.find("GET", "/v1/things/mine"), Found::Operation(o) if o.id == "get_mine"));
        assert!(
            matches!(document.find("GET", "/v1/things/x"), Found::OtherMethods(o) if o[0].method == "POST")
        );
        assert!(matches!(document.find("GET", "/v1/things/x/y"), Found::Nothing));
    }

    #[test]
    fn every_wrong_field_is_named() {
        let document = document();
        let Found::Operation(operation) = document.find("POST", "/v1/things/x") else {
            panic!("no operation")
        };
        let query = [("limit".to_owned(), "0".to_owned()), ("limits".to_owned(), "1".to_owned())];
        assert_eq!(
            fields(document.check_parameters(operation, "/v1/things/x", &query)),
            ["thing_id", "limit", "limits"]
        );
        let body = json!({"kind": "c", "more": 1});
        let mut wrong = fields(document.check_body(operation, Some(&body)));
        wrong.sort();
        assert_eq!(wrong, ["kind", "more", "text"]);
        assert_eq!(
            fields(document.check_body(operation, Some(&json!({"text": "t", "kind": null})))),
            Vec::<String>::new()
        );
        assert_eq!(fields(document.check_body(operation, Some(&json!([])))), [""]);
    }
}
