//! An instance that was frozen: much time has passed at once, and words wait unheard.

use super::*;
use crate::event::presence::Said;

/// The state of an instance, without the task that sweeps it, and what it tells and says.
fn frozen() -> (State, Told) {
    let (changes, told) = mpsc::unbounded_channel();
    let (words, said) = mpsc::unbounded_channel();
    let own = Own::new(InstanceId::new(), LEASE / 3, words);
    (State::new(own, Picture::new(changes), LEASE), Told { changes: told, words: said })
}

#[tokio::test]
async fn it_hears_what_waits_before_it_takes_anybody_offline() {
    let (mut state, mut told) = frozen();
    let (other, alice) = (InstanceId::new(), UserId::new());
    let word = |said| Word { from: other, version: 1, said };
    let start = Instant::now();
    state.hear(word(Said::Came(alice)), start);
    assert_eq!(told.changes.try_recv(), Ok(online(alice, false)));

    let woken = start + LEASE * 5;
    state.expire(woken);
    assert_eq!(told.words.try_recv().unwrap().said, Said::Ask(other));
    state.hear(word(Said::Beat), woken + TRIP);
    state.expire(woken + LEASE);
    assert!(told.changes.try_recv().is_err());

    // Frozen again during the last call, it asks again.
    state.expire(woken + LEASE + TRIP);
    assert_eq!(told.words.try_recv().unwrap().said, Said::Ask(other));
    let woken = woken + LEASE * 10;
    state.expire(woken);
    assert_eq!(told.words.try_recv().unwrap().said, Said::Ask(other));
    assert!(told.changes.try_recv().is_err());
    state.expire(woken + Duration::from_secs(2));
    assert_eq!(told.changes.try_recv(), Ok(offline(alice, true)), "nobody has answered");
}
