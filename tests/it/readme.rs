//! The transcript in the README does what the README says.

use std::time::Duration;

use crate::support::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_transcript_works_when_pasted() {
    let server = Process::start(Db::Sqlite, &[]).await;
    let script = transcript().replace("http://localhost:8080", server.stranger().base());

    let said = bash(&script, &server.database).await;

    let texts = ["Good mornign", "Good morning", "And to you"];
    let events = ["ready", "message.created", "message.updated", "thread.updated", "pong"];
    let events = events.map(|kind| format!("data: {{\"type\":\"{kind}\""));
    for expected in texts.iter().copied().chain(events.iter().map(String::as_str)) {
        assert!(said.contains(expected), "no {expected} in:\n{said}");
    }
    assert!(!said.contains("\"status\":4"), "a call was refused:\n{said}");
}

fn transcript() -> String {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let (_, rest) = readme.split_once("<!-- transcript -->\n```sh\n").unwrap();
    rest.split_once("\n```").unwrap().0.to_owned()
}

/// What a script writes, once it has ended well.
async fn bash(script: &str, database: &Database) -> String {
    let output = database.folder.path().join("said");
    let command = ["bash", "-euc", script].map(str::to_owned);
    let held = Held { command: &command, env: &[], log: &output, last_signal: "KILL", folder: None };
    let mut shell = Leash::hold(&held);
    let status = tokio::time::timeout(Duration::from_secs(60), shell.ended()).await;
    let said = std::fs::read_to_string(&output).unwrap();
    assert_eq!(status, Ok(0), "{said}");
    said
}
