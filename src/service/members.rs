//! Who belongs to a channel: join, leave, add, remove.

use super::channels::{access, begin_change, check_room_for_more, view};
use super::users::with_presence;
use super::{Context, typing};
use crate::auth::caller::Caller;
use crate::error::{Error, Result};
use crate::event::audience::Audience;
use crate::event::{Event, MemberData, MemberUpdatedData};
use crate::id::{ChannelId, Seq, UserId};
use crate::model::access::Access;
use crate::model::channel::{Channel, ChannelView};
use crate::model::member::{Member, Role};
use crate::model::user::User;
use crate::store::members::ListedMember;
use crate::store::{Append, Conn, channels, events, members, users};
use std::collections::HashSet;

/// A page of a channel's members, of one snapshot.
#[derive(Debug)]
pub struct MemberList {
    /// The members.
    pub items: Vec<Member>,
    /// The place to go on from, if there are more.
    pub next: Option<String>,
    /// How many of all members are online.
    pub online_count: i64,
    /// Events up to this `seq` are counted in it.
    pub state_seq: Seq,
}

/// Makes a user a member within a change under way, and appends `member.joined`.
pub async fn admit(append: &mut Append, channel: &Channel, user: &User, role: Role) -> Result<()> {
    let (seq, now) = (append.next_seq(), append.now());
    members::insert(append.conn(), channel.id, user.id, role, seq, now).await?;
    let event = Event::MemberJoined(MemberData { channel_id: channel.id, user: user.clone() });
    append.append(seq, &event, Audience::ChannelAnd(channel.id, user.id));
    Ok(())
}

/// Ends a membership within a change under way: `member.left`, then `member.updated` for the heir if an owner was the last.
async fn dismiss(append: &mut Append, channel: &Channel, user: User, role: Role) -> Result<()> {
    let (seq, user_id) = (append.next_seq(), user.id);
    members::delete(append.conn(), channel.id, user_id).await?;
    let event = Event::MemberLeft(MemberData { channel_id: channel.id, user });
    append.append(seq, &event, Audience::ChannelAnd(channel.id, user_id));
    if role != Role::Owner {
        return Ok(());
    }
    let Some(heir) = members::find_heir(append.conn(), channel.id).await? else { return Ok(()) };
    let seq = append.next_seq();
    members::edit_role(append.conn(), channel.id, heir, Role::Owner).await?;
    let event = MemberUpdatedData { channel_id: channel.id, user_id: heir, role: Role::Owner };
    append.append(seq, &Event::MemberUpdated(event), Audience::Channel(channel.id));
    Ok(())
}

/// Makes the caller a member of a public channel: its owner, if nobody else is in it. Twice is once.
pub async fn join(ctx: &Context, caller: &Caller, channel_id: ChannelId) -> Result<ChannelView> {
    let allow = |access: &Access| match access.membership {
        Some(_) => Ok(()),
        None => access.not_archived(),
    };
    let (mut append, access) = begin_change(ctx, channel_id, caller.user_id, allow).await?;
    if access.membership.is_none() {
        check_room_for_more(append.conn(), caller.user_id).await?;
        let is_empty = channels::member_count(append.conn(), channel_id).await? == 0;
        let role = if is_empty && !access.channel.is_built_in() { Role::Owner } else { Role::Member };
        let user = find_user(append.conn(), caller.user_id).await?;
        admit(&mut append, &access.channel, &user, role).await?;
    }
    let view = view(ctx, append.conn(), channel_id, caller.user_id).await?;
    ctx.bus.publish(append.commit().await?);
    Ok(view)
}

/// Ends the caller's membership, also in an archived channel; the longest-standing member inherits from the last owner.
/// Twice succeeds where the caller still sees the channel.
pub async fn leave(ctx: &Context, caller: &Caller, channel_id: ChannelId) -> Result<()> {
    let (mut append, access) = begin_change(ctx, channel_id, caller.user_id, Access::not_dm).await?;
    let Some(membership) = access.membership else { return Ok(()) };
    let user = find_user(append.conn(), caller.user_id).await?;
    dismiss(&mut append, &access.channel, user, membership.role).await?;
    ctx.bus.publish(append.commit().await?);
    typing::end_all(ctx, channel_id, caller.user_id);
    Ok(())
}

/// Makes somebody a member; any member may. False if they were one already.
pub async fn add(
    ctx: &Context, caller: &Caller, channel_id: ChannelId, user_id: UserId,
) -> Result<(Member, bool)> {
    let allow = |access: &Access| {
        access.member()?;
        access.not_dm()?;
        access.not_archived()
    };
    let (mut append, access) = begin_change(ctx, channel_id, caller.user_id, allow).await?;
    let is_new = members::find(append.conn(), channel_id, user_id).await?.is_none();
    if is_new {
        let unknown = || Error::invalid("user_id", "is no user");
        let user = users::find(append.conn(), user_id).await?.ok_or_else(unknown)?.user;
        check_room_for_more(append.conn(), user_id).await?;
        admit(&mut append, &access.channel, &user, Role::Member).await?;
    }
    let listed = members::find_listed(append.conn(), channel_id, user_id).await?;
    ctx.bus.publish(append.commit().await?);
    let listed = listed.ok_or_else(|| Error::internal("who was added is no member"))?;
    Ok((member(ctx, listed), is_new))
}

/// Ends somebody's membership; the owner may, and everyone their own, which is leaving. Who is no member is none afterwards
/// either; nobody's id is "not found".
pub async fn remove(ctx: &Context, caller: &Caller, channel_id: ChannelId, user_id: UserId) -> Result<()> {
    if user_id == caller.user_id {
        return leave(ctx, caller, channel_id).await;
    }
    let allow = |access: &Access| {
        access.not_dm()?;
        access.owner()?;
        access.not_archived()
    };
    let (mut append, access) = begin_change(ctx, channel_id, caller.user_id, allow).await?;
    let user = find_user(append.conn(), user_id).await?;
    let Some(membership) = members::find(append.conn(), channel_id, user_id).await? else { return Ok(()) };
    dismiss(&mut append, &access.channel, user, membership.role).await?;
    ctx.bus.publish(append.commit().await?);
    typing::end_all(ctx, channel_id, user_id);
    Ok(())
}

async fn find_user(conn: Conn<'_>, user_id: UserId) -> Result<User> {
    Ok(users::find(conn, user_id).await?.ok_or_else(Error::not_found)?.user)
}

fn member(ctx: &Context, listed: ListedMember) -> Member {
    Member { user: with_presence(ctx, listed.seen), role: listed.role, joined_at: listed.joined_at }
}

/// A page of the members, after the place `after`: who is online comes first, then by display name folded, then by id. In a
/// channel of more members than presence is pushed for, by name and id only. People come and go between two pages, so one
/// may stand on both.
pub async fn list(
    ctx: &Context, caller: &Caller, channel_id: ChannelId, after: Option<&str>, limit: u32,
) -> Result<MemberList> {
    let after = after.map(Place::read).transpose()?;
    let mut read = ctx.store.snapshot().await?;
    let state_seq = events::head(read.conn()).await?.seq;
    access(read.conn(), channel_id, caller.user_id).await?;
    let count = channels::member_count(read.conn(), channel_id).await?;
    let (limit, probe) = (limit as usize, i64::from(limit) + 1);
    let by_name = count > ctx.presence_max_members;
    let (mut listed, online, online_count) = if by_name {
        let online = ctx.presence.online();
        let after = after.as_ref().map(|place| (place.name.as_str(), place.user_id));
        let online_count = members::count_among(read.conn(), channel_id, online.iter().copied()).await?;
        (members::list(read.conn(), channel_id, after, probe).await?, online, online_count)
    } else {
        let mut listed = members::list(read.conn(), channel_id, None, count).await?;
        let online = ctx.presence.online_among(listed.iter().map(|listed| listed.seen.user.id));
        let online_count = i64::try_from(online.len()).unwrap_or(i64::MAX);
        listed.sort_by_cached_key(|listed| Place::of(listed, &online));
        listed.retain(|listed| after.as_ref().is_none_or(|after| Place::of(listed, &online) > *after));
        (listed, online, online_count)
    };
    let has_more = listed.len() > limit;
    listed.truncate(limit);
    let next = listed.last().filter(|_| has_more).map(|last| Place::of(last, &online).write());
    let items = listed.into_iter().map(|listed| member(ctx, listed)).collect();
    Ok(MemberList { items, next, online_count, state_seq })
}

/// A place in the list of members, in its order.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    is_offline: bool,
    name: String,
    user_id: UserId,
}

impl Place {
    fn of(listed: &ListedMember, online: &HashSet<UserId>) -> Self {
        let user_id = listed.seen.user.id;
        Self { is_offline: !online.contains(&user_id), name: listed.display_name_folded.clone(), user_id }
    }

    fn write(&self) -> String {
        format!("{} {} {}", u8::from(self.is_offline), self.user_id, self.name)
    }

    fn read(text: &str) -> Result<Self> {
        let parse = || {
            let mut parts = text.splitn(3, ' ');
            let is_offline = parts.next()? == "1";
            let user_id = UserId(parts.next()?.parse().ok()?);
            Some(Self { is_offline, user_id, name: parts.next()?.to_owned() })
        };
        let place = parse().filter(|place| !place.name.contains('\0'));
        place.ok_or_else(|| Error::invalid("after", "is not a `next` of this list"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_its_journey() {
        let place = Place { is_offline: true, name: "anna  maria".into(), user_id: UserId::new() };
        assert_eq!(Place::read(&place.write()).unwrap(), place);
        assert!(Place::read("1 x y").is_err());
        assert!(Place::read("").is_err());
    }

    #[test]
    fn who_is_online_comes_first() {
        let place = |is_offline, name: &str| Place { is_offline, name: name.into(), user_id: UserId::new() };
        assert!(place(false, "zoe") < place(true, "anna"));
        assert!(place(true, "anna") < place(true, "bob"));
    }
}
