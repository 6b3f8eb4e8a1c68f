//! The formatter against a real CPython: random formats, records, zones and times.
//!
//! With no CPython of 3.12 or newer the tests say that they are skipped. The number of cases is
//! `PROPTEST_CASES` (256 if unset). The rules are those of CPython 3.13; an older one's other error
//! messages are not compared.

use std::cell::RefCell;

mod classes;
mod json_logger;
mod python;
mod strategies;
mod styles;

use logyard_format::{FormatSpec, Formatter, Scratch, Style, message};
use logyard_libc::Zone;
use logyard_pickle::{Limits, Machine};
use logyard_record::{Received, Record};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use python::{Answer, Ask, Python};

/// What logyard makes of the same request: the text, or the exception CPython would raise.
fn ours(ask: &Ask, pickle: &[u8]) -> Result<Vec<u8>, (&'static str, String)> {
    let mut machine = Machine::new(Limits::default());
    let value = machine.load(pickle).expect("CPython's own pickle");
    let received = Received { created: 0.0, msecs: 0.0, started: 0.0, pid: 1 };
    let record = Record::new(value, &received).expect("a record");
    let mut out = b"before".to_vec();
    let raised = |error: logyard_format::FormatError| {
        use logyard_format::FormatError as E;
        let text = match &error {
            E::MissingField { field } => {
                format!("Formatting field not found in record: '{field}'")
            }
            E::BadField { error, .. }
            | E::BadArguments(error)
            | E::BadTime(error)
            | E::NotJson(error)
            | E::Class { error, .. } => error.text.to_string(),
            other => other.to_string(),
        };
        (error.raised().name(), text)
    };
    let done = match &ask.fmt {
        None if ask.make.is_none() => message(&record, &mut out).map_err(raised),
        fmt => {
            let spec = FormatSpec {
                class: &ask.class,
                fmt: fmt.as_deref(),
                datefmt: ask.datefmt.as_deref(),
                default_time_format: &ask.default_time_format,
                default_msec_format: ask.default_msec_format.as_deref(),
                style: Style::from_char(ask.style).expect("a style"),
                validate: ask.validate,
                ..FormatSpec::default()
            };
            let zone = Zone::named(&ask.zone).expect("a zone");
            let formatter = Formatter::new(&spec).map_err(|error| ("ValueError", error.message))?;
            let done = formatter.format(&record, &zone, &mut Scratch::new(), &mut out);
            if done.is_ok() {
                assert!(formatter.fault().is_none(), "a fault in a format that works: {fmt:?}");
            }
            done.map_err(raised)
        }
    };
    assert!(out.starts_with(b"before"));
    if done.is_err() {
        assert_eq!(out, b"before", "an error leaves the buffer alone");
    }
    done.map(|()| out.split_off(6))
}

fn compare(python: &mut Python, ask: &Ask) -> Result<(), TestCaseError> {
    let Answer { pickle, outcome, text } = python.ask(ask);
    let theirs = String::from_utf8_lossy(&text).into_owned();
    match ours(ask, &pickle) {
        Ok(ours) => {
            prop_assert_eq!(&outcome, "ok", "CPython: {}; ours: {}", theirs, ours.escape_ascii());
            let shown = ours.escape_ascii().to_string();
            prop_assert!(ours == text, "CPython: {}\n   ours: {}", text.escape_ascii(), shown);
        }
        // Ours end with the year 9999; CPython goes on, and has an OSError where libc gives up.
        Err((_, message)) if message.starts_with("timestamp out of range") => {}
        Err((raised, message)) => {
            prop_assert_eq!(&outcome, raised, "CPython: {}; ours: {}", theirs, message);
            // The limit and what is appended have words of our own; older versions had others.
            let own_words = raised == "MemoryError"
                || theirs.starts_with("can only concatenate")
                || theirs.starts_with("Type mismatch")
                || theirs.starts_with("'<' not supported");
            if python.version >= (3, 13) && !own_words && !theirs.contains('\u{fffd}') {
                prop_assert_eq!(message, theirs);
            }
        }
    }
    Ok(())
}

fn check(strategy: impl Strategy<Value = Ask>) {
    check_with(Python::start(), strategy);
}

/// The same with a formatter class of these modules.
fn check_class(modules: &[&str], strategy: impl Strategy<Value = Ask>) {
    check_with(Python::with_packages(modules), strategy);
}

fn check_with(python: Option<Python>, strategy: impl Strategy<Value = Ask>) {
    let Some(python) = python else { return };
    let python = RefCell::new(python);
    let config = Config { failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
    TestRunner::new(config)
        .run(&strategy, |ask| compare(&mut python.borrow_mut(), &ask))
        .unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn messages_merge_with_their_arguments() {
    check(strategies::merges());
}

#[test]
fn one_conversion_of_one_value() {
    check(strategies::single_conversions());
}

#[test]
fn objects_that_are_numbers() {
    check(strategies::objects_as_numbers());
}

#[test]
fn mappings_of_collections() {
    check(strategies::mappings());
}

#[test]
fn formatters_format_records() {
    check(strategies::formats());
}

#[test]
fn times_in_many_zones() {
    check(strategies::times());
}

#[test]
fn one_specification_of_one_value() {
    check(styles::single_fields());
}

#[test]
fn one_specification_of_one_decimal() {
    check(styles::decimals());
}

#[test]
fn one_strftime_of_one_datetime() {
    check(styles::datetimes());
}

#[test]
fn brace_formats_of_records() {
    check(styles::braces());
}

#[test]
fn dollar_formats_of_records() {
    check(styles::dollars());
}

#[test]
fn default_times_and_milliseconds() {
    check(styles::default_times());
}
