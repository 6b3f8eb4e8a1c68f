//! One record at a time on an idle server: from the socket to the file.

use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::corpus::Corpus;
use crate::output::records;
use crate::server::{Kind, Programs, Server};

/// Times from the sending of a frame until its line is in the file, sorted.
pub(crate) struct Latency(Vec<Duration>);

/// Between two records, so that the server has gone to sleep.
const PAUSE: Duration = Duration::from_millis(5);

/// How long one record may take.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) fn run(
    kind: Kind,
    count: usize,
    programs: &Programs,
    corpus: &Corpus,
    folder: &Path,
) -> Result<Latency> {
    let mut server = Server::start(kind, programs, folder)?;
    let times = measure(count, corpus, &server)
        .with_context(|| format!("its last lines on stderr:\n{}", server.end()))?;
    server.stop()?;

    // One connection: the lines are in the order of the frames.
    let mut found = 0;
    for (name, text) in server.logs.read()? {
        let expected = corpus.texts.get(&name).context("an unknown file")?;
        ensure!(expected.starts_with(&text), "{name}.log isn't what CPython writes");
        found += records(&text).count();
    }
    ensure!(found == times.len(), "{} records sent, {found} written", times.len());
    Ok(Latency(times))
}

fn measure(count: usize, corpus: &Corpus, server: &Server) -> Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(server.address)?;
    stream.set_nodelay(true)?;
    let mut times = Vec::with_capacity(count);
    for frame in corpus.first(count) {
        thread::sleep(PAUSE);
        let before = server.logs.size()?;
        let begin = Instant::now();
        stream.write_all(frame)?;
        // Looking without a pause: a sleep would be longer than what is measured.
        while server.logs.size()? == before {
            if begin.elapsed() > PATIENCE {
                bail!("record {} isn't written within {} s", times.len(), PATIENCE.as_secs());
            }
        }
        times.push(begin.elapsed());
    }
    times.sort_unstable();
    Ok(times)
}

impl Latency {
    /// The time that `percent` of the records stay under or at, in microseconds.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let index = (self.0.len() * percent).div_ceil(100).saturating_sub(1);
        self.0.get(index).map_or(f64::NAN, |time| time.as_secs_f64() * 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let latency = Latency((1..=200).map(Duration::from_micros).collect());
        let at = |percent| latency.percentile(percent).round();
        assert_eq!((at(50), at(99), at(100), at(0)), (100.0, 198.0, 200.0, 1.0));
        assert!(Latency(Vec::new()).percentile(50).is_nan());
    }
}
