//! In the steady state, decoding and formatting a record allocates nothing. By itself: it counts what the whole
//! process does.

use std::alloc::System;

use logyard_bench::{frame_with_extra, stock_frame};
use logyard_format::{FormatSpec, Formatter, Scratch};
use logyard_libc::Zone;
use logyard_pickle::{Limits, Machine};
use logyard_record::{Received, Record};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[test]
fn a_record_allocates_nothing() {
    let received = Received { created: 1.7e9, msecs: 0.0, started: 1.7e9, pid: 1 };
    let specs = [
        FormatSpec {
            fmt: Some("%(asctime)s-%(levelname)s: %(message)s"),
            datefmt: Some("%Y-%m-%d %H:%M:%S%z"),
            ..FormatSpec::default()
        },
        FormatSpec {
            fmt: Some("%(asctime)s %(name)-12s %(lineno)05d %(msecs).1f %(message)s"),
            ..FormatSpec::default()
        },
    ];
    let formatters = specs.map(|spec| Formatter::new(&spec).expect("a format"));
    let frames: Vec<Vec<u8>> = (0..1000)
        .map(|number| {
            let make = if number % 4 == 0 { frame_with_extra } else { stock_frame };
            make("serving.model", &format!("order {number} accepted – ok"), 1.7e9)
        })
        .collect();
    let mut machine = Machine::new(Limits::default());
    let mut scratch = Scratch::new();
    let mut out = Vec::with_capacity(1 << 20);
    let mut all = || {
        out.clear();
        for frame in &frames {
            let value = machine.load(&frame[4..]).expect("a pickle");
            let record = Record::new(value, &received).expect("a record");
            scratch.next_record();
            for formatter in &formatters {
                formatter.format(&record, &Zone::Process, &mut scratch, &mut out).expect("a text");
                out.push(b'\n');
            }
        }
        out.len()
    };
    let first = all();
    let region = Region::new(GLOBAL);
    let second = all();
    let change = region.change();
    assert_eq!(first, second);
    assert_eq!((change.allocations, change.reallocations), (0, 0));
}
