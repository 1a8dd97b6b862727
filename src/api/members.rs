//! Who belongs to a channel, over REST.

use super::Tag;
use super::answer::{CreatedOrFound, Done, Fails, Found, S403, S404, S409, S422};
use super::body::Body;
use super::caller::Signed;
use super::page::{DEFAULT_LIMIT, from_cursor, to_cursor};
use crate::id::{ChannelId, Seq, UserId};
use crate::model::channel::ChannelView;
use crate::model::member::Member;
use crate::service::Context;
use crate::service::members;
use poem_openapi::param::{Path, Query};
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use std::sync::Arc;
use uuid::Uuid;

/// The operations on members.
pub struct MembersApi(pub Arc<Context>);

/// Whom to add.
#[derive(Debug, Object)]
#[oai(example)]
pub struct AddMember {
    /// The user.
    pub user_id: UserId,
}

impl Example for AddMember {
    fn example() -> Self {
        Self { user_id: UserId(Uuid::from_u128(0x0193_7e3b_9f02_7a51_8c3d_2e7b_4f6a_9d10)) }
    }
}

/// A page of a channel's members.
#[derive(Debug, Serialize, Object)]
pub struct MemberPage {
    /// The members, in the list's order. Who comes or goes between two pages may stand on both: key them by id.
    pub items: Vec<Member>,
    /// Give this as `after` for the next page; null at the end.
    pub next: Option<String>,
    /// How many of all members are online.
    pub online_count: i64,
    /// Events up to this `seq` are counted in it.
    pub state_seq: Seq,
}

#[OpenApi]
impl MembersApi {
    /// Join a public channel.
    ///
    /// Who joins one without members owns it, save those that exist from the start. Twice is once.
    #[oai(
        path = "/v1/channels/:channel_id/join",
        method = "post",
        operation_id = "join_channel",
        tag = "Tag::Members"
    )]
    async fn join_channel(
        &self, Signed(caller): Signed, /// Which channel.
        channel_id: Path<ChannelId>,
    ) -> Result<Found<ChannelView>, Fails<{ S404 | S409 }>> {
        Ok(Found(members::join(&self.0, &caller, channel_id.0).await?))
    }

    /// Leave a channel.
    ///
    /// When the last owner leaves, the longest-standing member becomes owner. Twice succeeds where one still sees the channel.
    #[oai(
        path = "/v1/channels/:channel_id/leave",
        method = "post",
        operation_id = "leave_channel",
        tag = "Tag::Members"
    )]
    async fn leave_channel(
        &self, Signed(caller): Signed, /// Which channel.
        channel_id: Path<ChannelId>,
    ) -> Result<Done, Fails<{ S404 | S422 }>> {
        members::leave(&self.0, &caller, channel_id.0).await?;
        Ok(Done)
    }

    /// List a channel's members.
    ///
    /// Who is online comes first, then by name; in a channel too large for presence to be pushed, by name only.
    #[oai(
        path = "/v1/channels/:channel_id/members",
        method = "get",
        operation_id = "list_members",
        tag = "Tag::Members"
    )]
    async fn list_members(
        &self, Signed(caller): Signed, /// Which channel.
        channel_id: Path<ChannelId>,
        /// The `next` of the page before.
        after: Query<Option<String>>,
        /// How many at most, 50 if not given.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<u32>>,
    ) -> Result<Found<MemberPage>, Fails<S404>> {
        let after = from_cursor(after.0.as_deref())?;
        let limit = limit.0.unwrap_or(DEFAULT_LIMIT);
        let list = members::list(&self.0, &caller, channel_id.0, after.as_deref(), limit).await?;
        Ok(Found(MemberPage {
            items: list.items,
            next: list.next.as_deref().map(to_cursor),
            online_count: list.online_count,
            state_seq: list.state_seq,
        }))
    }

    /// Add somebody to a channel.
    ///
    /// Any member may.
    #[oai(
        path = "/v1/channels/:channel_id/members",
        method = "post",
        operation_id = "add_member",
        tag = "Tag::Members"
    )]
    async fn add_member(
        &self, Signed(caller): Signed, /// Which channel.
        channel_id: Path<ChannelId>,
        body: Body<AddMember>,
    ) -> Result<CreatedOrFound<Member>, Fails<{ S403 | S404 | S409 }>> {
        let (value, is_new) = members::add(&self.0, &caller, channel_id.0, body.0.user_id).await?;
        Ok(CreatedOrFound { is_new, value })
    }

    /// Remove somebody from a channel.
    ///
    /// Its owner may; removing oneself is leaving. Who is no member is none afterwards either.
    #[oai(
        path = "/v1/channels/:channel_id/members/:user_id",
        method = "delete",
        operation_id = "remove_member",
        tag = "Tag::Members"
    )]
    async fn remove_member(
        &self, Signed(caller): Signed, /// Which channel.
        channel_id: Path<ChannelId>,
        /// Whom.
        user_id: Path<UserId>,
    ) -> Result<Done, Fails<{ S403 | S404 | S409 | S422 }>> {
        members::remove(&self.0, &caller, channel_id.0, user_id.0).await?;
        Ok(Done)
    }
}
