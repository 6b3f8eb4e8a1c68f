//! The handlers against those of the newest CPython: the same scripts, the same trees of files.
//!
//! The interpreter is `$LOGYARD_PYTHON` or `python3`; with none of 3.13 to 3.15, the tests say
//! that they are skipped.

mod python;
mod script;

use logyard_config::Mode;
use logyard_handlers::encoding::{CodecError, Errors, lookup};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

use python::Python;
use script::{Kind, Script, Step, hex};

const ENCODINGS: [&str; 12] = [
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-32",
    "utf-16-be",
    "ascii",
    "latin-1",
    "cp1252",
    "gb18030",
    "koi8-r",
    "gbk",
    "shift_jis",
];
const ERRORS: [&str; 7] = [
    "strict",
    "ignore",
    "replace",
    "backslashreplace",
    "xmlcharrefreplace",
    "surrogateescape",
    "surrogatepass",
];

/// A line's text: mostly plain, sometimes with any character or a surrogate.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => "[a-z ]{0,12}".prop_map(String::into_bytes),
        1 => "\\PC{0,6}".prop_map(String::into_bytes),
        1 => Just("é€😀漢\n".as_bytes().to_vec()),
        1 => Just(b"\xED\xB2\x80".to_vec()),
        1 => Just(b"\xED\xA0\xBD\xED\xB8\x80".to_vec()),
    ];
    // Lone surrogates that stand side by side are two characters of Python's too.
    vec(piece, 0..4).prop_map(|pieces| pieces.concat()).prop_filter("no CR", |line| {
        // Hex of nothing would be no word in the script.
        !line.is_empty()
    })
}

fn plain_line() -> impl Strategy<Value = Vec<u8>> {
    "[a-zé€]{1,30}".prop_map(String::into_bytes)
}

fn step(
    foreign: Vec<Step>,
    pass: BoxedStrategy<i64>,
    text: BoxedStrategy<Vec<u8>>,
) -> BoxedStrategy<Step> {
    prop_oneof![
        6 => vec(text, 1..8).prop_map(Step::Write),
        3 => pass.clone().prop_map(Step::Pass),
        1 => pass.prop_map(Step::Restart),
        2 => select(foreign),
    ]
    .boxed()
}

fn codec() -> impl Strategy<Value = (&'static str, &'static str)> {
    prop_oneof![
        2 => Just(("utf-8", "strict")),
        3 => (select(&ENCODINGS), select(&ERRORS)),
    ]
}

fn foreign() -> Vec<Step> {
    vec![
        Step::Remove("a.log"),
        Step::Move("a.log", "a.log.1"),
        Step::Move("a.log", "b"),
        Step::Create("a.log".to_owned()),
        Step::Truncate("a.log"),
    ]
}

fn compare(cases: u32, scripts: impl Strategy<Value = Script>) {
    let Some(python) = Python::start() else { return };
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&scripts, |script| {
            let theirs = python.borrow_mut().ask(&script.text());
            prop_assert_eq!(script.run(), theirs, "{}", script.text());
            Ok(())
        })
        .unwrap();
}

#[test]
fn files_and_watched_files() {
    let steps = vec(step(foreign(), Just(1).boxed(), line().boxed()), 1..10);
    let mode = select(vec![Mode::Append, Mode::Truncate]);
    let scripts = (any::<bool>(), mode, codec(), any::<bool>(), steps).prop_map(
        |(watched, mode, (encoding, errors), delay, steps)| {
            let kind = if watched { Kind::Watched(mode) } else { Kind::File(mode) };
            // CPython's WatchedFileHandler with `delay` opens its file a second time at the second
            // record. With mode `w` that empties it; and if the first record was refused, the mark
            // that was lost with it comes after all. This one keeps the first record and no more.
            let marks = ["utf-8-sig", "utf-16", "utf-32"].contains(&encoding);
            let delay = delay && !(watched && (mode == Mode::Truncate || marks));
            Script { kind, encoding, errors, delay, steps }
        },
    );
    compare(300, scripts);
}

#[test]
fn rotating_files() {
    let mut foreign = foreign();
    foreign.extend([Step::Remove("a.log.1"), Step::Create("a.log.2".to_owned())]);
    let steps = vec(step(foreign, Just(1).boxed(), line().boxed()), 1..12);
    let max = prop_oneof![Just(0_u64), 1_u64..20, 20_u64..200];
    let scripts = (max, 0_u32..4, codec(), any::<bool>(), steps).prop_map(
        |(max, keep, (encoding, errors), delay, steps)| Script {
            kind: Kind::Sized { max, keep },
            encoding,
            errors,
            delay,
            steps,
        },
    );
    compare(400, scripts);
}

#[test]
fn timed_rotating_files() {
    let mut foreign = foreign();
    foreign.extend([
        Step::Create("a.log.2001-09-09".to_owned()),
        Step::Create("a.log.2001-09-10".to_owned()),
        Step::Create("a.log.2001-09-09_01-46-40".to_owned()),
        Step::Create("a.log.2001-09-09_01-46-41".to_owned()),
        Step::Create("a.log.2001-01-01_00".to_owned()),
    ]);
    let zone = select(&["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]);
    let when = prop_oneof![
        4 => select(&["S", "M"]).prop_map(|when| (when, 120_i64)),
        2 => Just(("H", 20_000)),
        3 => select(&["D", "midnight", "W0", "W3"]).prop_map(|when| (when, 5_000_000)),
    ];
    let kind = (when, 1_u32..4, 0_u32..4, any::<bool>(), -40_000_i64..86_400, zone);
    let scripts = (kind, codec(), any::<bool>()).prop_flat_map(move |(kind, codec, delay)| {
        let ((when, longest), interval, keep, utc, at, zone) = kind;
        let kind = Kind::Timed { when, interval, keep, utc, at, zone };
        let pass = prop_oneof![Just(1), 0..longest / 10, 0..longest].boxed();
        vec(step(foreign.clone(), pass, plain_line().boxed()), 1..14).prop_map(move |steps| {
            Script { kind: kind.clone(), encoding: codec.0, errors: codec.1, delay, steps }
        })
    });
    compare(500, scripts);
}

/// Every name that Python knows is the same codec here, or one that this knows not to have.
#[test]
fn codec_names() {
    let Some(python) = Python::start() else { return };
    let names = python.borrow_mut().ask("names");
    assert!(names.split(' ').count() > 400);
    for pair in names.split(' ') {
        let (name, theirs) = pair.split_once('=').unwrap();
        let name = name.replace('~', " ");
        match lookup(&name) {
            Ok(codec) => assert_eq!(codec.name(), theirs, "{name}"),
            Err(CodecError::Unknown(_)) => assert_eq!(theirs, "-", "{name}"),
            Err(error) => {
                assert_eq!(error, CodecError::NotSupported(name.clone()));
                assert_ne!(theirs, "-", "{name}");
            }
        }
    }
}

/// Every character in every codec: the same bytes, or refused by both.
#[test]
fn codecs_on_all_characters() {
    let Some(python) = Python::start() else { return };
    let names = python.borrow_mut().ask("names");
    let mut codecs: Vec<&str> =
        names.split(' ').map(|pair| pair.split_once('=').unwrap().1).collect();
    codecs.sort_unstable();
    codecs.dedup();
    // The Basic Multilingual Plane, and a few of each page beyond it.
    let chars: Vec<String> = ('\0'..'\u{10000}')
        .chain(('\u{10000}'..=char::MAX).step_by(1021))
        .map(String::from)
        .collect();
    let question: String = chars.iter().map(|char| format!(" {}", hex(char.as_bytes()))).collect();
    let mut compared = 0;
    for codec in codecs.iter().filter_map(|name| lookup(name).ok()) {
        let question = format!("encode {} strict{question}", codec.name());
        let theirs = python.borrow_mut().ask(&question);
        let mut ours = Vec::new();
        for (char, theirs) in chars.iter().zip(theirs.split(' ')) {
            ours.clear();
            let done = codec.encode_line(char.as_bytes(), Errors::Strict, &mut ours);
            // `utf-16` and the like begin with a mark, which is the stream's affair here.
            let theirs = match codec.name() {
                "utf-16" => &theirs[4..],
                "utf-32" => &theirs[8..],
                "utf-8-sig" => &theirs[6..],
                _ => theirs,
            };
            let ours = if done.is_ok() { hex(&ours) } else { "-".to_owned() };
            assert_eq!(ours, theirs, "{char:?} in {}", codec.name());
        }
        compared += 1;
    }
    assert!(compared >= 40, "{compared} codecs");
}
