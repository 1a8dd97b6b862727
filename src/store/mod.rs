//! The database. One SQL text runs on SQLite and on PostgreSQL wherever the dialects agree; all SQL of the project is here.
//!
//! - [`Store::read`] lends a connection for one statement; [`Store::snapshot`] one that sees a single state of the database.
//! - [`Store::begin`] begins a change that the log does not record (sessions, marks of presence).
//! - [`Store::begin_append`] begins one that it does: the log's head is locked first, so rights are decided in log order.

pub mod access;
pub mod channels;
pub mod events;
pub mod group;
pub mod lists;
pub mod members;
pub mod messages;
pub mod migrate;
pub mod open;
pub mod presence;
pub mod read_marks;
pub mod replies;
pub mod sessions;
pub mod users;

use crate::clock::{Clock, Time};
use crate::error::{Error, Result};
use crate::event::audience::Audience;
use crate::event::row::EventRow;
use crate::event::{Envelope, Event};
use crate::id::{LogId, Seq};
use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction};
use std::sync::Arc;

/// A connection to either database, lent for one statement.
pub enum Conn<'c> {
    /// SQLite.
    Sqlite(&'c mut SqliteConnection),
    /// PostgreSQL.
    Postgres(&'c mut PgConnection),
}

impl Conn<'_> {
    /// The same connection for one statement more.
    pub fn again(&mut self) -> Conn<'_> {
        match self {
            Conn::Sqlite(c) => Conn::Sqlite(c),
            Conn::Postgres(c) => Conn::Postgres(c),
        }
    }
}

/// Runs the same expression on either connection: `on!(conn => sqlx::query(SQL).execute(conn).await)`.
macro_rules! on {
    ($conn:ident => $body:expr) => {
        match $conn {
            $crate::store::Conn::Sqlite($conn) => $body,
            $crate::store::Conn::Postgres($conn) => $body,
        }
    };
}
pub(crate) use on;

/// Runs a statement that takes a list of ids as `$1` (made by [`id_list`]): between the two literals stands the list.
/// `on_ids!(conn, "select * from users where id in ", "" => |sql| sqlx::query_as(sql).bind(id_list(ids)).fetch_all(conn).await)`
macro_rules! on_ids {
    ($conn:ident, $before:expr, $after:literal => |$sql:ident| $body:expr) => {
        match $conn {
            $crate::store::Conn::Sqlite($conn) => {
                let $sql = concat!($before, "(select unhex(value) from json_each($1))", $after);
                $body
            }
            $crate::store::Conn::Postgres($conn) => {
                let $sql = concat!(
                    $before,
                    "(select value::uuid from jsonb_array_elements_text($1::jsonb))",
                    $after
                );
                $body
            }
        }
    };
}
pub(crate) use on_ids;

/// Runs the statement of the connection's dialect, for the few on which the two differ:
/// `on_dialect!(conn, SQLITE, POSTGRES => |sql| sqlx::query(sql).bind(batch).execute(conn).await?.rows_affected())`
macro_rules! on_dialect {
    ($conn:ident, $sqlite:expr, $postgres:expr => |$sql:ident| $body:expr) => {
        match $conn {
            $crate::store::Conn::Sqlite($conn) => {
                let $sql: &'static str = $sqlite;
                $body
            }
            $crate::store::Conn::Postgres($conn) => {
                let $sql: &'static str = $postgres;
                $body
            }
        }
    };
}
pub(crate) use on_dialect;

/// Ids as one JSON text, for [`on_ids`].
pub(crate) fn id_list(ids: impl IntoIterator<Item = uuid::Uuid>) -> String {
    let hex: Vec<String> = ids.into_iter().map(|id| id.simple().to_string()).collect();
    serde_json::Value::from(hex).to_string()
}

/// Rows as one JSON text of lists, for statements that read a batch with `->>0`, `->>1` and so on.
pub(crate) fn row_list(rows: &[impl serde::Serialize]) -> Result<String> {
    serde_json::to_string(rows).map_err(Error::internal)
}

#[derive(Debug, Clone)]
enum Db {
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    Postgres(PgPool),
}

/// The database, opened and migrated. Cloning shares it.
#[derive(Debug, Clone)]
pub struct Store {
    db: Db,
    log_id: LogId,
    clock: Clock,
}

/// A connection for reading, lent from the pool.
pub struct Read(Lent);

enum Lent {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
    SqliteSnapshot(Transaction<'static, Sqlite>),
    PostgresSnapshot(Transaction<'static, Postgres>),
}

impl Read {
    /// The connection, for one statement.
    pub fn conn(&mut self) -> Conn<'_> {
        match &mut self.0 {
            Lent::Sqlite(c) => Conn::Sqlite(c),
            Lent::Postgres(c) => Conn::Postgres(c),
            Lent::SqliteSnapshot(c) => Conn::Sqlite(c),
            Lent::PostgresSnapshot(c) => Conn::Postgres(c),
        }
    }
}

impl Store {
    /// The id of the log in this database.
    pub fn log_id(&self) -> LogId {
        self.log_id
    }

    /// The clock that stamps what is stored.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// A connection for reading; each statement sees what was committed before it.
    pub async fn read(&self) -> Result<Read> {
        Ok(Read(match &self.db {
            Db::Sqlite { readers, .. } => Lent::Sqlite(readers.acquire().await?),
            // Boxed, since it may connect, and what that takes would weigh on every request.
            Db::Postgres(pool) => Lent::Postgres(Box::pin(pool.acquire()).await?),
        }))
    }

    /// A connection for reading whose statements all see one and the same state of the database.
    pub async fn snapshot(&self) -> Result<Read> {
        Ok(Read(match &self.db {
            Db::Sqlite { readers, .. } => Lent::SqliteSnapshot(readers.begin().await?),
            Db::Postgres(pool) => Lent::PostgresSnapshot(
                begin_postgres(pool, "begin isolation level repeatable read read only").await?,
            ),
        }))
    }

    /// Begins a change that the log does not record.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(match &self.db {
            Db::Sqlite { writer, .. } => Tx::Sqlite(writer.begin_with("begin immediate").await?),
            Db::Postgres(pool) => Tx::Postgres(begin_postgres(pool, "begin").await?),
        })
    }

    /// Begins a change that the log records: takes the lock on the log's head, so that whatever is checked from here on
    /// is decided in log order. On PostgreSQL the lock is a statement of its own at READ COMMITTED, so that the
    /// statements after it see all that committed before.
    pub async fn begin_append(&self) -> Result<Append> {
        let mut tx = self.begin().await?;
        let head = events::lock_head(tx.conn()).await?;
        Ok(Append { tx, head, now: self.clock.now(), rows: Vec::new(), envelopes: Vec::new() })
    }

    /// Closes every connection; on SQLite the write-ahead log is folded into the file.
    pub async fn close(&self) {
        match &self.db {
            Db::Sqlite { writer, readers } => {
                readers.close().await;
                if let Err(error) = sqlx::query("pragma wal_checkpoint(truncate)").execute(writer).await {
                    tracing::warn!(%error, "the write-ahead log could not be folded in");
                }
                writer.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
    }
}

/// Begins in a task of its own, which ends also when the caller does not wait for it. sqlx counts a transaction only once
/// PostgreSQL has answered: a caller that went away between would give a connection back to the pool that is still inside
/// one, read-only and with a view of the past.
async fn begin_postgres(pool: &PgPool, statement: &'static str) -> Result<Transaction<'static, Postgres>> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin_with(statement).await });
    Ok(begun.await.map_err(Error::internal)??)
}

/// A change under way. Dropped without [`Tx::commit`], it never happened.
pub enum Tx {
    /// On SQLite.
    Sqlite(Transaction<'static, Sqlite>),
    /// On PostgreSQL.
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    /// The connection, for one statement.
    pub fn conn(&mut self) -> Conn<'_> {
        match self {
            Tx::Sqlite(c) => Conn::Sqlite(c),
            Tx::Postgres(c) => Conn::Postgres(c),
        }
    }

    /// Makes the change durable.
    pub async fn commit(self) -> Result<()> {
        match self {
            Tx::Sqlite(tx) => tx.commit().await?,
            Tx::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

/// A change under way that appends to the log, holding the lock on its head.
pub struct Append {
    tx: Tx,
    head: Seq,
    now: Time,
    rows: Vec<EventRow>,
    envelopes: Vec<Arc<Envelope>>,
}

impl Append {
    /// The connection, for one statement.
    pub fn conn(&mut self) -> Conn<'_> {
        self.tx.conn()
    }

    /// The moment of this change: one for all that it writes.
    pub fn now(&self) -> Time {
        self.now
    }

    /// The last number taken so far.
    pub fn head(&self) -> Seq {
        self.head
    }

    /// Takes the next number. An event must be appended under it.
    pub fn next_seq(&mut self) -> Seq {
        self.head += 1;
        self.head
    }

    /// Appends an event under the number that [`Append::next_seq`] gave last, or a batch of them in their order.
    pub fn append(&mut self, seq: Seq, event: &Event, audience: Audience) {
        self.rows.push(event.row(seq, &audience));
        self.envelopes.push(Arc::new(Envelope::new(seq, event, audience)));
    }

    /// Makes the change and its events durable, in one commit. What comes back has to be published.
    pub async fn commit(mut self) -> Result<Committed> {
        if let Some(last) = self.rows.last() {
            let gapless =
                last.seq == self.head && self.rows.windows(2).all(|pair| pair[1].seq == pair[0].seq + 1);
            if !gapless {
                return Err(Error::internal("a number of the log was taken and not used"));
            }
            events::insert(self.tx.conn(), &self.rows, self.head, self.now).await?;
        }
        self.tx.commit().await?;
        Ok(Committed(self.envelopes))
    }
}

/// Events that are durable, in the order of their numbers: the only thing that [`crate::bus::Bus::publish`] accepts, so
/// publishing before the commit does not compile, and forgetting to publish is an error of the compiler too.
#[must_use = "committed events have to be published"]
#[derive(Debug)]
pub struct Committed(Vec<Arc<Envelope>>);

impl Committed {
    /// The events.
    pub fn into_envelopes(self) -> Vec<Arc<Envelope>> {
        self.0
    }
}
