//! The checker refuses what it must, and says so under the right name; it takes what is right.

use super::checker::{Counts, Findings, check};
use super::history::Line;

/// Two messages and a try that nobody heard of again, two readers on two instances, one of whom comes back.
const RIGHT: &str = "
    1 opened ws-1 0 10 true
    1 opened sse-1 1 10 true
    2 invoke w1-1 general 0
    4 unknown w1-1 0
    5 invoke w1-1 general 1
    6 ok w1-1 1 11 id11
    7 seen ws-1 11 message.created id11 w1-1
    8 opened ws-1 1 11 true
    9 invoke w2-1 general 0
    10 unknown w2-1 0
    11 invoke w3-1 random 0
    12 ok w3-1 0 12 id12
    13 seen ws-1 12 message.created id12 w3-1
    14 seen sse-1 11 message.created id11 w1-1
    15 seen sse-1 12 message.created id12 w3-1
    16 invoke w4-1 general 0
    17 failed w4-1 0 403
    20 logged 11 message.created id11
    20 logged 12 message.created id12
    21 listed 0 general 11 id11 w1-1
    21 listed 0 random 12 id12 w3-1
    21 listed 1 general 11 id11 w1-1
    21 listed 1 random 12 id12 w3-1
    22 counted ws-1 general 1 1
";

fn findings(history: &str) -> (Findings, Counts) {
    let lines: Vec<Line> =
        history.lines().filter(|line| !line.trim().is_empty()).map(|line| line.parse().unwrap()).collect();
    for (line, text) in lines.iter().zip(history.lines().filter(|line| !line.trim().is_empty())) {
        assert_eq!(line.to_string(), text.trim(), "a line reads as it is written");
    }
    check(&lines)
}

/// The right history without the lines in which this stands, and with others at its end.
fn spoilt(without: &str, more: &str) -> Findings {
    let kept: Vec<&str> = RIGHT
        .lines()
        .filter(|line| without.is_empty() || !line.contains(without))
        .chain(more.lines())
        .collect();
    findings(&kept.join("\n")).0
}

/// Panics unless there are findings of this kind and of no other.
fn finds_only(findings: &Findings, kind: &str) {
    let text = findings.to_string();
    let counts = text.lines().next().unwrap();
    for count in counts.split(", ") {
        let is_none = count.starts_with("0 ");
        assert_eq!(is_none, !count.ends_with(kind), "{text}");
    }
}

#[test]
fn a_right_history_is_accepted() {
    let (findings, counts) = findings(RIGHT);

    assert!(findings.is_clean(), "{findings}");
    assert_eq!(counts, Counts { acknowledged: 2, unknown: 2, delivered: 4, worst_ms: 8 });
}

#[test]
fn an_unanswered_send_may_be_stored_and_delivered() {
    let stored = "
        16 seen ws-1 13 message.created id13 w2-1
        16 seen sse-1 13 message.created id13 w2-1
        20 logged 13 message.created id13
        21 listed 0 general 13 id13 w2-1
        21 listed 1 general 13 id13 w2-1";

    let findings = spoilt("", stored);

    assert!(findings.is_clean(), "{findings}");
}

#[test]
fn what_was_acknowledged_and_is_not_there_is_lost() {
    finds_only(&spoilt("listed 1 random", ""), "lost");
    finds_only(&spoilt("", "30 invoke w5-1 general 0\n31 ok w5-1 0 13 id13"), "lost");
    // Not even asked for is not found either.
    finds_only(&spoilt("listed", ""), "lost");
}

#[test]
fn what_is_there_twice_is_doubled() {
    finds_only(&spoilt("", "15 seen sse-1 12 message.created id12 w3-1"), "doubled");
    finds_only(&spoilt("", "21 listed 1 random 13 id13 w3-1"), "doubled");
    finds_only(&spoilt("", "21 ok w1-1 0 13 id13"), "doubled");
    finds_only(&spoilt("", "20 logged 12 message.created id12"), "doubled");
}

#[test]
fn two_truths_about_one_number_diverge() {
    finds_only(&spoilt("seen sse-1 12", "15 seen sse-1 12 message.created id99 w3-1"), "divergent");
    finds_only(&spoilt("", "21 listed 1 general 15 id15 w2-1"), "divergent");
}

#[test]
fn what_a_reader_never_got_is_skipped() {
    finds_only(&spoilt("seen ws-1 11", ""), "skipped");
    finds_only(&spoilt("seen sse-1 12", ""), "skipped");
    finds_only(&spoilt("", "16 opened ws-1 0 14 false"), "skipped");
}

#[test]
fn what_comes_after_its_successor_is_inverted() {
    finds_only(&spoilt("seen sse-1 11", "16 seen sse-1 11 message.created id11 w1-1"), "inverted");
    let listed = "21 listed 1 random 11 id11 w1-1";
    finds_only(&spoilt("listed 1 general", listed), "inverted");
}

#[test]
fn what_nobody_sent_is_a_phantom() {
    let everywhere = |nonce: &str| {
        format!(
            "16 seen ws-1 13 message.created id13 {nonce}\n16 seen sse-1 13 message.created id13 {nonce}\n20 logged 13 message.created id13"
        )
    };
    finds_only(&spoilt("", &everywhere("w9-1")), "phantom");
    finds_only(&spoilt("", &everywhere("w4-1")), "phantom");
    finds_only(&spoilt("", "16 seen ws-1 13 message.created id13 w2-1"), "phantom");
}

#[test]
fn a_count_that_is_not_the_recount_has_drifted() {
    finds_only(&spoilt("", "22 counted ws-1 random 2 1"), "drifted");
}
