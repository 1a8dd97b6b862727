//! SQL about how far people have read. Counts are derived, never stored, yet cheap after a long absence: a message of the
//! timeline has an ordinal, so what is unread is a subtraction, less the few own and deleted ones past the mark.

/// The unread count of member `m` in channel `c`, as a piece of SQL: ordinals past the mark, less own and deleted ones.
macro_rules! unread_count {
    () => {
        "(c.last_ordinal - m.read_ordinal \
          - (select count(*) from messages o where o.channel_id = c.id and o.sender_id = m.user_id and o.ordinal > m.read_ordinal) \
          - (select count(*) from messages d where d.channel_id = c.id and d.ordinal > m.read_ordinal \
             and d.deleted_at is not null and d.sender_id <> m.user_id))"
    };
}
pub(crate) use unread_count;
