//! Instances stand still, die and are replaced, under load.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use sqlx::{Connection, PgConnection};
use tokio::time::{Instant, sleep, timeout};

use super::kit::*;
use crate::support::*;

/// How soon the others send again when one holds the head of the log and does not move.
const OTHERS_WAIT: Duration = Duration::from_secs(5);

/// Freezes an instance at random until PostgreSQL says that it holds the head of the log, and is not about to move on.
async fn freeze_with_the_head(cluster: &Cluster, number: usize) {
    const HOLDS_HEAD: &str = "select exists (select from pg_stat_activity a join pg_locks l on l.pid = a.pid \
        where a.usename = $1 and a.state = 'idle in transaction' and l.granted \
        and l.relation = 'log_head'::regclass and l.mode = 'RowShareLock')";
    let mut rng = StdRng::seed_from_u64(cluster.seed);
    let mut database = PgConnection::connect(&cluster.database.url).await.unwrap();
    let (instance, role) = (&cluster.instances[number], cluster.role_name(number));
    let attempts = async {
        for attempt in 1.. {
            sleep(Duration::from_micros(rng.random_range(0..20_000))).await;
            instance.freeze();
            let holds: bool =
                sqlx::query_scalar(HOLDS_HEAD).bind(&role).fetch_one(&mut database).await.unwrap();
            if holds {
                println!("caught with the head at attempt {attempt}");
                return;
            }
            instance.thaw();
        }
    };
    timeout(Duration::from_secs(60), attempts)
        .await
        .unwrap_or_else(|_| panic!("never caught with the head; HUBBUB_SEED={}", cluster.seed));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frozen_with_the_head_of_the_log() {
    let cluster = Cluster::start().await;
    let load = Load::start(&cluster).await;

    let alice = cluster.instances[1].stranger().login("alice").await;
    let channel = format!("/v1/channels/{}/messages", load.scene.channels[0].id());

    freeze_with_the_head(&cluster, 0).await;
    let frozen_at = Instant::now();
    let sends = async || alice.post(&channel, json!({"text": "Is anybody there?"})).await.status == 201;
    let took = eventually(2 * OTHERS_WAIT, "the other instance sends again", sends).await;
    println!("the other instance sent again after {took:?}");
    assert!(took < OTHERS_WAIT, "HUBBUB_SEED={}", cluster.seed);
    load.runs(short_or_long(Duration::from_secs(3), Duration::from_secs(30))).await;
    cluster.instances[0].thaw();
    load.goes_on().await;

    let here = async || load.acknowledged_since(0, frozen_at) >= 3;
    eventually(2 * OTHERS_WAIT, "the thawed instance takes sends again", here).await;
    load.settle(&cluster).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed() {
    let mut cluster = Cluster::start().await;
    let load = Load::start(&cluster).await;

    for round in 0..short_or_long(2, 20) {
        let number = round % 2;
        cluster.instances[number].kill9().await;
        load.goes_on().await;
        cluster.instances[number].restart().await;
        load.goes_on().await;
    }

    load.settle(&cluster).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replaced_one_after_the_other() {
    let mut cluster = Cluster::start().await;
    let load = Load::start(&cluster).await;

    for instance in &mut cluster.instances {
        let asked_at = Instant::now();
        assert_eq!(instance.terminate().await, 0);
        println!("ended after {:?}", asked_at.elapsed());
        assert!(asked_at.elapsed() < Duration::from_secs(10), "HUBBUB_SEED={}", cluster.seed);
        instance.restart().await;
        load.goes_on().await;
    }

    load.settle(&cluster).await;
}
