//! Pickles of well-known classes as CPython 2.7 to 3.13 and numpy 1 and 2 send them, with the texts
//! that the newest of them prints. Made by scripts/record_pickles.py.

#![allow(clippy::print_stdout, reason = "a failing test shows what differs")]

use logyard_pickle::{Limits, Machine};
use logyard_record::{write_repr, write_str};

const RECORDED: &str = include_str!("data/pickles.tsv");

#[test]
fn recorded_texts() {
    let mut machine = Machine::new(Limits::default());
    let (mut cases, mut wrong) = (0, 0);
    for line in RECORDED.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let &[version, protocol, pickle, str_text, repr_text] = &fields[..] else {
            panic!("a line needs five fields: {line}");
        };
        let pickle = unhex(pickle);
        let value = machine.load(&pickle).expect("CPython loads it");
        let (mut str_out, mut repr_out) = (Vec::new(), Vec::new());
        write_str(value, &mut str_out).expect("the texts are short");
        write_repr(value, &mut repr_out).expect("the texts are short");
        cases += 1;
        let expected = (unquote(str_text), unquote(repr_text));
        let got = (utf8(str_out), utf8(repr_out));
        if got != expected {
            wrong += 1;
            println!("{version} protocol {protocol}:\n  python  {expected:?}\n  logyard {got:?}");
        }
    }
    assert!(cases > 400, "only {cases} cases");
    assert_eq!(wrong, 0, "of {cases} texts");
}

fn utf8(text: Vec<u8>) -> String {
    String::from_utf8(text).expect("no lone surrogates in the recorded values")
}

fn unhex(digits: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).expect("hexadecimal");
    (0..digits.len()).step_by(2).map(digit).collect()
}

/// A JSON string, as far as `json.dumps` makes use of JSON here.
fn unquote(json: &str) -> String {
    let mut text = String::new();
    let mut rest = json[1..json.len() - 1].chars();
    while let Some(char) = rest.next() {
        match char {
            '\\' => match rest.next() {
                Some('u') => {
                    let digits: String = rest.by_ref().take(4).collect();
                    let point = u32::from_str_radix(&digits, 16).expect("four digits");
                    text.push(char::from_u32(point).expect("no surrogates"));
                }
                Some('n') => text.push('\n'),
                Some(other) => text.push(other),
                None => panic!("{json} ends in a backslash"),
            },
            _ => text.push(char),
        }
    }
    text
}
