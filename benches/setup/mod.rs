//! What the store's benches share: the databases to measure, and a channel with people in it.

#[expect(dead_code, clippy::unwrap_used, reason = "tests use more of it, and fail where they stand")]
#[path = "../../tests/it/support/leash.rs"]
mod leash;
#[expect(clippy::unwrap_used, reason = "as above")]
#[path = "../../tests/it/support/port.rs"]
mod port;
#[expect(dead_code, clippy::unwrap_used, clippy::expect_used, reason = "as above")]
#[path = "../../tests/it/support/postgres.rs"]
mod postgres;

use anyhow::Result;
use hubbub::clock::{Clock, Time};
use hubbub::config::Database;
use hubbub::id::{ChannelId, UserId};
use hubbub::model::member::Role;
use hubbub::store::{Conn, Store, members};

/// A database to measure.
pub struct Measured {
    pub name: &'static str,
    pub store: Store,
    _folder: tempfile::TempDir,
}

/// Runs the same expression on either connection.
#[macro_export]
macro_rules! either {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            hubbub::store::Conn::Sqlite($c) => {
                $body;
            }
            hubbub::store::Conn::Postgres($c) => {
                $body;
            }
        }
    };
}

/// SQLite in a folder of its own, and a PostgreSQL of its own; both keep the durability of production.
pub async fn databases() -> Result<Vec<Measured>> {
    let folder = tempfile::tempdir()?;
    let sqlite = Database::Sqlite(folder.path().join("bench.db"));
    let postgres = Database::Postgres(postgres::create_database().await);
    let databases = [("SQLite", sqlite, folder), ("PostgreSQL", postgres, tempfile::tempdir()?)];
    let mut measured = Vec::new();
    for (name, database, folder) in databases {
        let store = Store::open(&database, Clock::system()).await?;
        measured.push(Measured { name, store, _folder: folder });
    }
    Ok(measured)
}

/// A private channel with so many members.
pub async fn channel_with(store: &Store, member_count: usize) -> Result<(ChannelId, Vec<UserId>)> {
    const CHANNEL: &str = "insert into channels (id, kind, name, name_folded, description, created_at) \
        values ($1, 'private', 'bench', 'bench', '', 0)";
    let mut tx = store.begin().await?;
    let channel_id = ChannelId::new();
    either!(tx.conn(), c => sqlx::query(CHANNEL).bind(channel_id).execute(c).await?);
    let mut people = Vec::with_capacity(member_count);
    for _ in 0..member_count {
        let user_id = UserId::new();
        insert_user(tx.conn(), user_id).await?;
        members::insert(tx.conn(), channel_id, user_id, Role::Member, 0, Time(0)).await?;
        people.push(user_id);
    }
    tx.commit().await?;
    Ok((channel_id, people))
}

async fn insert_user(conn: Conn<'_>, id: UserId) -> Result<()> {
    const USER: &str = "insert into users (id, username, password_hash, display_name, display_name_folded, avatar_color, created_at) \
        values ($1, $2, '', 'Bench', 'bench', '#000000', 0)";
    either!(conn, c => sqlx::query(USER).bind(id).bind(id.hex()).execute(c).await?);
    Ok(())
}
