//! A PostgreSQL of our own: one server for each run of the tests, in a temporary folder, on a free port.
//!
//! It keeps the durability that the promises of the log rest on (`fsync` and `synchronous_commit` are on), so it is
//! the server that people run, only smaller.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::leash::{Held, Leash, tail};
use super::port::free_port;

static SERVER: LazyLock<Server> = LazyLock::new(Server::start);
/// Databases whose tests are over, dropped when the next one is made.
static FINISHED: Mutex<Vec<String>> = Mutex::new(Vec::new());
static NUMBER: AtomicU32 = AtomicU32::new(1);

struct Server {
    port: u16,
    _leash: Leash,
}

/// A new, empty database on the server, which starts with the first one.
pub async fn create_database() -> String {
    let port = tokio::task::spawn_blocking(|| SERVER.port).await.unwrap();
    let mut connection = PgConnection::connect(&url(port, "postgres")).await.unwrap();
    let finished = std::mem::take(&mut *FINISHED.lock().unwrap());
    for name in finished {
        connection.execute(AssertSqlSafe(format!("drop database {name} with (force)"))).await.unwrap();
    }
    let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    connection.execute(AssertSqlSafe(format!("create database {name}"))).await.unwrap();
    connection.close().await.unwrap();
    url(port, &name)
}

/// Says that the test of this database is over.
pub fn finished_with(url: &str) {
    let name = url.rsplit('/').next().unwrap();
    FINISHED.lock().unwrap().push(name.to_owned());
}

fn url(port: u16, database: &str) -> String {
    format!("postgres://hubbub@127.0.0.1:{port}/{database}")
}

impl Server {
    fn start() -> Server {
        // Between finding a free port and using it another program may take it: then once more, with another.
        (0..3).find_map(|_| Server::try_start()).expect("PostgreSQL started three times in vain")
    }

    fn try_start() -> Option<Server> {
        let bin = programs();
        let folder = run(&as_servant(&["mktemp", "-d", "/tmp/hubbub-postgres.XXXXXX"]));
        let folder = Path::new(folder.trim());
        let data = folder.join("data").display().to_string();
        run(&as_servant(&[
            &bin.join("initdb").display().to_string(),
            "--username=hubbub",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "--pgdata",
            &data,
        ]));
        let log = folder.join("log");
        let port = free_port();
        let settings = [
            format!("port={port}"),
            "listen_addresses=127.0.0.1".to_owned(),
            format!("unix_socket_directories={}", folder.display()),
            "max_connections=200".to_owned(),
            "fsync=on".to_owned(),
            "synchronous_commit=on".to_owned(),
        ];
        let postgres = bin.join("postgres").display().to_string();
        let mut command = as_servant(&[&postgres, "-D", &data]);
        command.extend(settings.into_iter().flat_map(|setting| ["-c".to_owned(), setting]));
        let leash = Leash::hold(&Held {
            command: &command,
            env: &[("LC_ALL".to_owned(), "C".to_owned())],
            log: &log,
            last_signal: "QUIT",
            folder: Some(folder),
        });
        // Asked over the socket in our folder, so that no other server can answer.
        for _ in 0..600 {
            let answer = Command::new(bin.join("pg_isready"))
                .args(["--quiet", "--port", &port.to_string(), "--host"])
                .arg(folder)
                .status();
            if answer.unwrap().success() {
                return Some(Server { port, _leash: leash });
            }
            #[expect(clippy::disallowed_methods, reason = "no test runs yet: all wait for this server")]
            std::thread::sleep(Duration::from_millis(50));
        }
        eprintln!("PostgreSQL did not start:\n{}", tail(&log));
        None
    }
}

/// The folder of `initdb` and its kin: where the one on the `PATH` really is, else the newest that a package manager
/// put aside.
fn programs() -> PathBuf {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&on_path).find_map(|bin| bin.join("initdb").canonicalize().ok());
    let kept_aside = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"]
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flatten()
        .map(|entry| entry.unwrap().path().join("bin/initdb"));
    let initdb = on_path.or_else(|| kept_aside.filter(|initdb| initdb.exists()).max());
    let initdb =
        initdb.expect("PostgreSQL is not installed: `.ci/setup test` does that on Debian and Ubuntu");
    initdb.parent().unwrap().to_owned()
}

/// PostgreSQL refuses to run as root, so root hands it to the user that its package made.
fn as_servant(command: &[&str]) -> Vec<String> {
    let is_root = run(&["id".to_owned(), "-u".to_owned()]).trim() == "0";
    let servant = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"];
    let prefix = if is_root { &servant[..] } else { &[] };
    prefix.iter().chain(command).map(|&word| word.to_owned()).collect()
}

fn run(command: &[String]) -> String {
    let output = Command::new(&command[0]).args(&command[1..]).current_dir("/").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{} failed: {said}", command.join(" "));
    String::from_utf8(output.stdout).unwrap()
}
