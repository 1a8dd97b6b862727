//! What the database does for the requests that are made most: each statement that the program runs for them finds its
//! rows by an index, on either database. The statements are those that the program itself says it ran.

use std::collections::BTreeSet;

use hubbub::clock::Clock;
use serde_json::Value;

use super::explain::{Question, full_scans};
use super::fill::{Size, fill};
use crate::support::*;

/// So that a server tells of every statement.
const TELLING: [(&str, &str); 2] = [("RUST_LOG", "sqlx::query=debug"), ("LOG_FORMAT", "json")];
/// Large enough that no planner reads a table whole for its smallness.
const LARGE: Size = Size { channels: 200, people: 2_000, messages: 40_000 };

on_both! {
    async fn pages_lists_and_resumes_find_their_rows_by_an_index(db: Db) {
        let mut server = Process::start(db, &TELLING).await;
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
            scans.extend(full_scans(&server.database, &statement, Question::CanAvoidScans).await);
        }
        assert!(scans.is_empty(), "{scans:#?}");
    }

    /// With the statistics of a server that is in use, and nothing forbidden to the planner. What PostgreSQL counts is how
    /// the statements were run, with their arguments; what it and SQLite plan is for any arguments.
    async fn a_large_server_reads_no_table_whole(database: Database) {
        let store = database.store(Clock::system()).await;
        fill(&store, LARGE).await.unwrap();
        let mut server = Program::start_on(&database, &TELLING);
        server.is_ready().await;
        let (alice, bob) = (server.user("alice").await, server.user("bob").await);
        for person in [&alice, &bob] {
            join_some(&database, person).await;
        }
        server.terminate().await;
        let scan_count_before = scan_count(&database).await;
        server.restart().await;
        let before = server.log().len();

        let cursor = server_head(&alice).await;
        let channels = alice.get("/v1/channels").await.expect(200);
        let is_unread = |channel: &&Value| channel["unread_count"].as_u64() > Some(0);
        assert!(channels["items"].as_array().unwrap().iter().filter(is_unread).count() >= 20);
        for channel_id in [LARGE.history().0, LARGE.crowd().0] {
            let channel = Value::from(channel_id.to_string());
            let path = format!("/v1/channels/{channel_id}/messages");
            let newest = alice.get(&path).await.expect(200);
            let message = &newest["items"][10];
            for query in ["before=", "after=", "around="] {
                alice.get(&format!("{path}?{query}{}", message.id())).await.expect(200);
            }
            alice.get(&format!("{path}?around=first_unread")).await.expect(200);
            alice.mark_read(&channel, message).await;
            let sent = alice.send(&channel, "new").await;
            alice.reply(&sent, "a reply").await;
            bob.reply(&sent, "another").await;
            let thread = format!("/v1/messages/{}/replies", sent.id());
            let replies = alice.get(&thread).await.expect(200);
            alice.get(&format!("{thread}?around={}", replies["items"][0].id())).await.expect(200);
        }
        alice.get(&format!("/v1/events?cursor={cursor}")).await.expect(200);
        alice.get(&format!("/v1/events?cursor={}", LARGE.messages / 2)).await.expect(200);
        let mut stream = alice.stream(Transport::WebSocket, Some(cursor), "").await;
        stream.skip_to("message.created").await;
        drop(stream);
        let mut ran: BTreeSet<String> = statements(&server.log()[before..]).collect();
        // Old events are looked for from the oldest on, up to a limit.
        ran.retain(|statement| !statement.contains("from events order by seq limit $2) as oldest"));
        // What a connection has counted is told by its end at the latest.
        server.terminate().await;

        assert!(ran.len() >= 20, "{ran:#?}");
        let mut scans = Vec::new();
        for is_analyzed in [false, true] {
            if is_analyzed {
                database.run("analyze").await;
            }
            for statement in &ran {
                scans.extend(full_scans(&database, statement, Question::ScansTheLargest).await);
            }
        }
        assert!(scans.is_empty(), "{scans:#?}");
        assert_eq!(scan_count(&database).await, scan_count_before, "{ran:#?}");
    }

    /// Beside `begin` and its end, which let both see one state. Whether a token's session is alive is looked up besides, at
    /// most once a second.
    async fn a_page_takes_two_statements(db: Db) {
        let server = Process::start(db, &TELLING).await;
        let (alice, bob) = (server.user("alice").await, server.user("bob").await);
        let general = alice.channel("general").await;
        let root = bob.send(&general, "root").await;
        let reply = bob.reply(&root, "a reply").await;
        let (timeline, thread) =
            (format!("/v1/channels/{}/messages", general.id()), format!("/v1/messages/{}/replies", root.id()));
        let mut pages = vec!["/v1/channels".to_owned(), timeline.clone(), thread.clone()];
        for query in ["before", "after", "around"] {
            pages.push(format!("{timeline}?{query}={}", root.id()));
            pages.push(format!("{thread}?{query}={}", reply.id()));
        }
        pages.push(format!("{timeline}?around=first_unread"));
        pages.push(format!("/v1/channels/{}/read-marks", general.id()));

        for page in pages {
            let before = server.log().len();
            for _ in 0..10 {
                alice.get(&page).await.expect(200);
            }
            let statements: Vec<String> = statements(&server.log()[before..]).collect();
            let kinds: BTreeSet<&String> = statements.iter().collect();
            let often = kinds.into_iter().filter(|kind| statements.iter().filter(|text| text == kind).count() >= 10);
            assert_eq!(often.count(), 2, "{page}: {statements:#?}");
            // Some few are the server's own, as below.
            assert!(statements.len() < 2 * 10 + 5, "{page}: {statements:#?}");
        }
    }

    /// What resumes is read from memory: ten streams that come back cost what their `ready` costs.
    async fn a_stream_that_comes_back_takes_two_statements(db: Db) {
        let server = Process::start(db, &TELLING).await;
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

/// Makes somebody a member of the two large channels that were filled in and of 20 others, with a tenth unread, past the
/// server.
async fn join_some(database: &Database, person: &Client) {
    let id = person.user.id().replace('-', "");
    let id = match database.db {
        Db::Sqlite => format!("x'{id}'"),
        Db::Postgres => format!("'{id}'::uuid"),
    };
    database
        .run(&format!(
            "insert into members (channel_id, user_id, role, joined_at, joined_seq, last_read_seq, read_ordinal) \
             select id, {id}, 'member', 0, 0, 0, last_ordinal * 9 / 10 from channels \
             where name in ('channel 1', 'channel 2') or name like 'channel %7'"
        ))
        .await;
    if database.db == Db::Postgres {
        database.run("analyze").await;
    }
}

/// How often what grows was read whole; SQLite does not count.
async fn scan_count(database: &Database) -> i64 {
    match database.db {
        Db::Sqlite => 0,
        Db::Postgres => {
            const SQL: &str = "select sum(seq_scan)::bigint from pg_stat_user_tables \
                where relname in ('messages', 'events', 'members')";
            database.number(SQL).await
        }
    }
}
