use hubbub::clock::Clock;

use crate::support::*;

on_both! {
    async fn several_instances_may_start_at_once_on_an_empty_database(database: Database) {
        let start = async || database.store(Clock::system()).await.log_id();

        let (one, two, three) = tokio::join!(start(), start(), start());

        assert_eq!([one, two, three], [one; 3], "each made a log of its own");
    }

    async fn a_log_keeps_its_id(database: Database) {
        let store = database.store(Clock::system()).await;
        store.close().await;

        let reopened = database.store(Clock::system()).await;

        assert_eq!(reopened.log_id(), store.log_id());
    }
}
