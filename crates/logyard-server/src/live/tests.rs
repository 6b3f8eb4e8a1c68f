use std::sync::Arc;

use super::{Live, Seen, Watcher};
use crate::intake::Frames;

/// Frames of records with one message each.
fn frames(messages: &[&str]) -> Frames {
    let mut frames = Frames::default();
    for message in messages {
        let mut pickle = b"}(X\x03\0\0\0msgX".to_vec();
        pickle.extend((message.len() as u32).to_le_bytes());
        pickle.extend(message.as_bytes());
        pickle.extend(b"X\x07\0\0\0levelnoK\x14u.");
        frames.bytes.extend((pickle.len() as u32).to_be_bytes());
        frames.bytes.extend(pickle);
        frames.records += 1;
    }
    frames
}

fn publish(live: &Live, messages: &[&str]) {
    live.publish(None, messages.len() as u64, Some(&frames(messages)), "peer", 0);
}

fn numbers(seen: &Seen) -> (u64, Vec<(u64, &str)>) {
    (seen.skipped, seen.entries.iter().map(|e| (e.number, e.message.as_str())).collect())
}

fn all(watcher: &mut Watcher) -> Vec<Seen> {
    std::iter::from_fn(|| watcher.try_next()).collect()
}

#[test]
fn a_watcher_sees_what_is_kept_and_what_comes() {
    let live = Arc::new(Live::new(1));
    publish(&live, &["one", "two"]);
    let mut early = live.watch(2);
    let mut late = live.watch(u64::MAX);
    publish(&live, &["three"]);
    let seen = all(&mut early);
    assert_eq!(
        seen.iter().map(numbers).collect::<Vec<_>>(),
        [(0, vec![(2, "two")]), (0, vec![(3, "three")])]
    );
    assert_eq!(numbers(&all(&mut late)[0]), (0, vec![(3, "three")]));
    assert!(late.try_next().is_none());
    assert_eq!(live.watchers(), 2);
    drop((early, late));
    assert_eq!(live.watchers(), 0);
}

#[test]
fn what_was_not_kept_is_counted() {
    let live = Arc::new(Live::new(1));
    let mut watcher = live.watch(1);
    publish(&live, &["a"]);
    live.publish(None, 10, None, "peer", 0);
    publish(&live, &["b"]);
    live.publish(None, 5, None, "peer", 0);
    let seen = all(&mut watcher);
    assert_eq!(
        seen.iter().map(numbers).collect::<Vec<_>>(),
        [(0, vec![(1, "a")]), (10, vec![(12, "b")]), (5, vec![])]
    );
}

#[test]
fn a_slow_watcher_skips_and_memory_stays_flat() {
    let live = Arc::new(Live::new(1));
    let mut watcher = live.watch(1);
    let long = "x".repeat(1 << 20);
    for _ in 0..20 {
        publish(&live, &[&long]);
    }
    let seen = all(&mut watcher);
    assert_eq!(seen[0].skipped, 17);
    assert_eq!(seen.len(), 3); // 4 MiB of them, less what comes with each
    let (start, end) = live.span();
    assert_eq!((start, end), (18, 21));
}

#[test]
fn the_budget_is_larger_when_somebody_watches() {
    let live = Arc::new(Live::new(1));
    let megabyte = "x".repeat(1 << 20);
    assert!(live.wants(0));
    publish(&live, &[&megabyte]);
    assert!(!live.wants(50_000));
    assert!(live.wants(100_000), "a new tick");
    publish(&live, &[&megabyte]);
    let watcher = live.watch(u64::MAX);
    assert!(live.wants(150_000));
    drop(watcher);
    assert!(!live.wants(160_000));
    live.turn_off();
    assert!(!live.wants(300_000), "nobody can watch");
}
