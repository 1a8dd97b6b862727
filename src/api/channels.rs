//! Channels over REST.

use super::Tag;
use super::answer::{Created, Fails, Found, S403, S404, S409, S422};
use super::body::Body;
use super::caller::Signed;
use super::page::{DEFAULT_LIMIT, Page, from_cursor, to_cursor};
use crate::clock::Time;
use crate::id::{ChannelId, MessageId, Seq, UserId};
use crate::model::channel::{BrowsedChannel, Channel, ChannelKind, ChannelView};
use crate::model::member::Role;
use crate::service::Context;
use crate::service::channels::{self, ChannelChange, NewChannel};
use poem_openapi::param::{Path, Query};
use poem_openapi::types::{Example, MaybeUndefined};
use poem_openapi::{Enum, Object, OpenApi};
use serde::Serialize;
use std::sync::Arc;
use uuid::Uuid;

/// The operations on channels.
pub struct ChannelsApi(pub Arc<Context>);

/// The kinds that can be made here; a DM is opened.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename_all = "lowercase")]
pub enum NewChannelKind {
    /// Anyone signed in may see, read and join it.
    Public,
    /// Only members know of it.
    Private,
}

/// A channel to be made.
#[derive(Debug, Object)]
#[oai(example)]
pub struct CreateChannel {
    /// 1 to 80 characters on one line. Among public channels that are not archived it is unique, case folded.
    pub name: String,
    /// What it is for, up to 500 characters.
    pub description: Option<String>,
    /// Public or private; it stays so.
    pub kind: NewChannelKind,
}

/// What is to change; a field that is absent is left alone.
#[derive(Debug, Object)]
#[oai(example)]
pub struct UpdateChannel {
    /// 1 to 80 characters on one line.
    pub name: Option<String>,
    /// Up to 500 characters.
    pub description: Option<String>,
}

/// The caller's channels.
#[derive(Debug, Serialize, Object)]
#[oai(example)]
pub struct MyChannels {
    /// By name; then the DMs, the last spoken in first.
    pub items: Vec<ChannelView>,
    /// Events up to this `seq` are counted in them.
    pub state_seq: Seq,
}

impl Example for CreateChannel {
    fn example() -> Self {
        Self {
            name: "garden".into(),
            description: Some("What grows, and what does not.".into()),
            kind: NewChannelKind::Public,
        }
    }
}

impl Example for UpdateChannel {
    fn example() -> Self {
        Self { name: None, description: Some("Seeds and seedlings.".into()) }
    }
}

impl Example for MyChannels {
    fn example() -> Self {
        let channel = Channel {
            id: ChannelId(Uuid::from_u128(0x0193_7e3c_5a10_7c4e_9d2f_1b6a_8e4f_0c21)),
            kind: ChannelKind::Public,
            name: Some("garden".into()),
            description: "What grows, and what does not.".into(),
            created_by: Some(UserId(Uuid::from_u128(0x0193_7e3b_9f02_7a51_8c3d_2e7b_4f6a_9d10))),
            created_at: Time(1_733_000_000_000),
            archived_at: None,
            version: 12,
            user_ids: None,
        };
        let view = ChannelView {
            channel,
            member_count: 3,
            last_message_at: Some(Time(1_733_000_360_000)),
            unread_count: Some(2),
            last_read_message_id: MaybeUndefined::Value(MessageId(Uuid::from_u128(
                0x0193_7e40_1c77_7b02_a1d4_5f80_6b3e_7a92,
            ))),
            last_read_seq: Some(31),
            role: Some(Role::Owner),
            peer: None,
        };
        Self { items: vec![view], state_seq: 35 }
    }
}

#[OpenApi]
impl ChannelsApi {
    /// List the caller's channels.
    ///
    /// The whole list, DMs included. One in which nothing was said is listed only for who opened it.
    #[oai(path = "/v1/channels", method = "get", operation_id = "list_channels", tag = "Tag::Channels")]
    async fn list_channels(&self, Signed(caller): Signed) -> Result<Found<MyChannels>, Fails<0>> {
        let (items, state_seq) = channels::overview(&self.0, &caller).await?;
        Ok(Found(MyChannels { items, state_seq }))
    }

    /// Browse public channels.
    ///
    /// Those that are not archived, by name.
    #[oai(
        path = "/v1/channels/browse",
        method = "get",
        operation_id = "browse_channels",
        tag = "Tag::Channels"
    )]
    async fn browse_channels(
        &self, Signed(caller): Signed,
        /// What the name contains, case folded.
        query: Query<Option<String>>,
        /// The `next` of the page before.
        after: Query<Option<String>>,
        /// How many at most, 50 if not given.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<u32>>,
    ) -> Result<Found<Page<BrowsedChannel>>, Fails<0>> {
        let after = from_cursor(after.0.as_deref())?;
        let limit = limit.0.unwrap_or(DEFAULT_LIMIT);
        let (items, next) =
            channels::browse(&self.0, &caller, query.0.as_deref(), after.as_deref(), limit).await?;
        Ok(Found(Page { items, next: next.as_deref().map(to_cursor) }))
    }

    /// Create a channel.
    ///
    /// The caller owns it and is its first member.
    #[oai(path = "/v1/channels", method = "post", operation_id = "create_channel", tag = "Tag::Channels")]
    async fn create_channel(
        &self, Signed(caller): Signed, body: Body<CreateChannel>,
    ) -> Result<Created<ChannelView>, Fails<S409>> {
        let CreateChannel { name, description, kind } = body.0;
        let kind = match kind {
            NewChannelKind::Public => ChannelKind::Public,
            NewChannelKind::Private => ChannelKind::Private,
        };
        Ok(Created(channels::create(&self.0, &caller, NewChannel { name, description, kind }).await?))
    }

    /// Get a channel.
    ///
    /// A public one, or one of the caller's.
    #[oai(
        path = "/v1/channels/:channel_id",
        method = "get",
        operation_id = "get_channel",
        tag = "Tag::Channels"
    )]
    async fn get_channel(
        &self, Signed(caller): Signed, /// Which channel.
        channel_id: Path<ChannelId>,
    ) -> Result<Found<ChannelView>, Fails<S404>> {
        Ok(Found(channels::get(&self.0, &caller, channel_id.0).await?))
    }

    /// Rename or describe a channel.
    ///
    /// Its owner may. If nothing changes, nothing is told.
    #[oai(
        path = "/v1/channels/:channel_id",
        method = "patch",
        operation_id = "update_channel",
        tag = "Tag::Channels"
    )]
    async fn update_channel(
        &self, Signed(caller): Signed, /// Which channel.
        channel_id: Path<ChannelId>,
        body: Body<UpdateChannel>,
    ) -> Result<Found<ChannelView>, Fails<{ S403 | S404 | S409 }>> {
        let UpdateChannel { name, description } = body.0;
        let change = ChannelChange { name, description };
        Ok(Found(channels::update(&self.0, &caller, channel_id.0, change).await?))
    }

    /// Archive a channel.
    ///
    /// Its owner may. Afterwards it can be read, marked read and left. Twice is once.
    #[oai(
        path = "/v1/channels/:channel_id/archive",
        method = "post",
        operation_id = "archive_channel",
        tag = "Tag::Channels"
    )]
    async fn archive_channel(
        &self, Signed(caller): Signed, /// Which channel.
        channel_id: Path<ChannelId>,
    ) -> Result<Found<ChannelView>, Fails<{ S403 | S404 | S422 }>> {
        Ok(Found(channels::archive(&self.0, &caller, channel_id.0).await?))
    }

    /// Open an archived channel again.
    ///
    /// Its owner may. A public one needs its name back: another may have it by now. Twice is once.
    #[oai(
        path = "/v1/channels/:channel_id/unarchive",
        method = "post",
        operation_id = "unarchive_channel",
        tag = "Tag::Channels"
    )]
    async fn unarchive_channel(
        &self, Signed(caller): Signed, /// Which channel.
        channel_id: Path<ChannelId>,
    ) -> Result<Found<ChannelView>, Fails<{ S403 | S404 | S409 | S422 }>> {
        Ok(Found(channels::unarchive(&self.0, &caller, channel_id.0).await?))
    }
}
