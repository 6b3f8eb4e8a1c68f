//! Random pickles of all protocols, and damaged ones, against CPython's own unpickler.
use logyard_pickle::{Limits, Machine, Problem};

mod dump;

/// Set for another seed than the fixed one, or more cases.
const SEED: &str = "LOGYARD_PICKLE_SEED";
const CASES: &str = "LOGYARD_PICKLE_CASES";

const FRAME: u8 = 0x95;
const NEWOBJ: u8 = 0x81;

fn number(variable: &str, default: u32) -> u32 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn values_are_those_of_cpython() {
    let Some(python) = logyard_testing::python((3, 8)..) else { return };
    let (seed, cases) = (number(SEED, 2), number(CASES, 3000));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cpython_cases.py");
    let arguments = [seed, cases, cases * 2].map(|number| number.to_string());
    let output =
        logyard_testing::run(&python, script, &arguments.each_ref().map(|a| a.as_str()), b"");

    let mut machine = Machine::new(Limits::default());
    let (mut equal, mut refused, mut opaque, mut stricter) = (0, 0, 0, 0);
    let text = String::from_utf8(output).unwrap();
    for (number, line) in text.lines().enumerate() {
        let (hex, expected) = line.split_once(' ').unwrap();
        let pickle: Vec<u8> = (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect();
        match (machine.load(&pickle), expected) {
            (Err(_), "refused") => refused += 1,
            // Here nothing is called, so that what a call would refuse is an object; and Python 2
            // strings that are not ASCII are taken.
            (Ok(_), "refused") if number >= cases as usize => opaque += 1,
            (Ok(value), expected) => {
                assert_eq!(dump::dump(value), expected, "case {number}, pickle {hex}");
                equal += 1;
            }
            // Damage that passes the reference, which is pickle.py, and not CPython's own in C: a
            // FRAME longer than the pickle, an empty name, a list for a tuple of arguments. And
            // what isn't an object here may have no BUILD.
            (Err(error), _) if number >= cases as usize => match (error.problem, error.opcode) {
                (Problem::Truncated, Some(FRAME | b'c' | b'i'))
                | (Problem::Operand(_), Some(b'R' | b'b' | NEWOBJ))
                | (Problem::Number, Some(b'F' | b'I' | b'L')) => stricter += 1,
                _ => panic!("case {number}, pickle {hex}: {error}; CPython has {expected}"),
            },
            (Err(error), _) => panic!("case {number}, pickle {hex}: {error}"),
        }
    }
    eprintln!(
        "equal {equal}, both refuse {refused}, opaque here {opaque}, refused here {stricter}"
    );
    assert!(equal >= cases, "only {equal} of {cases} cases");
}
