//! What a record costs up to one stage of its way, for counting instructions:
//! `stages STAGE FRAMES ROUNDS` goes over a file of frames ROUNDS times. STAGE is `frame`, `decode`,
//! `record` or `format`, and each does what those before it do. Prints nanoseconds for one record in the
//! best round; bench/README.md tells how instructions are counted.

use std::hint::black_box;
use std::time::Instant;

use logyard_format::{FormatSpec, Formatter, Scratch};
use logyard_libc::Zone;
use logyard_pickle::{Limits, Machine, Step, next_frame};
use logyard_record::{Received, Record};

#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Stage {
    Frame,
    Decode,
    Record,
    Format,
}

/// What one thread works with.
struct Work {
    machine: Machine,
    received: Received,
    formatter: Formatter,
    scratch: Scratch,
    out: Vec<u8>,
}

/// As many bytes of text as a read hands over, roughly.
const BATCH: usize = 64 << 10;

#[expect(clippy::print_stdout, reason = "its purpose")]
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [stage, frames, rounds] = &arguments[..] else { panic!("stages STAGE FRAMES ROUNDS") };
    let stage = match stage.as_str() {
        "frame" => Stage::Frame,
        "decode" => Stage::Decode,
        "record" => Stage::Record,
        "format" => Stage::Format,
        other => panic!("{other} is no stage"),
    };
    let frames = std::fs::read(frames).expect("a file of frames");
    let rounds: u32 = rounds.parse().expect("a number of rounds");

    // as in bench/logging.ini
    let spec = FormatSpec {
        fmt: Some("%(asctime)s-%(levelname)s: %(message)s"),
        datefmt: Some("%Y-%m-%d %H:%M:%S%z"),
        ..FormatSpec::default()
    };
    let mut work = Work {
        machine: Machine::new(Limits::default()),
        received: Received { created: 1.7e9, msecs: 0.0, started: 1.7e9, pid: 1 },
        formatter: Formatter::new(&spec).expect("a format"),
        scratch: Scratch::new(),
        out: Vec::with_capacity(2 * BATCH),
    };
    let limits = Limits::default();
    let (mut records, mut best) = (0u32, f64::INFINITY);
    for _ in 0..rounds {
        records = 0;
        let begin = Instant::now();
        let mut rest = &frames[..];
        while let Ok(Step::Frame { payload, rest: after }) = next_frame(rest, &limits) {
            rest = after;
            records += 1;
            work.record(stage, payload);
        }
        best = best.min(begin.elapsed().as_nanos() as f64 / f64::from(records));
    }
    println!("{records} records, {best:.0} ns each");
}

impl Work {
    fn record(&mut self, stage: Stage, payload: &[u8]) {
        if stage < Stage::Decode {
            black_box(payload);
            return;
        }
        let value = self.machine.load(payload).expect("a pickle");
        if stage < Stage::Record {
            black_box(value);
            return;
        }
        let record = Record::new(value, &self.received).expect("a record");
        if stage < Stage::Format {
            black_box(&record);
            return;
        }
        if self.out.len() > BATCH {
            self.out.clear();
        }
        self.scratch.next_record();
        self.formatter
            .format(&record, &Zone::Process, &mut self.scratch, &mut self.out)
            .expect("a text");
        self.out.push(b'\n');
    }
}
