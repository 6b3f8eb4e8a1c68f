//! Measures logyard beside the floor of the job and CPython's receiver, on the same frames, in turns.
//!
//! Every line is compared with what CPython's logging writes for the same records: a server that
//! loses or alters one has no figure.

mod corpus;
mod idle;
mod latency;
mod machine;
mod output;
mod process;
mod report;
mod server;
mod throughput;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;

use crate::corpus::Corpus;
use crate::report::Report;
use crate::server::{Kind, Programs};

/// Measures the log servers and prints a Markdown table.
#[derive(Parser)]
struct Arguments {
    /// How many records a round sends to the floor and to logyard: rounded up to whole corpora
    #[arg(long, default_value_t = 1_000_000)]
    records: usize,
    /// How many records the corpus has, and a round sends to CPython's receiver
    #[arg(long, default_value_t = 100_000)]
    cpython_records: usize,
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
    /// The servers to measure
    #[arg(long, value_enum, value_delimiter = ',', default_value = "floor,logyard,cpython")]
    servers: Vec<Kind>,
    /// The Python for the corpus and for CPython's receiver
    #[arg(long, default_value = "python3")]
    python: PathBuf,
    /// Another logyard than the one of this workspace, which is built first
    #[arg(long)]
    logyard: Option<PathBuf>,
    /// Write the table to this file too
    #[arg(long)]
    out: Option<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let limit = idle::raise_open_files();
    let folder = tempfile::tempdir().context("can't make a temporary folder")?;
    let programs = Programs::find(&arguments.python, arguments.logyard.as_deref())?;

    say("making the corpus");
    let corpus = Corpus::make(&programs, arguments.cpython_records.max(1), folder.path())?;
    let mut report = Report::new(&arguments, &programs, &corpus);
    for round in 1..=arguments.rounds {
        for &kind in &arguments.servers {
            let records = match kind {
                Kind::Cpython => corpus.records,
                Kind::Floor | Kind::Logyard => arguments.records,
            };
            let repeats = records.div_ceil(corpus.records).max(1);
            let turn = throughput::Turn { kind, connections: arguments.connections, repeats };
            let figures = throughput::run(&turn, &programs, &corpus, folder.path())
                .with_context(|| format!("{kind}, round {round}"))?;
            say(&format!("round {round}, {kind}: {figures}"));
            report.rounds.push((kind, figures));
        }
    }
    for &kind in arguments.servers.iter().filter(|&&kind| kind != Kind::Floor) {
        say(&format!("latency of {kind}"));
        let latency =
            latency::run(kind, arguments.latency_records, &programs, &corpus, folder.path())
                .with_context(|| format!("latency of {kind}"))?;
        report.latencies.push((kind, latency));
    }
    if arguments.servers.contains(&Kind::Logyard) && arguments.idle_connections > 0 {
        say("memory of idle connections");
        let idle = idle::run(arguments.idle_connections, limit, &programs, &corpus, folder.path())
            .context("memory of idle connections")?;
        report.idle = Some(idle);
    }

    let text = report.to_string();
    if let Some(path) = &arguments.out {
        std::fs::write(path, &text).with_context(|| format!("can't write {}", path.display()))?;
    }
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

/// Progress, on stderr. Where that is closed nobody reads it.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
