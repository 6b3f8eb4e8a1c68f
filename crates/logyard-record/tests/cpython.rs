//! Compares `str`, `repr` and `ascii` with a real CPython's on random values and every code point.
//!
//! The seed is `LOGYARD_SEED`, or 1.

#![allow(clippy::print_stdout, reason = "a failing test shows what differs")]

use std::io::Read;

use logyard_pickle::{Limits, Machine, Value};
use logyard_record::{TextError, write_ascii, write_repr, write_str};

type Write = fn(Value<'_>, &mut Vec<u8>) -> Result<usize, TextError>;

const WRITERS: [(&str, Write); 3] =
    [("str", write_str), ("repr", write_repr), ("ascii", write_ascii)];

/// Random values; each comes in all six protocols.
const VALUES: &str = "4000";

#[test]
fn texts_are_cpythons() {
    // too many texts were different before
    let Some(python) = logyard_testing::python((3, 8)..) else { return };
    let seed = std::env::var("LOGYARD_SEED").unwrap_or_else(|_| "1".into());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cpython.py");
    let output = logyard_testing::run(&python, script, &[&seed, VALUES], b"");
    let mut pipe = output.as_slice();
    let mut machine = Machine::new(Limits::default());
    let mut cases = 0;
    let mut wrong = Vec::new();
    while let Some(pickle) = part(&mut pipe) {
        cases += 1;
        let expected = [(); 3].map(|()| part(&mut pipe).expect("three texts after each pickle"));
        let value = machine.load(&pickle).expect("CPython loads it");
        for ((form, write), expected) in WRITERS.into_iter().zip(expected) {
            let mut text = Vec::new();
            let done = write(value, &mut text);
            if done.is_err() || text != expected {
                let common = text.iter().zip(&expected).take_while(|(a, b)| a == b).count();
                let report = format!(
                    "{form}: {done:?}\n  python  {}\n  logyard {}\n  pickle  {}",
                    window(&expected, common),
                    window(&text, common),
                    window(&pickle, 0)
                );
                wrong.push((pickle.len(), report));
            }
        }
    }
    assert!(cases > 10_000, "only {cases} cases");
    // the shortest tell the most
    wrong.sort();
    wrong.iter().take(6).for_each(|(_, report)| println!("{report}"));
    assert_eq!(wrong.len(), 0, "texts differ, of {cases} cases (seed {seed})");
}

/// The surroundings of a place, for a message.
fn window(text: &[u8], at: usize) -> String {
    let window = &text[at.saturating_sub(60).min(text.len())..(at + 200).min(text.len())];
    String::from_utf8_lossy(window).escape_debug().to_string()
}

fn part(pipe: &mut impl Read) -> Option<Vec<u8>> {
    let mut len = [0; 4];
    pipe.read_exact(&mut len).ok()?;
    let mut bytes = vec![0; u32::from_be_bytes(len) as usize];
    pipe.read_exact(&mut bytes).ok()?;
    Some(bytes)
}
