//! Channels: the list, browsing, making, renaming, archiving.

use super::users::with_presence;
use super::{Context, MAX_CHANNELS};
use crate::auth::caller::Caller;
use crate::error::{Code, Error, Result};
use crate::event::audience::Audience;
use crate::event::{ChannelCreatedData, ChannelData, Event};
use crate::id::{ChannelId, Seq, UserId};
use crate::model::access::Access;
use crate::model::channel::{BrowsedChannel, Channel, ChannelKind, ChannelView};
use crate::model::member::Role;
use crate::model::text;
use crate::store::lists::{Browsed, Listed};
use crate::store::{Append, Conn, Read, channels, events, lists, members};
use poem_openapi::types::MaybeUndefined;

/// A channel to be made.
#[derive(Debug, Clone)]
pub struct NewChannel {
    /// The name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Public or private.
    pub kind: ChannelKind,
}

/// What is to change of a channel; what is `None` is left alone.
#[derive(Debug, Clone, Default)]
pub struct ChannelChange {
    /// The name.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
}

/// The channel as this user stands to it: "not found" if it is not theirs to see.
pub async fn access(conn: Conn<'_>, channel_id: ChannelId, user_id: UserId) -> Result<Access> {
    crate::store::access::find(conn, channel_id, user_id).await?.ok_or_else(Error::not_found)?.see()
}

/// Begins a change of a channel that `allow` lets pass: asked before the log's lock is taken, so that a refusal costs
/// nobody anything, and again under it, so that it is decided in log order.
pub async fn begin_change(
    ctx: &Context, channel_id: ChannelId, user_id: UserId, allow: impl Fn(&Access) -> Result<()>,
) -> Result<(Append, Access)> {
    allow(&access(ctx.store.read().await?.conn(), channel_id, user_id).await?)?;
    let mut append = ctx.store.begin_append().await?;
    let access = access(append.conn(), channel_id, user_id).await?;
    allow(&access)?;
    Ok((append, access))
}

/// The caller's channels, DMs included, and the `seq` up to which events are counted in them: one snapshot.
pub async fn overview(ctx: &Context, caller: &Caller) -> Result<(Vec<ChannelView>, Seq)> {
    let mut read = ctx.store.snapshot().await?;
    let head = events::head(read.conn()).await?;
    Ok((list_mine(ctx, &mut read, caller.user_id).await?, head.seq))
}

/// A user's channels by name, then their DMs, the last spoken in first, as the state that `read` sees has them.
pub async fn list_mine(ctx: &Context, read: &mut Read, user_id: UserId) -> Result<Vec<ChannelView>> {
    Ok(to_views(ctx, lists::list(read.conn(), user_id).await?))
}

/// What of these channels is listed.
pub(super) fn to_views(ctx: &Context, listed: impl IntoIterator<Item = Listed>) -> Vec<ChannelView> {
    listed.into_iter().filter(|listed| listed.is_listed).map(|listed| to_view(ctx, listed)).collect()
}

fn to_view(ctx: &Context, listed: Listed) -> ChannelView {
    let peer = listed.peer();
    let last_read_message_id = match (listed.role, listed.last_read_message_id) {
        (None, _) => MaybeUndefined::Undefined,
        (Some(_), None) => MaybeUndefined::Null,
        (Some(_), Some(id)) => MaybeUndefined::Value(id),
    };
    ChannelView {
        channel: listed.channel,
        member_count: listed.member_count,
        last_message_at: listed.last_message_at,
        unread_count: listed.unread_count,
        last_read_message_id,
        last_read_seq: listed.last_read_seq,
        role: listed.role,
        peer: peer.map(|peer| with_presence(ctx, peer)),
    }
}

/// One channel as this user sees it: "not found" if it is not theirs to see.
pub async fn view(
    ctx: &Context, conn: Conn<'_>, channel_id: ChannelId, user_id: UserId,
) -> Result<ChannelView> {
    let listed = lists::find(conn, channel_id, user_id).await?.ok_or_else(Error::not_found)?;
    if listed.role.is_none() && listed.channel.kind != ChannelKind::Public {
        return Err(Error::not_found());
    }
    Ok(to_view(ctx, listed))
}

/// One channel as the caller sees it.
pub async fn get(ctx: &Context, caller: &Caller, channel_id: ChannelId) -> Result<ChannelView> {
    view(ctx, ctx.store.read().await?.conn(), channel_id, caller.user_id).await
}

/// Public channels that are not archived and whose name contains `query`, case folded, by name, after the place `after`;
/// and the place to go on from, if there are more.
pub async fn browse(
    ctx: &Context, caller: &Caller, query: Option<&str>, after: Option<&str>, limit: u32,
) -> Result<(Vec<BrowsedChannel>, Option<String>)> {
    let query = text::folded(query.unwrap_or_default().trim());
    let after = after.unwrap_or_default();
    for (field, text) in [("query", query.as_str()), ("after", after)] {
        if text.contains('\0') {
            return Err(Error::invalid(field, "must not contain U+0000"));
        }
    }
    let mut read = ctx.store.read().await?;
    let (limit, probe) = (limit as usize, i64::from(limit) + 1);
    let mut found = lists::browse(read.conn(), caller.user_id, &query, after, probe).await?;
    let has_more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().and_then(|browsed| browsed.channel.name.as_deref()).map(text::folded);
    let item = |browsed: Browsed| BrowsedChannel {
        channel: browsed.channel,
        member_count: browsed.member_count,
        last_message_at: browsed.last_message_at,
        is_member: browsed.is_member,
    };
    Ok((found.into_iter().map(item).collect(), last.filter(|_| has_more)))
}

/// Makes a channel that the caller owns.
pub async fn create(ctx: &Context, caller: &Caller, new: NewChannel) -> Result<ChannelView> {
    if new.kind == ChannelKind::Dm {
        return Err(Error::invalid("kind", "must be public or private"));
    }
    let name = text::channel_name("name", &new.name)?;
    let description = text::description("description", new.description.as_deref().unwrap_or_default())?;
    let mut append = ctx.store.begin_append().await?;
    check_room_for_more(append.conn(), caller.user_id).await?;
    let channel = Channel {
        id: ChannelId::new(),
        kind: new.kind,
        name: Some(name),
        description,
        created_by: Some(caller.user_id),
        created_at: append.now(),
        archived_at: None,
        version: append.head() + 1,
        user_ids: None,
    };
    check_name(append.conn(), &channel).await?;
    found(&mut append, &channel, &[(caller.user_id, Role::Owner)]).await?;
    let view = view(ctx, append.conn(), channel.id, caller.user_id).await?;
    ctx.bus.publish(append.commit().await?);
    Ok(view)
}

/// Writes a channel with its first members, and appends `channel.created` for them.
pub(super) async fn found(append: &mut Append, channel: &Channel, first: &[(UserId, Role)]) -> Result<()> {
    let (seq, now) = (append.next_seq(), append.now());
    channels::insert(append.conn(), channel).await?;
    for (user_id, role) in first {
        members::insert(append.conn(), channel.id, *user_id, *role, seq, now).await?;
    }
    let user_ids = first.iter().map(|(user_id, _)| *user_id).collect();
    let event = Event::ChannelCreated(ChannelCreatedData { channel: channel.clone(), user_ids });
    append.append(seq, &event, Audience::Channel(channel.id));
    Ok(())
}

/// Renames or describes a channel; its owner may. If nothing changes, nothing is told.
pub async fn update(
    ctx: &Context, caller: &Caller, channel_id: ChannelId, change: ChannelChange,
) -> Result<ChannelView> {
    let name = change.name.map(|name| text::channel_name("name", &name)).transpose()?;
    let description =
        change.description.map(|description| text::description("description", &description)).transpose()?;
    let allow = |access: &Access| {
        rule(access)?;
        access.not_archived()
    };
    let (append, access) = begin_change(ctx, channel_id, caller.user_id, allow).await?;
    let mut channel = access.channel.clone();
    channel.name = name.or(channel.name);
    channel.description = description.unwrap_or(channel.description);
    write(ctx, caller, append, access.channel, channel, Event::ChannelUpdated).await
}

/// Archives a channel; its owner may. Twice is once.
pub async fn archive(ctx: &Context, caller: &Caller, channel_id: ChannelId) -> Result<ChannelView> {
    let (append, access) = begin_change(ctx, channel_id, caller.user_id, rule).await?;
    let mut channel = access.channel.clone();
    channel.archived_at = channel.archived_at.or(Some(append.now()));
    write(ctx, caller, append, access.channel, channel, Event::ChannelArchived).await
}

/// Opens an archived channel again; its owner may. Twice is once. A public one needs its name back.
pub async fn unarchive(ctx: &Context, caller: &Caller, channel_id: ChannelId) -> Result<ChannelView> {
    let (append, access) = begin_change(ctx, channel_id, caller.user_id, rule).await?;
    let mut channel = access.channel.clone();
    channel.archived_at = None;
    write(ctx, caller, append, access.channel, channel, Event::ChannelUpdated).await
}

/// Who may rename and archive: the owner. A DM's members are told that it is fixed, whatever they are in it.
fn rule(access: &Access) -> Result<()> {
    access.not_dm()?;
    if access.channel.is_built_in() {
        return Err(Error::forbidden("This channel exists from the start: nobody renames or archives it."));
    }
    access.owner().map(drop)
}

/// Writes what has changed and tells it, if anything has.
async fn write(
    ctx: &Context, caller: &Caller, mut append: Append, before: Channel, mut channel: Channel,
    event: impl Fn(ChannelData) -> Event,
) -> Result<ChannelView> {
    if channel == before {
        return view(ctx, append.conn(), channel.id, caller.user_id).await;
    }
    check_name(append.conn(), &channel).await?;
    channel.version = append.next_seq();
    channels::edit(append.conn(), &channel).await?;
    append.append(
        channel.version,
        &event(ChannelData { channel: channel.clone() }),
        Audience::Channel(channel.id),
    );
    let view = view(ctx, append.conn(), channel.id, caller.user_id).await?;
    ctx.bus.publish(append.commit().await?);
    Ok(view)
}

/// Names of public channels that are not archived are unique, case folded.
async fn check_name(conn: Conn<'_>, channel: &Channel) -> Result<()> {
    let Some(name) = channel.name.as_deref() else { return Ok(()) };
    if channel.kind != ChannelKind::Public || channel.archived_at.is_some() {
        return Ok(());
    }
    match channels::find_named(conn, name).await? {
        Some(other) if other.id != channel.id => {
            Err(Error::new(Code::NameTaken, "A public channel has this name."))
        }
        _ => Ok(()),
    }
}

/// A user is in a bounded number of channels, so that the list of them is never paged.
pub(super) async fn check_room_for_more(conn: Conn<'_>, user_id: UserId) -> Result<()> {
    if members::channel_count(conn, user_id).await? < MAX_CHANNELS {
        Ok(())
    } else {
        Err(Error::new(
            Code::TooManyChannels,
            format!("A user is in at most {MAX_CHANNELS} channels besides DMs."),
        ))
    }
}
