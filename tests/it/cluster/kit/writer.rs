//! Someone who writes to several channels by way of several instances, and tries again until it is acknowledged.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;
use reqwest::Method;
use serde_json::json;

use super::history::What;
use super::load::Scene;
use crate::support::*;

/// How long a try may take; the server promises an answer within 5 s.
const PATIENCE: Duration = Duration::from_millis(5_500);
/// How long to wait before the next try.
const RETRY: Duration = Duration::from_millis(50);

pub struct Writer {
    pub name: String,
    /// The same person at each instance.
    pub at: Vec<Client>,
    pub scene: Arc<Scene>,
    pub rng: StdRng,
}

impl Writer {
    /// Writes until the scene ends.
    pub async fn run(mut self) {
        let mut count = 0;
        while !self.scene.is_over.load(Ordering::Relaxed) {
            let rest = self.scene.size.rest.as_millis() as u64;
            tokio::time::sleep(Duration::from_millis(self.rng.random_range(0..2 * rest))).await;
            let channel = self.rng.random_range(0..self.scene.channels.len());
            count += 1;
            self.say(channel, &format!("{}-{count}", self.name)).await;
        }
    }

    /// Says it until it is acknowledged, each time with the same nonce and at the next instance; gives its number. `None`
    /// where it was refused.
    pub async fn say(&mut self, channel: usize, nonce: &str) -> Option<u64> {
        let scene = self.scene.clone();
        let channel_id = scene.channels[channel].id();
        let path = format!("/v1/channels/{channel_id}/messages");
        let body = json!({"text": format!("This is {nonce}"), "nonce": nonce});
        let first: usize = self.rng.random_range(0..self.at.len());
        for instance in (0..self.at.len()).cycle().skip(first) {
            let nonce = nonce.to_owned();
            let channel = channel_id.to_owned();
            scene.history.note(What::Invoke { nonce: nonce.clone(), channel, instance });
            let client = &self.at[instance];
            let request = client.request(Method::POST, &path).json(&body).timeout(PATIENCE);
            match client.try_answer_to(request).await {
                Ok(answer) if matches!(answer.status, 200 | 201) => {
                    let message = answer.json();
                    let (seq, id) = (message["seq"].as_u64().unwrap(), message.id().to_owned());
                    scene.history.note(What::Ok { nonce, instance, seq, id });
                    scene.acknowledged_at[instance].lock().unwrap().push(tokio::time::Instant::now());
                    return Some(seq);
                }
                Ok(answer) if answer.status < 500 => {
                    scene.history.note(What::Failed { nonce, instance, status: answer.status });
                    scene.surprises.lock().unwrap().push(answer);
                    return None;
                }
                Ok(answer) if answer.status != 503 => {
                    scene.history.note(What::Unknown { nonce, instance });
                    scene.surprises.lock().unwrap().push(answer);
                }
                Ok(_) => scene.history.note(What::Unknown { nonce, instance }),
                Err(error) => {
                    scene.unanswered_count.fetch_add(usize::from(error.is_timeout()), Ordering::Relaxed);
                    scene.history.note(What::Unknown { nonce, instance });
                }
            }
            tokio::time::sleep(RETRY).await;
        }
        unreachable!("the instances go round for ever")
    }
}
