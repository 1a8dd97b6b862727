//! Presence over REST.

use super::Tag;
use super::answer::{Fails, Found};
use super::caller::Signed;
use super::page::Whole;
use crate::model::presence::UserPresence;
use crate::service::Context;
use crate::service::presence;
use poem_openapi::OpenApi;
use std::sync::Arc;

/// The operations on presence.
pub struct PresenceApi(pub Arc<Context>);

#[OpenApi]
impl PresenceApi {
    /// List who is online.
    ///
    /// The whole list: oneself, DM peers, and members of one's channels that are not too large. Who is not listed is offline;
    /// for the members of a large channel ask for its members.
    #[oai(path = "/v1/presence", method = "get", operation_id = "list_presence", tag = "Tag::Presence")]
    async fn list_presence(&self, Signed(caller): Signed) -> Result<Found<Whole<UserPresence>>, Fails<0>> {
        Ok(Found(Whole { items: presence::list(&self.0, &caller).await? }))
    }
}
