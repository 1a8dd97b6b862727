//! A PostgreSQL of our own: one server for each run of the tests, in a temporary folder, on a free port. A test that
//! stops or freezes its server has one for itself.
//!
//! It keeps the durability that the promises of the log rest on (`fsync` and `synchronous_commit` are on), so it is
//! the server that people run, only smaller.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use rustix::process::Signal;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::leash::{Held, Leash, signal, tail};
use super::port::free_port;

static SERVER: LazyLock<Postgres> = LazyLock::new(|| Postgres::start(true));
/// Databases whose tests are over, dropped when the next one is made.
static FINISHED: Mutex<Vec<String>> = Mutex::new(Vec::new());
static NUMBER: AtomicU32 = AtomicU32::new(1);

/// A server and all its processes; dropping this ends them.
pub struct Postgres {
    port: u16,
    folder: PathBuf,
    /// Whether it serves every test, and goes with the last of them.
    is_shared: bool,
    leash: Leash,
}

/// A new, empty database on the server, which starts with the first one.
pub async fn create_database() -> String {
    let port = tokio::task::spawn_blocking(|| SERVER.port).await.unwrap();
    let mut connection = connect(port).await;
    let finished = std::mem::take(&mut *FINISHED.lock().unwrap());
    for name in finished {
        connection.execute(AssertSqlSafe(format!("drop database {name} with (force)"))).await.unwrap();
    }
    create_in(connection, port).await
}

async fn connect(port: u16) -> PgConnection {
    PgConnection::connect(&url(port, "postgres")).await.unwrap()
}

async fn create_in(mut connection: PgConnection, port: u16) -> String {
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

impl Postgres {
    /// A server for one test alone.
    pub async fn own() -> Postgres {
        tokio::task::spawn_blocking(|| Postgres::start(false)).await.unwrap()
    }

    /// A new, empty database on this server.
    pub async fn create_database(&self) -> String {
        create_in(connect(self.port).await, self.port).await
    }

    /// Stops it (`INT` is its fast way, which ends every session; `QUIT` the immediate one, as in a crash).
    pub async fn stop(&mut self, signal: &str) {
        self.leash.end(signal);
        self.leash.ended().await;
    }

    /// Starts it again on the same data and port, and does not wait until it answers.
    pub fn start_again(&mut self) {
        self.leash = hold(&self.folder, self.port, self.is_shared);
    }

    /// Waits until it answers.
    pub async fn is_ready(&self) {
        while !self.answers() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Asked over the socket in our folder, so that no other server can answer.
    fn answers(&self) -> bool {
        let mut question = Command::new(programs().join("pg_isready"));
        question.args(["--quiet", "--port", &self.port.to_string(), "--host"]).arg(&self.folder);
        question.status().unwrap().success()
    }

    /// Stops every process of it where it is, sessions included, until [`Postgres::thaw`].
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets all its processes go on.
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, which: Signal) {
        let pid = self.leash.pid();
        signal(pid, which);
        let all = run(&["ps", "-A", "-o", "pid=,ppid="].map(str::to_owned));
        for line in all.lines() {
            let mut numbers = line.split_whitespace().map(|number| number.parse::<u32>().unwrap());
            let (child, parent) = (numbers.next().unwrap(), numbers.next().unwrap());
            if parent == pid {
                signal(child, which);
            }
        }
    }

    fn start(is_shared: bool) -> Postgres {
        // Between finding a free port and using it another program may take it: then once more, with another.
        (0..3).find_map(|_| Postgres::try_start(is_shared)).expect("PostgreSQL started three times in vain")
    }

    fn try_start(is_shared: bool) -> Option<Postgres> {
        let bin = programs();
        let folder = run(&as_servant(&["mktemp", "-d", "/tmp/hubbub-postgres.XXXXXX"]));
        let folder = PathBuf::from(folder.trim());
        run(&as_servant(&[
            &bin.join("initdb").display().to_string(),
            "--username=hubbub",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "--pgdata",
            &folder.join("data").display().to_string(),
        ]));
        let port = free_port();
        let leash = hold(&folder, port, is_shared);
        let server = Postgres { port, folder, is_shared, leash };
        for _ in 0..600 {
            if server.answers() {
                return Some(server);
            }
            #[expect(clippy::disallowed_methods, reason = "no test runs yet: all wait for this server")]
            std::thread::sleep(Duration::from_millis(50));
        }
        eprintln!("PostgreSQL did not start:\n{}", tail(&server.folder.join("log")));
        None
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.thaw();
        self.leash.end("QUIT");
        self.leash.wait();
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

fn hold(folder: &Path, port: u16, is_shared: bool) -> Leash {
    let postgres = programs().join("postgres").display().to_string();
    let data = folder.join("data").display().to_string();
    let settings = [
        format!("port={port}"),
        "listen_addresses=127.0.0.1".to_owned(),
        format!("unix_socket_directories={}", folder.display()),
        "max_connections=200".to_owned(),
        "fsync=on".to_owned(),
        "synchronous_commit=on".to_owned(),
    ];
    let mut command = as_servant(&[&postgres, "-D", &data]);
    command.extend(settings.into_iter().flat_map(|setting| ["-c".to_owned(), setting]));
    Leash::hold(&Held {
        command: &command,
        env: &[("LC_ALL".to_owned(), "C".to_owned())],
        log: &folder.join("log"),
        last_signal: "QUIT",
        // Nobody drops the shared one.
        folder: is_shared.then_some(folder),
    })
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
