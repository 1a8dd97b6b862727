//! One heartbeat for every transport: who is silent, who takes nothing, whose credential has run out, who is too old.

use super::Hub;
use super::close::Close;
use super::connection::Connection;
use crate::clock::Time;
use crate::id::Seq;
use std::sync::Arc;
use std::time::Duration;

/// A stream that takes no byte for so long is ended.
const TAKES_NOTHING: Duration = Duration::from_secs(30);
/// One that has been told to end, and takes no byte for so long, is not waited for.
const TAKES_NO_GOODBYE: Duration = Duration::from_secs(5);
/// An SSE stream says something at least this often.
const COMMENT_AFTER: Duration = Duration::from_secs(12);
/// What it says then: a line that clients ignore and proxies see.
const COMMENT: &[u8] = b": still here\n\n";

impl Hub {
    /// Beats while streams are open, and sleeps while none are.
    pub async fn run_heartbeat(self: Arc<Self>) {
        let beat =
            (self.limits.heartbeat_timeout / 30).clamp(Duration::from_millis(10), Duration::from_secs(1));
        loop {
            let woken = self.woken.notified();
            let is_idle = self.lock().is_empty();
            if is_idle {
                woken.await;
                continue;
            }
            tokio::time::sleep(beat).await;
            let now = self.clock.now();
            let map = self.lock();
            for connection in map.connections() {
                self.check(connection, now, map.handed());
            }
        }
    }

    fn check(&self, connection: &Arc<Connection>, now: Time, handed: Seq) {
        let pulse = connection.pulse();
        let silence =
            if connection.form.is_sse() { self.losses.counted(pulse.silence) } else { pulse.silence };
        let patience = if pulse.is_closing { TAKES_NO_GOODBYE } else { TAKES_NOTHING };
        if pulse.untaken.is_some_and(|untaken| untaken >= patience) {
            connection.close(Close::silent("The stream takes nothing."));
            connection.cut();
        } else if pulse.is_closing {
            // It has its `closing`; the writer ends it.
        } else if silence >= self.limits.heartbeat_timeout {
            connection.close(Close::silent("Nothing was heard from the client in time."));
            // Whoever is silent is most likely gone, and does not get the time that a goodbye may take.
            self.presence.leave(connection.user_id, connection.id, connection.grace());
        } else if now >= pulse.expires_at {
            connection.close(Close::reauth("The access token has expired."));
        } else if self.limits.max_age.is_some_and(|max_age| connection.opened_at.elapsed() >= max_age) {
            connection.close(Close::too_old());
        } else if pulse.since_pong >= self.limits.heartbeat_timeout * 2 / 3 {
            connection.pong(None, handed);
        } else if connection.form.is_sse() && pulse.idle >= COMMENT_AFTER {
            connection.comment(COMMENT);
        }
    }
}
