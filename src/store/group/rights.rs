//! What a batch's rights are decided by: channels and memberships as they are under the lock.

use super::super::messages::{self, Timeline};
use super::super::read_marks;
use crate::error::{Error, Result};
use crate::id::{ChannelId, UserId};
use crate::model::access::Access;
use crate::model::member::Membership;
use crate::store::Append;
use std::collections::{HashMap, HashSet};

/// The channels that a batch names, and the memberships of those whom it names there.
pub(super) struct Rights {
    pub timelines: HashMap<ChannelId, Timeline>,
    pub memberships: HashMap<(ChannelId, UserId), Membership>,
}

impl Rights {
    pub async fn load(append: &mut Append, pairs: &HashSet<(ChannelId, UserId)>) -> Result<Self> {
        let channel_ids: HashSet<ChannelId> = pairs.iter().map(|(channel_id, _)| *channel_id).collect();
        let timelines = messages::list_timelines(append.conn(), channel_ids).await?;
        let members = read_marks::list_members(append.conn(), pairs).await?;
        Ok(Self {
            timelines: timelines.into_iter().map(|t| (t.channel.id, t)).collect(),
            memberships: members.into_iter().map(|m| ((m.channel_id, m.user_id), m.membership)).collect(),
        })
    }

    /// The channel as this user stands to it, if they may know of it.
    pub fn access(&self, channel_id: ChannelId, user_id: UserId) -> Result<Access> {
        let timeline = self.timelines.get(&channel_id).ok_or_else(Error::not_found)?;
        let membership = self.memberships.get(&(channel_id, user_id)).copied();
        Access { channel: timeline.channel.clone(), membership }.see()
    }
}
