//! The lock of the log's head: rights are decided in log order, one bad send is alone with its failure, and whoever loses
//! the lock or the database stops the others for moments only.

use std::time::Duration;

use hubbub::clock::Clock;
use hubbub::event::audience::Audience;
use hubbub::event::{Event as LogEvent, MemberData};
use hubbub::id::{ChannelId, UserId};
use hubbub::store::{members, users};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::task::JoinHandle;

use super::load::Load;
use crate::support::*;

/// Long enough to see that something waits; far shorter than any limit on waiting.
const A_WHILE: Duration = Duration::from_millis(300);

on_both! {
    async fn what_waits_for_the_lock_obeys_the_removal_before_it(server: Process) {
        let (alice, bob) = (server.user("alice").await, server.user("bob").await);
        let den = alice.create_channel("den", "private").await;
        alice.invite(&den, &bob).await;
        let message = bob.send(&den, "Still in").await;
        let channel = format!("/v1/channels/{}", den.id());
        let store = server.database.store(Clock::system()).await;

        let mut removal = store.begin_append().await.unwrap();
        let waiting = [
            begin(&bob, "POST", format!("{channel}/messages"), json!({"text": "Me too"})),
            begin(&bob, "PATCH", format!("/v1/messages/{}", message.id()), json!({"text": "Still here"})),
            begin(&bob, "PUT", format!("{channel}/read"), json!({"message_id": message["id"]})),
            begin(&bob, "DELETE", format!("/v1/messages/{}", message.id()), Value::Null),
        ];
        tokio::time::sleep(A_WHILE).await;
        assert!(waiting.iter().all(|request| !request.is_finished()), "one did not wait for the lock");
        let (channel_id, bobs_id) = (ChannelId(den.id().parse().unwrap()), UserId(bob.id().parse().unwrap()));
        let user = users::find(removal.conn(), bobs_id).await.unwrap().unwrap().user;
        members::delete(removal.conn(), channel_id, bobs_id).await.unwrap();
        let seq = removal.next_seq();
        let left = LogEvent::MemberLeft(MemberData { channel_id, user });
        removal.append(seq, &left, Audience::ChannelAnd(channel_id, bobs_id));
        drop(removal.commit().await.unwrap().into_envelopes());

        for request in waiting {
            request.await.unwrap().problem(404, "not_found");
        }
        assert_eq!(alice.history(&den).await, [message]);
    }

    async fn a_bad_send_is_alone_with_its_failure(server: Process) {
        let (alice, bob) = (server.user("alice").await, server.user("bob").await);
        let general = alice.channel("general").await;
        let (den, attic) = (alice.create_channel("den", "private").await, alice.create_channel("attic", "private").await);
        alice.post(&format!("/v1/channels/{}/archive", attic.id()), Value::Null).await.expect(200);
        let used = json!({"text": "First", "nonce": "used"});
        let general = format!("/v1/channels/{}/messages", general.id());
        bob.post(&general, used).await.expect(201);
        let store = server.database.store(Clock::system()).await;
        let here = |channel: &Value| format!("/v1/channels/{}/messages", channel.id());
        let absent = "01890a5d-ac96-774b-bcce-b302099a8057";

        let lock = store.begin_append().await.unwrap();
        let mut good = Vec::new();
        let mut bad = Vec::new();
        for number in 0..12 {
            good.push(begin(&bob, "POST", general.clone(), json!({"text": format!("Good {number}")})));
            let (sender, path, body, status) = match number % 4 {
                0 => (&bob, general.clone(), json!({"text": "Other", "nonce": "used"}), 409),
                1 => (&bob, general.clone(), json!({"text": "Reply", "parent_id": absent}), 422),
                2 => (&bob, here(&den), json!({"text": "Let me in"}), 404),
                _ => (&alice, here(&attic), json!({"text": "Dust"}), 409),
            };
            bad.push((begin(sender, "POST", path, body), status));
        }
        tokio::time::sleep(A_WHILE).await;
        drop(lock);

        for (number, send) in good.into_iter().enumerate() {
            assert_eq!(send.await.unwrap().expect(201)["text"], format!("Good {number}"));
        }
        for (send, status) in bad {
            send.await.unwrap().expect(status);
        }
        let head = server.database.number("select seq from log_head").await;
        assert_eq!(server.database.number("select count(*) from events").await, head);
    }
}

fn begin(client: &Client, method: &str, path: String, body: Value) -> JoinHandle<Answer> {
    let (client, method) = (client.clone(), method.parse().unwrap());
    tokio::spawn(async move { client.call(method, &path, body).await })
}

/// An instance that stands still in the middle of a change would hold the lock for ever; PostgreSQL ends its session.
#[tokio::test]
async fn a_frozen_instance_stops_the_others_for_seconds_only() {
    let server = Process::start(Db::Postgres, &[]).await;
    let alice = server.user("alice").await;
    let general = alice.channel("general").await;
    let store = server.database.store(Clock::system()).await;

    let mut frozen = store.begin_append().await.unwrap();
    let message = alice.send(&general, "Is anybody there?").await;

    assert_eq!(alice.history(&general).await, [message]);
    let thawed = members::find(frozen.conn(), ChannelId::new(), UserId::new()).await;
    assert!(thawed.is_err(), "it still held its transaction");
}

/// Whatever happens to the connections, the worker that commits goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_ends_our_sessions_loses_nothing() {
    const END_ALL: &str = "select count(pg_terminate_backend(pid)) from pg_stat_activity \
        where datname = current_database() and application_name = 'hubbub'";
    let mut rng = StdRng::seed_from_u64(seed());
    let server = Process::start(Db::Postgres, &[]).await;
    let load = Load::start(&server, &mut rng).await;
    let alice = server.stranger().login("alice").await;

    let mut ended_count = 0;
    for _ in 0..15 {
        tokio::time::sleep(Duration::from_millis(rng.random_range(30..400))).await;
        ended_count += server.database.number(END_ALL).await;
    }

    assert!(ended_count > 15, "only {ended_count} sessions were ended");
    let general = alice.channel("general").await;
    let send = alice.send(&general, "Back again");
    tokio::time::timeout(Duration::from_secs(5), send).await.expect("normal within five seconds");
    load.settle(&server).await;
}

/// A server that would acknowledge what a power cut takes back does not start.
#[tokio::test]
async fn a_database_that_does_not_wait_for_the_disk_is_refused() {
    let database = Database::fresh(Db::Postgres).await;
    let (_, name) = database.url.rsplit_once('/').unwrap();
    let mut connection = PgConnection::connect(&database.url).await.unwrap();
    let statement = format!("alter database {name} set synchronous_commit = off");
    connection.execute(AssertSqlSafe(statement)).await.unwrap();

    let failure = database.try_store(Clock::system()).await.err().unwrap();

    let said = failure.cause.unwrap().to_string();
    assert!(said.contains("synchronous_commit=off"), "{said}");
}
