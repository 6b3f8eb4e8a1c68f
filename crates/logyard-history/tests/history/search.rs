//! What a search finds is what a naive look at every record finds, whatever the index knows.

use std::ops::ControlFlow;

use crate::made::{Value, append, frame, keep_one, naive, open, query, reindex_all, search, text};
use logyard_history::{Event, From, History, Request};
use logyard_journal::{index_path, segments};
use proptest::prelude::*;

/// Words that are near each other.
const WORDS: [&str; 9] =
    ["timeout", "Timeout", "time", "out", "42", "größe", "Größe", "k\u{212a}", "shop.cart"];

fn word() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&WORDS[..])
}

fn prose() -> impl Strategy<Value = String> {
    prop::collection::vec(
        (word(), prop::sample::select(&[" ", "-", "", "(", "X\u{5}\u{0}"][..])),
        0..5,
    )
    .prop_map(|parts| parts.into_iter().flat_map(|(a, b)| [a, b]).collect())
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::None),
        any::<bool>().prop_map(Value::Bool),
        (40..44).prop_map(Value::Int),
        (40..44).prop_map(|n| Value::Float(f64::from(n) / 2.0 + 21.0)),
        prose().prop_map(Value::Str),
        prose().prop_map(Value::Escaped),
        word().prop_map(text),
        word().prop_map(|word| text(&word.repeat(60))),
        prop::collection::vec((0..3).prop_map(Value::Int), 0..2).prop_map(Value::Tuple),
    ]
}

fn record() -> impl Strategy<Value = Vec<u8>> {
    let level = prop::sample::select(&[0, 10, 20, 30, 35, 40, 50][..]);
    let logger = prop::sample::select(&["", "shop", "shop.cart", "shopping", "serving"][..]);
    let message = prop_oneof![
        4 => prose().prop_map(Value::Str),
        1 => prose().prop_map(Value::Escaped),
        1 => Just(Value::Int(42)),
        1 => Just(text("%s out")),
    ];
    let created = prop_oneof![
        8 => (0..1000).prop_map(|back| Value::Float((crate::made::NOW / 1_000_000 - i64::from(back)) as f64)),
        1 => Just(Value::None),
        1 => Just(Value::Float(f64::NAN)),
    ];
    let extras =
        prop::collection::vec((prop::sample::select(&["a", "b", "a.b"][..]), value()), 0..3);
    (level, logger, message, created, extras, any::<bool>(), 0..40u8).prop_map(
        |(level, logger, message, created, extras, has_args, kind)| {
            let args = if has_args { Value::Tuple(vec![text("time")]) } else { Value::None };
            let mut pairs = vec![
                ("name", text(logger)),
                ("msg", message),
                ("args", args),
                ("levelname", text(if level == 35 { "NOTICE" } else { "X" })),
                ("levelno", Value::Int(level)),
                ("process", Value::Int(40 + level % 7)),
                ("created", created),
            ];
            pairs.extend(extras);
            if kind == 0 {
                pairs.retain(|(key, _)| *key != "levelno"); // no record
            }
            frame(&pairs)
        },
    )
}

fn condition() -> impl Strategy<Value = String> {
    let phrase =
        prop::collection::vec(word(), 1..3).prop_map(|words| format!("\"{}\"", words.join(" ")));
    prop_oneof![
        3 => word().prop_map(str::to_owned),
        2 => phrase,
        1 => word().prop_map(|word| format!("{word}*")),
        1 => word().prop_map(|word| format!("*{word}")),
        1 => prop::sample::select(&["/time.?out/", "/^time/", "/TIME/i", "/out$/", "/./", "/(?s)e.*e/"][..]).prop_map(str::to_owned),
        2 => prop::sample::select(&["level>=ERROR", "level<30", "level=NOTICE", "level!=20"][..]).prop_map(str::to_owned),
        2 => prop::sample::select(&["logger:shop", "logger:shop*", "logger=root", "logger!=shop", "logger~^s"][..]).prop_map(str::to_owned),
        2 => prop::sample::select(&["since:500s", "until:500s", "since:2d", "until:2d", "since:100s until:50s"][..]).prop_map(str::to_owned),
        3 => (prop::sample::select(&["a", "b", "a.b", "process", "levelno", "message", "missing", "name"][..]), prop::sample::select(&["=", "!=", "<", ">=", ":", "~"][..]), prop_oneof![word().prop_map(str::to_owned), (40..44u8).prop_map(|n| n.to_string()), Just("true".to_owned()), Just("none".to_owned()), Just("\"42\"".to_owned()), Just("42.0".to_owned()), word().prop_map(|word| word.repeat(60))])
            .prop_map(|(name, operator, value)| format!("{name}{operator}{value}")),
    ]
}

fn any_query() -> impl Strategy<Value = String> {
    condition().prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            2 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} {b})")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} or {b})")),
            1 => inner.prop_map(|query| format!("not {query}")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_search_finds_what_a_naive_one_finds(
        batches in prop::collection::vec((prop::collection::vec(record(), 1..12), any::<bool>()), 1..12),
        queries in prop::collection::vec(any_query(), 1..6),
        kept in 0..10usize,
        harm in prop::option::of((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<bool>())),
        position in any::<prop::sample::Index>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = open(folder.path(), 1500);
        for (frames, _) in &batches {
            append(&mut journal, "peer", frames);
        }
        for _ in 0..kept {
            keep_one(&mut journal);
        }
        let end = journal.end();
        drop(journal);
        if let Some((which, at, index_too)) = harm {
            let segments = segments(folder.path()).unwrap();
            let segment = which.get(&segments);
            let mut bytes = std::fs::read(&segment.path).unwrap();
            let at = if segment.packed { 0 } else { 24 } + at.index(bytes.len().saturating_sub(24).max(1));
            bytes[at..].iter_mut().take(3).for_each(|byte| *byte ^= 0x21);
            std::fs::write(&segment.path, bytes).unwrap();
            let index = index_path(folder.path(), segment.first);
            if let (true, Ok(mut bytes)) = (index_too, std::fs::read(&index)) {
                let at = bytes.len() / 2;
                bytes[at] ^= 1;
                std::fs::write(&index, bytes).unwrap();
            }
        }
        for (at, text) in queries.iter().enumerate() {
            let query = query(text);
            if at == 3 {
                // an index can be dropped, and rebuilt
                for segment in segments(folder.path()).unwrap() {
                    let _ = std::fs::remove_file(index_path(folder.path(), segment.first));
                }
            }
            if at == 4 {
                reindex_all(folder.path());
            }
            let expected = naive(folder.path(), &query);
            prop_assert_eq!(&search(folder.path(), &query, From::Oldest, 1), &expected, "{}", text);
            prop_assert_eq!(&search(folder.path(), &query, From::Oldest, 3), &expected, "{}", text);
            let mut newest = search(folder.path(), &query, From::Newest, 2);
            newest.reverse();
            prop_assert_eq!(&newest, &expected, "{}", text);
            let position = position.index(end as usize + 2) as u64;
            let after: Vec<u64> = expected.iter().copied().filter(|number| *number > position).collect();
            prop_assert_eq!(search(folder.path(), &query, From::After(position), 1), after);
            let before: Vec<u64> = expected.iter().copied().filter(|number| *number < position).rev().collect();
            prop_assert_eq!(search(folder.path(), &query, From::Before(position), 1), before);
        }
    }
}

/// Records with numbers in them, in many small segments.
fn numbered(folder: &std::path::Path, count: i32) -> logyard_journal::Journal {
    let mut journal = open(folder, 2000);
    for n in 0..count {
        let pairs = [
            ("name", text("shop")),
            ("msg", text(&format!("order n{n} of m{}", n % 7))),
            ("levelno", Value::Int(if n % 10 == 0 { 40 } else { 20 })),
            ("created", Value::Float((crate::made::NOW / 1_000_000) as f64)),
        ];
        append(&mut journal, "peer", &[frame(&pairs)]);
    }
    journal
}

#[test]
fn a_position_stays_while_segments_are_compressed_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = numbered(folder.path(), 300);
    let query = query("m3");
    let all = search(folder.path(), &query, From::Newest, 1);
    // page by page, while the journal changes between them
    let mut pages = Vec::new();
    let mut from = From::Newest;
    loop {
        let mut page = Vec::new();
        let request = Request { query: &query, from, threads: 2 };
        let each = &mut |event| {
            if let Event::Hit(hit) = event {
                page.push(hit.number);
            }
            if page.len() == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        History::new(folder.path()).search(&request, each).unwrap();
        let Some(last) = page.last() else { break };
        from = From::Before(*last);
        pages.extend(page);
        keep_one(&mut journal);
        append(&mut journal, "peer", &[frame(&[("msg", text("m3")), ("levelno", Value::Int(20))])]);
    }
    assert_eq!(pages, all);
    // the oldest are removed
    let number = all[all.len() / 2];
    let after = search(folder.path(), &query, From::After(number), 1);
    let there = segments(folder.path()).unwrap();
    let gone = there.windows(2).filter(|pair| pair[1].first <= number / 2);
    assert!(gone.clone().count() > 2);
    gone.for_each(|pair| std::fs::remove_file(&pair[0].path).unwrap());
    assert_eq!(search(folder.path(), &query, From::After(number), 1), after);
    assert_eq!(search(folder.path(), &query, From::Before(1), 1), Vec::<u64>::new());
    assert_eq!(search(folder.path(), &query, From::After(u64::MAX), 1), Vec::<u64>::new());
}

#[test]
fn a_rare_word_is_found_without_reading_much() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = numbered(folder.path(), 2000);
    while keep_one(&mut journal) {}
    let query = query("n77");
    let mut last = None;
    let mut hits = 0;
    let request = Request { query: &query, from: From::Newest, threads: 1 };
    let each = &mut |event| {
        match event {
            Event::Hit(_) => hits += 1,
            Event::Progress(progress) => last = Some(progress),
            Event::Damage(damage) => panic!("{damage}"),
        }
        ControlFlow::Continue(())
    };
    History::new(folder.path()).search(&request, each).unwrap();
    let last = last.unwrap();
    assert_eq!(hits, 1);
    assert!(last.read * 10 < last.of, "{last:?}");
}
