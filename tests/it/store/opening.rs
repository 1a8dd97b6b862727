//! Starting: on an empty database, on an old one, and where it cannot be.

use std::time::Duration;

use hubbub::clock::Clock;

use crate::support::*;

on_both! {
    async fn several_instances_may_start_at_once_on_an_empty_database(database: Database) {
        let start = async || database.store(Clock::system()).await.log_id();

        let (one, two, three) = tokio::join!(start(), start(), start());

        assert_eq!([one, two, three], [one; 3], "each made a log of its own");
    }

    async fn a_log_keeps_its_id(database: Database) {
        let store = database.store(Clock::system()).await;
        store.close().await;

        let reopened = database.store(Clock::system()).await;

        assert_eq!(reopened.log_id(), store.log_id());
    }
}

/// Five programs, as a service manager starts them: one migrates, the others wait, all serve.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_processes_start_at_once_on_an_empty_sqlite() {
    five_start(Database::fresh(Db::Sqlite).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_processes_start_at_once_on_an_empty_postgres() {
    five_start(Database::fresh(Db::Postgres).await).await;
}

async fn five_start(database: Database) {
    let begun_at = tokio::time::Instant::now();
    let servers: Vec<Program> = (0..5).map(|_| Program::start_on(&database, &[])).collect();

    for server in &servers {
        server.is_ready().await;
    }

    let took = begun_at.elapsed();
    assert!(took < Duration::from_secs(10), "the last was ready after {took:?}");
    let alice = servers[0].user("alice").await;
    let general = alice.channel("general").await;
    let message = alice.send(&general, "We are one").await;
    for server in &servers {
        let there = server.stranger().login("alice").await;
        assert_eq!(there.history(&general).await, std::slice::from_ref(&message));
    }
    assert_eq!(database.number("select count(*) from log_head").await, 1);
    assert_eq!(database.number("select count(*) from channels").await, 3);
}

/// Starts where it cannot, and gives what it said with its last words.
async fn fails_to_start(database: &Database, overrides: &[(&str, &str)]) -> String {
    let mut server = Program::start_on(database, overrides);
    let status = tokio::time::timeout(Duration::from_secs(15), server.ended()).await;
    let said = server.log();
    assert_eq!(status, Ok(1), "{said}");
    assert!(!said.contains("panicked") && !said.contains("RUST_BACKTRACE"), "{said}");
    said
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named() {
    let database = Database::fresh(Db::Sqlite).await;
    let file = database.folder.path().join("hubbub.db");
    std::fs::write(&file, "This is a letter, not a database. ".repeat(200)).unwrap();

    let said = fails_to_start(&database, &[]).await;

    assert!(said.contains("DATABASE_URL") && said.contains("hubbub.db"), "{said}");
    assert!(said.contains("not a database"), "{said}");
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("This is a letter"));
}

/// Root may write anywhere, so the place is one that cannot be written to by anybody.
#[tokio::test]
async fn a_place_that_cannot_be_written_to_is_named() {
    let database = Database::fresh(Db::Sqlite).await;

    for url in ["sqlite:///proc/hubbub.db", "sqlite:///proc/hubbub/hubbub.db", "sqlite:///dev/null/hubbub.db"]
    {
        let said = fails_to_start(&database, &[("DATABASE_URL", url)]).await;
        assert!(said.contains("DATABASE_URL") && said.contains(&url["sqlite://".len()..]), "{url}: {said}");
    }
    let folder = format!("sqlite://{}", database.folder.path().display());
    let said = fails_to_start(&database, &[("DATABASE_URL", &folder)]).await;
    assert!(said.contains("DATABASE_URL"), "{said}");
}

#[tokio::test]
async fn a_file_that_may_only_be_read_is_named() {
    let database = Database::fresh(Db::Sqlite).await;
    database.store(Clock::system()).await.close().await;
    let file = database.folder.path().join("hubbub.db");
    let mut permissions = std::fs::metadata(&file).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&file, permissions).unwrap();
    if std::fs::File::options().append(true).open(&file).is_ok() {
        eprintln!("skipped: for root no file is read-only");
        return;
    }

    let said = fails_to_start(&database, &[]).await;

    assert!(said.contains("DATABASE_URL") && said.contains("readonly"), "{said}");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_named_without_its_password() {
    let database = Database::fresh(Db::Postgres).await;
    let (server, _) = database.url.rsplit_once('/').unwrap();
    let (_, host) = server.split_once('@').unwrap();
    let with_password = format!("postgres://hubbub:tell-nobody@{host}");
    let urls = [
        format!("{with_password}/no_such_database"),
        "postgres://hubbub:tell-nobody@127.0.0.1:1/hubbub".to_owned(),
        format!("postgres://no_such_user:tell-nobody@{host}/postgres"),
        "postgres://hubbub:tell-nobody@[".to_owned(),
        "postgres://hubbub:tell-nobody@no-such-host.invalid/hubbub".to_owned(),
    ];

    for url in urls {
        let said = fails_to_start(&database, &[("DATABASE_URL", &url)]).await;
        assert!(said.contains("DATABASE_URL"), "{url}: {said}");
        assert!(!said.contains("tell-nobody"), "{url}: {said}");
    }
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let server = Process::start(Db::Sqlite, &[]).await;
    let (_, port) =
        server.stranger().base().rsplit_once(':').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let database = Database::fresh(Db::Sqlite).await;

    let said = fails_to_start(&database, &[("PORT", &port)]).await;

    assert!(said.contains(&format!("PORT={port}")) && said.contains("HOST=127.0.0.1"), "{said}");
    let said = fails_to_start(&database, &[("HOST", "192.0.2.1")]).await;
    assert!(said.contains("HOST=192.0.2.1"), "{said}");
}

#[tokio::test]
async fn a_setting_that_makes_no_sense_is_named() {
    let database = Database::fresh(Db::Sqlite).await;
    for (name, value) in
        [("PORT", "http"), ("DATABASE_URL", "mysql://x"), ("RUST_LOG", "a=b=c"), ("HOST", "no such host")]
    {
        let said = fails_to_start(&database, &[(name, value)]).await;
        assert!(said.contains(name), "{name}={value}: {said}");
    }
}
