//! What the database does for the requests that are made most: each statement that the program runs for them finds its
//! rows by an index, on either database. The statements are those that the program itself says it ran.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, Row, SqliteConnection};

use crate::support::*;

/// What grows as a server is used.
const TABLES: [&str; 8] =
    ["messages", "events", "members", "channels", "users", "sessions", "refresh_tokens", "tickets"];

on_both! {
    async fn pages_lists_and_resumes_find_their_rows_by_an_index(db: Db) {
        let mut server =
            Process::start(db, &[("RUST_LOG", "sqlx::query=debug"), ("LOG_FORMAT", "json")]).await;
        let (alice, bob) = (server.user("alice").await, server.user("bob").await);
        let general = alice.channel("general").await;
        let cursor = server_head(&alice).await;
        let first = alice.send(&general, "first").await;
        alice.reply(&first, "a reply").await;
        bob.edit(&bob.send(&general, "second").await, "changed").await;
        bob.mark_read(&general, &first).await;
        // So that nothing is served from memory.
        server.terminate().await;
        server.restart().await;
        let before = server.log().len();

        let path = format!("/v1/channels/{}/messages", general.id());
        for query in ["", "?before=", "?after=", "?around="] {
            let id = if query.is_empty() { "" } else { first.id() };
            alice.get(&format!("{path}{query}{id}")).await.expect(200);
        }
        alice.get(&format!("{path}?around=first_unread")).await.expect(200);
        alice.get(&format!("/v1/messages/{}/replies", first.id())).await.expect(200);
        alice.get("/v1/channels").await.expect(200);
        alice.get(&format!("/v1/events?cursor={cursor}")).await.expect(200);
        let mut stream = alice.stream(Transport::WebSocket, Some(cursor), "").await;
        stream.skip_to("message.updated").await;
        alice.send(&general, "third").await;

        let statements: BTreeSet<String> = statements(&server.log()[before..]).collect();
        assert!(statements.len() >= 15, "{statements:#?}");
        let mut scans = Vec::new();
        for statement in statements {
            scans.extend(full_scans(&server.database, &statement).await);
        }
        assert!(scans.is_empty(), "{scans:#?}");
    }

    /// What resumes is read from memory: ten streams that come back cost what their `ready` costs.
    async fn a_stream_that_comes_back_takes_two_statements(db: Db) {
        let server = Process::start(db, &[("RUST_LOG", "sqlx::query=debug"), ("LOG_FORMAT", "json")]).await;
        let alice = server.user("alice").await;
        let general = alice.channel("general").await;
        let mut streams = vec![alice.stream(Transport::Sse, None, "").await];
        let cursor = server_head(&alice).await;
        let missed = alice.send(&general, "missed").await;
        streams[0].skip_to("message.created").await;
        let before = server.log().len();

        for number in 0..10 {
            let transport = [Transport::WebSocket, Transport::Sse][number % 2];
            let mut stream = alice.stream(transport, Some(cursor), "").await;
            assert_eq!(stream.skip_to("message.created").await.data()["message"], missed);
            streams.push(stream);
        }

        let statements: Vec<String> = statements(&server.log()[before..]).collect();
        let kinds: BTreeSet<&String> = statements.iter().collect();
        let often = kinds.into_iter().filter(|kind| statements.iter().filter(|text| text == kind).count() >= 10);
        assert_eq!(often.count(), 2, "{statements:#?}");
        // Some few are the server's own, whatever comes: it looks at the log's head now and then.
        assert!(statements.len() < 2 * 10 + 5, "{statements:#?}");
    }
}

async fn server_head(client: &Client) -> u64 {
    client.get("/v1/events").await.expect(200)["cursor"].as_u64().unwrap()
}

/// The reads and writes of rows that the log tells of.
fn statements(log: &str) -> impl Iterator<Item = String> {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let texts = lines.filter_map(|line| {
        let long = line["db.statement"].as_str()?.trim();
        let text = if long.is_empty() { line["summary"].as_str()? } else { long };
        Some(text.to_owned())
    });
    texts.filter(|text| ["select", "insert", "update", "with"].iter().any(|verb| text.starts_with(verb)))
}

/// Where the plan of a statement goes through the whole of a table.
async fn full_scans(database: &Database, statement: &str) -> Vec<Value> {
    let plan = match database.db {
        Db::Sqlite => sqlite_plan(&database.url, statement).await,
        Db::Postgres => postgres_plan(&database.url, statement).await,
    };
    let scanned = plan.iter().filter(|step| is_full_scan(step, statement));
    scanned.map(|step| json!({"statement": statement, "step": step})).collect()
}

/// Whether a step reads a whole table, which the plan may name by its alias in the statement.
fn is_full_scan(step: &str, statement: &str) -> bool {
    let mut words = step.split_whitespace().skip_while(|word| !matches!(*word, "SCAN" | "Scan"));
    let is_sequential = step.starts_with("SCAN ") || step.contains("Seq Scan on ");
    let name = words.find(|word| !matches!(*word, "SCAN" | "Scan" | "on")).unwrap_or_default();
    let is_table = |name: &str| {
        TABLES.iter().any(|table| {
            *table == name
                || statement.contains(&format!("{table} {name} "))
                || statement.contains(&format!("{table} as {name} "))
        })
    };
    is_sequential && is_table(name)
}

async fn sqlite_plan(url: &str, statement: &str) -> Vec<String> {
    let mut connection = SqliteConnection::connect(url).await.unwrap();
    let mut plan = Vec::new();
    // One text may hold two statements.
    for statement in statement.split(';') {
        let explain = sqlx::AssertSqlSafe(format!("explain query plan {statement}"));
        let rows = sqlx::raw_sql(explain).fetch_all(&mut connection).await.unwrap();
        plan.extend(rows.iter().map(|row| row.get::<String, _>("detail")));
    }
    plan
}

/// A small table is read whole because that is faster; where that is forbidden and done all the same, there is no index.
async fn postgres_plan(url: &str, statement: &str) -> Vec<String> {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let count = (1..20).take_while(|number| statement.contains(&format!("${number}"))).count();
    let nulls = vec!["null"; count].join(", ");
    let arguments = if count == 0 { String::new() } else { format!("({nulls})") };
    for setting in [
        "set plan_cache_mode = force_generic_plan".to_owned(),
        "set enable_seqscan = off".to_owned(),
        format!("prepare planned as {statement}"),
    ] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(setting)).execute(&mut connection).await.unwrap();
    }
    let explain = sqlx::AssertSqlSafe(format!("explain execute planned{arguments}"));
    let rows = sqlx::raw_sql(explain).fetch_all(&mut connection).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}
