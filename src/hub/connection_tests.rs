use super::*;
use crate::clock::Clock;

fn connection() -> Connection {
    Connection::new(NewConnection {
        user_id: UserId::new(),
        session_id: SessionId::new(),
        expires_at: Clock::system().now(),
        is_sse: false,
        cut: CancellationToken::new(),
    })
}

/// What the only thing that waits says.
fn only(connection: &Connection) -> Value {
    match connection.take().as_slice() {
        [Out::Encoded(encoded)] => serde_json::from_slice(&encoded.json()).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_pong_asked_for_during_a_bite_does_not_go_back_behind_it() {
    let connection = connection();
    connection.begin(10, 100, false);
    connection.pong(None, 100);
    connection.advance(60, 3);
    assert_eq!(only(&connection)["data"], serde_json::json!({"cursor": 60, "delivered": 3}));
}

#[tokio::test]
async fn a_live_stream_is_past_what_was_not_for_it() {
    let connection = connection();
    connection.begin(10, 10, false);
    connection.pong(None, 25);
    assert_eq!(only(&connection)["data"], serde_json::json!({"cursor": 25, "delivered": 0}));
}

#[tokio::test]
async fn what_was_missed_while_it_opened_is_made_up_for() {
    let connection = connection();
    connection.begin(10, 10, true);
    assert!(connection.is_catching());
    assert_eq!(connection.go_live(10), Some(true), "the state is due");
    assert_eq!(connection.go_live(10), Some(false), "once");
}

#[tokio::test]
async fn ephemeral_events_alone_make_a_stream_fall_behind_too() {
    let connection = connection();
    connection.begin(10, 10, false);
    let typing = Arc::new(Encoded::ephemeral("typing.started", ()));
    for _ in 0..QUEUE_ITEMS * 2 {
        connection.push_ephemeral(&typing);
    }
    assert!(connection.is_catching());
    assert_eq!(connection.take().len(), QUEUE_ITEMS + 1);
    assert_eq!(connection.go_live(10), Some(true));
}

#[tokio::test]
async fn what_is_read_and_not_taken_counts_as_waiting() {
    let connection = connection();
    connection.begin(10, 100, false);
    connection.advance(50, 5);
    connection.taken(false);
    assert!(connection.pulse().untaken.is_some(), "the transport still holds a part");
    connection.taken(true);
    assert!(connection.pulse().untaken.is_none());
}
