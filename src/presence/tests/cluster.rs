//! Several instances.

use super::*;
use crate::event::presence::{Piece, Said, Whole};

/// Enough for a word.
const A_WORD: Duration = Duration::from_millis(100);
/// Enough for a word, a question and its answer.
const SOON: Duration = Duration::from_millis(400);

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// All that an instance says of its users, as one piece.
fn whole(number: u64, part: Whole) -> Said {
    Said::Piece(Piece { number, index: 0, count: 1, part })
}

/// So many instances, all of which know that Alice is on the first.
async fn with_alice(count: usize) -> (Cluster, UserId, ConnectionId) {
    let mut cluster = Cluster::of(count).await;
    let (alice, tab) = (UserId::new(), ConnectionId::new());
    cluster.presence(0).arrive(alice, tab);
    cluster.pass(A_WORD).await;
    let told: Vec<_> = (0..count).map(|index| vec![online(alice, index == 0)]).collect();
    assert_eq!(cluster.told(), told);
    (cluster, alice, tab)
}

#[tokio::test(start_paused = true)]
async fn who_comes_and_goes_does_so_everywhere_and_once() {
    let (mut cluster, alice, tab) = with_alice(3).await;
    cluster.pass(LEASE * 3).await;
    assert!(cluster.presence(2).is_online(alice), "beats keep her");
    cluster.presence(0).leave(alice, tab, OFFLINE_GRACE);
    cluster.pass(OFFLINE_GRACE - A_WORD).await;
    assert!(cluster.told().concat().is_empty());
    cluster.pass(A_WORD * 3).await;
    assert_eq!(cluster.told(), [[offline(alice, true)], [offline(alice, false)], [offline(alice, false)]]);
    cluster.pass(LEASE * 3).await;
    assert!(cluster.told().concat().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_user_on_two_instances_does_not_flicker_and_is_noted_by_both() {
    let (mut cluster, alice, tab) = with_alice(3).await;
    let second = ConnectionId::new();
    cluster.presence(1).arrive(alice, second);
    cluster.presence(0).leave(alice, tab, OFFLINE_GRACE);
    cluster.pass(LEASE * 3).await;
    assert!(cluster.told().concat().is_empty());
    cluster.presence(1).leave(alice, second, OFFLINE_GRACE);
    cluster.pass(seconds(4)).await;
    assert_eq!(cluster.told(), [[offline(alice, true)], [offline(alice, true)], [offline(alice, false)]]);
}

#[tokio::test(start_paused = true)]
async fn a_killed_instance_takes_its_users_offline_once_and_only_its_own() {
    let (mut cluster, alice, _) = with_alice(3).await;
    let bob = UserId::new();
    cluster.presence(0).arrive(bob, ConnectionId::new());
    cluster.presence(1).arrive(bob, ConnectionId::new());
    cluster.pass(seconds(30)).await;
    cluster.told();
    cluster.instances.remove(0);
    cluster.pass(LEASE * 2 / 3 - seconds(11)).await;
    assert!(cluster.told().concat().is_empty(), "the lease runs");
    cluster.pass(LEASE / 3 + seconds(11) + seconds(2)).await;
    assert_eq!(cluster.told(), [[offline(alice, true)], [offline(alice, true)]]);
    cluster.pass(LEASE * 3).await;
    assert!(cluster.told().concat().is_empty());
    assert!(cluster.presence(1).is_online(bob));
}

#[tokio::test(start_paused = true)]
async fn a_clean_stop_hands_over_without_a_flicker() {
    let (mut cluster, alice, tab) = with_alice(3).await;
    cluster.presence(0).leave(alice, tab, OFFLINE_GRACE + seconds(5));
    cluster.pass(A_WORD).await;
    cluster.instances.remove(0);
    cluster.pass(seconds(5)).await;
    cluster.presence(0).arrive(alice, ConnectionId::new());
    cluster.pass(LEASE * 3).await;
    assert!(cluster.told().concat().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_grace_outlasts_the_lease_of_an_instance_that_stopped() {
    let (mut cluster, alice, tab) = with_alice(2).await;
    cluster.presence(0).leave(alice, tab, LEASE * 2);
    cluster.pass(A_WORD).await;
    cluster.instances.remove(0);
    cluster.pass(LEASE * 2 - A_WORD * 2).await;
    assert!(cluster.presence(0).is_online(alice));
    cluster.pass(A_WORD * 3).await;
    assert_eq!(cluster.told(), [[offline(alice, false)]]);
    assert_eq!(cluster.presence(0).shared.lock().due(), None, "the instance is forgotten");
}

#[tokio::test(start_paused = true)]
async fn a_lost_word_is_made_up_for_within_seconds() {
    let (mut cluster, alice, tab) = with_alice(3).await;
    let bob = UserId::new();
    cluster.lose_all();
    cluster.presence(0).leave(alice, tab, OFFLINE_GRACE);
    cluster.presence(0).arrive(bob, ConnectionId::new());
    cluster.pass(SOON).await;
    assert!(!cluster.presence(1).is_online(bob));
    cluster.lose_none();
    cluster.pass(seconds(1) + SOON).await;
    assert!(cluster.presence(1).is_online(bob) && cluster.presence(2).is_online(bob));
    cluster.pass(OFFLINE_GRACE).await;
    let told = cluster.told();
    assert_eq!(told[1], [online(bob, false), offline(alice, false)]);
    assert_eq!(told[2], told[1]);
}

#[tokio::test(start_paused = true)]
async fn the_next_change_shows_a_lost_one_at_once() {
    let (mut cluster, alice, tab) = with_alice(2).await;
    cluster.lose_all();
    cluster.presence(0).leave(alice, tab, Duration::ZERO);
    cluster.pass(A_WORD).await;
    cluster.lose_none();
    cluster.presence(0).arrive(UserId::new(), ConnectionId::new());
    cluster.pass(SOON).await;
    assert!(!cluster.presence(1).is_online(alice));
}

#[tokio::test(start_paused = true)]
async fn a_question_that_is_lost_is_asked_again() {
    let (mut cluster, ..) = with_alice(2).await;
    let bob = UserId::new();
    cluster.fate = Box::new(|word| if word.said == Said::Beat { vec![TRIP] } else { Vec::new() });
    cluster.presence(0).arrive(bob, ConnectionId::new());
    cluster.pass(seconds(5)).await;
    assert!(!cluster.presence(1).is_online(bob));
    cluster.lose_none();
    cluster.pass(seconds(1) + SOON).await;
    assert!(cluster.presence(1).is_online(bob));
}

#[tokio::test(start_paused = true)]
async fn doubled_and_reordered_words_do_no_harm() {
    let (mut cluster, alice, tab) = with_alice(2).await;
    cluster.presence(0).leave(alice, tab, Duration::ZERO);
    cluster.pass(SOON).await;
    assert_eq!(cluster.told(), [[offline(alice, true)], [offline(alice, false)]]);
    for _ in 0..3 {
        cluster.presence(0).arrive(alice, tab);
        cluster.presence(0).leave(alice, tab, OFFLINE_GRACE);
    }
    cluster.presence(0).arrive(alice, tab);
    let words = cluster.instances[0].said();
    for word in words.iter().rev().chain(&words).chain(words.iter().rev()) {
        cluster.presence(1).hear(word.clone());
    }
    cluster.pass(LEASE).await;
    assert_eq!(cluster.told(), [[online(alice, true)], [online(alice, false)]]);
}

#[tokio::test(start_paused = true)]
async fn many_questions_have_one_answer() {
    let (mut cluster, ..) = with_alice(1).await;
    cluster.instances[0].said();
    cluster.instances.extend((0..5).map(|_| Instance::new()));
    let id = cluster.presence(0).shared.lock().own.id;
    for asker in 1..=5 {
        let hello = cluster.instances[asker].said().remove(0);
        cluster.presence(0).hear(hello.clone());
        cluster.presence(0).hear(Word { said: Said::Ask(id), ..hello });
    }
    tokio::time::sleep(SOON).await;
    let said = cluster.instances[0].said();
    assert!(matches!(said.as_slice(), [Word { said: Said::Piece(_), .. }]), "{said:?}");
}

#[tokio::test(start_paused = true)]
async fn a_large_whole_comes_in_pieces_and_counts_once_all_are_there() {
    let (mut cluster, alice, _) = with_alice(1).await;
    let crowd: HashSet<UserId> = (0..2_500).map(|_| UserId::new()).chain([alice]).collect();
    crowd.iter().for_each(|user_id| cluster.presence(0).arrive(*user_id, ConnectionId::new()));
    cluster.instances[0].said();
    let newcomer = Instance::new();
    let hear_whole = async |cluster: &mut Cluster| {
        cluster.presence(0).resync();
        tokio::time::sleep(seconds(2)).await;
        let mut pieces = cluster.instances[0].said();
        pieces.retain(|word| matches!(word.said, Said::Piece(_)));
        assert_eq!(pieces.len(), 3, "{pieces:?}");
        assert!(pieces.iter().all(|word| serde_json::to_vec(word).unwrap().len() < 100_000));
        pieces
    };
    let first = hear_whole(&mut cluster).await;
    let second = hear_whole(&mut cluster).await;
    let late = [&first[0], &first[2], &second[2], &second[2], &second[0], &first[1]];
    late.into_iter().for_each(|word| newcomer.presence.hear(word.clone()));
    assert!(newcomer.presence.online().is_empty(), "pieces of two wholes are none");
    newcomer.presence.hear(second[1].clone());
    assert_eq!(newcomer.presence.online(), crowd);
}

#[tokio::test(start_paused = true)]
async fn a_new_instance_learns_who_is_online_and_who_is_typing() {
    let (mut cluster, alice, _) = with_alice(2).await;
    let (bob, tab) = (UserId::new(), ConnectionId::new());
    cluster.presence(1).arrive(bob, tab);
    cluster.presence(1).leave(bob, tab, seconds(30));
    let typing = typing_of(alice);
    cluster.presence(0).start_typing(typing);
    cluster.presence(1).start_typing(typing);
    cluster.pass(seconds(5)).await;
    cluster.told();
    cluster.instances.push(Instance::new());
    cluster.pass(SOON).await;
    assert_eq!(cluster.presence(2).online(), HashSet::from([alice, bob]));
    assert!(cluster.presence(2).is_typing(&typing));
    cluster.pass(seconds(10)).await;
    let expired = Change::TypingExpired(typing);
    assert_eq!(cluster.instances[2].told()[2..], [expired], "it has no longer than it had");
    cluster.pass(seconds(15)).await;
    let end = |is_noted_here| vec![expired, offline(bob, is_noted_here)];
    assert_eq!(cluster.told(), [end(false), end(true), vec![offline(bob, false)]]);
}

#[tokio::test(start_paused = true)]
async fn a_short_partition_is_not_noticed_and_what_changed_meanwhile_is_made_up_for() {
    let (mut cluster, alice, tab) = with_alice(3).await;
    let (bob, carol) = (UserId::new(), UserId::new());
    cluster.presence(1).arrive(bob, ConnectionId::new());
    cluster.pass(seconds(2)).await;
    cluster.told();
    cluster.cut_off(0);
    cluster.pass(seconds(30)).await;
    assert!(cluster.told().concat().is_empty());
    cluster.presence(0).leave(alice, tab, OFFLINE_GRACE);
    cluster.presence(1).arrive(carol, ConnectionId::new());
    cluster.pass(seconds(5)).await;
    cluster.told();
    cluster.rejoin(0);
    cluster.pass(SOON).await;
    assert_eq!(cluster.told(), [[online(carol, false)], [offline(alice, false)], [offline(alice, false)]]);
}

#[tokio::test(start_paused = true)]
async fn a_long_partition_hides_the_others_until_it_ends() {
    let (mut cluster, alice, _) = with_alice(2).await;
    let bob = UserId::new();
    cluster.presence(1).arrive(bob, ConnectionId::new());
    cluster.pass(seconds(2)).await;
    cluster.told();
    cluster.cut_off(0);
    cluster.pass(LEASE + seconds(3)).await;
    assert_eq!(cluster.told(), [[offline(bob, true)], [offline(alice, true)]]);
    cluster.rejoin(0);
    cluster.pass(SOON).await;
    assert_eq!(cluster.told(), [[online(bob, false)], [online(alice, false)]]);
    cluster.pass(LEASE * 3).await;
    assert!(cluster.told().concat().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_last_call_that_ends_as_the_bus_comes_back_waits_for_an_answer() {
    let mut cluster = Cluster::of(2).await;
    cluster.presence(0).arrive(UserId::new(), ConnectionId::new());
    cluster.presence(1).arrive(UserId::new(), ConnectionId::new());
    cluster.pass(A_WORD).await;
    assert_eq!(cluster.told().concat().len(), 4);
    cluster.cut_off(0);
    cluster.pass(LEASE + seconds(2) - A_WORD * 2).await;
    cluster.rejoin(0);
    cluster.pass(LEASE * 3).await;
    assert!(cluster.told().concat().is_empty());
}

#[tokio::test(start_paused = true)]
async fn typing_lingers_5_s_after_the_last_stream_on_any_instance() {
    let (mut cluster, alice, tab) = with_alice(3).await;
    let (typing, second) = (typing_of(alice), ConnectionId::new());
    cluster.presence(1).arrive(alice, second);
    cluster.pass(A_WORD).await;
    for instance in &cluster.instances {
        instance.presence.start_typing(typing);
    }
    cluster.presence(0).leave(alice, tab, seconds(30));
    cluster.pass(seconds(6)).await;
    assert!(cluster.told().concat().is_empty(), "she is on another instance");
    cluster.presence(1).leave(alice, second, seconds(30));
    cluster.pass(seconds(4)).await;
    assert!(cluster.presence(2).is_typing(&typing));
    cluster.presence(2).start_typing(typing);
    cluster.pass(seconds(5) + A_WORD).await;
    assert_eq!(
        cluster.told(),
        [[Change::TypingExpired(typing)]; 3],
        "an echo of the start prolongs nothing much"
    );
}

#[tokio::test(start_paused = true)]
async fn a_whole_that_is_older_than_what_is_known_is_not_taken() {
    let (cluster, ..) = with_alice(1).await;
    let (from, bob, carol) = (InstanceId::new(), UserId::new(), UserId::new());
    let hear = |version, said| cluster.presence(0).hear(Word { from, version, said });
    hear(1, Said::Came(bob));
    hear(2, Said::Came(carol));
    hear(1, whole(0, Whole { open: vec![bob], ..Whole::default() }));
    assert!(cluster.presence(0).is_online(carol));
}

#[tokio::test(start_paused = true)]
async fn nonsense_is_survived() {
    let (mut cluster, alice, _) = with_alice(1).await;
    let (from, bob) = (InstanceId::new(), UserId::new());
    let hear = |version, said| cluster.presence(0).hear(Word { from, version, said });
    hear(0, Said::Came(bob));
    hear(0, Said::Leaves { user_id: bob, grace_ms: u64::MAX });
    hear(1, Said::Leaves { user_id: bob, grace_ms: u64::MAX });
    hear(u64::MAX, Said::Came(bob));
    let open: Vec<UserId> = (0..300_000).map(|_| UserId::new()).collect();
    hear(u64::MAX, whole(0, Whole { open, ..Whole::default() }));
    let piece = Piece { number: 0, index: 7, count: 7, part: Whole::default() };
    hear(u64::MAX, Said::Piece(piece.clone()));
    hear(u64::MAX, Said::Piece(Piece { count: 0, ..piece.clone() }));
    hear(u64::MAX, Said::Piece(Piece { count: usize::MAX, ..piece }));
    assert_eq!(cluster.presence(0).online(), HashSet::from([alice, bob]));
    let twice = Whole {
        open: vec![bob, bob],
        leaving: vec![(bob, u64::MAX)],
        typing: vec![(typing_of(bob), u64::MAX)],
    };
    hear(u64::MAX, whole(u64::MAX, twice));
    hear(u64::MAX, Said::Came(UserId::new()));
    cluster.pass(LONGEST_GRACE + LEASE).await;
    assert_eq!(cluster.presence(0).online(), HashSet::from([alice]));
}
