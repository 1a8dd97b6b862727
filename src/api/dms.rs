//! DMs over REST.

use super::Tag;
use super::answer::{CreatedOrFound, Fails, Found};
use super::body::Body;
use super::caller::Signed;
use super::page::Whole;
use crate::id::UserId;
use crate::model::channel::ChannelView;
use crate::service::Context;
use crate::service::dms;
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use std::sync::Arc;
use uuid::Uuid;

/// The operations on DMs.
pub struct DmsApi(pub Arc<Context>);

/// With whom.
#[derive(Debug, Object)]
#[oai(example)]
pub struct OpenDm {
    /// The other user.
    pub user_id: UserId,
}

impl Example for OpenDm {
    fn example() -> Self {
        Self { user_id: UserId(Uuid::from_u128(0x0193_7e3b_9f02_7a51_8c3d_2e7b_4f6a_9d10)) }
    }
}

#[OpenApi]
impl DmsApi {
    /// Open a DM.
    ///
    /// There is one for each two people: it is made, or the one that exists is returned.
    #[oai(path = "/v1/dms", method = "post", operation_id = "open_dm", tag = "Tag::Dms")]
    async fn open_dm(
        &self, Signed(caller): Signed, body: Body<OpenDm>,
    ) -> Result<CreatedOrFound<ChannelView>, Fails<0>> {
        let (value, is_new) = dms::open(&self.0, &caller, body.0.user_id).await?;
        Ok(CreatedOrFound { is_new, value })
    }

    /// List the caller's DMs.
    ///
    /// The whole list, the last spoken in first. One in which nothing was said is listed only for who opened it.
    #[oai(path = "/v1/dms", method = "get", operation_id = "list_dms", tag = "Tag::Dms")]
    async fn list_dms(&self, Signed(caller): Signed) -> Result<Found<Whole<ChannelView>>, Fails<0>> {
        Ok(Found(Whole { items: dms::list(&self.0, &caller).await? }))
    }
}
