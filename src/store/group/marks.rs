//! The read marks of a batch: forward only, stored set-wise, and counted in the same transaction.

use super::super::read_marks::{self, MemberRow, Place};
use super::rights::Rights;
use super::{Mark, Marked, MovedRange};
use crate::error::{Error, Result};
use crate::event::ephemeral::MovedMark;
use crate::id::{ChannelId, MessageId, UserId};
use crate::model::read_mark::ReadState;
use crate::store::Append;
use std::collections::{HashMap, HashSet};

type Unread = HashMap<(ChannelId, UserId), i64>;

/// Decides, stores and counts; one outcome for each mark, in their order. It comes last in a batch: the counts are as of
/// its final number.
pub(super) async fn write(
    append: &mut Append, rights: &mut Rights, marks: &[Mark],
) -> Result<Vec<Result<Marked>>> {
    if marks.is_empty() {
        return Ok(Vec::new());
    }
    let message_ids: HashSet<MessageId> = marks.iter().map(|mark| mark.message_id).collect();
    let places = read_marks::list_places(append.conn(), message_ids).await?;
    let places: HashMap<MessageId, Place> = places.into_iter().map(|place| (place.id, place)).collect();
    let moves: Vec<Result<Option<MovedRange>>> =
        marks.iter().map(|mark| decide(rights, places.get(&mark.message_id), mark)).collect();
    store(append, rights, marks, &moves).await?;
    let standing: HashSet<(ChannelId, UserId)> =
        marks.iter().zip(&moves).filter(|(_, moved)| moved.is_ok()).map(|(mark, _)| mark.pair()).collect();
    let unread = read_marks::list_unread(append.conn(), &standing).await?;
    let unread: Unread = unread.into_iter().map(|(channel, user, count)| ((channel, user), count)).collect();
    let answer = |(moved, mark): (Result<Option<MovedRange>>, &Mark)| {
        let moved = moved?;
        Ok(Marked { state: state(append, rights, &unread, mark)?, moved })
    };
    Ok(moves.into_iter().zip(marks).map(answer).collect())
}

impl Mark {
    pub(super) fn pair(&self) -> (ChannelId, UserId) {
        (self.channel_id, self.user_id)
    }
}

fn decide(rights: &mut Rights, place: Option<&Place>, mark: &Mark) -> Result<Option<MovedRange>> {
    rights.access(mark.channel_id, mark.user_id)?.member()?;
    let place = place
        .filter(|place| place.channel_id == mark.channel_id)
        .ok_or_else(|| Error::invalid("message_id", "names no message of the channel's timeline"))?;
    let member = rights.memberships.get_mut(&mark.pair()).ok_or_else(Error::not_found)?;
    if place.seq <= member.last_read_seq {
        return Ok(None);
    }
    let from_ordinal = member.read_ordinal;
    member.last_read_seq = place.seq;
    member.last_read_message_id = Some(place.id);
    member.read_ordinal = place.ordinal;
    let moved = MovedMark {
        user_id: mark.user_id,
        message_id: Some(place.id),
        last_read_seq: place.seq,
        joined_seq: member.joined_seq,
    };
    Ok(Some(MovedRange { mark: moved, from_ordinal, to_ordinal: place.ordinal }))
}

/// Somebody may have marked twice in one batch: what is stored is where they stand after the last.
async fn store(
    append: &mut Append, rights: &Rights, marks: &[Mark], moves: &[Result<Option<MovedRange>>],
) -> Result<()> {
    let moved: HashSet<(ChannelId, UserId)> = marks
        .iter()
        .zip(moves)
        .filter(|(_, moved)| matches!(moved, Ok(Some(_))))
        .map(|(mark, _)| mark.pair())
        .collect();
    let row = |(channel_id, user_id): (ChannelId, UserId)| {
        let membership = *rights.memberships.get(&(channel_id, user_id))?;
        Some(MemberRow { channel_id, user_id, membership })
    };
    let rows: Vec<MemberRow> = moved.into_iter().filter_map(row).collect();
    let now = append.now();
    read_marks::update(append.conn(), &rows, now).await
}

fn state(append: &Append, rights: &Rights, unread: &Unread, mark: &Mark) -> Result<ReadState> {
    let member = rights.memberships.get(&mark.pair()).ok_or_else(Error::not_found)?;
    let unread_count = *unread.get(&mark.pair()).ok_or_else(Error::not_found)?;
    Ok(ReadState {
        unread_count,
        last_read_message_id: member.last_read_message_id,
        last_read_seq: member.last_read_seq,
        state_seq: append.head(),
    })
}
