//! Holds a history against what was promised: nothing acknowledged is lost, nothing comes twice or out of order, and
//! everyone ends with the same history. Pure: it looks at lines alone.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::{self, Display};

use super::history::{Line, What};

/// What must be nothing, each with a sentence for every case.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Acknowledged, and not there.
    pub lost: Vec<String>,
    /// There twice, or delivered twice, under one nonce.
    pub doubled: Vec<String>,
    /// Two truths about one number.
    pub divergent: Vec<String>,
    /// Not delivered to a reader who came past it.
    pub skipped: Vec<String>,
    /// Delivered or listed after what comes later.
    pub inverted: Vec<String>,
    /// There, though nobody sent it or its sender was refused.
    pub phantom: Vec<String>,
    /// Counted as unread otherwise than a recount gives.
    pub drifted: Vec<String>,
}

/// What a run came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub acknowledged: usize,
    /// Tries without an answer that settles anything.
    pub unknown: usize,
    pub delivered: usize,
    /// From an acknowledgement until the last reader had the message.
    pub worst_ms: u64,
}

impl Findings {
    pub fn is_clean(&self) -> bool {
        *self == Findings::default()
    }

    fn kinds(&self) -> [(&str, &Vec<String>); 7] {
        [
            ("lost", &self.lost),
            ("doubled", &self.doubled),
            ("divergent", &self.divergent),
            ("skipped", &self.skipped),
            ("inverted", &self.inverted),
            ("phantom", &self.phantom),
            ("drifted", &self.drifted),
        ]
    }
}

/// The counts on the first line, then some cases of each kind.
impl Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 5;
        let counts = self.kinds().map(|(kind, cases)| format!("{} {kind}", cases.len()));
        write!(f, "{}", counts.join(", "))?;
        for (kind, cases) in self.kinds() {
            for case in cases.iter().take(SHOWN) {
                write!(f, "\n  {kind}: {case}")?;
            }
        }
        Ok(())
    }
}

/// What is wrong with a history, and what it came to.
pub fn check(lines: &[Line]) -> (Findings, Counts) {
    let mut checker = Checker::default();
    for line in lines {
        checker.take(line);
    }
    checker.finish()
}

/// A send as its writer knows it.
#[derive(Default)]
struct Send {
    is_refused: bool,
    acknowledged: Option<(u64, String, u64)>,
}

/// A reader's way through the log.
#[derive(Default)]
struct Way {
    began_after: Option<u64>,
    last: u64,
    seen: HashSet<u64>,
}

#[derive(Default)]
struct Checker<'h> {
    findings: Findings,
    counts: Counts,
    sends: BTreeMap<&'h str, Send>,
    ways: BTreeMap<&'h str, Way>,
    /// Who first said which event has a number.
    truth: HashMap<u64, (&'h str, &'h str)>,
    logged: BTreeSet<u64>,
    created: HashSet<&'h str>,
    listed: BTreeMap<usize, HashMap<&'h str, &'h str>>,
    listed_up_to: HashMap<(usize, &'h str), u64>,
    /// Messages with a nonce that somebody saw.
    shown: BTreeSet<&'h str>,
}

impl<'h> Checker<'h> {
    fn take(&mut self, line: &'h Line) {
        match &line.what {
            What::Invoke { nonce, .. } => {
                self.sends.entry(nonce).or_default();
            }
            What::Ok { nonce, seq, id, .. } => self.acknowledged(line.at_ms, nonce, *seq, id),
            What::Unknown { .. } => self.counts.unknown += 1,
            What::Failed { nonce, .. } => self.sends.entry(nonce).or_default().is_refused = true,
            What::Opened { reader, cursor, is_resumed, .. } => self.opened(reader, *cursor, *is_resumed),
            What::Seen { reader, seq, kind, id, nonce } => {
                self.seen(reader, *seq);
                self.claim(*seq, kind, id);
                self.show(nonce);
                self.counts.delivered += 1;
                if let Some((_, _, at_ms)) =
                    self.sends.get(nonce.as_str()).and_then(|send| send.acknowledged.as_ref())
                {
                    self.counts.worst_ms = self.counts.worst_ms.max(line.at_ms.saturating_sub(*at_ms));
                }
            }
            What::Logged { seq, kind, id } => {
                self.claim(*seq, kind, id);
                if !self.logged.insert(*seq) || kind == "message.created" && !self.created.insert(id) {
                    self.findings.doubled.push(format!("{seq} {kind} {id} is in the log a second time"));
                }
            }
            What::Listed { instance, channel, seq, id, nonce } => {
                self.claim(*seq, "message.created", id);
                self.listed(*instance, channel, *seq, id, nonce);
                self.show(nonce);
            }
            What::Counted { by, channel, shown, recount } if shown != recount => {
                self.findings
                    .drifted
                    .push(format!("{by} has {shown} unread in {channel}, there are {recount}"));
            }
            What::Counted { .. } => {}
        }
    }

    fn acknowledged(&mut self, at_ms: u64, nonce: &'h str, seq: u64, id: &'h str) {
        self.claim(seq, "message.created", id);
        let send = self.sends.entry(nonce).or_default();
        match &send.acknowledged {
            Some((_, first, _)) if first != id => {
                self.findings.doubled.push(format!("{nonce} was acknowledged as {first} and as {id}"));
            }
            Some(_) => {}
            None => {
                self.counts.acknowledged += 1;
                send.acknowledged = Some((seq, id.to_owned(), at_ms));
            }
        }
    }

    fn opened(&mut self, reader: &'h str, cursor: u64, is_resumed: bool) {
        let way = self.ways.entry(reader).or_default();
        if way.began_after.is_none() {
            (way.began_after, way.last) = (Some(cursor), cursor);
        } else if !is_resumed || cursor != way.last {
            let case = format!("{reader} stood at {} and was put to {cursor}", way.last);
            self.findings.skipped.push(case);
        }
    }

    fn seen(&mut self, reader: &'h str, seq: u64) {
        let way = self.ways.entry(reader).or_default();
        if !way.seen.insert(seq) {
            self.findings.doubled.push(format!("{reader} got {seq} twice"));
        } else if seq <= way.last {
            self.findings.inverted.push(format!("{reader} got {seq} after {}", way.last));
        }
        way.last = way.last.max(seq);
    }

    /// There is one event for a number, whoever tells of it.
    fn claim(&mut self, seq: u64, kind: &'h str, id: &'h str) {
        let truth = *self.truth.entry(seq).or_insert((kind, id));
        if truth != (kind, id) {
            self.findings.divergent.push(format!("{seq} is {} {} and {kind} {id}", truth.0, truth.1));
        }
    }

    fn listed(&mut self, instance: usize, channel: &'h str, seq: u64, id: &'h str, nonce: &'h str) {
        let last = self.listed_up_to.entry((instance, channel)).or_default();
        if seq <= *last {
            self.findings.inverted.push(format!("instance {instance} lists {seq} after {last} in {channel}"));
        }
        *last = seq.max(*last);
        if nonce == "-" {
            return;
        }
        if let Some(other) = self.listed.entry(instance).or_default().insert(nonce, id) {
            self.findings.doubled.push(format!("instance {instance} lists {nonce} as {other} and as {id}"));
        }
    }

    fn show(&mut self, nonce: &'h str) {
        if nonce != "-" {
            self.shown.insert(nonce);
        }
    }

    fn finish(mut self) -> (Findings, Counts) {
        self.find_lost();
        self.find_phantoms();
        self.find_skipped();
        self.find_one_sided();
        (self.findings, self.counts)
    }

    fn find_lost(&mut self) {
        for (nonce, send) in &self.sends {
            let Some((seq, ..)) = send.acknowledged else { continue };
            let not_listed_at: Vec<String> = self
                .listed
                .iter()
                .filter(|(_, listed)| !listed.contains_key(nonce))
                .map(|(instance, _)| format!("instance {instance}"))
                .collect();
            let not_in = match self.logged.contains(&seq) {
                true => not_listed_at,
                false => [not_listed_at, vec!["the log".to_owned()]].concat(),
            };
            if self.listed.is_empty() || !not_in.is_empty() {
                self.findings
                    .lost
                    .push(format!("{nonce}, acknowledged as {seq}, is not in {}", not_in.join(", ")));
            }
        }
    }

    fn find_phantoms(&mut self) {
        for nonce in &self.shown {
            match self.sends.get(nonce) {
                None => self.findings.phantom.push(format!("nobody sent {nonce}")),
                Some(send) if send.is_refused => {
                    self.findings.phantom.push(format!("{nonce} was refused, and is there"));
                }
                Some(_) => {}
            }
        }
        for (reader, way) in &self.ways {
            for seq in way.seen.iter().filter(|seq| !self.logged.contains(seq)) {
                self.findings.phantom.push(format!("{reader} got {seq}, which the log does not have"));
            }
        }
    }

    /// Every reader has all that the log has after the reader's beginning.
    fn find_skipped(&mut self) {
        for (reader, way) in &self.ways {
            let from = way.began_after.map_or(0, |seq| seq + 1);
            for seq in self.logged.range(from..).filter(|seq| !way.seen.contains(seq)) {
                self.findings.skipped.push(format!("{reader} never got {seq}"));
            }
        }
    }

    /// What one instance lists, the others list too.
    fn find_one_sided(&mut self) {
        let everywhere: BTreeSet<&str> = self.listed.values().flat_map(HashMap::keys).copied().collect();
        for (instance, listed) in &self.listed {
            for nonce in everywhere.iter().filter(|nonce| !listed.contains_key(*nonce)) {
                if self.sends.get(nonce).is_none_or(|send| send.acknowledged.is_none()) {
                    self.findings.divergent.push(format!("instance {instance} does not list {nonce}"));
                }
            }
        }
    }
}
