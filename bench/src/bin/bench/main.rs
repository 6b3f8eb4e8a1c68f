//! Measures logyard beside the floor of the job, CPython's receiver and other log servers, on the same records, in
//! turns.
//!
//! Every line is compared with what CPython's logging writes for the same records: a server that
//! loses or alters one has no figure.

mod burst;
mod corpus;
mod drift;
mod idle;
mod latency;
mod machine;
mod output;
mod plot;
mod process;
mod report;
mod server;
mod steady;
mod throughput;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Parser;

use crate::corpus::{Corpus, Shape};
use crate::report::{Mix, Report};
use crate::server::{Kind, Programs};
use crate::throughput::Figures;

/// Measures the log servers and prints a Markdown table.
#[derive(Parser)]
struct Arguments {
    /// How many records a round sends to the floor and to logyard: rounded up to whole corpora
    #[arg(long, default_value_t = 1_000_000)]
    records: usize,
    /// How many records the corpus has, and a round sends to the other servers
    #[arg(long, default_value_t = 100_000)]
    corpus_records: usize,
    /// Over how many connections
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// How many rounds; in each, every server has one turn
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How many records are sent one at a time for the latency
    #[arg(long, default_value_t = 500)]
    latency_records: usize,
    /// How many connections are held open for the memory of idle ones; 0 for none
    #[arg(long, default_value_t = 10_000)]
    idle_connections: usize,
    /// How many connections send a little all the time; 0 for none
    #[arg(long, default_value_t = 1000)]
    steady_connections: usize,
    /// How many records the long run has; 0 for none
    #[arg(long, default_value_t = 10_000_000)]
    long_records: usize,
    /// Only the first table: no other mixes, loggers, cores
    #[arg(long)]
    quick: bool,
    /// The servers to measure; those that are not there are named
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "floor,logyard,cpython,rsyslog,syslog-ng,fluent-bit"
    )]
    servers: Vec<Kind>,
    /// Where `peers/fetch` has put others
    #[arg(long, default_value = "target/peers")]
    peers: PathBuf,
    /// The Python for the corpus and for CPython's receiver
    #[arg(long, default_value = "python3")]
    python: PathBuf,
    /// Another logyard than the one of this workspace, which is built first
    #[arg(long)]
    logyard: Option<PathBuf>,
    /// Build nothing: the programs beside this one are taken as they are
    #[arg(long)]
    built: bool,
    /// Write the table to this file too, and a plot beside it
    #[arg(long)]
    out: Option<PathBuf>,
}

fn main() -> Result<()> {
    let mut arguments = Arguments::parse();
    let limit = idle::raise_open_files();
    let folder = tempfile::tempdir().context("can't make a temporary folder")?;
    let folder = folder.path();
    let programs = Programs::find(&arguments)?;
    let absent: Vec<Kind> =
        arguments.servers.extract_if(.., |kind| !programs.have(*kind)).collect();

    say("making the corpus");
    let records = arguments.corpus_records.max(1);
    let corpus = Corpus::make(&programs, Shape::usual(records), folder)?;
    let mut report = Report::new(&arguments, &programs, &corpus, absent);
    for round in 1..=arguments.rounds {
        for &kind in &arguments.servers {
            let records = match kind {
                Kind::Floor | Kind::Logyard => arguments.records,
                _ => corpus.records,
            };
            let figures = turn(kind, records, &arguments, &programs, &corpus, folder)
                .with_context(|| format!("{kind}, round {round}"))?;
            say(&format!("round {round}, {kind}: {figures}"));
            report.rounds.push((kind, figures));
        }
    }
    for &kind in
        arguments.servers.iter().filter(|&&kind| matches!(kind, Kind::Logyard | Kind::Cpython))
    {
        say(&format!("latency of {kind}"));
        let latency = latency::run(kind, arguments.latency_records, &programs, &corpus, folder)
            .with_context(|| format!("latency of {kind}"))?;
        report.latencies.push((kind, latency));
    }
    if arguments.servers.contains(&Kind::Logyard) {
        of_logyard(&arguments, limit, &programs, &corpus, folder, &mut report)?;
    }

    let mut text = report.to_string();
    if let Some(path) = &arguments.out {
        let plot = path.with_extension("svg");
        let name = plot.file_name().unwrap_or_default().to_string_lossy();
        text.push_str(&format!("\n![the figures as bars]({name})\n"));
        std::fs::write(path, &text).with_context(|| format!("can't write {}", path.display()))?;
        std::fs::write(&plot, report.plot())
            .with_context(|| format!("can't write {}", plot.display()))?;
    }
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

/// One server's turn with `records`, rounded up to whole corpora.
fn turn(
    kind: Kind,
    records: usize,
    arguments: &Arguments,
    programs: &Programs,
    corpus: &Corpus,
    folder: &Path,
) -> Result<Figures> {
    let repeats = records.div_ceil(corpus.records).max(1);
    let turn = throughput::Turn { kind, connections: arguments.connections, repeats };
    throughput::run(&turn, programs, corpus, folder)
}

/// What is asked of logyard alone.
fn of_logyard(
    arguments: &Arguments,
    limit: usize,
    programs: &Programs,
    corpus: &Corpus,
    folder: &Path,
    report: &mut Report,
) -> Result<()> {
    if arguments.idle_connections > 0 {
        say("memory of idle connections");
        let idle = idle::run(arguments.idle_connections, limit, programs, corpus, folder);
        report.idle = Some(idle.context("memory of idle connections")?);
    }
    if arguments.steady_connections > 0 {
        say("many connections that send a little");
        let steady = steady::run(arguments.steady_connections, 50, programs, folder);
        report.steady = Some(steady.context("many connections that send a little")?);
    }
    if !arguments.quick {
        let usual = Shape::usual(corpus.records);
        let shapes = [
            (report::USUAL, usual),
            ("the same, protocol 5", Shape { protocol: 5, ..usual }),
            ("access lines", Shape { mix: "access", ..usual }),
            ("eight extras each", Shape { mix: "extra", ..usual }),
            ("tracebacks and stacks", Shape { mix: "traceback", ..usual }),
            ("not in ASCII", Shape { mix: "foreign", ..usual }),
            (report::SPREAD, Shape { loggers: Some((200, 50)), ..usual }),
        ];
        for (name, shape) in shapes {
            let corpus = Corpus::make(programs, shape, folder)?;
            for _ in 0..arguments.rounds {
                let figures = [Kind::Floor, Kind::Logyard].map(|kind| {
                    turn(kind, arguments.records, arguments, programs, &corpus, folder)
                });
                let [floor, logyard] = figures;
                let (floor, logyard) = (floor?, logyard.with_context(|| name.to_owned())?);
                say(&format!("{name}: {logyard}"));
                report.mixes.push(Mix::new(name, &corpus, floor, logyard));
            }
        }
        for _ in 0..arguments.rounds {
            for cores in [1, 2] {
                let speed = burst::run(cores, programs, corpus, folder).context("a burst")?;
                say(&format!("a burst on {cores} cores: {speed:.0} records/s"));
                report.bursts.push((cores, speed));
            }
        }
    }
    if arguments.long_records > 0 {
        say("the long run");
        let repeats = arguments.long_records.div_ceil(corpus.records);
        let drift = drift::run(repeats, arguments.connections, programs, corpus, folder);
        report.drift = Some(drift.context("the long run")?);
    }
    Ok(())
}

/// Progress, on stderr. Where that is closed nobody reads it.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
