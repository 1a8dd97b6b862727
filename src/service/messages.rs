//! What people say: send, edit, delete, and read it in the timeline.

use super::history::{List, Place, Window};
use super::{Context, typing};
use crate::auth::caller::Caller;
use crate::error::{Code, Error, FieldError, Result};
use crate::event::audience::Audience;
use crate::event::{Event, MessageData, ThreadData};
use crate::id::{ChannelId, MessageId};
use crate::model::access::Access;
use crate::model::message::{Message, MessagePage};
use crate::model::presence::Typing;
use crate::model::text;
use crate::store::group::{Send, Sent};
use crate::store::{Conn, access, messages, replies};

/// A message to send, as it was typed.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// What it says.
    pub text: String,
    /// The sender's own id for this send.
    pub nonce: Option<String>,
    /// The thread's root if it is a reply.
    pub parent_id: Option<MessageId>,
}

/// Sends a message, once: the same nonce again gives the message as it is now. Ends the sender's typing there.
///
/// Fails with `invalid`, `not_found`, `forbidden`, `channel_archived`, `nonce_reused`, and `unavailable`.
pub async fn send(ctx: &Context, caller: &Caller, channel_id: ChannelId, new: NewMessage) -> Result<Sent> {
    let (sender_id, parent_id) = (caller.user_id, new.parent_id);
    let (text, nonce) = checked(&new)?;
    let send = Send { id: MessageId::new(), sender_id, channel_id, parent_id, text, nonce };
    let sent = ctx.group.send(send).await?;
    if sent.is_new {
        typing::end(ctx, Typing { channel_id, user_id: sender_id, parent_id });
    }
    Ok(sent)
}

fn checked(new: &NewMessage) -> Result<(String, Option<String>)> {
    let text = text::message_text("text", &new.text);
    let nonce = new.nonce.as_deref().map(|nonce| text::nonce("nonce", nonce)).transpose();
    match (text, nonce) {
        (Ok(text), Ok(nonce)) => Ok((text, nonce)),
        (text, nonce) => {
            let errors: Vec<FieldError> =
                [text.err(), nonce.err()].into_iter().flatten().flat_map(|error| error.errors).collect();
            Err(Error::all_invalid(errors))
        }
    }
}

/// Changes the text of one's own message. The same text again changes nothing.
///
/// Fails with `invalid`, `not_found`, `forbidden`, `channel_archived`, `message_deleted`, in this order.
pub async fn edit(ctx: &Context, caller: &Caller, id: MessageId, text: &str) -> Result<Message> {
    let text = text::message_text("text", text)?;
    let mut read = ctx.store.read().await?;
    own(read.conn(), caller, id).await?;
    drop(read);
    let mut append = ctx.store.begin_append().await?;
    let mut message = own(append.conn(), caller, id).await?;
    if message.is_deleted() {
        return Err(Error::new(Code::MessageDeleted, "The message was deleted."));
    }
    if message.text == text {
        return Ok(message);
    }
    let seq = append.next_seq();
    message.text = text;
    message.edited_at = Some(append.now());
    message.version = seq;
    messages::edit(append.conn(), &message).await?;
    let audience = audience(&message, find_root(append.conn(), &message).await?.as_ref());
    append.append(seq, &Event::MessageUpdated(MessageData { message: message.clone() }), audience);
    ctx.bus.publish(append.commit().await?);
    Ok(message)
}

/// Deletes one's own message: it stays as a tombstone, its text is gone, and a thread counts one reply less. Deleting
/// twice changes nothing.
///
/// Fails with `not_found`, `forbidden`, `channel_archived`, in this order.
pub async fn delete(ctx: &Context, caller: &Caller, id: MessageId) -> Result<()> {
    let mut read = ctx.store.read().await?;
    own(read.conn(), caller, id).await?;
    drop(read);
    let mut append = ctx.store.begin_append().await?;
    let mut message = own(append.conn(), caller, id).await?;
    if message.is_deleted() {
        return Ok(());
    }
    let seq = append.next_seq();
    message.text.clear();
    message.deleted_at = Some(append.now());
    message.version = seq;
    messages::delete(append.conn(), &message).await?;
    let root = find_root(append.conn(), &message).await?;
    let audience = audience(&message, root.as_ref());
    let sender_id = message.sender_id;
    append.append(seq, &Event::MessageDeleted(MessageData { message }), audience);
    if let Some(mut root) = root {
        let seq = append.next_seq();
        root.replies_version = seq;
        root.reply_count -= 1;
        root.last_reply_at = replies::find_last_reply_at(append.conn(), root.id).await?;
        if root.reply_user_ids.contains(&sender_id) {
            root.reply_user_ids = replies::list_latest_people(append.conn(), root.id).await?;
        }
        replies::update_roots(append.conn(), [&root]).await?;
        let event = Event::ThreadUpdated(ThreadData::from(&root));
        append.append(seq, &event, Audience::Channel(root.channel_id));
    }
    ctx.bus.publish(append.commit().await?);
    Ok(())
}

/// A message that the caller sent, in a channel where they may still write.
async fn own(conn: Conn<'_>, caller: &Caller, id: MessageId) -> Result<Message> {
    let (message, access) = visible(conn, caller, id).await?;
    if message.sender_id != caller.user_id {
        return Err(Error::forbidden("Only its sender may change a message."));
    }
    access.write()?;
    Ok(message)
}

/// A message that the caller may see, and its channel as they stand to it.
pub(super) async fn visible(conn: Conn<'_>, caller: &Caller, id: MessageId) -> Result<(Message, Access)> {
    let found = messages::find_access(conn, id, caller.user_id).await?;
    let (message, access) = found.ok_or_else(Error::not_found)?;
    Ok((message, access.see()?))
}

async fn find_root(conn: Conn<'_>, message: &Message) -> Result<Option<Message>> {
    match message.parent_id {
        Some(root_id) => messages::find(conn, root_id).await,
        None => Ok(None),
    }
}

fn audience(message: &Message, root: Option<&Message>) -> Audience {
    let channel_id = message.channel_id;
    match root {
        Some(root) => Audience::Thread { channel_id, root_id: root.id, author_id: root.sender_id },
        None => Audience::Channel(channel_id),
    }
}

/// One message, of the timeline or a reply.
///
/// Fails with `not_found`.
pub async fn get(ctx: &Context, caller: &Caller, id: MessageId) -> Result<Message> {
    let mut read = ctx.store.read().await?;
    Ok(visible(read.conn(), caller, id).await?.0)
}

/// A page of a channel's timeline.
///
/// Fails with `not_found`, and with `invalid` for a cursor that is not of this timeline.
pub async fn list_timeline(
    ctx: &Context, caller: &Caller, channel_id: ChannelId, window: Window,
) -> Result<MessagePage> {
    let mut read = ctx.store.snapshot().await?;
    let opened = match window.place {
        Place::FirstUnread => access::find_at_first_unread(read.conn(), channel_id, caller.user_id).await?,
        place => access::find_at(read.conn(), channel_id, caller.user_id, place.cursor()).await?,
    };
    let opened = opened.ok_or_else(Error::not_found)?;
    opened.access.see()?;
    List::Timeline(channel_id).page(read.conn(), window.at(opened.place)?, window.limit).await
}
