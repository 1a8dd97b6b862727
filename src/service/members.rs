//! Who belongs to a channel: join, leave, add, remove.

use crate::error::Result;
use crate::event::audience::Audience;
use crate::event::{Event, MemberData};
use crate::model::channel::Channel;
use crate::model::member::Role;
use crate::model::user::User;
use crate::store::{Append, members};

/// Makes a user a member within a change under way, and appends `member.joined`.
pub async fn admit(append: &mut Append, channel: &Channel, user: &User, role: Role) -> Result<()> {
    let (seq, now) = (append.next_seq(), append.now());
    members::insert(append.conn(), channel.id, user.id, role, seq, now).await?;
    let event = Event::MemberJoined(MemberData { channel_id: channel.id, user: user.clone() });
    append.append(seq, &event, Audience::ChannelAnd(channel.id, user.id));
    Ok(())
}
