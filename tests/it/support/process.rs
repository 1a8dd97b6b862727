//! A server as people run it: the built program, which a test can kill.

use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::time::Duration;

use super::client::Client;
use super::database::{Database, Db};
use super::leash::{Held, Leash, tail};
use super::port::free_port;

/// The program on a database of its own; it ends with the test.
pub struct Process {
    program: Program,
    pub database: Database,
}

impl Process {
    pub async fn start(db: Db, overrides: &[(&str, &str)]) -> Process {
        Process::start_after(db, ":", overrides).await
    }

    /// As [`Process::start`], with shell commands that its process runs first: `ulimit -n 64`.
    pub async fn start_after(db: Db, prelude: &str, overrides: &[(&str, &str)]) -> Process {
        let database = Database::fresh(db).await;
        let program = Program::launch(&database, prelude, overrides);
        program.is_ready().await;
        Process { program, database }
    }
}

impl Deref for Process {
    type Target = Program;

    fn deref(&self) -> &Program {
        &self.program
    }
}

impl DerefMut for Process {
    fn deref_mut(&mut self) -> &mut Program {
        &mut self.program
    }
}

/// The program on a database that is another's, or that several share.
pub struct Program {
    leash: Leash,
    base: String,
    settings: Vec<(String, String)>,
    log: PathBuf,
    prelude: String,
}

impl Program {
    /// Starts it, and does not wait for it to be ready.
    pub fn start_on(database: &Database, overrides: &[(&str, &str)]) -> Program {
        Program::launch(database, ":", overrides)
    }

    fn launch(database: &Database, prelude: &str, overrides: &[(&str, &str)]) -> Program {
        let port = free_port();
        let settings = database.settings(port, overrides);
        let log = database.folder.path().join(format!("log-{port}"));
        let leash = hold(prelude, &settings, &log);
        Program {
            leash,
            base: format!("http://127.0.0.1:{port}"),
            settings,
            log,
            prelude: prelude.to_owned(),
        }
    }

    pub async fn user(&self, username: &str) -> Client {
        self.stranger().register(username).await
    }

    /// Someone without an account.
    pub fn stranger(&self) -> Client {
        Client::stranger(&self.base)
    }

    /// Ends it in the middle of whatever it does.
    pub async fn kill9(&mut self) {
        self.leash.end("KILL");
        self.leash.ended().await;
    }

    /// Asks it to end, as a service manager does, and gives its exit code.
    pub async fn terminate(&mut self) -> i32 {
        self.leash.end("TERM");
        self.leash.ended().await
    }

    /// Its exit code, once it has ended by itself.
    pub async fn ended(&mut self) -> i32 {
        self.leash.ended().await
    }

    /// Starts it again on the same data and port, after [`Program::kill9`] or [`Program::terminate`].
    pub async fn restart(&mut self) {
        self.leash = hold(&self.prelude, &self.settings, &self.log);
        self.is_ready().await;
    }

    /// The number of its process.
    pub fn pid(&self) -> u32 {
        self.leash.pid()
    }

    /// As [`Leash::freeze`].
    pub fn freeze(&self) {
        self.leash.freeze();
    }

    /// As [`Leash::thaw`].
    pub fn thaw(&self) {
        self.leash.thaw();
    }

    /// Where it is: `http://127.0.0.1:…`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// What it wrote to its log, to be searched for what must not be there.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// The end of its log.
    pub fn last_words(&self) -> String {
        tail(&self.log)
    }

    pub async fn is_ready(&self) {
        let probe = reqwest::Client::new();
        let asked_at = tokio::time::Instant::now();
        while asked_at.elapsed() < Duration::from_secs(20) {
            let answer = probe.get(format!("{}/readyz", self.base)).send().await;
            if answer.is_ok_and(|answer| answer.status() == 200) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the server did not become ready:\n{}", tail(&self.log));
    }
}

fn hold(prelude: &str, settings: &[(String, String)], log: &std::path::Path) -> Leash {
    let script = format!("{prelude}; exec \"$0\" serve");
    let command = ["sh".to_owned(), "-c".to_owned(), script, env!("CARGO_BIN_EXE_hubbub").to_owned()];
    Leash::hold(&Held { command: &command, env: settings, log, last_signal: "KILL", folder: None })
}
