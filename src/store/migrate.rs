//! Bringing the database to this version's schema, and the first rows: the log's head and the three channels.

use super::{Conn, Db, Tx, on};
use crate::clock::{Clock, Time};
use crate::error::{Error, Result};
use crate::id::{ChannelId, LogId};
use crate::model::text;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, SqlitePool};
use std::fs::File;
use std::path::Path;

/// The channels that exist from the start.
const BUILT_IN: [(&str, &str); 3] = [
    ("general", "Everyone, about everything."),
    ("random", "What belongs nowhere else."),
    ("help", "Questions and answers."),
];

/// Waits until no other instance migrates this file. SQLite itself has no lock that spans a whole migration.
pub(super) async fn lock_file(path: &Path) -> Result<File> {
    let path = path.with_extension("lock");
    let lock = move || {
        let file = File::options().create(true).append(true).open(&path)?;
        file.lock()?;
        Ok::<_, std::io::Error>(file)
    };
    tokio::task::spawn_blocking(lock).await.map_err(Error::internal)?.map_err(Error::internal)
}

pub(super) async fn sqlite(writer: &SqlitePool) -> Result<()> {
    let mut migrator = sqlx::migrate!("migrations/sqlite");
    migrator.set_locking(false).run(writer).await.map_err(Error::internal)
}

/// Migrates over a connection of its own, without the time limits of the pool's; sqlx holds an advisory lock meanwhile.
pub(super) async fn postgres(options: PgConnectOptions) -> Result<()> {
    let mut conn = PgConnection::connect_with(&options).await?;
    sqlx::migrate!("migrations/postgres").run(&mut conn).await.map_err(Error::internal)?;
    conn.close().await?;
    Ok(())
}

/// Makes the log's head and the built-in channels, if this is the first start ever; returns the log's id.
pub(super) async fn seed(db: &Db, clock: &Clock) -> Result<LogId> {
    let mut tx = match db {
        Db::Sqlite { writer, .. } => Tx::Sqlite(writer.begin_with("begin immediate").await?),
        Db::Postgres(pool) => Tx::Postgres(pool.begin().await?),
    };
    if insert_head(tx.conn(), LogId::new()).await? {
        for (name, description) in BUILT_IN {
            insert_built_in(tx.conn(), name, description, clock.now()).await?;
        }
    }
    let log_id = find_log_id(tx.conn()).await?;
    tx.commit().await?;
    Ok(log_id)
}

async fn insert_head(conn: Conn<'_>, log_id: LogId) -> Result<bool> {
    const SQL: &str =
        "insert into log_head (id, log_id, seq, pruned_seq) values (1, $1, 0, 0) on conflict (id) do nothing";
    Ok(on!(conn => sqlx::query(SQL).bind(log_id).execute(conn).await?.rows_affected()) == 1)
}

async fn insert_built_in(conn: Conn<'_>, name: &str, description: &str, now: Time) -> Result<()> {
    const SQL: &str = "insert into channels (id, kind, name, name_folded, description, created_at) \
        values ($1, 'public', $2, $3, $4, $5)";
    on!(conn => sqlx::query(SQL).bind(ChannelId::new()).bind(name).bind(text::folded(name)).bind(description).bind(now).execute(conn).await?.rows_affected());
    Ok(())
}

async fn find_log_id(conn: Conn<'_>) -> Result<LogId> {
    const SQL: &str = "select log_id from log_head where id = 1";
    Ok(on!(conn => sqlx::query_scalar(SQL).fetch_one(conn).await?))
}
