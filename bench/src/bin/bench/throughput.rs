//! As many records as a server takes, over several connections.

use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::corpus::Corpus;
use crate::output;
use crate::process;
use crate::server::{Kind, Programs, Server, Setup};

/// One server's turn.
pub(crate) struct Turn {
    pub(crate) kind: Kind,
    pub(crate) connections: usize,
    /// How often the corpus is sent
    pub(crate) repeats: usize,
}

/// What one turn showed.
pub(crate) struct Figures {
    pub(crate) records: usize,
    /// From the first connection until the last byte is in the files, in seconds
    pub(crate) seconds: f64,
    /// CPU of the server, in seconds
    pub(crate) cpu: f64,
    /// The most resident memory, in bytes
    pub(crate) peak: u64,
    /// From its start until it listened, in seconds
    pub(crate) start: f64,
}

/// The length of the floor's line.
const FLOOR_LINE: u64 = 95;

pub(crate) fn run(
    turn: &Turn,
    programs: &Programs,
    corpus: &Corpus,
    folder: &Path,
) -> Result<Figures> {
    run_watched(turn, programs, corpus, folder, |_, work| work())
}

/// The same with something around the work.
pub(crate) fn run_watched(
    turn: &Turn,
    programs: &Programs,
    corpus: &Corpus,
    folder: &Path,
    around: impl FnOnce(&Server, &dyn Fn() -> Result<Figures>) -> Result<Figures>,
) -> Result<Figures> {
    let setup = Setup { kind: turn.kind, config: &corpus.config, cores: None };
    let mut server = Server::start(setup, programs, folder)?;
    let figures = around(&server, &|| measure(turn, programs, corpus, &server));
    let figures = figures.and_then(|figures| {
        let ended = server.stop()?;
        ensure!(turn.kind != Kind::Logyard || ended.success(), "it ended with {ended}");
        Ok(figures)
    });
    // What ended it is the first thing to tell; the lines often show why.
    let figures = match (figures, check(turn, corpus, &server)) {
        (Ok(figures), Ok(())) => figures,
        (Ok(_), Err(lines)) => return Err(lines),
        (Err(error), lines) => {
            let lines = lines.map_or_else(|lines| format!("{lines:#}"), |()| String::new());
            bail!("{error:#}\n{lines}\nits last lines on stderr:\n{}", server.end())
        }
    };
    Ok(figures)
}

/// Compares the files with what CPython writes. The floor's lines say nothing: their size is enough.
fn check(turn: &Turn, corpus: &Corpus, server: &Server) -> Result<()> {
    match turn.kind {
        Kind::Floor => Ok(()),
        _ => output::compare(&corpus.texts, turn.repeats, &server.logs.read()?),
    }
}

fn measure(turn: &Turn, programs: &Programs, corpus: &Corpus, server: &Server) -> Result<Figures> {
    let records = corpus.records * turn.repeats;
    let bytes = match turn.kind {
        Kind::Floor => records as u64 * FLOOR_LINE,
        _ => corpus.text_bytes * turn.repeats as u64,
    };
    let cpu_before = process::cpu(server.pid())?;
    let begin = Instant::now();
    let mut blast = Command::new(&programs.blast)
        .arg(server.address.to_string())
        .args([turn.connections.to_string(), turn.repeats.to_string()])
        .args(if turn.kind.takes_lines() { &["--lines"][..] } else { &[] })
        .arg(if turn.kind.takes_lines() { &corpus.lines } else { &corpus.file })
        .stdout(Stdio::null())
        .spawn()
        .context("can't run blast")?;
    let written = server.logs.wait_for(bytes);
    if written.is_err() {
        // It has its own patience; no need to wait for that.
        let _ = blast.kill();
    }
    let sent = blast.wait()?;
    let seconds = written?.duration_since(begin).as_secs_f64();
    ensure!(sent.success(), "blast failed: {sent}");

    // The connections' ends are part of the work.
    thread::sleep(Duration::from_millis(20));
    let cpu = (process::cpu(server.pid())?).saturating_sub(cpu_before).as_secs_f64();
    let peak = process::peak(server.pid())?;
    Ok(Figures { records, seconds, cpu, peak, start: server.start.as_secs_f64() })
}

impl Figures {
    pub(crate) fn per_second(&self) -> f64 {
        self.records as f64 / self.seconds
    }

    /// CPU for one record, in microseconds.
    pub(crate) fn cpu_of_one(&self) -> f64 {
        self.cpu * 1e6 / self.records as f64
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rate, cpu) = (self.per_second(), self.cpu_of_one());
        write!(out, "{} records, {rate:.0} records/s, {cpu:.2} µs of CPU each", self.records)
    }
}
