//! SQL about lists of channels, as one person stands to each: role, marks, what is unread.

use super::events::Head;
use super::read_marks::unread_count;
use super::users::SeenUser;
use super::{Conn, on};
use crate::clock::Time;
use crate::error::Result;
use crate::id::{ChannelId, MessageId, Seq, UserId};
use crate::model::channel::Channel;
use crate::model::member::Role;
use crate::model::user::User;
use sqlx::FromRow;

/// A channel as one person sees it. What is a member's alone is null for others.
#[derive(Debug, Clone, FromRow)]
pub struct Listed {
    /// The channel.
    #[sqlx(flatten)]
    pub channel: Channel,
    /// How many members it has.
    pub member_count: i64,
    /// When the last message of the timeline was sent.
    pub last_message_at: Option<Time>,
    /// Their role, if they are a member.
    pub role: Option<Role>,
    /// The message they have read up to.
    pub last_read_message_id: Option<MessageId>,
    /// The same as a `seq`.
    pub last_read_seq: Option<Seq>,
    /// What they have not read.
    pub unread_count: Option<i64>,
    /// The `seq` of their join.
    pub joined_seq: Option<Seq>,
    /// Whether it is listed for them.
    pub is_listed: bool,
    #[sqlx(flatten)]
    peer: PeerColumns,
}

/// A public channel, and whether one person is in it.
#[derive(Debug, Clone, FromRow)]
pub struct Browsed {
    /// The channel.
    #[sqlx(flatten)]
    pub channel: Channel,
    /// How many members it has.
    pub member_count: i64,
    /// When the last message of the timeline was sent.
    pub last_message_at: Option<Time>,
    /// Whether they are one of them.
    pub is_member: bool,
}

/// The other of a DM, in columns that are null elsewhere.
#[derive(Debug, Clone, FromRow)]
struct PeerColumns {
    peer_id: Option<UserId>,
    peer_username: Option<String>,
    peer_display_name: Option<String>,
    peer_avatar_color: Option<String>,
    peer_version: Option<Seq>,
    peer_last_seen_at: Option<Time>,
}

/// A user's channel, with the user and the log's head as of the same moment: all that a stream begins with.
#[derive(Debug, Clone, FromRow)]
pub struct Standing {
    /// The channel.
    #[sqlx(flatten)]
    pub listed: Listed,
    /// The log's head.
    #[sqlx(flatten)]
    pub head: Head,
    /// The name to sign in with.
    my_username: String,
    my_display_name: String,
    my_avatar_color: String,
    my_version: Seq,
    my_last_seen_at: Option<Time>,
}

impl Listed {
    /// The other, if it is a DM.
    pub fn peer(&self) -> Option<SeenUser> {
        let peer = &self.peer;
        Some(SeenUser {
            user: User {
                id: peer.peer_id?,
                username: peer.peer_username.clone()?,
                display_name: peer.peer_display_name.clone()?,
                avatar_color: peer.peer_avatar_color.clone()?,
                version: peer.peer_version?,
            },
            last_seen_at: peer.peer_last_seen_at,
        })
    }
}

impl Standing {
    /// The user whose channel it is.
    pub fn user(&self, id: UserId) -> SeenUser {
        let user = User {
            id,
            username: self.my_username.clone(),
            display_name: self.my_display_name.clone(),
            avatar_color: self.my_avatar_color.clone(),
            version: self.my_version,
        };
        SeenUser { user, last_seen_at: self.my_last_seen_at }
    }
}

/// What the person `$viewer` sees of channels `c`, of which they are perhaps the member `m`. A DM in which nothing was said
/// is listed only for who opened it.
macro_rules! listed {
    ($viewer:literal, $more:literal, $from:literal, $where:literal) => {
        concat!(
            "select c.*, m.role, m.joined_seq, m.last_read_message_id, m.last_read_seq, ",
            unread_count!(),
            " as unread_count, (c.kind <> 'dm' or c.last_ordinal > 0 or c.created_by = ",
            $viewer,
            ") as is_listed, u.id as peer_id, u.username as peer_username, u.display_name as peer_display_name, \
             u.avatar_color as peer_avatar_color, u.version as peer_version, u.last_seen_at as peer_last_seen_at",
            $more,
            " from ",
            $from,
            " left join members p on c.kind = 'dm' and p.channel_id = c.id and p.user_id <> ",
            $viewer,
            " left join users u on u.id = p.user_id where ",
            $where
        )
    };
}

/// The channels that a user is in, by name; then their DMs, the last spoken in first.
pub async fn list(conn: Conn<'_>, user_id: UserId) -> Result<Vec<Listed>> {
    const SQL: &str = listed!(
        "$1",
        "",
        "members m join channels c on c.id = m.channel_id",
        "m.user_id = $1 order by c.kind = 'dm', c.name_folded, coalesce(c.last_message_at, c.created_at) desc, c.id"
    );
    Ok(on!(conn => sqlx::query_as(SQL).bind(user_id).fetch_all(conn).await?))
}

/// The same, with all else that a stream begins with; nothing for who is in no channel.
pub async fn list_standing(conn: Conn<'_>, user_id: UserId) -> Result<Vec<Standing>> {
    const SQL: &str = listed!(
        "$1",
        ", h.seq, h.pruned_seq, h.revoked_seq, me.username as my_username, me.display_name as my_display_name, \
         me.avatar_color as my_avatar_color, me.version as my_version, me.last_seen_at as my_last_seen_at",
        "members m join channels c on c.id = m.channel_id join users me on me.id = m.user_id join log_head h on h.id = 1",
        "m.user_id = $1 order by c.kind = 'dm', c.name_folded, coalesce(c.last_message_at, c.created_at) desc, c.id"
    );
    Ok(on!(conn => sqlx::query_as(SQL).bind(user_id).fetch_all(conn).await?))
}

/// The DMs among them.
pub async fn list_dms(conn: Conn<'_>, user_id: UserId) -> Result<Vec<Listed>> {
    const SQL: &str = listed!(
        "$1",
        "",
        "members m join channels c on c.id = m.channel_id",
        "m.user_id = $1 and c.kind = 'dm' order by coalesce(c.last_message_at, c.created_at) desc, c.id"
    );
    Ok(on!(conn => sqlx::query_as(SQL).bind(user_id).fetch_all(conn).await?))
}

/// One channel as a user sees it, whether a member or not.
pub async fn find(conn: Conn<'_>, channel_id: ChannelId, user_id: UserId) -> Result<Option<Listed>> {
    const SQL: &str = listed!(
        "$2",
        "",
        "channels c left join members m on m.channel_id = c.id and m.user_id = $2",
        "c.id = $1"
    );
    Ok(on!(conn => sqlx::query_as(SQL).bind(channel_id).bind(user_id).fetch_optional(conn).await?))
}

/// Public channels that are not archived and whose name contains `query`, case folded; by name, which is unique among
/// them, after the folded name `after`; at most `limit`.
pub async fn browse(
    conn: Conn<'_>, user_id: UserId, query: &str, after: &str, limit: i64,
) -> Result<Vec<Browsed>> {
    // Taking `query` out of a name changes it only if it is there: a search without wildcards, the same in both dialects.
    const SQL: &str = "select c.*, exists (select 1 from members m where m.channel_id = c.id and m.user_id = $1) as is_member \
        from channels c where c.kind = 'public' and c.archived_at is null \
        and ($2 = '' or replace(c.name_folded, $2, '') <> c.name_folded) and c.name_folded > $3 \
        order by c.name_folded limit $4";
    Ok(
        on!(conn => sqlx::query_as(SQL).bind(user_id).bind(query).bind(after).bind(limit).fetch_all(conn).await?),
    )
}

/// Whether this is a message of the channel's timeline, so that a thread can hang on it.
pub async fn is_root(conn: Conn<'_>, channel_id: ChannelId, message_id: MessageId) -> Result<bool> {
    const SQL: &str =
        "select exists (select 1 from messages where id = $2 and channel_id = $1 and parent_id is null)";
    Ok(on!(conn => sqlx::query_scalar(SQL).bind(channel_id).bind(message_id).fetch_one(conn).await?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::config::Database;
    use crate::model::channel::ChannelKind;
    use crate::store::{Store, Tx, channels, members};

    struct Cast {
        tx: Tx,
        alice: UserId,
        bob: UserId,
        _folder: tempfile::TempDir,
    }

    /// Alice and Bob, and a database of their own.
    async fn cast() -> Cast {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::Sqlite(folder.path().join("hubbub.db"));
        let store = Store::open(&database, Clock::manual(Time(1_000))).await.unwrap();
        let mut cast = Cast {
            tx: store.begin().await.unwrap(),
            alice: UserId::new(),
            bob: UserId::new(),
            _folder: folder,
        };
        for (id, name) in [(cast.alice, "alice"), (cast.bob, "bob")] {
            const SQL: &str = "insert into users (id, username, password_hash, display_name, display_name_folded, avatar_color, created_at) \
                values ($1, $2, '', $2, $2, '#123456', 0)";
            let conn = cast.tx.conn();
            on!(conn => sqlx::query(SQL).bind(id).bind(name).execute(conn).await.unwrap().rows_affected());
        }
        cast
    }

    impl Cast {
        async fn channel(&mut self, kind: ChannelKind, name: Option<&str>, seq: Seq) -> ChannelId {
            let pair = vec![self.alice, self.bob];
            let channel = Channel {
                id: ChannelId::new(),
                kind,
                name: name.map(str::to_owned),
                description: String::new(),
                created_by: Some(self.alice),
                created_at: Time(seq),
                archived_at: None,
                version: seq,
                user_ids: (kind == ChannelKind::Dm).then_some(pair.clone()),
            };
            channels::insert(self.tx.conn(), &channel).await.unwrap();
            for user_id in pair {
                members::insert(self.tx.conn(), channel.id, user_id, Role::Member, seq, Time(seq))
                    .await
                    .unwrap();
            }
            channel.id
        }

        async fn says(
            &mut self, sender_id: UserId, channel_id: ChannelId, seq: Seq, deleted_at: Option<Time>,
        ) {
            const INSERT: &str = "insert into messages (seq, id, version, channel_id, sender_id, ordinal, text, send_hash, created_at, deleted_at) \
                select $1, $2, $1, $3, $4, last_ordinal + 1, '', x'00', $1, $5 from channels where id = $3";
            const COUNT: &str =
                "update channels set last_ordinal = last_ordinal + 1, last_message_at = $2 where id = $1";
            let conn = self.tx.conn();
            on!(conn => sqlx::query(INSERT).bind(seq).bind(MessageId::new()).bind(channel_id).bind(sender_id)
                .bind(deleted_at).execute(conn).await.unwrap().rows_affected());
            let conn = self.tx.conn();
            on!(conn => sqlx::query(COUNT).bind(channel_id).bind(seq).execute(conn).await.unwrap().rows_affected());
        }

        async fn list(&mut self, user_id: UserId) -> Vec<(ChannelId, Option<i64>)> {
            let mut listed = list(self.tx.conn(), user_id).await.unwrap();
            listed.retain(|listed| listed.is_listed);
            listed.into_iter().map(|listed| (listed.channel.id, listed.unread_count)).collect()
        }
    }

    #[tokio::test]
    async fn unread_is_what_others_said_since_and_did_not_delete() {
        let mut cast = cast().await;
        let (alice, bob) = (cast.alice, cast.bob);
        let garden = cast.channel(ChannelKind::Public, Some("garden"), 1).await;
        cast.says(alice, garden, 2, None).await;
        cast.says(bob, garden, 3, None).await;
        cast.says(bob, garden, 4, Some(Time(5))).await;
        cast.says(alice, garden, 6, Some(Time(7))).await;
        assert_eq!(cast.list(alice).await, [(garden, Some(1))]);
        assert_eq!(cast.list(bob).await, [(garden, Some(1))]);
        let listed = find(cast.tx.conn(), garden, alice).await.unwrap().unwrap();
        assert_eq!((listed.member_count, listed.last_message_at), (2, Some(Time(6))));
        let stranger = find(cast.tx.conn(), garden, UserId::new()).await.unwrap().unwrap();
        assert!(stranger.role.is_none() && stranger.unread_count.is_none());
    }

    #[tokio::test]
    async fn channels_come_by_name_then_dms_and_a_silent_dm_is_listed_for_its_opener() {
        let mut cast = cast().await;
        let (alice, bob) = (cast.alice, cast.bob);
        let dm = cast.channel(ChannelKind::Dm, None, 1).await;
        let weeds = cast.channel(ChannelKind::Private, Some("weeds"), 2).await;
        let garden = cast.channel(ChannelKind::Public, Some("Garden"), 3).await;
        assert_eq!(cast.list(alice).await, [(garden, Some(0)), (weeds, Some(0)), (dm, Some(0))]);
        assert_eq!(cast.list(bob).await, [(garden, Some(0)), (weeds, Some(0))]);
        cast.says(alice, dm, 4, None).await;
        assert_eq!(cast.list(bob).await, [(garden, Some(0)), (weeds, Some(0)), (dm, Some(1))]);
        let spoken = find(cast.tx.conn(), dm, bob).await.unwrap().unwrap();
        assert_eq!(spoken.peer().map(|peer| peer.user.id), Some(alice));
        assert_eq!(channels::find_dm(cast.tx.conn(), [bob, alice]).await.unwrap().map(|c| c.id), Some(dm));
    }

    #[tokio::test]
    async fn browsing_finds_what_is_inside_a_name() {
        let mut cast = cast().await;
        let bob = cast.bob;
        cast.channel(ChannelKind::Public, Some("Rose Garden"), 1).await;
        cast.channel(ChannelKind::Private, Some("garden"), 2).await;
        let names =
            |found: Vec<Browsed>| found.into_iter().filter_map(|b| b.channel.name).collect::<Vec<_>>();
        let found = browse(cast.tx.conn(), bob, "gard", "", 10).await.unwrap();
        assert!(found[0].is_member);
        assert_eq!(names(found), ["Rose Garden"]);
        let all = browse(cast.tx.conn(), bob, "", "general", 10).await.unwrap();
        assert_eq!(names(all), ["help", "random", "Rose Garden"]);
    }
}
