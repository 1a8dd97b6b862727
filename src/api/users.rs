//! People.

use super::Tag;
use super::answer::{Fails, Found, S404, S422};
use super::caller::Signed;
use super::page::{DEFAULT_LIMIT, Page, from_cursor, to_cursor};
use crate::error::Error;
use crate::id::UserId;
use crate::model::user::UserWithPresence;
use crate::service::{Context, users};
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use std::sync::Arc;

/// poem-openapi panics over a comma-separated parameter that is absent and has no default.
fn no_ids() -> Vec<UserId> {
    Vec::new()
}

/// People.
pub struct UsersApi(pub Arc<Context>);

#[OpenApi]
impl UsersApi {
    /// List users
    ///
    /// Everyone in the order of their display names, or those whose username, display name or a later word of it begins
    /// with `query`, whatever the case. With `ids` exactly these, in the order asked for, without those that do not
    /// exist; the other parameters are not for that.
    #[oai(path = "/v1/users", method = "get", operation_id = "list_users", tag = "Tag::Users")]
    async fn list_users(
        &self, _caller: Signed,
        /// How the name begins.
        #[oai(validator(max_length = 80))]
        query: Query<Option<String>>,
        /// The users wanted, at most 100, divided by commas.
        #[oai(explode = false, default = "no_ids", validator(max_items = 100))]
        ids: Query<Vec<UserId>>,
        /// The `next` of the page before.
        after: Query<Option<String>>,
        /// How many users a page has, 1 to 100; 50 if not given.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<u32>>,
    ) -> Result<Found<Page<UserWithPresence>>, Fails<{ S422 }>> {
        if !ids.is_empty() {
            if query.is_some() || after.is_some() {
                return Err(Error::invalid("ids", "does not go together with `query` or `after`").into());
            }
            return Ok(Found(Page { items: users::list_by_ids(&self.0, &ids).await?, next: None }));
        }
        let (query, place) = (query.0.unwrap_or_default(), from_cursor(after.0.as_deref())?);
        let limit = limit.0.unwrap_or(DEFAULT_LIMIT);
        let (items, next) = users::search(&self.0, &query, place.as_deref(), limit).await?;
        Ok(Found(Page { items, next: next.map(|place| to_cursor(&place)) }))
    }

    /// Get a user
    ///
    /// One user, with their presence.
    #[oai(path = "/v1/users/:user_id", method = "get", operation_id = "get_user", tag = "Tag::Users")]
    async fn get_user(
        &self, _caller: Signed, user_id: Path<UserId>,
    ) -> Result<Found<UserWithPresence>, Fails<{ S404 }>> {
        Ok(Found(users::get(&self.0, user_id.0).await?))
    }
}
