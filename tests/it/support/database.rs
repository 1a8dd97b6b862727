//! A fresh database for each test, of either kind.

use std::collections::HashMap;

use hubbub::clock::Clock;
use hubbub::config::Config;
use hubbub::store::Store;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;

use super::postgres::{self, Postgres};

/// The two databases that every test of the store runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Db {
    Sqlite,
    Postgres,
}

/// An empty database: a file of its own, or a database of the tests' own PostgreSQL.
pub struct Database {
    pub db: Db,
    pub url: String,
    /// A folder that goes with it, removed when the test is over.
    pub folder: TempDir,
    /// Whether others have databases on the same server.
    is_shared: bool,
}

impl Database {
    pub async fn fresh(db: Db) -> Database {
        let folder = fresh_folder();
        let url = match db {
            Db::Sqlite => format!("sqlite://{}/hubbub.db", folder.path().display()),
            Db::Postgres => postgres::create_database().await,
        };
        Database { db, url, folder, is_shared: db == Db::Postgres }
    }

    /// An empty database on a PostgreSQL that a test has for itself.
    pub async fn on(server: &Postgres) -> Database {
        let url = server.create_database().await;
        Database { db: Db::Postgres, url, folder: fresh_folder(), is_shared: false }
    }

    /// The settings of a server on this database, `overrides` last.
    pub fn settings(&self, port: u16, overrides: &[(&str, &str)]) -> Vec<(String, String)> {
        let port = port.to_string();
        let mut settings = vec![
            ("HOST", "127.0.0.1"),
            ("PORT", &port),
            ("DATABASE_URL", &self.url),
            ("RATE_LIMITS", "off"),
            ("RUST_LOG", "warn"),
        ];
        if self.db == Db::Postgres {
            settings.push(("JWT_SECRET", "a secret of the tests, long enough to sign"));
        }
        settings.extend(overrides);
        settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// The store on it, at the time of this clock.
    pub async fn store(&self, clock: Clock) -> Store {
        self.try_store(clock).await.unwrap()
    }

    /// As [`Database::store`], where it may be refused.
    pub async fn try_store(&self, clock: Clock) -> hubbub::error::Result<Store> {
        let config = config(&self.settings(0, &[]));
        Store::open(&config.database, clock).await
    }
}

impl Database {
    /// Runs a statement past the server.
    pub async fn run(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        match self.db {
            Db::Sqlite => {
                let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
            }
            Db::Postgres => {
                let mut connection = PgConnection::connect(&self.url).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
            }
        }
    }

    /// The one number that a statement gives, asked past the server.
    pub async fn number(&self, sql: &'static str) -> i64 {
        match self.db {
            Db::Sqlite => {
                let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
                sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
            }
            Db::Postgres => {
                let mut connection = PgConnection::connect(&self.url).await.unwrap();
                sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
            }
        }
    }
}

/// A folder for a test, removed when it is dropped.
pub fn fresh_folder() -> TempDir {
    tempfile::Builder::new().prefix("hubbub-test.").tempdir().unwrap()
}

/// What a server makes of settings; of two for one name, the last counts.
pub fn config(settings: &[(String, String)]) -> Config {
    let settings: HashMap<&str, &str> =
        settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Config::from_vars(|name| settings.get(name).map(|&value| value.to_owned())).unwrap()
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.is_shared {
            postgres::finished_with(&self.url);
        }
    }
}
