//! Read marks whose signal may have been lost between instances are read again, and told to their readers' own streams.

use crate::clock::Time;
use crate::error::Result;
use crate::event::ephemeral::{ReadData, Signal};
use crate::id::UserId;
use crate::service::Context;
use crate::store::{events, read_marks};

/// How many readers are looked up at a time.
const READERS: usize = 500;

/// Tells each of these readers, on this instance, the marks of theirs that have moved since a moment.
pub async fn tell_again(ctx: &Context, user_ids: &[UserId], since: Time) -> Result<()> {
    for user_ids in user_ids.chunks(READERS) {
        let mut read = ctx.store.snapshot().await?;
        let state_seq = events::head(read.conn()).await?.seq;
        for moved in read_marks::list_moved(read.conn(), user_ids, since).await? {
            let user_id = moved.mark.user_id;
            let data = ReadData {
                channel_id: moved.channel_id,
                items: vec![moved.mark],
                unread_count: Some(moved.unread_count),
                state_seq: Some(state_seq),
            };
            ctx.bus.signal_here(Signal::OwnRead(user_id, data));
        }
    }
    Ok(())
}
