use super::*;
use crate::clock::Clock;
use crate::event::audience::Audience;
use crate::event::{Event, MemberUpdatedData};
use crate::hub::inbox::QUEUE_ITEMS;
use crate::id::ChannelId;
use crate::model::member::Role;
use futures_util::task::noop_waker_ref;
use std::sync::Arc;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

fn connection() -> Connection {
    Connection::new(NewConnection {
        user_id: UserId::new(),
        session_id: SessionId::new(),
        expires_at: Clock::system().now(),
        form: Form::Sse,
    })
}

/// One whose task has written all that it had, at 10 and live; and the other end of its socket.
async fn connected() -> (Connection, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (peer, accepted) =
        tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
    let (socket, _) = accepted.unwrap();
    socket.writable().await.unwrap();
    let connection = connection();
    connection.begin(10, 10, false);
    connection.attach(socket);
    connection.taken(true);
    (connection, peer.unwrap())
}

fn run(seqs: impl IntoIterator<Item = Seq>) -> Run {
    let channel_id = ChannelId::new();
    let data = MemberUpdatedData { channel_id, user_id: UserId::new(), role: Role::Member };
    let event = |seq| {
        let event = Event::MemberUpdated(data.clone());
        Arc::new(crate::event::Envelope::new(seq, &event, Audience::Channel(channel_id)))
    };
    let mut seqs = seqs.into_iter();
    let mut run = Run::new(event(seqs.next().unwrap()));
    seqs.for_each(|seq| assert!(run.takes(&event(seq))));
    run
}

/// What the stream's own task would do next, and what it would write.
fn next(connection: &Connection) -> (Option<Next>, Vec<Bytes>) {
    let mut pieces = VecDeque::new();
    let next = connection.poll_next(&mut Context::from_waker(noop_waker_ref()), &mut pieces);
    (if let Poll::Ready(next) = next { Some(next) } else { None }, pieces.into())
}

/// What the only thing that waits says.
fn only(connection: &Connection) -> Value {
    match next(connection).1.as_slice() {
        [bytes] => said(bytes),
        other => panic!("{other:?}"),
    }
}

fn said(block: &[u8]) -> Value {
    let text = std::str::from_utf8(block).unwrap();
    serde_json::from_str(text.split_once("data: ").unwrap().1).unwrap()
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
    assert_eq!(next(&connection).0, Some(Next::ReadOn));
    assert_eq!(connection.go_live(10), Some(true), "the state is due");
    assert_eq!(connection.go_live(10), Some(false), "once");
}

#[tokio::test]
async fn ephemeral_events_alone_make_a_stream_fall_behind_too() {
    let connection = connection();
    connection.begin(10, 10, false);
    let typing = Encoded::ephemeral("typing.started", ());
    for _ in 0..QUEUE_ITEMS * 2 {
        connection.push_ephemeral(&typing, Instant::now());
    }
    assert_eq!(next(&connection), (Some(Next::ReadOn), vec![]));
    assert_eq!(connection.go_live(10), Some(true));
}

#[tokio::test]
async fn a_stream_that_falls_behind_keeps_its_position_and_no_queue() {
    let connection = connection();
    connection.begin(10, 10, false);
    for seq in 11..12 + QUEUE_ITEMS as Seq {
        connection.push(&run([seq]), Instant::now());
        if seq == 20 {
            connection.pong(None, 20);
        }
    }
    assert_eq!(connection.position(), 10);
    assert_eq!(only(&connection)["data"], serde_json::json!({"cursor": 10, "delivered": 0}));
    assert_eq!(next(&connection), (Some(Next::ReadOn), vec![]));
    connection.taken(true);
    assert_eq!(connection.go_live(10), Some(false));
    assert!(connection.pulse().untaken.is_none(), "nothing waits");
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

#[tokio::test]
async fn where_nothing_waits_a_run_is_on_the_socket_at_once() {
    let (connection, mut peer) = connected().await;
    connection.push(&run(9..13), Instant::now());

    assert_eq!(next(&connection), (None, vec![]), "nothing is left for the stream's own task");
    let mut bytes = [0; 4096];
    let count = peer.read(&mut bytes).await.unwrap();
    let blocks = std::str::from_utf8(&bytes[..count]).unwrap().split_inclusive("\n\n");
    let seqs: Vec<i64> = blocks.map(|block| said(block.as_bytes())["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, [11, 12], "what it is past already is left out");
    connection.pong(None, 12);
    assert_eq!(only(&connection)["data"], serde_json::json!({"cursor": 12, "delivered": 2}));
}

#[tokio::test]
async fn nothing_overtakes_what_the_streams_own_task_still_writes() {
    let (connection, _peer) = connected().await;
    connection.taken(false);
    connection.push(&run([11]), Instant::now());
    assert_eq!(only(&connection)["seq"], 11);
    connection.taken(true);
    connection.push(&run([12]), Instant::now());
    assert_eq!(next(&connection), (None, vec![]));
}

#[tokio::test]
async fn what_the_socket_does_not_take_waits_whole() {
    let (connection, mut peer) = connected().await;
    let mut seq = 10;
    while next(&connection) == (None, vec![]) {
        seq += 1;
        connection.push(&run([seq]), Instant::now());
        if connection.pulse().untaken.is_some() {
            break;
        }
    }
    connection.push(&run([seq + 1]), Instant::now());
    let (_, rest) = next(&connection);

    let mut text = Vec::new();
    connection.finish();
    peer.read_to_end(&mut text).await.unwrap();
    text.extend(rest.concat());
    let text = String::from_utf8(text).unwrap();
    let seqs: Vec<i64> =
        text.split_inclusive("\n\n").map(|block| said(block.as_bytes())["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, (11..=seq + 1).collect::<Vec<_>>(), "each once, in order, none cut");
}
