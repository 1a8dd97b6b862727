//! How a database goes about a statement: its plan, and what in it reads a whole table.

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, Row, SqliteConnection};

use crate::support::*;

/// What grows as a server is used.
const TABLES: [&str; 8] =
    ["messages", "events", "members", "channels", "users", "sessions", "refresh_tokens", "tickets"];
/// What grows most.
const LARGEST: [&str; 3] = ["messages", "events", "members"];

/// What a planner is asked.
#[derive(Clone, Copy, PartialEq)]
pub enum Question {
    /// Whether it can do without reading any table whole, which may be the fastest where tables are small.
    CanAvoidScans,
    /// Whether it reads one of the largest whole, with nothing forbidden to it.
    ScansTheLargest,
}

/// Where the plan of a statement goes through the whole of a table.
pub async fn full_scans(database: &Database, statement: &str, question: Question) -> Vec<Value> {
    let plan = match database.db {
        Db::Sqlite => sqlite_plan(&database.url, statement).await,
        Db::Postgres => postgres_plan(&database.url, statement, question).await,
    };
    let tables = if question == Question::CanAvoidScans { &TABLES[..] } else { &LARGEST[..] };
    let scanned = plan.iter().filter(|step| is_full_scan(step, statement, tables));
    scanned.map(|step| json!({"statement": statement, "step": step})).collect()
}

/// Whether a step reads a whole table, which the plan may name by its alias in the statement.
fn is_full_scan(step: &str, statement: &str, tables: &[&str]) -> bool {
    let mut words = step.split_whitespace().skip_while(|word| !matches!(*word, "SCAN" | "Scan"));
    let is_sequential = step.starts_with("SCAN ") || step.contains("Seq Scan on ");
    let name = words.find(|word| !matches!(*word, "SCAN" | "Scan" | "on")).unwrap_or_default();
    let is_table = |name: &str| {
        tables.iter().any(|table| {
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

/// For any arguments. A scan that is forbidden and planned all the same is one for which there is no index.
async fn postgres_plan(url: &str, statement: &str, question: Question) -> Vec<String> {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let count = (1..20).take_while(|number| statement.contains(&format!("${number}"))).count();
    let nulls = vec!["null"; count].join(", ");
    let arguments = if count == 0 { String::new() } else { format!("({nulls})") };
    let is_allowed = if question == Question::CanAvoidScans { "off" } else { "on" };
    for setting in [
        "set plan_cache_mode = force_generic_plan".to_owned(),
        format!("set enable_seqscan = {is_allowed}"),
        format!("prepare planned as {statement}"),
    ] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(setting)).execute(&mut connection).await.unwrap();
    }
    let explain = sqlx::AssertSqlSafe(format!("explain execute planned{arguments}"));
    let rows = sqlx::raw_sql(explain).fetch_all(&mut connection).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}
