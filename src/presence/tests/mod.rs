//! Presence under a paused clock: on one instance, on several, and on several over a bus that fails at random.

mod alone;
mod chance;
mod cluster;
mod frozen;

use super::*;
use crate::id::ChannelId;

const LEASE: Duration = Duration::from_secs(60);
/// How long a word is under way, if nothing goes wrong.
const TRIP: Duration = Duration::from_millis(20);

fn online(user_id: UserId, is_noted_here: bool) -> Change {
    Change::Online { user_id, is_noted_here }
}

fn offline(user_id: UserId, is_noted_here: bool) -> Change {
    Change::Offline { user_id, is_noted_here }
}

fn typing_of(user_id: UserId) -> Typing {
    Typing { channel_id: ChannelId::new(), user_id, parent_id: None }
}

/// One instance.
struct Instance {
    presence: Presence,
    told: Told,
    /// Whether nothing goes to it, nor comes from it.
    is_cut_off: bool,
}

impl Instance {
    fn new() -> Self {
        let (presence, told) = Presence::new(InstanceId::new(), LEASE);
        Self { presence, told, is_cut_off: false }
    }

    /// What it has said since it was asked last.
    fn said(&mut self) -> Vec<Word> {
        std::iter::from_fn(|| self.told.words.try_recv().ok()).collect()
    }

    /// What it has told its streams since it was asked last.
    fn told(&mut self) -> Vec<Change> {
        std::iter::from_fn(|| self.told.changes.try_recv().ok()).collect()
    }
}

/// Says of a word how long each copy of it is under way; none if it is lost.
type Fate = Box<dyn FnMut(&Word) -> Vec<Duration>>;

/// Instances on one bus, which is as good as its fate.
struct Cluster {
    instances: Vec<Instance>,
    fate: Fate,
    /// How often the bus carries words.
    tick: Duration,
    under_way: Vec<(Instant, InstanceId, Word)>,
}

impl Cluster {
    /// So many instances that have greeted each other.
    async fn of(count: usize) -> Self {
        let instances = (0..count).map(|_| Instance::new()).collect();
        let mut cluster =
            Self { instances, fate: Box::new(|_| vec![TRIP]), tick: TRIP, under_way: Vec::new() };
        cluster.pass(Duration::from_millis(400)).await;
        cluster
    }

    fn presence(&self, index: usize) -> &Presence {
        &self.instances[index].presence
    }

    /// What each has told its streams since it was asked last.
    fn told(&mut self) -> Vec<Vec<Change>> {
        self.instances.iter_mut().map(Instance::told).collect()
    }

    /// Every word is lost from now on.
    fn lose_all(&mut self) {
        self.fate = Box::new(|_| Vec::new());
    }

    /// No word is lost from now on.
    fn lose_none(&mut self) {
        self.fate = Box::new(|_| vec![TRIP]);
    }

    fn cut_off(&mut self, index: usize) {
        self.instances[index].is_cut_off = true;
    }

    /// The bus is back for an instance.
    fn rejoin(&mut self, index: usize) {
        self.instances[index].is_cut_off = false;
        self.presence(index).resync();
    }

    /// Time passes, and the bus carries words.
    async fn pass(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            tokio::time::sleep(self.tick.min(end - Instant::now())).await;
            self.send();
            self.deliver();
        }
    }

    fn send(&mut self) {
        let now = Instant::now();
        let speakers = self.instances.iter_mut().map(|instance| (instance.is_cut_off, instance.said()));
        let words: Vec<Word> =
            speakers.filter(|(is_cut_off, _)| !is_cut_off).flat_map(|(_, said)| said).collect();
        for word in words {
            // An instance hears itself too.
            for instance in &self.instances {
                let id = instance.presence.shared.lock().own.id;
                for delay in (self.fate)(&word) {
                    self.under_way.push((now + delay, id, word.clone()));
                }
            }
        }
    }

    fn deliver(&mut self) {
        let now = Instant::now();
        // A stable sort: what arrives at one moment arrives in the order in which it was said.
        self.under_way.sort_by_key(|(at, ..)| *at);
        let arrived = self.under_way.partition_point(|(at, ..)| *at <= now);
        for (_, id, word) in self.under_way.drain(..arrived) {
            let hearer = self.instances.iter().find(|instance| instance.presence.shared.lock().own.id == id);
            if let Some(hearer) = hearer.filter(|instance| !instance.is_cut_off) {
                hearer.presence.hear(word);
            }
        }
    }
}
