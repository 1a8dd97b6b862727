//! The access matrix: every operation of the document, asked by everybody, about every kind of channel.

mod scene;
mod table;

use reqwest::Method;
use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use serde_json::{Value, json};

use super::operation::{self, Operation, types_of};
use crate::support::*;
use scene::{Cast, Kind, Scene};
use table::{FRAMES, ROWS, Row, row};

const KINDS: [Kind; 3] = [Kind::Public, Kind::Private, Kind::Dm];

/// The columns of a row for a kind of channel, in the order of [`Cast::people`].
fn expected(row: &Row, kind: Kind, is_archived: bool) -> [u16; 4] {
    let Row::Channel { open, archived, dm } = row else { panic!("not about a channel") };
    let [stranger, former, member, owner] = if is_archived { *archived } else { *open };
    match kind {
        Kind::Public => [stranger, former, member, owner],
        Kind::Private => [404, 404, member, owner],
        Kind::Dm => [dm[0], 0, dm[1], dm[2]],
    }
}

fn about_channels() -> Vec<Operation> {
    operation::all().into_iter().filter(|o| matches!(row(&o.id), Row::Channel { .. })).collect()
}

#[test]
fn every_operation_has_a_row_and_every_frame_an_operation() {
    for operation in operation::all() {
        let is_open = matches!(row(&operation.id), Row::Open(_));
        assert_eq!(is_open, !operation.is_signed, "what the document says of {}", operation.id);
    }
    assert_eq!(ROWS.len(), operation::all().len(), "a row is of no operation");
    for kind in types_of("ClientFrame") {
        assert!(FRAMES.iter().any(|(name, _)| *name == kind), "{kind} is not in the access table");
    }
}

on_both! {
    async fn everyone_may_do_in_a_channel_what_the_table_says(app: App) {
        let cast = Cast::of(&app).await;
        for operation in about_channels() {
            for (kind, is_archived) in KINDS.map(|kind| (kind, false)).into_iter().chain([(Kind::Public, true), (Kind::Private, true)]) {
                let expected = expected(row(&operation.id), kind, is_archived);
                let scene = cast.scene(kind, is_archived, operation.id == "remove_member").await;
                let body = cast.body(&operation, &scene);
                let anonymous = app.stranger().call(operation.method.clone(), &cast.path(&operation, &scene, 0), body.clone()).await;
                anonymous.problem(401, "unauthenticated");
                for who in cast.columns(kind) {
                    let path = cast.path(&operation, &scene, who);
                    let answer = cast.people()[who].call(operation.method.clone(), &path, body.clone()).await;
                    let what = format!("{} of {kind:?}, archived {is_archived}, by {who}: {}", operation.id, answer.text);
                    assert_eq!(answer.status, expected[who], "{what}");
                }
            }
        }
    }

    async fn a_frame_is_allowed_where_its_operation_is(app: App) {
        let mut cast = Cast::of(&app).await;
        for (frame, operation_id) in FRAMES {
            let Some(operation_id) = operation_id else { continue };
            for kind in KINDS {
                let expected = expected(row(operation_id), kind, false);
                let scene = cast.scene(kind, false, false).await;
                for who in cast.columns(kind) {
                    let answer = answer_to_frame(&mut cast, who, frame, &scene).await;
                    let is_as_expected = match expected[who] {
                        200..300 => answer.is_none(),
                        status => answer.as_ref().is_some_and(|problem| problem["status"] == status),
                    };
                    assert!(is_as_expected, "{frame} in {kind:?} by {who}: {answer:?}, expected {}", expected[who]);
                }
            }
        }
    }

    async fn a_stranger_cannot_tell_a_private_thing_from_an_absent_one(app: App) {
        let mut cast = Cast::of(&app).await;
        let absent = Scene::absent();
        for kind in [Kind::Private, Kind::Dm] {
            let scene = cast.scene(kind, false, true).await;
            let archived = if kind == Kind::Dm { scene.clone() } else { cast.scene(kind, true, true).await };
            for operation in about_channels() {
                for who in [0, 1] {
                    let ask = async |scene: &Scene| {
                        let path = cast.path(&operation, scene, who);
                        let body = cast.body(&operation, scene);
                        cast.people()[who].call(operation.method.clone(), &path, body).await
                    };
                    let nothing = ask(&absent).await;
                    assert_eq!(nothing.status, 404, "{}", operation.id);
                    for there in [ask(&scene).await, ask(&archived).await] {
                        assert_eq!((there.status, &there.text), (404, &nothing.text), "{} of {kind:?}", operation.id);
                    }
                }
            }
            for (frame, _) in FRAMES.iter().filter(|(_, operation_id)| operation_id.is_some()) {
                let nothing = answer_to_frame(&mut cast, 0, frame, &absent).await;
                assert!(nothing.is_some(), "{frame}");
                assert_eq!(answer_to_frame(&mut cast, 0, frame, &scene).await, nothing, "{frame} in {kind:?}");
                assert_eq!(answer_to_frame(&mut cast, 0, frame, &archived).await, nothing, "{frame} in {kind:?}");
            }
        }
    }

    async fn what_is_of_no_channel_is_for_everyone_signed_in(app: App) {
        let cast = Cast::of(&app).await;
        let scene = cast.scene(Kind::Public, false, false).await;
        for operation in operation::all() {
            let (anonymous, signed) = match row(&operation.id) {
                Row::Open(status) => (*status, *status),
                Row::Signed(status) => (401, *status),
                Row::Own(_) | Row::Channel { .. } => continue,
            };
            for (person, status) in [(&app.stranger(), anonymous), (&cast.stranger, signed), (&cast.owner, signed)] {
                // A session of its own, which it may end.
                let person = if person.token.is_some() { person.login_again().await } else { person.clone() };
                let path = cast.path(&operation, &scene, 0);
                let body = body_of_no_channel(&app, &cast, &operation).await;
                let request = person.request(operation.method.clone(), &path);
                let request = if body.is_null() { request } else { request.json(&body) };
                // Not read to its end: a stream has none.
                let found = request.send().await.unwrap().status().as_u16();
                assert_eq!(found, status, "{}", operation.id);
            }
        }
    }

    async fn what_is_ones_own_is_nobody_elses(app: App) {
        let cast = Cast::of(&app).await;
        let scene = cast.scene(Kind::Public, false, false).await;
        for operation in operation::all() {
            let Row::Own(status) = row(&operation.id) else { continue };
            let elsewhere = cast.owner.login_again().await;
            let sessions = elsewhere.get("/v1/auth/sessions").await.expect(200);
            let session = sessions["items"].as_array().unwrap().iter().find(|session| session["is_current"] == true);
            let path = cast.path(&of_session(&operation, session.unwrap()), &scene, 3);
            let absent = path.replace(session.unwrap().id(), Scene::absent().channel.id());
            let connection_id = cast.streams[3].ready()["connection_id"].as_str().unwrap();
            let absent = absent.replace(connection_id, Scene::absent().channel.id());
            app.stranger().call(operation.method.clone(), &path, Value::Null).await.problem(401, "unauthenticated");
            for other in [&cast.stranger, &cast.member] {
                let theirs = other.call(operation.method.clone(), &path, Value::Null).await;
                let nothing = other.call(operation.method.clone(), &absent, Value::Null).await;
                assert_eq!((theirs.status, &theirs.text), (404, &nothing.text), "{}", operation.id);
            }
            let own = cast.owner.call(operation.method.clone(), &path, Value::Null).await;
            assert_eq!(own.status, *status, "{}: {}", operation.id, own.text);
        }
    }

    async fn a_cookie_writes_only_with_an_origin(app: App) {
        let cast = Cast::of(&app).await;
        let scene = cast.scene(Kind::Public, false, true).await;
        let body = json!({"username": "owner", "password": PASSWORD, "session": "cookie"});
        let login = cast.owner.anonymous().post("/v1/auth/login", body).await;
        let jar: Vec<&str> = login.headers.get_all(SET_COOKIE).iter().map(|line| line.to_str().unwrap()).collect();
        let jar = jar.iter().map(|line| line.split(';').next().unwrap()).collect::<Vec<_>>().join("; ");
        for operation in operation::all().iter().filter(|o| o.is_signed && o.method != Method::GET) {
            let path = cast.path(&of_session(operation, &scene.channel), &scene, 3);
            for origin in [None, Some("https://evil.example"), Some("null")] {
                let request = cast.owner.anonymous().request(operation.method.clone(), &path).header(COOKIE, &jar);
                let request = match origin {
                    Some(origin) => request.header(ORIGIN, origin),
                    None => request,
                };
                cast.owner.answer_to(request).await.problem(403, "origin_not_allowed");
            }
        }
        let own = cast.owner.base().to_owned();
        let request = cast.owner.anonymous().request(Method::POST, "/v1/stream-tickets").header(COOKIE, &jar).header(ORIGIN, own);
        cast.owner.answer_to(request).await.expect(201);
    }
}

/// The operation with a session filled in, which no scene has.
fn of_session(operation: &Operation, session: &Value) -> Operation {
    let template = operation.template.replace("{session_id}", session.id());
    Operation { template, ..operation.clone() }
}

/// What to send to an operation that is about no channel; good anew each time.
async fn body_of_no_channel(app: &App, cast: &Cast, operation: &Operation) -> Value {
    let name = format!("n{}", rand::random::<u32>());
    match operation.body.as_deref() {
        None => Value::Null,
        Some("RegisterBody") => json!({"username": name, "password": PASSWORD}),
        Some("LoginBody") => json!({"username": "target", "password": PASSWORD}),
        Some("RefreshBody") => json!({"refresh_token": cast.target.login_again().await.refresh_token}),
        Some("LogoutBody") => json!({}),
        Some("UpdateMeBody") => json!({}),
        Some("ChangePasswordBody") => json!({"current_password": "wrong", "new_password": PASSWORD}),
        Some("CreateChannel") => json!({"name": name, "kind": "private"}),
        Some("OpenDm") => json!({"user_id": app.user(&name).await.id()}),
        Some(other) => panic!("{other}: say here what to send of it"),
    }
}

/// The problem that a frame is answered with; `None` for an `ack`.
async fn answer_to_frame(cast: &mut Cast, who: usize, frame: &str, scene: &Scene) -> Option<Value> {
    let (channel_id, message_id) = (scene.channel.id(), scene.message.id());
    let data = match frame {
        "message.send" => json!({"channel_id": channel_id, "text": "x"}),
        "message.edit" => json!({"message_id": message_id, "text": "mended"}),
        "read.mark" => json!({"channel_id": channel_id, "message_id": message_id}),
        "message.delete" | "thread.open" => json!({"message_id": message_id}),
        _ => json!({"channel_id": channel_id}),
    };
    let id = format!("{frame} {}", rand::random::<u64>());
    cast.streams[who].send_frame(id.as_str(), frame, data).await;
    cast.streams[who].answer(id).await.err()
}
