//! The end of a run: what is stored and shown is read from everywhere, and the history is checked.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;
use sqlx::{Connection, PgConnection};
use tokio::time::{sleep, timeout};

use super::checker::check;
use super::cluster::Cluster;
use super::history::What;
use super::load::{Load, Person};
use crate::support::*;

/// How long a page may show an old count after the last event.
const CATCHING_UP: Duration = Duration::from_secs(15);

/// Reads what there is, and panics unless the checker finds nothing.
pub async fn close(load: &Load, cluster: &Cluster) {
    let lists = list(load).await;
    log(load, cluster).await;
    count(load, &lists).await;

    let lines = load.scene.history.lines();
    let (findings, counts) = check(&lines);
    println!("HUBBUB_SEED={}: {counts:?}; {findings}", load.seed);
    let surprises = load.scene.surprises.lock().unwrap();
    assert!(
        surprises.is_empty(),
        "HUBBUB_SEED={}: {} answers, as {:?}",
        load.seed,
        surprises.len(),
        surprises[0]
    );
    if !findings.is_clean() {
        let kept = std::env::temp_dir().join(format!("hubbub-history-{}.txt", load.seed));
        let text: Vec<String> = lines.iter().map(ToString::to_string).collect();
        std::fs::write(&kept, text.join("\n")).unwrap();
        panic!("HUBBUB_SEED={}: {findings}\nthe history is in {}", load.seed, kept.display());
    }
}

/// What each instance lists, by channel; gives the lists of the first.
async fn list(load: &Load) -> HashMap<String, Vec<Value>> {
    let mut lists = HashMap::new();
    for (instance, client) in load.people[0].at.iter().enumerate() {
        for channel in &load.scene.channels {
            let messages = client.whole_list(&format!("/v1/channels/{}/messages", channel.id())).await;
            for message in &messages {
                load.scene.history.note(What::Listed {
                    instance,
                    channel: channel.id().to_owned(),
                    seq: message["seq"].as_u64().unwrap(),
                    id: message.id().to_owned(),
                    nonce: message["nonce"].as_str().unwrap_or("-").to_owned(),
                });
            }
            lists.insert(channel.id().to_owned(), messages);
        }
    }
    lists
}

/// The log since the readers began, as it stands in the database.
async fn log(load: &Load, cluster: &Cluster) {
    let mut database = PgConnection::connect(&cluster.database.url).await.unwrap();
    let rows: Vec<(i64, String, Option<String>)> =
        sqlx::query_as("select seq, kind, message_id::text from events where seq > $1 order by seq")
            .bind(i64::try_from(load.first_seq).unwrap())
            .fetch_all(&mut database)
            .await
            .unwrap();
    for (expected, (seq, kind, id)) in (load.first_seq + 1..).zip(rows) {
        assert_eq!(u64::try_from(seq).unwrap(), expected, "the log has a hole");
        let id = id.unwrap_or_else(|| "-".to_owned());
        load.scene.history.note(What::Logged { seq: expected, kind, id });
    }
}

/// What is unread for each person, as each instance and each stream has it.
async fn count(load: &Load, lists: &HashMap<String, Vec<Value>>) {
    let mut recounts = Vec::new();
    for person in &load.people {
        recounts.push(recount(load, person, lists).await);
    }
    let agreed = async {
        while !load.people.iter().zip(&recounts).all(|(person, recounts)| shows(person, recounts)) {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(CATCHING_UP, agreed).await.ok();
    for (person, recounts) in load.people.iter().zip(&recounts) {
        for (reader, unread) in &person.unread {
            for (channel, recount) in recounts {
                let (by, channel, recount) = (reader.clone(), channel.clone(), *recount);
                let shown = unread.lock().unwrap().shown(&channel);
                load.scene.history.note(What::Counted { by, channel, shown, recount });
            }
        }
    }
}

/// Counts for a person what is past the marks, by channel, beside what each instance says.
async fn recount(load: &Load, person: &Person, lists: &HashMap<String, Vec<Value>>) -> HashMap<String, u64> {
    let mut recounts = HashMap::new();
    for (instance, client) in person.at.iter().enumerate() {
        for (channel_id, messages) in lists {
            let channel = client.get(&format!("/v1/channels/{channel_id}")).await.expect(200);
            let last_read_seq = channel["last_read_seq"].as_u64().unwrap();
            let is_unread = |message: &&Value| message["seq"].as_u64().unwrap() > last_read_seq;
            let recount = messages.iter().filter(is_unread).count() as u64;
            recounts.insert(channel_id.clone(), recount);
            load.scene.history.note(What::Counted {
                by: format!("instance-{instance}"),
                channel: channel_id.clone(),
                shown: channel["unread_count"].as_u64().unwrap(),
                recount,
            });
        }
    }
    recounts
}

/// Whether every stream of a person shows these counts.
fn shows(person: &Person, recounts: &HashMap<String, u64>) -> bool {
    person.unread.iter().all(|(_, unread)| {
        let unread = unread.lock().unwrap();
        recounts.iter().all(|(channel, recount)| unread.shown(channel) == *recount)
    })
}
