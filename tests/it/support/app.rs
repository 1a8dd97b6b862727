//! A server inside the test's own process.

use hubbub::app::Running;

use super::client::Client;
use super::database::{Database, Db, config};

/// A server on a database of its own, gone with the test.
pub struct App {
    running: Option<Running>,
    base: String,
    settings: Vec<(String, String)>,
    pub database: Database,
}

impl App {
    pub async fn start(db: Db) -> App {
        App::with(db, &[]).await
    }

    /// With settings that differ: `App::with(db, &[("ACCESS_TOKEN_TTL_S", "2")])`.
    pub async fn with(db: Db, overrides: &[(&str, &str)]) -> App {
        let database = Database::fresh(db).await;
        let mut settings = database.settings(0, overrides);
        let running = run(&settings).await;
        let base = format!("http://{}", running.addr);
        settings.push(("PORT".to_owned(), running.addr.port().to_string()));
        App { running: Some(running), base, settings, database }
    }

    /// Registers one of the cast. Each test has a server of its own, so names need no suffix.
    pub async fn user(&self, username: &str) -> Client {
        self.stranger().register(username).await
    }

    /// Someone without an account.
    pub fn stranger(&self) -> Client {
        Client::stranger(&self.base)
    }

    /// Runs a statement on its SQLite file, past all rules: for what would take too long otherwise.
    pub async fn sql(&self, statement: &'static str) {
        assert_eq!(self.database.db, Db::Sqlite, "only SQLite is written to from outside");
        let pool = sqlx::SqlitePool::connect(&self.database.url).await.unwrap();
        sqlx::query(statement).execute(&pool).await.unwrap();
        pool.close().await;
    }

    /// Drains and ends the server, as SIGTERM does.
    pub async fn stop(&mut self) {
        self.running.take().expect("a running server").stop().await;
    }

    /// Stops it, and starts another on the same data and port.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.running = Some(run(&self.settings).await);
    }
}

async fn run(settings: &[(String, String)]) -> Running {
    hubbub::app::start(config(settings)).await.unwrap()
}
