//! Many connections that each send a little all the time: how late a record is in its file.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use logyard_bench::stock_frame;

use crate::latency::Latency;
use crate::process;
use crate::server::{Kind, Programs, Server, Setup};

/// What was found.
pub(crate) struct Steady {
    pub(crate) connections: usize,
    pub(crate) per_second: usize,
    pub(crate) records: usize,
    /// From when a record was sent until it was read from the file.
    pub(crate) late: Latency,
    /// Of the server, in cores.
    pub(crate) cpu: f64,
    /// The most resident memory, in bytes.
    pub(crate) peak: u64,
}

/// How long they send.
const TIME: Duration = Duration::from_secs(10);

/// How often the file is looked at: this is a part of what is measured.
const LOOK: Duration = Duration::from_millis(1);

/// How long the last records may take.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) fn run(
    connections: usize,
    per_second: usize,
    programs: &Programs,
    folder: &Path,
) -> Result<Steady> {
    let config = programs.sources.join("logging.ini");
    let setup = Setup { kind: Kind::Logyard, config: &config, cores: None };
    let mut server = Server::start(setup, programs, folder)?;
    let mut streams: Vec<TcpStream> = (0..connections)
        .map(|_| {
            let stream = TcpStream::connect(server.address)?;
            stream.set_nodelay(true)?;
            Ok(stream)
        })
        .collect::<Result<_>>()?;
    let each = per_second * TIME.as_secs() as usize;
    let records = connections * each;
    let file = File::open(folder.join("run/logs/root.log"))?;
    let cpu = process::cpu(server.pid())?;
    let begin = Instant::now();
    let done = AtomicBool::new(false);
    let (sent, seen) = thread::scope(|scope| {
        let reader = scope.spawn(|| follow(file, records, &done));
        let sent = send(&mut streams, each, begin);
        done.store(true, Ordering::SeqCst);
        let seen = reader.join().map_err(|_| anyhow!("the reader panicked"));
        (sent, seen)
    });
    let (sent, seen) = (sent?, seen??);
    let cpu = process::cpu(server.pid())?.saturating_sub(cpu).as_secs_f64()
        / begin.elapsed().as_secs_f64();
    let peak = process::peak(server.pid())?;
    drop(streams);
    ensure!(server.stop()?.success(), "it didn't end as it should");
    let late = seen.into_iter().enumerate().map(|(number, seen)| {
        let seen = seen.with_context(|| format!("record {number} is not in the file"))?;
        let sent = sent.get(number).context("a record that was not sent")?;
        Ok(seen.saturating_duration_since(*sent))
    });
    let late = Latency::new(late.collect::<Result<_>>()?);
    Ok(Steady { connections, per_second, records, late, cpu, peak })
}

/// Sends one record on each connection in turn, evenly over the time; when each was sent.
fn send(streams: &mut [TcpStream], each: usize, begin: Instant) -> Result<Vec<Instant>> {
    let records = streams.len() * each;
    let mut sent = Vec::with_capacity(records);
    for round in 0..each {
        for (index, stream) in streams.iter_mut().enumerate() {
            let number = round * (records / each) + index;
            let due = begin + TIME.mul_f64(number as f64 / records as f64);
            // a sleep is longer than the time between two records: several are sent after each
            if let Some(pause) = due.checked_duration_since(Instant::now()) {
                thread::sleep(pause.max(Duration::from_micros(500)));
            }
            let frame = stock_frame("orders", &format!("record {number}"), 1.79e9);
            sent.push(Instant::now());
            stream.write_all(&frame)?;
        }
    }
    Ok(sent)
}

/// Reads a growing file; when the line of each record was there.
fn follow(mut file: File, records: usize, done: &AtomicBool) -> Result<Vec<Option<Instant>>> {
    let mut seen = vec![None; records];
    let (mut rest, mut found) = (Vec::new(), 0);
    let mut last = None;
    while found < records {
        let start = rest.len();
        file.read_to_end(&mut rest)?;
        let now = Instant::now();
        if rest.len() == start {
            if done.load(Ordering::SeqCst) && last.get_or_insert(now).elapsed() > PATIENCE {
                break;
            }
            thread::sleep(LOOK);
            continue;
        }
        let whole = memchr::memrchr(b'\n', &rest).map_or(0, |newline| newline + 1);
        for line in rest[..whole].split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
            let number =
                std::str::from_utf8(line)?.rsplit(' ').next().and_then(|n| n.parse::<usize>().ok());
            let place = number.and_then(|number| seen.get_mut(number));
            let place = place.with_context(|| format!("not expected: {}", line.escape_ascii()))?;
            ensure!(place.replace(now).is_none(), "twice: {}", line.escape_ascii());
            found += 1;
        }
        rest.drain(..whole);
    }
    Ok(seen)
}
