//! People, as others find them.

use super::Context;
use crate::error::{Error, Result};
use crate::id::UserId;
use crate::model::presence::{Presence, Status};
use crate::model::text;
use crate::model::user::UserWithPresence;
use crate::store::users;
use crate::store::users::SeenUser;
use std::collections::HashMap;
use uuid::Uuid;

/// Adds whether they are online.
pub fn with_presence(ctx: &Context, seen: SeenUser) -> UserWithPresence {
    let status = if ctx.presence.is_online(seen.user.id) { Status::Online } else { Status::Offline };
    UserWithPresence { presence: Presence { status, last_seen_at: seen.last_seen_at }, user: seen.user }
}

/// One user; `not_found` if there is none.
pub async fn get(ctx: &Context, id: UserId) -> Result<UserWithPresence> {
    let seen = users::find(ctx.store.read().await?.conn(), id).await?.ok_or_else(Error::not_found)?;
    Ok(with_presence(ctx, seen))
}

/// These users, in the order asked for, each once; unknown ids are left out.
pub async fn list_by_ids(ctx: &Context, ids: &[UserId]) -> Result<Vec<UserWithPresence>> {
    let found = users::list_seen_by_ids(ctx.store.read().await?.conn(), ids.iter().copied()).await?;
    let mut found: HashMap<UserId, SeenUser> = found.into_iter().map(|seen| (seen.user.id, seen)).collect();
    Ok(ids.iter().filter_map(|id| found.remove(id)).map(|seen| with_presence(ctx, seen)).collect())
}

/// A page of users, and the place where the next one begins; `None` at the end.
pub type UsersPage = (Vec<UserWithPresence>, Option<String>);

/// Users whose username, display name, or a later word of it begins with `query`, whatever the case; all for an empty
/// one. In the order of display names, after a place that an earlier page gave, at most `limit`.
pub async fn search(ctx: &Context, query: &str, after: Option<&str>, limit: u32) -> Result<UsersPage> {
    if query.contains('\0') {
        return Err(Error::invalid("query", "must not contain U+0000"));
    }
    let (id, name) = match after {
        Some(place) => {
            read_place(place).ok_or_else(|| Error::invalid("after", "is not a `next` of this list"))?
        }
        None => (UserId(Uuid::nil()), ""),
    };
    let (prefix, limit) = (text::folded(query.trim()), usize::try_from(limit).unwrap_or(usize::MAX));
    let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut found = users::list(ctx.store.read().await?.conn(), &prefix, (name, id), one_more).await?;
    let has_next = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| has_next).map(place_of);
    Ok((found.into_iter().map(|seen| with_presence(ctx, seen)).collect(), next))
}

/// The id and the folded name, by which the list is ordered.
fn place_of(seen: &SeenUser) -> String {
    format!("{}{}", seen.user.id.hex(), text::folded(&seen.user.display_name))
}

fn read_place(place: &str) -> Option<(UserId, &str)> {
    let (id, name) = place.split_at_checked(32)?;
    let is_name = !name.is_empty() && !name.contains('\0');
    Uuid::try_parse(id).ok().filter(|_| is_name).map(|id| (UserId(id), name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::user::User;

    #[test]
    fn a_place_is_read_back_and_nonsense_is_not() {
        let user = User {
            id: UserId::new(),
            username: "aeia".into(),
            display_name: "Ä Ía".into(),
            avatar_color: "#000000".into(),
            version: 0,
        };
        let seen = SeenUser { user, last_seen_at: None };
        assert_eq!(read_place(&place_of(&seen)), Some((seen.user.id, "ä ía")));
        let hex = seen.user.id.hex();
        for nonsense in ["", "x", &hex, &format!("{hex}\0"), &"é".repeat(40)] {
            assert_eq!(read_place(nonsense), None, "{nonsense:?}");
        }
    }
}
