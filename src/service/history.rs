//! Pages of a timeline or of a thread. Places follow `message.seq`; cursors are message ids (contract, section 2, "lists").

use crate::error::{Error, Result};
use crate::id::{ChannelId, MessageId};
use crate::model::message::{Message, MessagePage};
use crate::store::messages::Sided;
use crate::store::{Conn, messages, replies};
use uuid::Uuid;

/// How many messages a page has when nobody says.
const DEFAULT_LIMIT: u32 = 50;
/// How many it has at most.
const MAX_LIMIT: u32 = 100;

/// The part of a list that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub(super) place: Place,
    pub(super) limit: u32,
}

/// Where a page lies in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// At the newest end.
    Newest,
    /// Right before a message.
    Before(MessageId),
    /// Right after a message.
    After(MessageId),
    /// Around a message, itself included.
    Around(MessageId),
    /// Around the first message that the caller has not read; the newest end if there is none.
    FirstUnread,
}

impl Window {
    /// Reads the parameters `before`, `after`, `around` and `limit`; every wrong one is named.
    pub fn new(
        before: Option<MessageId>, after: Option<MessageId>, around: Option<&str>, limit: Option<u32>,
    ) -> Result<Self> {
        let around = around.map(parse_around).transpose()?;
        let given = [
            before.map(|id| ("before", Place::Before(id))),
            after.map(|id| ("after", Place::After(id))),
            around.map(|place| ("around", place)),
        ];
        let mut given = given.into_iter().flatten();
        let place = given.next().map_or(Place::Newest, |(_, place)| place);
        if let Some((second, _)) = given.next() {
            return Err(Error::invalid(
                second,
                "must not be given along with another of before, after, around",
            ));
        }
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(Error::invalid("limit", format!("must be from 1 to {MAX_LIMIT}")));
        }
        Ok(Self { place, limit })
    }

    /// Where the page lies, now that its place was looked for in the list; a cursor that was not found there is an error that
    /// names the parameter.
    pub(super) fn at(self, found: Option<i64>) -> Result<At> {
        let get = |field| found.ok_or_else(|| Error::invalid(field, "names no message of this list"));
        Ok(match self.place {
            Place::Newest => At::Newest,
            Place::FirstUnread => found.map_or(At::Newest, At::Around),
            Place::Before(_) => At::Before(get("before")?),
            Place::After(_) => At::After(get("after")?),
            Place::Around(_) => At::Around(get("around")?),
        })
    }
}

impl Place {
    /// The message that it names.
    pub(super) fn cursor(self) -> Option<MessageId> {
        match self {
            Place::Before(id) | Place::After(id) | Place::Around(id) => Some(id),
            Place::Newest | Place::FirstUnread => None,
        }
    }
}

fn parse_around(text: &str) -> Result<Place> {
    if text == "first_unread" {
        return Ok(Place::FirstUnread);
    }
    let id = Some(text).filter(|text| text.len() == 36).and_then(|text| Uuid::try_parse(text).ok());
    id.map(|id| Place::Around(MessageId(id)))
        .ok_or_else(|| Error::invalid("around", "must be a message id or first_unread"))
}

/// A list of messages in the order of their numbers.
#[derive(Debug, Clone, Copy)]
pub(super) enum List {
    Timeline(ChannelId),
    Thread(MessageId),
}

/// A place that was found in the list.
#[derive(Debug, Clone, Copy)]
pub(super) enum At {
    Newest,
    Before(i64),
    After(i64),
    Around(i64),
}

impl List {
    /// One page, in one statement, so that what it says about its ends is exact.
    pub async fn page(self, conn: Conn<'_>, at: At, limit: u32) -> Result<MessagePage> {
        let limit = limit as usize;
        Ok(match at {
            At::Newest => {
                let (items, has_before) = self.older(conn, i64::MAX, limit).await?;
                MessagePage { items, has_before, has_after: false }
            }
            At::Before(place) => {
                let (items, has_before) = self.older(conn, place, limit).await?;
                MessagePage { items, has_before, has_after: true }
            }
            At::After(place) => {
                let (items, has_after) = self.newer(conn, place, limit).await?;
                MessagePage { items, has_before: true, has_after }
            }
            At::Around(place) => self.around(conn, place, limit).await?,
        })
    }

    /// The message at `place` and about as many on either side; a side that is short leaves its room to the other.
    async fn around(self, conn: Conn<'_>, place: i64, limit: usize) -> Result<MessagePage> {
        let most = (limit as i64, limit as i64 + 1);
        let both = match self {
            List::Timeline(channel_id) => messages::list_around(conn, channel_id, place, most).await?,
            List::Thread(root_id) => replies::list_around(conn, root_id, place, most).await?,
        };
        let (newer, older): (Vec<Sided>, Vec<Sided>) = both.into_iter().partition(|sided| sided.is_newer);
        let (before, after) = share(older.len(), newer.len(), limit);
        let (has_before, has_after) = (before < older.len(), after < newer.len());
        let left_out = older.len() - before;
        let items = older.into_iter().skip(left_out).chain(newer.into_iter().take(after));
        Ok(MessagePage { items: items.map(|sided| sided.message).collect(), has_before, has_after })
    }

    /// Up to `limit` messages before a place, oldest first, and whether there are more.
    async fn older(self, conn: Conn<'_>, place: i64, limit: usize) -> Result<(Vec<Message>, bool)> {
        let one_more = limit as i64 + 1;
        let mut items = match self {
            List::Timeline(channel_id) => messages::list_before(conn, channel_id, place, one_more).await?,
            List::Thread(root_id) => replies::list_before(conn, root_id, place, one_more).await?,
        };
        let has_more = items.len() > limit;
        items.truncate(limit);
        items.reverse();
        Ok((items, has_more))
    }

    /// Up to `limit` messages after a place, oldest first, and whether there are more.
    async fn newer(self, conn: Conn<'_>, place: i64, limit: usize) -> Result<(Vec<Message>, bool)> {
        let one_more = limit as i64 + 1;
        let mut items = match self {
            List::Timeline(channel_id) => messages::list_after(conn, channel_id, place, one_more).await?,
            List::Thread(root_id) => replies::list_after(conn, root_id, place, one_more).await?,
        };
        let has_more = items.len() > limit;
        items.truncate(limit);
        Ok((items, has_more))
    }
}

/// How many of what there is on either side go into a page: half and half, and the room of a short side to the other.
fn share(older: usize, newer: usize, limit: usize) -> (usize, usize) {
    let before = older.min((limit / 2).max(limit.saturating_sub(newer)));
    (before, newer.min(limit - before))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_around_a_message_is_full_when_the_list_has_enough() {
        assert_eq!(share(49, 50, 50), (25, 25));
        assert_eq!(share(3, 50, 50), (3, 47));
        assert_eq!(share(49, 1, 50), (49, 1));
        assert_eq!(share(3, 2, 50), (3, 2));
        assert_eq!(share(0, 1, 1), (0, 1));
    }

    #[test]
    fn the_second_cursor_is_the_one_too_many() {
        let id = Some(MessageId::new());
        let field = |window: Result<Window>| window.unwrap_err().errors[0].field.clone();
        assert_eq!(field(Window::new(id, id, None, None)), "after");
        assert_eq!(field(Window::new(None, id, Some("first_unread"), None)), "around");
        assert_eq!(field(Window::new(None, None, Some("last_unread"), None)), "around");
        assert_eq!(field(Window::new(None, None, None, Some(101))), "limit");
        assert_eq!(Window::new(None, None, None, None).unwrap(), Window { place: Place::Newest, limit: 50 });
    }
}
