//! Accounts, logins and profiles.

use reqwest::Method;
use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use serde_json::{Value, json};

use crate::support::*;

on_both! {
    async fn who_registers_joins_the_channels_that_exist_from_the_start(app: App) {
        let alice = app.user("alice").await;

        let channels = alice.get("/v1/channels").await.expect(200);

        let names: Vec<&Value> = channels["items"].as_array().unwrap().iter().map(|c| &c["name"]).collect();
        assert_eq!(names, ["general", "help", "random"]);
        for channel in channels["items"].as_array().unwrap() {
            assert_eq!((&channel["created_by"], &channel["role"]), (&Value::Null, &json!("member")));
            assert_eq!((&channel["unread_count"], &channel["version"]), (&json!(0), &json!(0)));
        }
        let log = alice.get("/v1/events?cursor=0").await.expect(200);
        let kinds: Vec<&Value> = log["items"].as_array().unwrap().iter().map(|event| &event["type"]).collect();
        assert_eq!(kinds, ["member.joined"; 3]);
    }

    async fn a_username_is_taken_once_also_in_a_race(app: App) {
        let register = || async {
            let body = json!({"username": "alice", "password": PASSWORD});
            app.stranger().post("/v1/auth/register", body).await
        };

        let answers = futures_util::future::join_all((0..4).map(|_| register())).await;

        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409]);
        register().await.problem(409, "username_taken");
    }

    async fn a_wrong_name_and_a_wrong_password_are_one_answer(app: App) {
        let alice = app.user("alice").await;
        let login = async |username: &str, password: &str| {
            let body = json!({"username": username, "password": password});
            app.stranger().post("/v1/auth/login", body).await.problem(401, "invalid_credentials")
        };

        let wrong_password = login("alice", "not this one").await;

        assert_eq!(login("nobody", PASSWORD).await, wrong_password);
        assert_eq!(login("Not A Name\0", PASSWORD).await, wrong_password);
        assert_eq!(alice.login_again().await.user, alice.user);
    }

    async fn a_password_is_taken_as_it_is(app: App) {
        let password = "  päss wörd \0 🦀 ";
        let body = json!({"username": "alice", "password": password});
        app.stranger().post("/v1/auth/register", body).await.expect(201);

        for (tried, status) in [(password, 200), (password.trim(), 401)] {
            let body = json!({"username": "alice", "password": tried});
            app.stranger().post("/v1/auth/login", body).await.expect(status);
        }
    }

    async fn a_refresh_token_rotates_and_a_lost_answer_does_not_matter(app: App) {
        let alice = app.user("alice").await;
        let first = alice.refresh_token.clone().unwrap();
        let second = refresh(&alice, &first).await.expect(200);
        let third = refresh(&alice, second["refresh_token"].as_str().unwrap()).await.expect(200);

        let again = refresh(&alice, &first).await.expect(200);

        assert_eq!(again["refresh_token"], third["refresh_token"], "the newest of its chain");
        assert_ne!(first, third["refresh_token"].as_str().unwrap());
        assert_eq!(alice.get("/v1/me").await.status, 200);
    }

    async fn racing_refreshes_end_in_one_chain(app: App) {
        let alice = app.user("alice").await;
        let token = alice.refresh_token.clone().unwrap();

        let answers = futures_util::future::join_all((0..4).map(|_| refresh(&alice, &token))).await;

        let tokens: Vec<Value> = answers.into_iter().map(|a| a.expect(200)["refresh_token"].clone()).collect();
        assert_eq!(tokens, vec![tokens[0].clone(); 4]);
    }

    async fn a_bad_refresh_token_is_refused(app: App) {
        let alice = app.user("alice").await;
        let token = alice.refresh_token.clone().unwrap();
        let access = alice.token.clone().unwrap();
        for bad in ["", "x", &token[1..], &format!("{token}x"), &access, "\0"] {
            refresh(&alice, bad).await.problem(401, "unauthenticated");
        }
        alice.post("/v1/auth/refresh", Value::Null).await.problem(401, "unauthenticated");
        alice.post("/v1/auth/logout", json!({})).await.expect(204);
        refresh(&alice, &token).await.problem(401, "unauthenticated");
    }

    async fn sessions_are_listed_and_revoked(app: App) {
        let (alice, mallory) = (app.user("alice").await, app.user("mallory").await);
        let elsewhere = alice.login_again().await;
        let sessions = alice.get("/v1/auth/sessions").await.expect(200);
        let items = sessions["items"].as_array().unwrap();
        assert_eq!(items.len(), 2);
        let is_current = |session: &&Value| session["is_current"] == true;
        assert_eq!(items.iter().filter(is_current).count(), 1);
        let other = items.iter().find(|session| !is_current(session)).unwrap();
        let path = format!("/v1/auth/sessions/{}", other.id());
        mallory.delete(&path).await.problem(404, "not_found");
        elsewhere.get("/v1/me").await.expect(200);

        alice.delete(&path).await.expect(204);

        elsewhere.get("/v1/me").await.problem(401, "unauthenticated");
        refresh(&elsewhere, elsewhere.refresh_token.as_deref().unwrap()).await.problem(401, "unauthenticated");
        alice.delete(&path).await.expect(204);
        let left = alice.get("/v1/auth/sessions").await.expect(200);
        assert_eq!(left["items"].as_array().unwrap().len(), 1);
    }

    async fn logout_ends_the_session_of_its_refresh_token_too(app: App) {
        let (alice, mallory) = (app.user("alice").await, app.user("mallory").await);
        let elsewhere = alice.login_again().await;
        let theirs = json!({"refresh_token": alice.refresh_token});
        mallory.post("/v1/auth/logout", theirs).await.expect(204);
        alice.get("/v1/me").await.expect(200);

        alice.post("/v1/auth/logout", json!({"refresh_token": elsewhere.refresh_token})).await.expect(204);

        elsewhere.get("/v1/me").await.problem(401, "unauthenticated");
        alice.get("/v1/me").await.problem(401, "unauthenticated");
    }

    async fn a_session_in_cookies_keeps_its_tokens_from_scripts(app: App) {
        let stranger = app.stranger();
        let own = stranger.base().to_owned();
        let body = json!({"username": "alice", "password": PASSWORD, "session": "cookie"});
        let registered =
            stranger.answer_to(stranger.request(Method::POST, "/v1/auth/register").header(ORIGIN, &own).json(&body)).await;
        let jar = cookies(&registered);
        let answer = registered.expect(201);
        assert_eq!((&answer["access_token"], &answer["refresh_token"]), (&Value::Null, &Value::Null));
        let with_cookie = |method, path: &str, jar: &str| stranger.request(method, path).header(COOKIE, jar);

        let me = stranger.answer_to(with_cookie(Method::GET, "/v1/me", &jar)).await.expect(200);
        assert_eq!(me["username"], "alice");
        for origin in [None, Some("https://evil.example"), Some("null")] {
            let mut request = with_cookie(Method::POST, "/v1/auth/refresh", &jar);
            if let Some(origin) = origin {
                request = request.header(ORIGIN, origin);
            }
            stranger.answer_to(request).await.problem(403, "origin_not_allowed");
        }
        let refreshed = stranger
            .answer_to(with_cookie(Method::POST, "/v1/auth/refresh", &jar).header(ORIGIN, &own))
            .await;
        let jar = cookies(&refreshed);
        refreshed.expect(200);
        let logout = with_cookie(Method::POST, "/v1/auth/logout", &jar).header(ORIGIN, &own);
        let answer = stranger.answer_to(logout).await;
        let cleared: Vec<&str> = answer.headers.get_all(SET_COOKIE).iter().map(|c| c.to_str().unwrap()).collect();
        assert!(!cleared.is_empty() && cleared.iter().all(|cookie| cookie.contains("Max-Age=0")));
        answer.expect(204);
        stranger.answer_to(with_cookie(Method::GET, "/v1/me", &jar)).await.problem(401, "unauthenticated");
    }

    async fn a_profile_is_updated_for_those_who_share_a_channel(app: App, transport: Transport) {
        let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
        for name in ["general", "help", "random"] {
            carol.leave(&carol.channel(name).await).await;
        }
        let mut bobs = bob.stream(transport, None, "").await;
        let mut carols = carol.stream(transport, None, "").await;
        let change = json!({"display_name": "  Alice A. ", "avatar_color": "#A0B1C2"});

        let me = alice.patch("/v1/me", change.clone()).await.expect(200);

        assert_eq!((&me["display_name"], &me["avatar_color"]), (&json!("Alice A."), &json!("#a0b1c2")));
        let event = bobs.expect("user.updated").await;
        assert_eq!(event.data()["user"]["version"], me["version"]);
        assert_eq!(event.seq(), me["version"].as_u64());
        assert_eq!(event.data()["user"]["display_name"], "Alice A.");
        assert_eq!(event.data()["user"]["presence"], Value::Null, "events carry no presence");
        assert_eq!(alice.patch("/v1/me", change).await.expect(200)["version"], me["version"]);
        assert_eq!(alice.patch("/v1/me", json!({})).await.expect(200)["version"], me["version"]);
        bobs.stays_quiet(std::time::Duration::from_millis(200)).await;
        carols.stays_quiet(std::time::Duration::from_millis(1)).await;
    }

    async fn a_new_password_counts_and_the_old_one_does_not(app: App) {
        let alice = app.user("alice").await;
        let change = async |current: &str| {
            let body = json!({"current_password": current, "new_password": "another good one"});
            alice.post("/v1/me/password", body).await
        };
        let problem = change("not this one").await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["field"], "current_password");

        change(PASSWORD).await.expect(204);

        for (password, status) in [(PASSWORD, 401), ("another good one", 200)] {
            let body = json!({"username": "alice", "password": password});
            app.stranger().post("/v1/auth/login", body).await.expect(status);
        }
        alice.get("/v1/me").await.expect(200);
    }

    async fn users_are_found_by_the_beginning_of_a_name(app: App) {
        let alice = app.user("alice").await;
        for (username, display_name) in [("bob", "Robert Émile"), ("carol_1", "50% Carol"), ("carolx1", "Zoë")] {
            let body = json!({"username": username, "password": PASSWORD, "display_name": display_name});
            app.stranger().post("/v1/auth/register", body).await.expect(201);
        }
        let found = async |query: &str| {
            let page = alice.get(&format!("/v1/users?query={query}")).await.expect(200);
            names(&page, "username")
        };

        assert_eq!(found("bo").await, ["bob"]);
        assert_eq!(found("ROBERT").await, ["bob"]);
        assert_eq!(found("%C3%89MI").await, ["bob"], "a later word, whatever its case");
        assert_eq!(found("obert").await, [""; 0]);
        assert_eq!(found("carol_").await, ["carol_1"], "no wildcard");
        assert_eq!(found("50%25").await, ["carol_1"]);
        assert_eq!(found("%25").await, [""; 0], "no wildcard");
        assert_eq!(found("").await, ["carol_1", "alice", "bob", "carolx1"], "in the order of display names");
    }

    async fn users_come_in_pages(app: App) {
        let alice = app.user("alice").await;
        for name in ["bob", "carol", "dave", "erin"] {
            // All of one name: the id breaks the tie.
            let body = json!({"username": name, "password": PASSWORD, "display_name": "Same"});
            app.stranger().post("/v1/auth/register", body).await.expect(201);
        }
        let (mut all, mut path) = (Vec::new(), "/v1/users?limit=2".to_owned());

        let sizes: Vec<usize> = {
            let mut sizes = Vec::new();
            loop {
                let page = alice.get(&path).await.expect(200);
                sizes.push(page["items"].as_array().unwrap().len());
                all.extend(names(&page, "username"));
                let Some(next) = page["next"].as_str() else { break sizes };
                path = format!("/v1/users?limit=2&after={next}");
            }
        };

        assert_eq!(sizes, [2, 2, 1]);
        assert_eq!(all, ["alice", "bob", "carol", "dave", "erin"]);
        for nonsense in ["x", "%00", "eA", "not+base64!"] {
            let problem = alice.get(&format!("/v1/users?after={nonsense}")).await.problem(422, "invalid");
            assert_eq!(problem["errors"][0]["field"], "after");
        }
    }

    async fn users_are_listed_by_their_ids(app: App) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let absent = "0190a5b2-8c3e-7000-8000-000000000001";
        let ids = [bob.id(), absent, alice.id(), bob.id()].join(",");

        let found = alice.get(&format!("/v1/users?ids={ids}")).await.expect(200);

        assert_eq!(names(&found, "username"), ["bob", "alice"], "in the order asked for, each once");
        assert_eq!(found["next"], Value::Null);
        let each = alice.get(&format!("/v1/users?ids={}&ids={}", alice.id(), bob.id())).await.expect(200);
        assert_eq!(names(&each, "username"), ["alice", "bob"]);
        let hundred = vec![absent; 100].join(",");
        assert_eq!(names(&alice.get(&format!("/v1/users?ids={hundred}")).await.expect(200), "id"), [""; 0]);
        let problem = alice.get(&format!("/v1/users?ids={hundred},{absent}")).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["field"], "ids");
        assert_eq!(alice.get(&format!("/v1/users/{}", bob.id())).await.expect(200), found["items"][0]);
        alice.get(&format!("/v1/users/{absent}")).await.problem(404, "not_found");
    }

    async fn people_are_told_apart_by_their_colours(app: App) {
        let mut colors = std::collections::HashSet::new();
        for name in ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"] {
            let user = app.user(name).await.user;
            let color = user["avatar_color"].as_str().unwrap().to_owned();
            assert!(white_contrast(&color) >= 4.5, "white letters can be read on {color}");
            colors.insert(color);
        }

        assert_eq!(colors.len(), 8, "{colors:?}");
    }
}

/// WCAG 2: the contrast of white with a colour.
fn white_contrast(color: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&color[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    1.05 / (0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5) + 0.05)
}

async fn refresh(client: &Client, token: &str) -> Answer {
    client.anonymous().post("/v1/auth/refresh", json!({"refresh_token": token})).await
}

fn names(page: &Value, field: &str) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| item[field].as_str().unwrap().to_owned()).collect()
}

/// The cookies that an answer sets, as the next request sends them.
fn cookies(answer: &Answer) -> String {
    let set: Vec<&str> =
        answer.headers.get_all(SET_COOKIE).iter().map(|line| line.to_str().unwrap()).collect();
    for line in &set {
        assert!(line.contains("; HttpOnly") && line.contains("; SameSite=Strict"), "{line}");
    }
    assert_eq!(set.len(), 2, "{set:?}");
    let pairs: Vec<&str> = set.iter().map(|line| line.split(';').next().unwrap()).collect();
    pairs.join("; ")
}

#[tokio::test]
async fn an_old_refresh_token_after_its_grace_ends_the_session() {
    let app = App::start(Db::Sqlite).await;
    let alice = app.user("alice").await;
    let first = alice.refresh_token.clone().unwrap();
    let second = refresh(&alice, &first).await.expect(200);
    let second = second["refresh_token"].as_str().unwrap();
    app.sql("update refresh_tokens set rotated_at = rotated_at - 10001 where rotated_at is not null").await;

    refresh(&alice, &first).await.problem(401, "unauthenticated");

    refresh(&alice, second).await.problem(401, "unauthenticated");
    alice.get("/v1/me").await.problem(401, "unauthenticated");
}
