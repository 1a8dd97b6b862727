//! What the hub and its streams take to bring events to 1,000 sockets of one channel, from the bus to the last byte read at the
//! other end: one event at a time, and 32 that come at once.
//!
//! `cargo bench --bench hub_fanout`.

#[path = "setup/fail.rs"]
mod fail;

use anyhow::Result;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fail::fail;
use hubbub::bus::Notice;
use hubbub::clock::{Clock, Time};
use hubbub::config::Database;
use hubbub::error::Error;
use hubbub::event::audience::{Audience, Viewer};
use hubbub::event::encoded::Form;
use hubbub::event::{Envelope, Event, MessageData};
use hubbub::hub::{Hub, Limits, NewConnection, Seat, follow};
use hubbub::id::{ChannelId, InstanceId, MessageId, Seq, SessionId, UserId};
use hubbub::model::message::Message;
use hubbub::presence::Presence;
use hubbub::store::group::Group;
use hubbub::store::{Store, events};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

const STREAMS: usize = 1_000;
const TEXT: &str = "What a chat message says is short most of the time, about a hundred characters and then some, like this one here.";

/// What arrives at the other ends of the sockets.
#[derive(Default)]
struct Arrived {
    bytes: AtomicU64,
    awaited: AtomicU64,
    all: Notify,
}

/// A hub with streams on real sockets, all members of one channel.
struct Scene {
    notices: mpsc::UnboundedSender<Notice>,
    arrived: Arc<Arrived>,
    channel_id: ChannelId,
    seq: Seq,
    _seats: Vec<Seat>,
    _folder: tempfile::TempDir,
}

impl Scene {
    async fn set() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (clock, database) = (Clock::system(), Database::Sqlite(folder.path().join("bench.db")));
        let store = Store::open(&database, clock.clone()).await?;
        let head = events::head(store.read().await.map_err(failed)?.conn()).await.map_err(failed)?.seq;
        let limits = Limits {
            heartbeat_interval: Duration::from_secs(3_600),
            heartbeat_timeout: Duration::from_secs(7_200),
            max_age: None,
        };
        let (presence, _) = Presence::new(InstanceId::new(), limits.heartbeat_timeout);
        let commits = Group::start(store.clone(), drop).commits();
        let hub = Hub::new(store, Arc::new(presence), clock, limits);
        let (notices, heard) = mpsc::unbounded_channel();
        tokio::spawn(follow::run(hub.clone(), heard));
        tokio::spawn(hub.clone().run_delivery(commits));
        let (arrived, channel_id) = (Arc::new(Arrived::default()), ChannelId::new());
        let mut seats = Vec::with_capacity(STREAMS);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        for _ in 0..STREAMS {
            let (peer, accepted) =
                tokio::join!(TcpStream::connect(listener.local_addr()?), listener.accept());
            seats.push(stream(&hub, accepted?.0, channel_id, head).await?);
            tokio::spawn(read(peer?, arrived.clone()));
        }
        Ok(Self { notices, arrived, channel_id, seq: head, _seats: seats, _folder: folder })
    }

    /// How long it takes until events that come at once have arrived everywhere.
    async fn deliver(&mut self, count: usize) -> Duration {
        let events: Vec<Arc<Envelope>> = (0..count).map(|_| self.event()).collect();
        let bytes: usize = events.iter().map(|event| event.encoded.size()).sum();
        self.arrived.awaited.fetch_add((bytes * STREAMS) as u64, Ordering::SeqCst);
        let begin = Instant::now();
        let _ = self.notices.send(Notice::Events(events));
        self.arrived.all.notified().await;
        begin.elapsed()
    }

    fn event(&mut self) -> Arc<Envelope> {
        self.seq += 1;
        let message = Message {
            id: MessageId::new(),
            seq: self.seq,
            version: self.seq,
            channel_id: self.channel_id,
            sender_id: UserId::new(),
            parent_id: None,
            text: TEXT.to_owned(),
            nonce: None,
            created_at: Time(0),
            edited_at: None,
            deleted_at: None,
            reply_count: 0,
            last_reply_at: None,
            reply_user_ids: vec![],
            replies_version: 0,
        };
        let event = Event::MessageCreated(MessageData { message });
        Arc::new(Envelope::new(self.seq, &event, Audience::Channel(self.channel_id)))
    }
}

/// A live stream on this socket, where the log stands.
async fn stream(hub: &Arc<Hub>, socket: TcpStream, channel_id: ChannelId, head: Seq) -> Result<Seat> {
    socket.set_nodelay(true)?;
    socket.writable().await?;
    let new = NewConnection {
        user_id: UserId::new(),
        session_id: SessionId::new(),
        expires_at: Clock::system().now(),
        form: Form::WebSocket,
    };
    let mut viewer = Viewer::new(new.user_id);
    viewer.channels.insert(channel_id, 0);
    let seat = hub.register(new).await.map_err(failed)?;
    hub.activate(seat.connection(), viewer, head, head);
    seat.connection().attach(socket);
    seat.connection().taken(true);
    Ok(seat)
}

fn failed(error: Error) -> anyhow::Error {
    anyhow::Error::msg(error.detail)
}

async fn read(mut peer: TcpStream, arrived: Arc<Arrived>) {
    let mut bytes = vec![0; 32 * 1024];
    while let Ok(count @ 1..) = peer.read(&mut bytes).await {
        let all = arrived.bytes.fetch_add(count as u64, Ordering::SeqCst) + count as u64;
        if all == arrived.awaited.load(Ordering::SeqCst) {
            arrived.all.notify_one();
        }
    }
}

fn set() -> Result<(Runtime, Scene)> {
    let runtime = Runtime::new()?;
    let scene = runtime.block_on(Scene::set())?;
    Ok((runtime, scene))
}

fn hub_fanout(criterion: &mut Criterion) {
    let (runtime, mut scene) = set().unwrap_or_else(|error| fail(&error));
    let mut group = criterion.benchmark_group("hub_fanout");
    for count in [1, 32] {
        group.throughput(Throughput::Elements((count * STREAMS) as u64));
        group.bench_function(format!("{count}_to_{STREAMS}"), |bencher| {
            bencher.iter_custom(|rounds| {
                runtime.block_on(async {
                    let mut total = Duration::ZERO;
                    for _ in 0..rounds {
                        total += scene.deliver(count).await;
                    }
                    total
                })
            });
        });
    }
    group.finish();
}

criterion_group!(benches, hub_fanout);
criterion_main!(benches);
