//! Everything at once, at random: people come and go, instances are killed and cut off, and the bus loses, doubles and
//! reorders. The seed is printed; `HUBBUB_SEED=<the number> cargo test --lib chance` runs the same again.

use super::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::HashMap;

const STEPS: usize = 3_000;
const INSTANCES: usize = 4;
const USERS: usize = 12;

struct Chance {
    rng: StdRng,
    cluster: Cluster,
    users: Vec<UserId>,
    /// The open streams of each instance.
    streams: Vec<Vec<(UserId, ConnectionId)>>,
    /// Who is online, as each instance has told its streams.
    told: Vec<HashSet<UserId>>,
}

impl Chance {
    fn step(&mut self) {
        let index = self.rng.random_range(0..INSTANCES);
        let streams = &mut self.streams[index];
        match self.rng.random_range(0..100) {
            0 => {
                self.cluster.instances[index] = Instance::new();
                streams.clear();
                self.told[index].clear();
            }
            1 | 2 => self.cluster.cut_off(index),
            3..10 if self.cluster.instances[index].is_cut_off => self.cluster.rejoin(index),
            10..40 => {
                let stream = (self.users[self.rng.random_range(0..USERS)], ConnectionId::new());
                self.cluster.presence(index).arrive(stream.0, stream.1);
                streams.push(stream);
            }
            40..75 if !streams.is_empty() => {
                let (user_id, stream) = streams.swap_remove(self.rng.random_range(0..streams.len()));
                let grace = Duration::from_millis(self.rng.random_range(0..4_000));
                self.cluster.presence(index).leave(user_id, stream, grace);
            }
            _ => {}
        }
    }

    /// Each instance tells of nobody twice the same.
    fn check_changes(&mut self) {
        for (instance, online) in self.cluster.instances.iter_mut().zip(&mut self.told) {
            for change in instance.told() {
                let is_turn = match change {
                    Change::Online { user_id, .. } => online.insert(user_id),
                    Change::Offline { user_id, .. } => online.remove(&user_id),
                    Change::TypingExpired(_) => true,
                };
                assert!(is_turn, "{change:?} is told twice");
            }
        }
    }

    fn truth(&self) -> HashSet<UserId> {
        self.streams.iter().flatten().map(|(user_id, _)| *user_id).collect()
    }
}

/// One in ten is lost, one in ten doubled, and one in five late.
fn bad_luck(mut rng: StdRng) -> Fate {
    Box::new(move |_| {
        let copies = match rng.random_range(0..10) {
            0 => 0,
            1 => 2,
            _ => 1,
        };
        let late = |rng: &mut StdRng| if rng.random_bool(0.2) { rng.random_range(0..300) } else { 5 };
        (0..copies).map(|_| Duration::from_millis(late(&mut rng))).collect()
    })
}

#[tokio::test(start_paused = true)]
async fn all_pictures_end_as_the_truth_and_no_change_is_told_twice() {
    let seed: u64 = std::env::var("HUBBUB_SEED").ok().map_or_else(rand::random, |seed| seed.parse().unwrap());
    println!("HUBBUB_SEED={seed}");
    let mut cluster = Cluster::of(INSTANCES).await;
    cluster.tick = Duration::from_millis(50);
    cluster.fate = bad_luck(StdRng::seed_from_u64(seed.wrapping_add(1)));
    let mut chance = Chance {
        rng: StdRng::seed_from_u64(seed),
        cluster,
        users: (0..USERS).map(|_| UserId::new()).collect(),
        streams: vec![Vec::new(); INSTANCES],
        told: vec![HashSet::new(); INSTANCES],
    };
    let mut changes_seen = HashMap::new();
    for _ in 0..STEPS {
        chance.step();
        let pause = Duration::from_millis(chance.rng.random_range(0..300));
        chance.cluster.pass(pause).await;
        chance.check_changes();
        *changes_seen.entry(chance.truth().len()).or_insert(0) += 1;
    }
    assert!(changes_seen.len() > 3, "people came and went: {changes_seen:?}");

    // The bus still loses words, but everyone is on it: nothing is wrong for longer than a lease and a little.
    (0..INSTANCES)
        .filter(|index| chance.cluster.instances[*index].is_cut_off)
        .collect::<Vec<_>>()
        .into_iter()
        .for_each(|index| chance.cluster.rejoin(index));
    chance.cluster.pass(LEASE + Duration::from_secs(30)).await;
    chance.check_changes();
    let truth = chance.truth();
    assert!(!truth.is_empty());
    for (index, told) in chance.told.iter().enumerate() {
        assert_eq!(chance.cluster.presence(index).online(), truth, "on instance {index}");
        assert_eq!(*told, truth, "as told by instance {index}");
    }
}
