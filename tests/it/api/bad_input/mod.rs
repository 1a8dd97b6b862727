//! Bad input, made from the document: every field, parameter and body is spoilt in every way, one at a time. Each is
//! answered by a problem that names what is wrong, and changes nothing.

mod scene;
mod spoilt;

use reqwest::Method;
use serde_json::{Value, json};

use super::operation::{self, DOCUMENT, Operation, component, types_of};
use crate::support::*;
use scene::{METHODS, Scene};

/// Whether the problem names this field or parameter.
fn names(problem: &Value, field: &str) -> bool {
    problem["errors"].as_array().is_some_and(|errors| errors.iter().any(|error| error["field"] == field))
}

fn with_body() -> impl Iterator<Item = Operation> {
    operation::all().into_iter().filter(|operation| operation.body.is_some())
}

fn required(schema: &Value, field: &str) -> bool {
    schema["required"].as_array().is_some_and(|names| names.iter().any(|name| name == field))
}

on_both! {
    async fn a_wrong_field_is_named(app: App) {
        let scene = Scene::set(&app).await;
        let before = scene.state().await;
        for operation in with_body() {
            let name = operation.body.clone().unwrap();
            let (schema, good) = (component(&name), scene.body(&operation));
            for (field, of_field) in schema["properties"].as_object().unwrap() {
                for (what, value) in spoilt::values(&name, field, of_field, required(schema, field)) {
                    let mut body = good.clone();
                    match value {
                        Some(value) => body[field] = value,
                        None => drop(body.as_object_mut().unwrap().remove(field)),
                    }
                    let answer = scene.send(&operation, &body).await;
                    assert_eq!(answer.status, 422, "{} with {field} {what}: {}", operation.id, answer.text);
                    let problem = answer.problem(422, "invalid");
                    assert!(names(&problem, field), "{} with {field} {what}: {problem}", operation.id);
                }
            }
            for unknown in ["nonsense", "Text", "", "a\u{0}b"] {
                let mut body = good.clone();
                body[unknown] = json!(1);
                let problem = scene.send(&operation, &body).await.problem(422, "invalid");
                assert!(names(&problem, unknown), "{}: {problem}", operation.id);
            }
        }
        assert_eq!(scene.state().await, before);
    }

    async fn all_wrong_fields_are_named_at_once(app: App) {
        let body = json!({"username": "x", "password": "short", "nonsense": 1});
        let problem = app.stranger().post("/v1/auth/register", body).await.problem(422, "invalid");
        for field in ["username", "password", "nonsense"] {
            assert!(names(&problem, field), "{problem}");
        }
        let body = json!({"username": "A B C", "password": PASSWORD, "display_name": " "});
        let problem = app.stranger().post("/v1/auth/register", body).await.problem(422, "invalid");
        assert!(names(&problem, "username") && names(&problem, "display_name"), "{problem}");
    }

    async fn a_wrong_parameter_is_named(app: App) {
        let scene = Scene::set(&app).await;
        let before = scene.state().await;
        for operation in operation::all().iter().filter(|operation| operation.is_signed) {
            let body = scene.body(operation);
            let ask = async |path: &str| scene.alice.call(operation.method.clone(), path, body.clone()).await;
            for parameter in &operation.parameters {
                let name = parameter.name.as_str();
                for text in spoilt::texts(&parameter.schema) {
                    let path = match parameter.place.as_str() {
                        "path" => scene.path(operation, Some((name, &text))),
                        "query" => format!("{}?{name}={text}", scene.path(operation, None)),
                        _ => continue,
                    };
                    if name == "ticket" {
                        continue; // A credential: with the one in the header it does not count.
                    }
                    let answer = ask(&path).await;
                    assert_eq!(answer.status, 422, "{} {path}: {}", operation.id, answer.text);
                    let problem = answer.problem(422, "invalid");
                    assert!(names(&problem, name), "{} {path}: {problem}", operation.id);
                }
                if parameter.place == "query" && parameter.schema["type"] != "array" {
                    let path = format!("{}?{name}=1&{name}=1", scene.path(operation, None));
                    let problem = ask(&path).await.problem(422, "invalid");
                    assert!(names(&problem, name), "{} {path}: {problem}", operation.id);
                }
            }
            let path = format!("{}?nonsense=1", scene.path(operation, None));
            let problem = ask(&path).await.problem(422, "invalid");
            assert!(names(&problem, "nonsense"), "{} {path}: {problem}", operation.id);
        }
        assert_eq!(scene.state().await, before);
    }

    async fn a_body_is_a_json_object(app: App) {
        let scene = Scene::set(&app).await;
        let before = scene.state().await;
        for operation in with_body() {
            let with = |content_type: &str, body: Vec<u8>| {
                let request = scene.request(&operation).body(body);
                if content_type.is_empty() { request } else { request.header("content-type", content_type) }
            };
            let json = "application/json";
            let good = scene.body(&operation).to_string();
            for text in ["{", "nonsense", "{\"a\": NaN}", "{} {}", "{\"text\": \"\\ud800\"}", "'{}'"] {
                scene.alice.answer_to(with(json, text.into())).await.problem(400, "bad_json");
            }
            scene.alice.answer_to(with(json, b"{\"text\": \"\xff\"}".to_vec())).await.problem(400, "bad_json");
            let deep = format!("{}{}", "[".repeat(60_000), "]".repeat(60_000));
            scene.alice.answer_to(with(json, deep.into())).await.problem(400, "bad_json");
            for text in ["[]", "7", "null", "\"text\"", "true"] {
                let problem = scene.alice.answer_to(with(json, text.into())).await.problem(422, "invalid");
                assert!(names(&problem, ""), "{} {text}: {problem}", operation.id);
            }
            if !matches!(operation.body.as_deref(), Some("RefreshBody" | "LogoutBody")) {
                scene.alice.answer_to(with(json, Vec::new())).await.problem(400, "bad_json");
                scene.alice.answer_to(with("", Vec::new())).await.problem(400, "bad_json");
            }
            for other in ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "multipart/form-data"] {
                let refused = scene.alice.answer_to(with(other, good.clone().into())).await;
                refused.problem(415, "unsupported_media_type");
            }
            for encoding in ["gzip", "identity, br"] {
                let request = with(json, good.clone().into()).header("content-encoding", encoding);
                scene.alice.answer_to(request).await.problem(415, "unsupported_media_type");
            }
        }
        assert_eq!(scene.state().await, before);
    }

    async fn a_body_is_at_most_128_kib(app: App) {
        let scene = Scene::set(&app).await;
        let before = scene.state().await;
        for operation in operation::all().iter().filter(|operation| operation.method != Method::GET) {
            let body = |size: usize| format!("{{\"nonsense\": \"{}\"}}", "x".repeat(size - 16)).into_bytes();
            let request = || scene.request(operation).header("content-type", "application/json");
            let announced = request().body(body(128 * 1024 + 1));
            scene.alice.answer_to(announced).await.problem(413, "too_large");
            let pieces: Vec<Result<Vec<u8>, std::io::Error>> =
                body(128 * 1024 + 1).chunks(50_000).map(|piece| Ok(piece.to_vec())).collect();
            let chunked = request().body(reqwest::Body::wrap_stream(futures_util::stream::iter(pieces)));
            scene.alice.answer_to(chunked).await.problem(413, "too_large");
            if operation.body.is_some() {
                let fits = request().body(body(128 * 1024));
                assert!(names(&scene.alice.answer_to(fits).await.problem(422, "invalid"), "nonsense"));
            } else {
                let packed = request().header("content-encoding", "gzip").body("x");
                scene.alice.answer_to(packed).await.problem(415, "unsupported_media_type");
            }
        }
        assert_eq!(scene.state().await, before);
    }

    async fn a_wrong_method_is_told_the_right_ones(app: App) {
        let scene = Scene::set(&app).await;
        for (template, item) in DOCUMENT["paths"].as_object().unwrap() {
            let mut right: Vec<String> =
                item.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
            // What can be got can be asked about, unless it never ends.
            if right.contains(&"GET".to_owned()) && !["/v1/sse", "/v1/ws"].contains(&template.as_str()) {
                right.push("HEAD".to_owned());
                right.sort();
            }
            let all = operation::all();
            let path = scene.path(all.iter().find(|operation| operation.template == *template).unwrap(), None);
            for method in METHODS.into_iter().chain([Method::OPTIONS, "NONSENSE".parse().unwrap()]) {
                if right.contains(&method.to_string()) {
                    continue;
                }
                for client in [&scene.alice, &app.stranger()] {
                    let answer = client.call(method.clone(), &path, Value::Null).await;
                    let mut allowed: Vec<String> =
                        answer.header("allow").expect("Allow").split(", ").map(str::to_owned).collect();
                    allowed.sort();
                    assert_eq!(allowed, right, "{method} {path}");
                    answer.problem(405, "method_not_allowed");
                }
            }
        }
        let answer = scene.alice.post("/docs", json!({})).await;
        assert_eq!(answer.header("allow"), Some("GET, HEAD"));
        answer.problem(405, "method_not_allowed");
    }

    async fn an_unknown_route_is_a_problem(app: App) {
        let alice = app.user("alice").await;
        for path in ["/v1", "/v1/", "/v1/nonsense", "/v2/me", "/v1/me/", "/v1//me", "/v1/channels/x/y/z", "/nonsense", "/%00", "/v1/channels/browse/x", "/V1/me"] {
            for client in [&alice, &app.stranger()] {
                client.get(path).await.problem(404, "not_found");
                client.post(path, json!({})).await.problem(404, "not_found");
            }
        }
    }

    async fn a_bad_credential_is_a_problem(app: App) {
        let alice = app.user("alice").await;
        let token = alice.token.clone().unwrap();
        let (start, end) = token.rsplit_once('.').unwrap();
        for bad in ["", "x", "Bearer", "Bearer x", &format!("Basic {token}"), &format!("Bearer {start}"), &format!("Bearer {start}.x{end}"), &format!("Bearer {token} x")] {
            let request = alice.anonymous().request(Method::GET, "/v1/me").header("authorization", bad);
            let answer = alice.answer_to(request).await;
            assert!(answer.header("www-authenticate").is_some(), "{bad}");
            answer.problem(401, "unauthenticated");
        }
        alice.anonymous().get(&format!("/v1/me?access_token={token}")).await.problem(401, "unauthenticated");
    }

    async fn a_bad_frame_is_refused_and_the_next_one_is_not(app: App) {
        let mut scene = Scene::set(&app).await;
        let before = scene.state().await;
        for kind in types_of("ClientFrame") {
            let frame = component("ClientFrame")["discriminator"]["mapping"][&kind].as_str().unwrap();
            let frame = component(frame.rsplit('/').next().unwrap());
            let of_data = frame.to_string();
            let name = of_data.split("schemas/").map(|rest| rest.split('"').next().unwrap()).find(|name| name.ends_with("FrameData"));
            let name = name.map(str::to_owned).unwrap_or_else(|| format!("{kind} has no data: {frame}"));
            let (schema, good) = (operation::component(&name), scene.frame(&kind));
            let mut wrong = vec![("nonsense".to_owned(), Some(json!(1)))];
            for (field, of_field) in schema["properties"].as_object().into_iter().flatten() {
                let values = spoilt::values(&name, field, of_field, required(schema, field));
                wrong.extend(values.into_iter().map(|(_, value)| (field.clone(), value)));
            }
            for (field, value) in wrong {
                let mut data = good.clone();
                match value {
                    Some(value) => data[&field] = value,
                    None => drop(data.as_object_mut().unwrap().remove(&field)),
                }
                let problem = refusal(&mut scene.stream, &kind, data.clone()).await;
                assert!(problem["status"] == 422 && names(&problem, &field), "{kind} with {field} in {data}: {problem}");
            }
            for data in [json!([]), json!(7), json!("x"), Value::Null] {
                let problem = refusal(&mut scene.stream, &kind, data).await;
                assert_eq!(problem["status"], 422, "{kind}: {problem}");
            }
        }
        for (kind, field) in [("nonsense", "type"), ("", "type"), ("PING", "type")] {
            assert!(names(&refusal(&mut scene.stream, kind, json!({})).await, field));
        }
        scene.stream.ping().await;
        assert_eq!(scene.state().await, before);
    }
}

/// The problem that a frame is answered with.
async fn refusal(stream: &mut Stream, kind: &str, data: Value) -> Value {
    let id = rand::random::<u32>();
    stream.send_frame(id, kind, data).await;
    stream.refused(id).await
}
