//! One instance.

use super::*;
use crate::event::presence::Said;

struct Cast {
    presence: Presence,
    told: Told,
    alice: UserId,
    tab: ConnectionId,
}

/// Alice, online with one tab.
fn cast() -> Cast {
    let (presence, mut told) = Presence::new(InstanceId::new(), LEASE);
    let (alice, tab) = (UserId::new(), ConnectionId::new());
    presence.arrive(alice, tab);
    assert_eq!(told.changes.try_recv(), Ok(online(alice, true)));
    Cast { presence, told, alice, tab }
}

impl Cast {
    fn typing(&self) -> Typing {
        typing_of(self.alice)
    }

    /// The next change, and after how many milliseconds it came.
    async fn next(&mut self) -> (Change, u128) {
        let start = Instant::now();
        let change = self.told.changes.recv().await.unwrap();
        (change, start.elapsed().as_millis())
    }

    /// Nothing is told within that time.
    async fn is_quiet_for(&mut self, time: Duration) {
        let told = tokio::time::timeout(time, self.told.changes.recv()).await;
        assert!(told.is_err(), "{told:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_stream_takes_its_user_offline_after_the_grace() {
    let mut cast = cast();
    let second = ConnectionId::new();
    cast.presence.arrive(cast.alice, second);
    cast.presence.leave(cast.alice, cast.tab, OFFLINE_GRACE);
    cast.is_quiet_for(Duration::from_secs(60)).await;
    cast.presence.leave(cast.alice, second, OFFLINE_GRACE);
    assert!(cast.presence.is_online(cast.alice), "the grace runs");
    assert_eq!(cast.next().await, (offline(cast.alice, true), 3_000));
    assert!(cast.presence.online().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_reload_does_not_flicker() {
    let mut cast = cast();
    cast.presence.leave(cast.alice, cast.tab, OFFLINE_GRACE);
    cast.is_quiet_for(Duration::from_millis(2_900)).await;
    cast.presence.arrive(cast.alice, ConnectionId::new());
    cast.presence.leave(cast.alice, cast.tab, OFFLINE_GRACE);
    cast.is_quiet_for(Duration::from_secs(60)).await;
    assert!(cast.presence.is_online(cast.alice));
}

#[tokio::test(start_paused = true)]
async fn typing_lasts_15_s_from_its_last_start() {
    let mut cast = cast();
    let typing = cast.typing();
    cast.presence.start_typing(typing);
    cast.is_quiet_for(Duration::from_secs(10)).await;
    cast.presence.start_typing(typing);
    assert_eq!(cast.next().await, (Change::TypingExpired(typing), 15_000));
    assert!(!cast.presence.stop_typing(&typing), "it is told once");
}

#[tokio::test(start_paused = true)]
async fn a_stop_is_not_told_again() {
    let mut cast = cast();
    let typing = cast.typing();
    cast.presence.start_typing(typing);
    assert!(cast.presence.stop_typing(&typing));
    cast.is_quiet_for(Duration::from_secs(60)).await;
    assert!(cast.presence.typing(|_| true).is_empty());
}

#[tokio::test(start_paused = true)]
async fn typing_lingers_5_s_after_the_last_stream() {
    let mut cast = cast();
    let typing = cast.typing();
    cast.presence.start_typing(typing);
    cast.presence.leave(cast.alice, cast.tab, OFFLINE_GRACE);
    assert_eq!(cast.next().await, (offline(cast.alice, true), 3_000));
    assert_eq!(cast.next().await, (Change::TypingExpired(typing), 2_000));
}

#[tokio::test(start_paused = true)]
async fn typing_that_would_end_sooner_does() {
    let mut cast = cast();
    let typing = cast.typing();
    cast.presence.start_typing(typing);
    cast.is_quiet_for(Duration::from_secs(14)).await;
    cast.presence.leave(cast.alice, cast.tab, Duration::from_secs(30));
    assert_eq!(cast.next().await, (Change::TypingExpired(typing), 1_000));
    assert_eq!(cast.next().await, (offline(cast.alice, true), 29_000));
}

#[tokio::test(start_paused = true)]
async fn an_instance_with_nobody_on_it_says_one_last_beat_and_sleeps() {
    let mut cast = cast();
    cast.presence.leave(cast.alice, cast.tab, OFFLINE_GRACE);
    tokio::time::sleep(LEASE * 10).await;
    let said = std::iter::from_fn(|| cast.told.words.try_recv().ok());
    let said: Vec<(u64, Said)> = said.map(|word| (word.version, word.said)).collect();
    let leaves = Said::Leaves { user_id: cast.alice, grace_ms: 3_000 };
    let expected =
        [(0, Said::Hello), (1, Said::Came(cast.alice)), (2, leaves), (2, Said::Beat), (2, Said::Beat)];
    assert_eq!(said, expected);
}
