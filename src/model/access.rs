//! What somebody may do in a channel: one lookup, then these questions (contract, section 3, "Who may").

use crate::error::{Code, Error, Result};
use crate::model::channel::{Channel, ChannelKind};
use crate::model::member::{Membership, Role};

/// A channel as one person stands to it.
#[derive(Debug, Clone)]
pub struct Access {
    /// The channel.
    pub channel: Channel,
    /// Their row in it, if they are a member.
    pub membership: Option<Membership>,
}

impl Access {
    /// Whether they may know of it at all: public, or theirs. If not, the answer is "not found".
    pub fn see(self) -> Result<Self> {
        if self.channel.kind == ChannelKind::Public || self.membership.is_some() {
            Ok(self)
        } else {
            Err(Error::not_found())
        }
    }

    /// Their row, if they are a member: else "not found", or "not allowed" in a public channel.
    pub fn member(&self) -> Result<&Membership> {
        match (&self.membership, self.channel.kind) {
            (Some(membership), _) => Ok(membership),
            (None, ChannelKind::Public) => {
                Err(Error::forbidden("Only members may do this: join the channel first."))
            }
            (None, _) => Err(Error::not_found()),
        }
    }

    /// Whether they own it.
    pub fn owner(&self) -> Result<&Membership> {
        let membership = self.member()?;
        if membership.role == Role::Owner {
            Ok(membership)
        } else {
            Err(Error::forbidden("Only an owner of the channel may do this."))
        }
    }

    /// Whether it is open for writing.
    pub fn not_archived(&self) -> Result<()> {
        if self.channel.archived_at.is_none() {
            Ok(())
        } else {
            Err(Error::new(
                Code::ChannelArchived,
                "The channel is archived: it can be read, marked read and left.",
            ))
        }
    }

    /// Whether its members, name and state can change at all.
    pub fn not_dm(&self) -> Result<()> {
        if self.channel.is_dm() {
            Err(Error::new(Code::DmIsFixed, "A DM keeps its two members and has no name."))
        } else {
            Ok(())
        }
    }

    /// Whether they may post, type or invite: a member of a channel that is not archived.
    pub fn write(&self) -> Result<&Membership> {
        let membership = self.member()?;
        self.not_archived()?;
        Ok(membership)
    }
}
