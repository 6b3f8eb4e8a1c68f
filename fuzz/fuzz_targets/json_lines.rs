//! What formatters write as JSON is JSON, on one line where that is promised. A record whose pickle is read by a
//! shortcut, and a scratch that was used before, make no difference.
#![no_main]
use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use logyard_format::classes::ecs_logging;
use logyard_format::classes::json_log_formatter::Variant;
use logyard_format::classes::python_json_logger::{Encoder, Options};
use logyard_format::{Class, FormatSpec, Formatter, Scratch};
use logyard_libc::Zone;
use logyard_pickle::{Limits, Machine};
use logyard_record::{Received, Record};
use serde::de::IgnoredAny;

/// What a formatter's text has to be.
#[derive(Clone, Copy)]
enum Promise {
    /// One line of JSON.
    Line,
    /// JSON, by `json.dumps`: it writes the words NaN and Infinity, which JSON doesn't have.
    Words,
    /// JSON on lines of its own.
    Json,
}

struct Under {
    promise: Promise,
    formatter: Formatter,
    used: RefCell<Scratch>,
}

fn under(promise: Promise, class: &Class) -> Under {
    let formatter = Formatter::new(&FormatSpec { class, ..FormatSpec::default() });
    let formatter = formatter.expect("the bare message is a format");
    Under { promise, formatter, used: RefCell::new(Scratch::new()) }
}

fn package(encoder: Encoder) -> Class {
    let timestamp = Some("timestamp".to_owned());
    Class::PythonJsonLogger(Box::new(Options { encoder, timestamp, ..Options::default() }))
}

fn all() -> Vec<Under> {
    let json = |indent: Option<&str>, ensure_ascii| {
        package(Encoder::Json { indent: indent.map(str::to_owned), ensure_ascii })
    };
    vec![
        under(Promise::Line, &Class::Json),
        under(Promise::Line, &package(Encoder::Orjson { indent: false })),
        under(Promise::Json, &package(Encoder::Orjson { indent: true })),
        under(Promise::Line, &package(Encoder::Msgspec)),
        under(Promise::Words, &json(None, true)),
        under(Promise::Words, &json(Some(" "), false)),
        under(Promise::Words, &Class::EcsLogging(Box::new(ecs_logging::Options::default()))),
        under(Promise::Words, &Class::JsonLogFormatter(Variant::Verbose)),
    ]
}

thread_local! {
    static ALL: Vec<Under> = all();
}

/// The line, or what the error says.
fn format(under: &Under, record: &Record<'_>, scratch: &mut Scratch) -> Result<Vec<u8>, String> {
    scratch.next_record();
    let mut out = b"> ".to_vec();
    match under.formatter.format(record, &Zone::Utc, scratch, &mut out) {
        Ok(()) => Ok(out.split_off(2)),
        Err(error) => {
            assert_eq!(out, b"> ", "an error leaves the buffer as it was");
            Err(error.to_string())
        }
    }
}

/// The line of a record in this pickle, if it holds one.
fn line(
    under: &Under,
    mut machine: Machine,
    pickle: &[u8],
    scratch: &mut Scratch,
) -> Option<Result<Vec<u8>, String>> {
    let received = Received { created: 1.7e9, msecs: 5.0, started: 1.6e9, pid: 1 };
    let record = Record::new(machine.load(pickle).ok()?, &received).ok()?;
    Some(format(under, &record, scratch))
}

fn keeps(promise: Promise, line: &[u8]) {
    let holds = |word: &[u8]| line.windows(word.len()).any(|part| part == word);
    if matches!(promise, Promise::Words) && (holds(b"NaN") || holds(b"Infinity")) {
        return;
    }
    let shown = String::from_utf8_lossy(line);
    // does not recurse, and takes a lone surrogate's escape, which Python writes, too
    let read = serde_json::from_slice::<IgnoredAny>(line);
    assert!(read.is_ok(), "{read:?}: {shown}");
    if matches!(promise, Promise::Line) {
        assert!(!line.contains(&b'\n'), "two lines: {shown}");
        assert!(std::str::from_utf8(line).is_ok(), "not UTF-8: {shown}");
    }
}

fn check(pickle: &[u8]) {
    let limits =
        Limits { nodes: 10_000, memo: 10_000, scratch_bytes: 100_000, ..Limits::default() };
    ALL.with(|all| {
        for under in all {
            let machine = || Machine::new(limits.clone());
            let first = line(under, machine(), pickle, &mut Scratch::new());
            let plain = Machine::without_shortcut(limits.clone());
            assert_eq!(line(under, plain, pickle, &mut Scratch::new()), first);
            assert_eq!(line(under, machine(), pickle, &mut under.used.borrow_mut()), first);
            match first {
                None => return,
                Some(line) => line.iter().for_each(|line| keeps(under.promise, line)),
            }
        }
    });
}

// The input is a record's pickle, or opcodes of a value, which becomes the record's message and an extra.
fuzz_target!(|data: &[u8]| {
    check(data);
    let value = data.strip_suffix(b".").unwrap_or(data);
    for key in [&b"X\x03\0\0\0msg"[..], b"X\x01\0\0\0x"] {
        let pickle = [b"}(X\x07\0\0\0levelnoK\x14", key, value, b"u."].concat();
        check(&pickle);
    }
});
