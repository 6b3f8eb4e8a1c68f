//! What decoding costs: `cargo run --release -p logyard-pickle --example decode_cost FRAMES [ROUNDS]`.
//!
//! FRAMES is a file of frames as `SocketHandler` sends them. Prints records, bytes and nanoseconds
//! for one record, in the best of the rounds. (With ROUNDS 1 under `valgrind --tool=callgrind` the
//! instructions are told by the function `Machine::load`.)
use std::io::Write;
use std::time::Instant;

use logyard_pickle::{Limits, Machine, Step, Value, next_frame};

fn main() -> std::io::Result<()> {
    let mut args = std::env::args().skip(1);
    let frames = std::fs::read(args.next().expect("a file of frames"))?;
    let rounds = args.next().map_or(10, |rounds| rounds.parse().expect("a number of rounds"));
    let limits = Limits::default();
    let mut machine = Machine::new(limits.clone());
    let mut best = f64::INFINITY;
    let (mut records, mut keys) = (0u64, 0);
    for _ in 0..rounds {
        (records, keys) = (0, 0);
        let begin = Instant::now();
        let mut rest = &frames[..];
        while let Ok(Step::Frame { payload, rest: after }) = next_frame(rest, &limits) {
            rest = after;
            records += 1;
            match machine.load(payload) {
                Ok(Value::Dict(dict)) => keys += dict.len(),
                Ok(_) => {}
                Err(error) => panic!("record {records}: {error}"),
            }
        }
        best = best.min(begin.elapsed().as_nanos() as f64 / records as f64);
    }
    let bytes = frames.len() as u64 / records;
    writeln!(
        std::io::stdout(),
        "{records} records of {bytes} bytes and {} keys: {best:.0} ns each",
        keys as u64 / records
    )
}
