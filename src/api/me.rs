//! The caller.

use super::Tag;
use super::answer::{Done, Fails, Found, S422};
use super::body::Body;
use super::caller::Signed;
use crate::model::user::UserWithPresence;
use crate::service::{Context, accounts, users};
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use std::sync::Arc;

/// What is to change about the caller; what is absent stays.
#[derive(Debug, Object)]
#[oai(example)]
pub struct UpdateMeBody {
    /// The name to show, 1 to 80 characters on one line.
    pub display_name: Option<String>,
    /// `#rrggbb`.
    #[oai(validator(min_length = 7, max_length = 7))]
    pub avatar_color: Option<String>,
}

impl Example for UpdateMeBody {
    fn example() -> Self {
        Self { display_name: Some("Ada L.".to_owned()), avatar_color: Some("#2f7d4f".to_owned()) }
    }
}

/// The caller's password and the next one.
#[derive(Debug, Object)]
#[oai(example)]
pub struct ChangePasswordBody {
    /// The password so far.
    pub current_password: String,
    /// The password from now on, 8 to 128 characters, taken as it is.
    #[oai(validator(min_length = 8, max_length = 128))]
    pub new_password: String,
}

impl Example for ChangePasswordBody {
    fn example() -> Self {
        Self {
            current_password: "correct horse battery staple".to_owned(),
            new_password: "staple battery horse correct".to_owned(),
        }
    }
}

/// The caller.
pub struct MeApi(pub Arc<Context>);

#[OpenApi]
impl MeApi {
    /// Get me
    ///
    /// The caller, as others see them.
    #[oai(path = "/v1/me", method = "get", operation_id = "get_me", tag = "Tag::Me")]
    async fn get_me(&self, Signed(caller): Signed) -> Result<Found<UserWithPresence>, Fails<0>> {
        Ok(Found(users::get(&self.0, caller.user_id).await?))
    }

    /// Update me
    ///
    /// Changes how others see the caller; everyone who shares a channel gets `user.updated`. What stays as it was is no
    /// event.
    #[oai(path = "/v1/me", method = "patch", operation_id = "update_me", tag = "Tag::Me")]
    async fn update_me(
        &self, Signed(caller): Signed, body: Body<UpdateMeBody>,
    ) -> Result<Found<UserWithPresence>, Fails<{ S422 }>> {
        let UpdateMeBody { display_name, avatar_color } = body.0;
        let updated =
            accounts::update_profile(&self.0, &caller, display_name.as_deref(), avatar_color.as_deref());
        Ok(Found(updated.await?))
    }

    /// Change my password
    ///
    /// Ends the caller's other sessions; this one goes on. A wrong current password is `422` and names
    /// `current_password`.
    #[oai(path = "/v1/me/password", method = "post", operation_id = "change_password", tag = "Tag::Me")]
    async fn change_password(
        &self, Signed(caller): Signed, body: Body<ChangePasswordBody>,
    ) -> Result<Done, Fails<{ S422 }>> {
        let ChangePasswordBody { current_password, new_password } = body.0;
        accounts::change_password(&self.0, &caller, &current_password, &new_password).await?;
        Ok(Done)
    }
}
