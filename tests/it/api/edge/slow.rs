//! Those who take their time: what has begun to arrive has to be whole in time, however steadily it trickles.
//!
//! The clock of these tests stands still until nothing else is left to do, so that they wait for nothing.

use std::time::Duration;

use tokio::time::{Instant, pause, sleep};

use crate::support::*;

/// Writes byte after byte, one every five seconds, until the server has hung up; what it said before, and when.
async fn trickle(app: &App, begin: &str) -> (String, Duration) {
    let mut raw = RawHttp::open(app.stranger().base()).await;
    pause();
    let began = Instant::now();
    raw.write(begin).await.unwrap();
    let (mut reading, mut writing) = raw.split();
    let said = tokio::select! {
        said = reading.rest() => said,
        () = async {
            loop {
                sleep(Duration::from_secs(5)).await;
                writing.write("x").await.ok();
            }
        } => unreachable!("it writes for ever"),
    };
    (said, began.elapsed())
}

#[tokio::test]
async fn a_head_that_trickles_is_cut_after_ten_seconds() {
    let app = App::start(Db::Sqlite).await;

    let (said, after) = trickle(&app, "GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ").await;

    assert_eq!(said, "");
    assert!((10..13).contains(&after.as_secs()), "cut after {after:?}");
}

#[tokio::test]
async fn a_connection_that_never_speaks_is_cut_too() {
    let app = App::start(Db::Sqlite).await;

    let mut raw = RawHttp::open(app.stranger().base()).await;
    pause();
    let began = Instant::now();

    assert_eq!(raw.rest().await, "");
    assert!((10..13).contains(&began.elapsed().as_secs()), "cut after {:?}", began.elapsed());
}

#[tokio::test]
async fn a_body_that_trickles_is_refused_after_thirty_seconds() {
    let app = App::start(Db::Sqlite).await;

    let head = "POST /v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n";
    let (said, after) = trickle(&app, head).await;

    assert!(said.starts_with("HTTP/1.1 408 ") && said.contains("\"code\":\"request_timeout\""), "{said}");
    assert!((30..33).contains(&after.as_secs()), "refused after {after:?}");
}
