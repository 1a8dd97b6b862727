//! What the server counts equals what a slow and simple reference counts, over random operations.
//!
//! The seed is printed; `HUBBUB_SEED=<the number> cargo test --test it api::model` runs the same operations again, and
//! `HUBBUB_MODEL_CASES` runs more of them.

mod compare;
mod reference;

use std::fmt::Debug;

use futures_util::future::join_all;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::support::*;
use reference::{Expected, Reference};

/// 10 cases of 4 scenes of 250 operations: 10,000 on each database.
const CASES: u32 = 10;
/// Scenes run at the same time, each on a server of its own, so that they need not wait for each other's disk.
const SCENES: usize = 4;
const OPERATIONS_PER_SCENE: usize = 250;
const COMPARE_EVERY: usize = 125;

/// What somebody tries. People, channels and messages are picked by number, whatever there is of them by then: the right
/// and the wrong ones, so that refusals are checked too.
#[derive(Clone, Copy, Debug)]
pub enum Op {
    Send { who: usize, channel: usize },
    Reply { who: usize, channel: usize, to: usize },
    Edit { who: usize, message: usize, is_same: bool },
    Delete { who: usize, message: usize },
    Read { who: usize, channel: usize, message: usize },
    Join { who: usize, channel: usize },
    Leave { who: usize, channel: usize },
    Add { who: usize, channel: usize, whom: usize },
    Remove { who: usize, channel: usize, whom: usize },
}

fn op() -> impl Strategy<Value = Op> {
    let (who, channel, message) = (0..5_usize, 0..3_usize, 0..10_000_usize);
    prop_oneof![
        30 => (who.clone(), channel.clone()).prop_map(|(who, channel)| Op::Send { who, channel }),
        20 => (who.clone(), channel.clone(), message.clone())
            .prop_map(|(who, channel, to)| Op::Reply { who, channel, to }),
        8 => (who.clone(), message.clone(), any::<bool>())
            .prop_map(|(who, message, is_same)| Op::Edit { who, message, is_same }),
        20 => (who.clone(), message.clone()).prop_map(|(who, message)| Op::Delete { who, message }),
        20 => (who.clone(), channel.clone(), message)
            .prop_map(|(who, channel, message)| Op::Read { who, channel, message }),
        4 => (who.clone(), channel.clone()).prop_map(|(who, channel)| Op::Join { who, channel }),
        2 => (who.clone(), channel.clone()).prop_map(|(who, channel)| Op::Leave { who, channel }),
        4 => (who.clone(), channel.clone(), who.clone())
            .prop_map(|(who, channel, whom)| Op::Add { who, channel, whom }),
        2 => (who.clone(), channel, who).prop_map(|(who, channel, whom)| Op::Remove { who, channel, whom }),
    ]
}

/// The people of a case, and the three channels they use: a public one, a private one, and a DM of the first two.
struct Scene {
    people: Vec<Client>,
    model: Reference,
}

impl Scene {
    /// `name` tells the casts of different cases apart.
    async fn set(app: &App, name: &str, count: usize) -> Scene {
        let mut people = Vec::new();
        for number in 0..count {
            people.push(app.user(&format!("{name}-{number}")).await);
        }
        let square = people[0].create_channel(&format!("{name} square"), "public").await;
        let den = people[1].create_channel(&format!("{name} den"), "private").await;
        let dm = people[0].dm(&people[1]).await;
        let head = people[0].get("/v1/channels").await.expect(200)["state_seq"].as_i64().unwrap();
        let ids = people.iter().map(|person| person.id().to_owned()).collect();
        let model = Reference::new(ids, &[square, den, dm], head);
        Scene { people, model }
    }

    async fn run(&mut self, op: Op) {
        let count = self.people.len();
        match op {
            Op::Send { who, channel } => self.send(who % count, channel, None).await,
            Op::Reply { who, channel, to } => self.send(who % count, channel, Some(to)).await,
            Op::Edit { who, message, is_same } => {
                let (id, place) = self.model.pick(message);
                let old = place.map(|place| self.model.messages[place].text.clone());
                let text = old.filter(|text| is_same && !text.is_empty());
                let text = text.unwrap_or_else(|| format!("edited at {}", self.model.head));
                let expected = self.model.edit(who % count, place, &text);
                let path = format!("/v1/messages/{id}");
                let answer = self.people[who % count].patch(&path, json!({"text": text})).await;
                check(op, answer, expected);
            }
            Op::Delete { who, message } => {
                let (id, place) = self.model.pick(message);
                let expected = self.model.delete(who % count, place);
                let answer = self.people[who % count].delete(&format!("/v1/messages/{id}")).await;
                check(op, answer, expected);
            }
            Op::Read { who, channel, message } => self.read(op, who % count, channel, message).await,
            Op::Join { who, channel } => {
                let expected = self.model.join(who % count, channel);
                let answer = self.people[who % count].post(&self.path(channel, "/join"), Value::Null).await;
                check(op, answer, expected);
            }
            Op::Leave { who, channel } => {
                let expected = self.model.leave(who % count, channel);
                let answer = self.people[who % count].post(&self.path(channel, "/leave"), Value::Null).await;
                check(op, answer, expected);
            }
            Op::Add { who, channel, whom } => {
                let expected = self.model.add(who % count, channel, whom % count);
                let body = json!({"user_id": self.people[whom % count].id()});
                let answer = self.people[who % count].post(&self.path(channel, "/members"), body).await;
                check(op, answer, expected);
            }
            Op::Remove { who, channel, whom } => {
                let expected = self.model.remove(who % count, channel, whom % count);
                let path = self.path(channel, &format!("/members/{}", self.people[whom % count].id()));
                check(op, self.people[who % count].delete(&path).await, expected);
            }
        }
    }

    async fn send(&mut self, who: usize, channel: usize, to: Option<usize>) {
        let text = format!("said at {}", self.model.head);
        let parent = to.map(|to| self.model.pick(to));
        let mut body = json!({"text": text});
        if let Some((id, _)) = &parent {
            body["parent_id"] = json!(id);
        }
        let expected = self.model.may_send(who, channel, parent.as_ref().map(|(_, place)| *place));
        let answer = self.people[who].post(&self.path(channel, "/messages"), body).await;
        if let Some(message) = check(("send", who, channel, to), answer, expected) {
            self.model.sent(who, channel, parent.and_then(|(_, place)| place), &message);
        }
    }

    async fn read(&mut self, op: Op, who: usize, channel: usize, message: usize) {
        let (id, place) = self.model.pick(message);
        let expected = self.model.read(who, channel, place);
        let path = self.path(channel, "/read");
        let answer = self.people[who].put(&path, json!({"message_id": id})).await;
        if let Some(state) = check(op, answer, expected) {
            let mut standing = self.model.standing(who, channel).unwrap();
            standing["state_seq"] = json!(self.model.head);
            standing.as_object_mut().unwrap().remove("role");
            assert_eq!(state, standing, "{op:?}");
        }
    }

    fn path(&self, channel: usize, rest: &str) -> String {
        format!("/v1/channels/{}{rest}", self.model.channels[channel].id)
    }
}

/// The body of a success; a refusal has to be the expected one.
fn check(op: impl Debug, answer: Answer, expected: Expected) -> Option<Value> {
    let code = answer.json()["code"].as_str().unwrap_or_default().to_owned();
    let found = (answer.status, code.as_str());
    match expected {
        Ok(status) => assert_eq!(found, (status, ""), "{op:?}: {}", answer.text),
        Err(refusal) => assert_eq!(found, refusal, "{op:?}: {}", answer.text),
    }
    expected.is_ok().then(|| answer.json())
}

async fn run_scene(app: &App, name: &str, count: usize, ops: &[Op]) {
    let mut scene = Scene::set(app, name, count).await;
    for (number, op) in ops.iter().enumerate() {
        scene.run(*op).await;
        if number % COMPARE_EVERY == COMPARE_EVERY - 1 {
            compare::all(&scene, 20).await;
        }
    }
    compare::all(&scene, 5).await;
}

fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect(variable))
}

on_both! {
    async fn the_counts_equal_those_of_a_reference_over_ten_thousand_operations(db: Db) {
        let seed = number_from("HUBBUB_SEED").unwrap_or_else(rand::random);
        println!("HUBBUB_SEED={seed}");
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let cases = number_from("HUBBUB_MODEL_CASES").map_or(CASES, |cases| cases as u32);
        let config = Config { cases, max_shrink_iters: 30, failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
        let scene = (3..=5_usize, vec(op(), OPERATIONS_PER_SCENE));
        let servers = join_all((0..SCENES).map(|_| App::start(db))).await;
        let number = std::cell::Cell::new(0);
        let here = tokio::runtime::Handle::current();
        let ran = tokio::task::block_in_place(|| {
            runner.run(&vec(scene, SCENES), |scenes| {
                number.set(number.get() + 1);
                let name = format!("case-{}", number.get());
                let runs = servers.iter().zip(&scenes).map(|(app, (count, ops))| run_scene(app, &name, *count, ops));
                here.block_on(join_all(runs));
                Ok(())
            })
        });
        ran.unwrap_or_else(|failure| panic!("HUBBUB_SEED={seed}: {failure}"));
    }
}
