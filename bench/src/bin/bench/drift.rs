//! A long run: does the memory stay as it is, and the speed?

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use crate::corpus::Corpus;
use crate::process;
use crate::server::{Kind, Programs};
use crate::throughput::{self, Figures, Turn};

/// What was found.
pub(crate) struct Drift {
    pub(crate) figures: Figures,
    pub(crate) quarters: Vec<Quarter>,
}

/// A fourth of the time.
pub(crate) struct Quarter {
    /// Records a second, by the bytes in the files.
    pub(crate) per_second: f64,
    /// The most resident memory that was seen, in bytes.
    pub(crate) resident: u64,
}

struct Sample {
    at: Instant,
    bytes: u64,
    resident: u64,
}

/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);

pub(crate) fn run(
    repeats: usize,
    connections: usize,
    programs: &Programs,
    corpus: &Corpus,
    folder: &Path,
) -> Result<Drift> {
    let turn = Turn { kind: Kind::Logyard, connections, repeats };
    let done = AtomicBool::new(false);
    let mut samples = Vec::new();
    let figures = throughput::run_watched(&turn, programs, corpus, folder, |server, work| {
        thread::scope(|scope| {
            let watch = scope.spawn(|| {
                let mut samples = Vec::new();
                while !done.load(Ordering::SeqCst) {
                    if let (Ok(bytes), Ok(resident)) =
                        (server.logs.size(), process::resident(server.pid()))
                    {
                        samples.push(Sample { at: Instant::now(), bytes, resident });
                    }
                    thread::sleep(LOOK);
                }
                samples
            });
            let figures = work();
            done.store(true, Ordering::SeqCst);
            samples = watch.join().map_err(|_| anyhow!("the watch panicked"))?;
            figures
        })
    })?;
    // while there was something to do
    let busy: Vec<_> = samples
        .windows(2)
        .filter(|pair| pair[1].bytes > pair[0].bytes)
        .map(|pair| &pair[1])
        .collect();
    let line = corpus.text_bytes as f64 / corpus.records as f64;
    let quarters = busy
        .chunks(busy.len().div_ceil(4).max(2))
        .filter_map(|part| {
            let (first, last) = (part.first()?, part.last()?);
            let seconds = last.at.duration_since(first.at).as_secs_f64();
            if seconds == 0.0 {
                return None; // one look is no time
            }
            let resident = part.iter().map(|sample| sample.resident).max()?;
            Some(Quarter {
                per_second: (last.bytes - first.bytes) as f64 / line / seconds,
                resident,
            })
        })
        .collect();
    Ok(Drift { figures, quarters })
}
