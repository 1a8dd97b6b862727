//! What a batch's rights are decided by: channels and memberships as they are under the lock. They are remembered from one
//! batch to the next for as long as nobody else appends to the log, since whatever changes a right is an event.

use super::super::messages::{self, Timeline};
use super::super::read_marks;
use crate::error::{Error, Result};
use crate::id::{ChannelId, Seq, UserId};
use crate::model::access::Access;
use crate::model::member::Membership;
use crate::store::Append;
use std::collections::{HashMap, HashSet};

/// So many memberships are remembered at most.
const REMEMBERED: usize = 8_192;

/// The channels that batches name, and the memberships of those whom they name there.
#[derive(Default)]
pub(super) struct Rights {
    pub timelines: HashMap<ChannelId, Timeline>,
    pub memberships: HashMap<(ChannelId, UserId), Membership>,
    /// The head of the log as of which it is true.
    as_of: Seq,
}

impl Rights {
    /// What a batch of these senders and markers needs, as of now: from what is known, and from the database. Read marks
    /// move without an event, so the rows of markers are always read.
    pub async fn load(
        self, append: &mut Append, senders: HashSet<(ChannelId, UserId)>,
        markers: HashSet<(ChannelId, UserId)>,
    ) -> Result<Self> {
        let is_true = self.as_of == append.head() && self.memberships.len() < REMEMBERED;
        let mut rights = if is_true { self } else { Self::default() };
        let pairs = || senders.iter().chain(&markers);
        let unknown: HashSet<ChannelId> = pairs()
            .map(|(channel_id, _)| *channel_id)
            .filter(|channel_id| !rights.timelines.contains_key(channel_id))
            .collect();
        let timelines = messages::list_timelines(append.conn(), unknown).await?;
        let unknown = pairs()
            .filter(|pair| markers.contains(pair) || !rights.memberships.contains_key(pair))
            .copied()
            .collect();
        let members = read_marks::list_members(append.conn(), &unknown).await?;
        rights.timelines.extend(timelines.into_iter().map(|t| (t.channel.id, t)));
        rights.memberships.extend(members.into_iter().map(|m| ((m.channel_id, m.user_id), m.membership)));
        Ok(rights)
    }

    /// The same after a batch that was decided by it: true until somebody else appends.
    pub fn committed(self, head: Seq) -> Self {
        Self { as_of: head, ..self }
    }

    /// The channel as this user stands to it, if they may know of it.
    pub fn access(&self, channel_id: ChannelId, user_id: UserId) -> Result<Access> {
        let timeline = self.timelines.get(&channel_id).ok_or_else(Error::not_found)?;
        let membership = self.memberships.get(&(channel_id, user_id)).copied();
        Access { channel: timeline.channel.clone(), membership }.see()
    }
}
