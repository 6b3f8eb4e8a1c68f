//! Compares `str`, `repr` and `ascii` with a real CPython's on random values and every code point.
//!
//! The Python is `LOGYARD_PYTHON`, or `python3` on the PATH; the seed is `LOGYARD_SEED`, or 1.

#![allow(clippy::print_stdout, reason = "a failing test shows what differs")]

use std::io::{BufReader, ErrorKind, Read};
use std::process::{Command, Stdio};

use logyard_pickle::{Limits, Machine, Value};
use logyard_record::{TextError, write_ascii, write_repr, write_str};

type Write = fn(Value<'_>, &mut Vec<u8>) -> Result<usize, TextError>;

const WRITERS: [(&str, Write); 3] =
    [("str", write_str), ("repr", write_repr), ("ascii", write_ascii)];

/// Random values; each comes in all six protocols.
const VALUES: &str = "4000";

/// The script's exit code on a Python whose texts differ too much from the newest's.
const TOO_OLD: i32 = 77;

#[test]
fn texts_are_cpythons() {
    let python = std::env::var("LOGYARD_PYTHON").unwrap_or_else(|_| "python3".into());
    let seed = std::env::var("LOGYARD_SEED").unwrap_or_else(|_| "1".into());
    let started = Command::new(&python)
        .args([concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cpython.py"), &seed, VALUES])
        .stdout(Stdio::piped())
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("skipped: there is no {python} to compare with");
            return;
        }
        Err(error) => panic!("{python}: {error}"),
    };
    let mut pipe = BufReader::new(child.stdout.take().expect("stdout was asked for"));
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
    let status = child.wait().expect("the child can be waited for");
    if status.code() == Some(TOO_OLD) {
        println!("skipped: {python} is older than 3.8");
        return;
    }
    assert!(status.success(), "{python}: {status}");
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
