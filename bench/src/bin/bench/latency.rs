//! One record at a time on an idle server: from the socket to the file.

use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};

use crate::corpus::Corpus;
use crate::output::records;
use crate::server::{Kind, Programs, Server, Setup};

/// Times from the sending of a frame until its line is in the file, sorted.
pub(crate) struct Latency(Vec<Duration>);

/// Between two records, so that the server has gone to sleep.
const PAUSE: Duration = Duration::from_millis(5);

/// What is waited for a change at a time.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// How long one record may take.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) fn run(
    kind: Kind,
    count: usize,
    programs: &Programs,
    corpus: &Corpus,
    folder: &Path,
) -> Result<Latency> {
    let setup = Setup { kind, config: &corpus.config, cores: None };
    let mut server = Server::start(setup, programs, folder)?;
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
    Ok(Latency::new(times))
}

fn measure(count: usize, corpus: &Corpus, server: &Server) -> Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(server.address)?;
    stream.set_nodelay(true)?;
    // The files are not looked at all the time: on few cores that would keep the server from running.
    let changes = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
    inotify::add_watch(&changes, server.logs.folder(), WatchFlags::MODIFY)?;
    let mut times = Vec::with_capacity(count);
    for frame in corpus.first(count) {
        thread::sleep(PAUSE);
        let before = server.logs.size()?;
        let begin = Instant::now();
        stream.write_all(frame)?;
        while server.logs.size()? == before {
            poll(&mut [PollFd::new(&changes, PollFlags::IN)], Some(&LOOK))?;
            while rustix::io::read(&changes, &mut [0; 4096]).is_ok_and(|count| count > 0) {}
            if begin.elapsed() > PATIENCE {
                bail!("record {} isn't written within {} s", times.len(), PATIENCE.as_secs());
            }
        }
        times.push(begin.elapsed());
    }
    Ok(times)
}

impl Latency {
    pub(crate) fn new(mut times: Vec<Duration>) -> Latency {
        times.sort_unstable();
        Latency(times)
    }

    /// How many records took so many microseconds: by doubling steps, up to and with each bound.
    pub(crate) fn histogram(&self) -> Vec<(u64, usize)> {
        let Some(last) = self.0.last() else { return Vec::new() };
        let mut steps = Vec::new();
        let (mut bound, mut below) = (32, 0);
        while below < self.0.len() && steps.len() < 32 {
            let up_to = self.0.partition_point(|time| *time <= Duration::from_micros(bound));
            if up_to > 0 {
                steps.push((bound, up_to - below));
            }
            (below, bound) = (up_to, bound * 2);
        }
        debug_assert!(*last <= Duration::from_micros(bound));
        steps
    }

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

    #[test]
    fn a_histogram_has_all_records() {
        let times = [40, 64, 65, 300].map(Duration::from_micros);
        let latency = Latency::new(times.into());
        assert_eq!(latency.histogram(), [(64, 2), (128, 1), (256, 0), (512, 1)]);
        assert!(Latency(Vec::new()).histogram().is_empty());
    }
}
