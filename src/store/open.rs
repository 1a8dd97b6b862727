//! Opening the database: settings that durability rests on are set, and read back before anything is served.

use super::{Db, Store, migrate};
use crate::clock::Clock;
use crate::config::Database;
use crate::error::{Error, Result};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Executor, PgPool, SqlitePool};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

/// How many connections read at once on SQLite: a read is short, and the machine has few cores.
const SQLITE_READERS: u32 = 4;
/// The write-ahead log is folded into the file when it has this many pages, 32 MiB: pages that many commits write are then
/// written to the file once.
const WAL_PAGES: &str = "8192";
/// How many connections an instance holds to PostgreSQL at most.
const POSTGRES_CONNECTIONS: u32 = 16;
/// How long a request waits for a connection before it is told to come again.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(4);

/// Sessions of PostgreSQL end what a frozen instance holds, so that the others are not stopped for long.
const POSTGRES_SESSION: &str = "set idle_in_transaction_session_timeout = '2s'; set lock_timeout = '3s'; \
    set statement_timeout = '4s'; set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3";

impl Store {
    /// Opens the database and migrates it; safe when several instances do so at once on an empty one.
    pub async fn open(database: &Database, clock: Clock) -> Result<Self> {
        let db = match database {
            Database::Sqlite(path) => open_sqlite(path).await?,
            Database::Postgres(url) => open_postgres(url).await?,
        };
        let log_id = migrate::seed(&db, &clock).await?;
        Ok(Self { db, log_id, clock })
    }
}

async fn open_sqlite(path: &Path) -> Result<Db> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|e| Error::internal(format!("{}: {e}", folder.display())))?;
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("cache_size", "-16384")
        // What a statement may have to take back of a batch is kept in memory, not in a file.
        .pragma("temp_store", "memory")
        .pragma("wal_autocheckpoint", WAL_PAGES);
    let lock = migrate::lock_file(path).await?;
    let pool = SqlitePoolOptions::new()
        .min_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None);
    let writer = pool.clone().max_connections(1).connect_with(options.clone()).await?;
    check_sqlite(&writer).await?;
    migrate::sqlite(&writer).await?;
    drop(lock);
    let readers = pool
        .max_connections(SQLITE_READERS)
        .connect_with(options.read_only(true).create_if_missing(false))
        .await?;
    Ok(Db::Sqlite { writer, readers })
}

/// Reads back what an acknowledged message's life depends on.
async fn check_sqlite(writer: &SqlitePool) -> Result<()> {
    let journal: String = sqlx::query_scalar("pragma journal_mode").fetch_one(writer).await?;
    let synchronous: i64 = sqlx::query_scalar("pragma synchronous").fetch_one(writer).await?;
    let foreign_keys: i64 = sqlx::query_scalar("pragma foreign_keys").fetch_one(writer).await?;
    if (journal.as_str(), synchronous, foreign_keys) != ("wal", 2, 1) {
        return Err(Error::internal(format!(
            "SQLite took journal_mode={journal}, synchronous={synchronous}, foreign_keys={foreign_keys}, but wal, 2 and 1 are needed: is the file on a network share?"
        )));
    }
    Ok(())
}

async fn open_postgres(url: &str) -> Result<Db> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| Error::internal("DATABASE_URL is not an address that PostgreSQL understands"))?
        .application_name("hubbub");
    migrate::postgres(options.clone()).await?;
    let pool = PgPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(Duration::from_secs(300))
        .max_lifetime(Duration::from_secs(600))
        .after_connect(|conn, _| {
            Box::pin(async move {
                conn.execute(POSTGRES_SESSION).await?;
                Ok(())
            })
        })
        .connect_with(options)
        .await?;
    check_postgres(&pool).await?;
    Ok(Db::Postgres(pool))
}

/// Reads back what an acknowledged message's life depends on.
async fn check_postgres(pool: &PgPool) -> Result<()> {
    for setting in ["fsync", "synchronous_commit"] {
        let value: String =
            sqlx::query_scalar("select current_setting($1)").bind(setting).fetch_one(pool).await?;
        if value == "off" {
            return Err(Error::internal(format!(
                "PostgreSQL has {setting}={value}: acknowledged messages would not be safe"
            )));
        }
    }
    Ok(())
}
