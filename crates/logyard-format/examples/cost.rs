//! What a record's text costs: `cargo run --release -p logyard-format --example cost [RECORDS
//! [FORMAT]]`.
//! For instructions, run the built example under `valgrind --tool=callgrind` with two counts and
//! divide the difference.

use std::hint::black_box;
use std::time::Instant;

use logyard_format::{Class, FormatSpec, Formatter, Scratch, Style};
use logyard_libc::Zone;
use logyard_pickle::{Limits, Machine};
use logyard_record::{Received, Record};

/// `{'name': 'serving.model', 'msg': 'request 4711 took 12.5 ms', 'args': None, 'levelname':
/// 'INFO', 'levelno': 20, 'created': …, 'msecs': 593.0, 'exc_text': None, 'stack_info': None}`,
/// protocol 1.
fn pickle(created: f64) -> Vec<u8> {
    let mut pickle = b"}(".to_vec();
    let mut text = |text: &str| {
        pickle.push(b'X');
        pickle.extend_from_slice(&(text.len() as u32).to_le_bytes());
        pickle.extend_from_slice(text.as_bytes());
    };
    let texts = [
        ("name", "serving.model"),
        ("msg", "request 4711 took 12.5 ms, answered by replica 3"),
        ("levelname", "INFO"),
    ];
    for (key, value) in texts {
        text(key);
        text(value);
    }
    for (key, value) in [("created", created), ("msecs", 593.0_f64)] {
        pickle.push(b'X');
        pickle.extend_from_slice(&(key.len() as u32).to_le_bytes());
        pickle.extend_from_slice(key.as_bytes());
        pickle.push(b'G');
        pickle.extend_from_slice(&value.to_be_bytes());
    }
    for key in ["args", "exc_info", "exc_text", "stack_info"] {
        pickle.push(b'X');
        pickle.extend_from_slice(&(key.len() as u32).to_le_bytes());
        pickle.extend_from_slice(key.as_bytes());
        pickle.push(b'N');
    }
    pickle.extend_from_slice(b"X\x07\0\0\0levelnoK\x14u.");
    pickle
}

#[expect(clippy::print_stdout, reason = "its purpose")]
fn main() {
    let count: u32 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(2_000_000);
    let received = Received { created: 0.0, msecs: 0.0, started: 0.0, pid: 1 };
    let pickles: Vec<_> = (0..64).map(|n| pickle(1.7e9 + f64::from(n) / 20.0)).collect();
    let mut machines: Vec<_> = pickles.iter().map(|_| Machine::new(Limits::default())).collect();
    let records: Vec<_> = machines
        .iter_mut()
        .zip(&pickles)
        .map(|(machine, pickle)| {
            Record::new(machine.load(pickle).expect("a pickle"), &received).expect("a record")
        })
        .collect();
    let formats = [
        ("%(asctime)s-%(levelname)s: %(message)s", "%Y-%m-%d %H:%M:%S%z"),
        ("%(asctime)s-%(levelname)s: %(message)s", ""),
        ("%(asctime)s %(levelname)-8s [%(name)s:%(lineno)d] %(process)5d %(message)s", ""),
        ("%(message)s", ""),
        ("{asctime} {levelname} {message}", ""),
        ("{asctime}.{msecs:03.0f} {levelname:<8} [{name}:{lineno}] {process:5d} {message}", "%X"),
        ("$asctime $levelname $message", ""),
    ];
    let json = Class::PythonJsonLogger(Box::default());
    let specs = formats.into_iter().map(|(fmt, datefmt)| {
        let style = fmt.chars().next().and_then(Style::from_char).unwrap_or_default();
        FormatSpec { fmt: Some(fmt), datefmt: Some(datefmt), style, ..FormatSpec::default() }
    });
    let json_fmt = "%(asctime)s %(levelname)s %(name)s %(message)s";
    let specs = specs.chain([
        FormatSpec { class: &json, fmt: Some(json_fmt), ..FormatSpec::default() },
        FormatSpec { class: &Class::Json, ..FormatSpec::default() },
    ]);
    let zone = Zone::named("Europe/Berlin").expect("a zone");
    let only: Option<usize> = std::env::args().nth(2).and_then(|n| n.parse().ok());
    for (_, spec) in specs.enumerate().filter(|(n, _)| only.is_none_or(|only| only == *n)) {
        let formatter = Formatter::new(&spec).expect("a format");
        let (mut scratch, mut out) = (Scratch::new(), Vec::new());
        let start = Instant::now();
        for n in 0..count {
            let record = &records[n as usize % records.len()];
            scratch.next_record();
            out.clear();
            formatter.format(black_box(record), &zone, &mut scratch, &mut out).expect("a text");
            black_box(&out);
        }
        let each = start.elapsed().as_nanos() as f64 / f64::from(count.max(1));
        let (fmt, datefmt) = (spec.fmt.unwrap_or("json = true"), spec.datefmt.unwrap_or_default());
        println!("{each:6.1} ns  {fmt}  {datefmt}");
        println!("           {}", String::from_utf8_lossy(&out));
    }
}
