//! Instances that start at once.

use super::kit::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_start_on_an_empty_database() {
    let cluster = Cluster::of(3, &[]).await;
    let alice = cluster.instances[0].user("alice").await;

    let mut known = Vec::new();
    for instance in &cluster.instances {
        let there = alice.at(instance.base());
        known.push(there.get("/v1/channels").await.expect(200));
    }

    let mut names: Vec<&str> = known[0]["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|channel| channel["name"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["general", "help", "random"]);
    assert!(known.iter().all(|channels| *channels == known[0]), "{known:?}");
    let database = &cluster.database;
    assert_eq!(database.number("select count(*) from channels").await, 3);
    assert_eq!(database.number("select count(*) from log_head").await, 1);
    let versions = "select count(*) - count(distinct version) from _sqlx_migrations where success";
    assert_eq!(database.number(versions).await, 0, "each migration ran once");
}
