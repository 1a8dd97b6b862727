//! Who may do what: a row for each operation.

/// What an operation answers, by who asks. Who is not signed in gets `401` from all but the open ones.
pub enum Row {
    /// Anybody gets this.
    Open(u16),
    /// Anybody signed in gets this.
    Signed(u16),
    /// It is about what belongs to one person, who gets this; everybody else gets `404`.
    Own(u16),
    /// It is about a channel.
    Channel {
        /// Public: stranger, former member, member, owner (who is the author of the message in question).
        ///
        /// Private: members get the same, the first two `404`.
        open: [u16; 4],
        /// The same when it is archived.
        archived: [u16; 4],
        /// DM: stranger, peer, author.
        dm: [u16; 3],
    },
}

use Row::{Channel, Open, Own, Signed};

const fn channel(open: [u16; 4], archived: [u16; 4], dm: [u16; 3]) -> Row {
    Channel { open, archived, dm }
}

/// Whoever may see the channel may do it.
const READ: Row = channel([200; 4], [200; 4], [404, 200, 200]);
/// Members may, also in an archived channel.
const MEMBERS: Row = channel([403, 403, 200, 200], [403, 403, 200, 200], [404, 200, 200]);

pub const ROWS: &[(&str, Row)] = &[
    ("get_health", Open(200)),
    ("get_readiness", Open(200)),
    ("get_metrics", Open(200)),
    ("get_document", Open(200)),
    ("register", Open(201)),
    ("login", Open(200)),
    ("refresh", Open(200)),
    ("logout", Signed(204)),
    ("list_sessions", Signed(200)),
    ("revoke_session", Own(204)),
    ("create_stream_ticket", Signed(201)),
    ("get_me", Signed(200)),
    ("update_me", Signed(200)),
    // With a wrong current password, so that it can be asked again.
    ("change_password", Signed(422)),
    ("list_users", Signed(200)),
    ("get_user", Signed(200)),
    ("list_presence", Signed(200)),
    ("list_channels", Signed(200)),
    ("browse_channels", Signed(200)),
    ("create_channel", Signed(201)),
    ("list_dms", Signed(200)),
    ("open_dm", Signed(201)),
    ("list_events", Signed(200)),
    ("open_sse", Signed(200)),
    // Without an upgrade.
    ("open_websocket", Signed(426)),
    ("ping_connection", Own(204)),
    ("renew_connection", Own(204)),
    ("close_thread", Own(204)),
    ("get_channel", READ),
    ("list_members", READ),
    ("list_messages", READ),
    ("get_message", READ),
    ("list_replies", READ),
    ("mark_read", MEMBERS),
    ("list_read_marks", MEMBERS),
    ("list_receipts", MEMBERS),
    ("open_thread", channel([403, 403, 204, 204], [403, 403, 204, 204], [404, 204, 204])),
    ("set_typing", channel([403, 403, 204, 204], [403, 403, 409, 409], [404, 204, 204])),
    ("send_message", channel([403, 403, 201, 201], [403, 403, 409, 409], [404, 201, 201])),
    ("edit_message", channel([403, 403, 403, 200], [403, 403, 403, 409], [404, 403, 200])),
    ("delete_message", channel([403, 403, 403, 204], [403, 403, 403, 409], [404, 403, 204])),
    ("update_channel", channel([403, 403, 403, 200], [403, 403, 403, 409], [404, 422, 422])),
    ("archive_channel", channel([403, 403, 403, 200], [403, 403, 403, 200], [404, 422, 422])),
    ("unarchive_channel", channel([403, 403, 403, 200], [403, 403, 403, 200], [404, 422, 422])),
    ("join_channel", channel([200; 4], [409, 409, 200, 200], [404, 200, 200])),
    ("leave_channel", channel([204; 4], [204; 4], [404, 422, 422])),
    // The member asks first, so the owner finds it done.
    ("add_member", channel([403, 403, 201, 200], [403, 403, 409, 409], [404, 422, 422])),
    ("remove_member", channel([403, 403, 403, 204], [403, 403, 403, 409], [404, 422, 422])),
];

/// The operation whose function a client frame runs; `None` where it has rights of its own, tested with the streams.
pub const FRAMES: &[(&str, Option<&str>)] = &[
    ("ping", None),
    ("auth.refresh", None),
    ("thread.close", None),
    ("message.send", Some("send_message")),
    ("message.edit", Some("edit_message")),
    ("message.delete", Some("delete_message")),
    ("read.mark", Some("mark_read")),
    ("typing.start", Some("set_typing")),
    ("typing.stop", Some("set_typing")),
    ("thread.open", Some("open_thread")),
    ("history.load", Some("list_messages")),
];

/// The row of an operation.
pub fn row(operation_id: &str) -> &'static Row {
    let found = ROWS.iter().find(|(id, _)| *id == operation_id);
    &found.unwrap_or_else(|| panic!("{operation_id} has no row in the access table: say who may do it")).1
}
