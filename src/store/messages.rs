//! SQL about messages.

use super::{Conn, id_list, on_ids};
use crate::error::Result;
use crate::id::MessageId;
use crate::model::message::Message;

/// These messages, in no order; unknown ids are left out.
pub async fn list_by_ids(conn: Conn<'_>, ids: impl IntoIterator<Item = MessageId>) -> Result<Vec<Message>> {
    let ids = id_list(ids.into_iter().map(|id| id.0));
    if ids == "[]" {
        return Ok(Vec::new());
    }
    Ok(
        on_ids!(conn, "select * from messages where id in ", "" => |sql| sqlx::query_as(sql).bind(ids).fetch_all(conn).await?),
    )
}
