//! What the journal holds, counted: levels over time, loggers, kinds of errors.

use std::ops::ControlFlow;

use hyper::body::Bytes;
use logyard_history::{Group, History, Progress, Summary, SummaryRequest};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::query::Wanted;

/// Parts of the time when it is not told how many, and at the most.
const BUCKETS: (usize, usize) = (200, 2000);

/// Kinds of errors that are told.
const GROUPS: usize = 500;

/// Loggers that are told, those with the most records.
const LOGGERS: usize = 2000;

/// Bytes of the journal after which it is told how far it is.
const STEP: u64 = 16 << 20;

/// Counts, and tells meanwhile how far it is, until the client goes.
pub(crate) fn run(history: &History, wanted: &mut Wanted, sender: &mpsc::Sender<Bytes>) {
    let line = |value: Value| {
        let bytes = Bytes::from(value.to_string() + "\n");
        match sender.blocking_send(bytes) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()), // it has gone
        }
    };
    let query = wanted.query();
    let span = match (wanted.since, wanted.until) {
        (Some(since), Some(until)) => Ok(Some((micros(since), micros(until)))),
        (since, until) => history.span().map(|span| {
            let (first, last) = span?;
            Some((since.map_or(first, micros), until.map_or(last + 1, micros)))
        }),
    };
    let (since, until) = match span {
        Ok(Some((since, until))) => (since, until.max(since.saturating_add(1))),
        Ok(None) => (0, 1), // nothing is there
        Err(error) => {
            let _ = line(json!({ "error": error.to_string() }));
            return;
        }
    };
    let buckets = if wanted.history == 0 { BUCKETS.0 } else { wanted.history.min(BUCKETS.1) };
    let before = wanted.before.unwrap_or(u64::MAX);
    let request = SummaryRequest { query: &query, since, until, before, buckets, groups: true };
    let mut told = 0;
    let done = history.summarize(&request, &mut |Progress { searched, of, read }| {
        if searched >= told + STEP {
            told = searched;
            return line(json!({ "searched": searched, "of": of, "read": read }));
        }
        match sender.is_closed() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    });
    let _ = line(match done {
        Ok(summary) => told_of(summary, since, until),
        Err(error) => json!({ "error": error.to_string() }),
    });
}

fn told_of(summary: Summary, since: i64, until: i64) -> Value {
    let buckets: Vec<_> = summary.buckets.iter().map(|bucket| bucket.levels).collect();
    let groups: Vec<_> = summary.groups.iter().take(GROUPS).map(group).collect();
    let others = summary.groups.iter().skip(GROUPS).map(|group| group.count).sum::<u64>();
    let mut loggers: Vec<_> = summary.loggers.into_iter().collect();
    loggers.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    loggers.truncate(LOGGERS);
    json!({
        "since": seconds(since), "until": seconds(until), "count": summary.count,
        "complete": summary.complete, "buckets": buckets,
        "loggers": serde_json::Map::from_iter(loggers.into_iter().map(|(name, n)| (name, n.into()))),
        "groups": groups, "other_errors": summary.other_errors + others,
    })
}

fn group(group: &Group) -> Value {
    json!({
        "exception": group.kind.exception, "frames": group.kind.frames,
        "template": group.kind.template, "count": group.count, "first": seconds(group.first),
        "last": seconds(group.last), "number": group.number, "level": group.level,
        "logger": group.logger, "message": group.message, "counts": group.counts,
    })
}

fn micros(seconds: f64) -> i64 {
    (seconds * 1e6) as i64 // beyond the range: its ends
}

fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}
