//! Counts: the same from the index and from the records.

use std::ops::ControlFlow;

use crate::made::{NOW, Value, append, frame, frame_with, keep_one, open, query, text};
use logyard_history::{History, Summary, SummaryRequest};

const TRACEBACK: &str = "Traceback (most recent call last):\n  File \"/srv/shop/cart.py\", line 3, in add\n    x\nKeyError: ";

fn summarize(folder: &std::path::Path, text: &str, read: &mut u64) -> Summary {
    let query = query(text);
    let request = SummaryRequest {
        query: &query,
        since: NOW - 1000 * 1_000_000,
        until: NOW,
        before: u64::MAX,
        buckets: 10,
        groups: true,
    };
    let mut go_on = |progress: logyard_history::Progress| {
        *read = progress.read;
        ControlFlow::Continue(())
    };
    History::new(folder).summarize(&request, &mut go_on).unwrap()
}

#[test]
fn levels_loggers_and_kinds_of_errors_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path(), 2500);
    for n in 0..1100_i64 {
        let created = NOW / 1_000_000 - 1100 + n;
        let mut pairs = vec![
            ("name", text(if n % 2 == 0 { "shop" } else { "serving.api" })),
            ("msg", text(&format!("message {n}"))),
            ("args", Value::None),
            ("levelno", Value::Int(20)),
            ("pathname", text("/srv/shop/cart.py")),
            ("lineno", Value::Int(7)),
            ("created", Value::Float(created as f64)),
        ];
        if n > 900 && n % 50 == 0 {
            pairs[3].1 = Value::Int(40);
            pairs.push(("exc_text", text(&format!("{TRACEBACK}{n}"))));
        }
        if n > 900 && n % 60 == 0 {
            pairs[1].1 = text("no %s");
            pairs[2].1 = Value::Tuple(vec![text(&n.to_string())]);
            pairs[3].1 = Value::Int(50);
        }
        append(&mut journal, "peer", &[frame(&pairs)]);
    }
    let (mut read, mut read_with_index) = (0, 0);
    let plain = summarize(folder.path(), "", &mut read);
    while keep_one(&mut journal) {}
    let indexed = summarize(folder.path(), "", &mut read_with_index);
    assert_eq!(plain, indexed);
    assert!(read_with_index * 3 < read, "{read_with_index} of {read}");
    assert_eq!((plain.count, plain.complete, plain.other_errors), (1000, true, 0));
    let sums: Vec<u64> = plain.buckets.iter().map(|bucket| bucket.levels.iter().sum()).collect();
    assert_eq!(sums, [100; 10]);
    // number 950, and 960
    assert_eq!(plain.buckets[8].levels, [0, 0, 98, 0, 1, 1]);
    assert_eq!(plain.loggers["shop"], 500);
    let kinds: Vec<_> = plain
        .groups
        .iter()
        .map(|group| (group.kind.exception.as_str(), group.kind.template.as_str(), group.count))
        .collect();
    assert_eq!(kinds, [("", "no %s", 3), ("KeyError", "/srv/shop/cart.py:7", 3)]);
    let errors = &plain.groups[1];
    assert_eq!(errors.kind.frames, ["/srv/shop/cart.py:add"]);
    assert_eq!((errors.message.as_str(), errors.level, errors.number), ("message 1050", 40, 1051));
    assert_eq!(errors.last - errors.first, 100 * 1_000_000);
    assert_eq!(errors.counts.iter().sum::<u64>(), 3);
    let some = summarize(folder.path(), "level>=ERROR logger:shop", &mut read);
    assert_eq!((some.count, some.groups.len()), (6, 2));
}

#[test]
fn the_exception_that_the_client_tells_of_makes_a_kind() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path(), 2500);
    let raised = |n: i64, exc_text: Option<&str>| {
        let mut pairs = vec![
            ("msg", text(&format!("message {n}"))),
            ("levelno", Value::Int(30)),
            ("created", Value::Float((NOW / 1_000_000 - 10) as f64)),
        ];
        pairs.extend(exc_text.map(|exc_text| ("exc_text", text(exc_text))));
        let frames = [("/lib/python3.13/x.py", "run"), ("/srv/cart.py", "add")];
        let frames =
            frames.map(|(file, name)| Value::Tuple(vec![text(file), Value::Int(3), text(name)]));
        let exception = [
            ("type", text("shop.Empty")),
            ("message", text(&format!("{n}"))),
            ("frames", Value::Tuple(frames.to_vec())),
        ];
        frame_with(&pairs, &[("exception", Value::Dict(exception.to_vec()))])
    };
    // without a text, and with one that is no traceback
    append(&mut journal, "peer", &[raised(1, None), raised(2, Some("{\"error\": \"no\"}"))]);
    let check = |summary: &Summary| {
        let [group] = summary.groups.as_slice() else { panic!("{:?}", summary.groups) };
        assert_eq!((group.count, group.kind.exception.as_str()), (2, "shop.Empty"));
        assert_eq!(group.kind.frames, ["/srv/cart.py:add"]);
    };
    check(&summarize(folder.path(), "", &mut 0));
    append(&mut journal, "peer", &[frame(&[("msg", text(&"x".repeat(3000)))])]);
    while keep_one(&mut journal) {}
    check(&summarize(folder.path(), "", &mut 0));
    let history = History::new(folder.path());
    let at = (NOW / 1_000_000 - 10) * 1_000_000;
    assert_eq!(history.span().unwrap(), Some((at, at)));
}
