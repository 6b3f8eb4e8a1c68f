//! What it costs that the logs can be seen: throughput with a journal and its history, with the live view, and
//! with watchers; and the disk that history takes.

mod server;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use server::{Server, Turn};

/// Sends the same records to servers that differ in what can be seen of them, in turn, and prints a table.
#[derive(Parser)]
struct Arguments {
    /// Records in the corpus
    #[arg(long, default_value_t = 20_000)]
    records: usize,
    /// How often the corpus is sent in one turn
    #[arg(long, default_value_t = 50)]
    repeats: usize,
    /// Connections
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// Rounds: the median of each server's turns counts
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Who watch, in the turn with watchers
    #[arg(long, default_value_t = 10)]
    watchers: usize,
    /// The server
    #[arg(long, default_value = "target/release/logyard")]
    logyard: PathBuf,
    /// A server that was built without the feature `web`: nobody can watch there
    #[arg(long, default_value = "target/viewless/release/logyard")]
    viewless: PathBuf,
    /// What sends
    #[arg(long, default_value = "target/release/blast")]
    blast: PathBuf,
    /// A Python for the corpus
    #[arg(long, default_value = "python3")]
    python: PathBuf,
    /// Folder of the configuration and of corpus.py
    #[arg(long, default_value = "bench")]
    sources: PathBuf,
}

/// What a server is started with.
struct Kind {
    name: &'static str,
    viewless: bool,
    journal: &'static [&'static str],
    watched: bool,
    /// The turn that it is compared with, and the part of its throughput that is asked.
    beside: Option<(usize, &'static str)>,
}

const KINDS: [Kind; 6] = [
    kind("no live view (built without `web`)", true, &[], false, None),
    kind("nobody watches", false, &[], false, Some((0, "asked: 97 %"))),
    kind("watched", false, &[], true, Some((0, "asked: 90 %"))),
    kind("journal, without history", false, &["--journal-history=false"], false, Some((1, ""))),
    kind("journal with history", false, &["--journal-history=true"], false, Some((1, ""))),
    kind("journal with history, watched", false, &["--journal-history=true"], true, Some((1, ""))),
];

const fn kind(
    name: &'static str,
    viewless: bool,
    journal: &'static [&'static str],
    watched: bool,
    beside: Option<(usize, &'static str)>,
) -> Kind {
    Kind { name, viewless, journal, watched, beside }
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir()?;
    let frames = folder.path().join("frames");
    corpus(&arguments, &frames, folder.path())?;
    let mut out = std::io::stdout();
    let viewless = arguments.viewless.exists();
    if !viewless {
        let how = "cargo build --release -p logyard --no-default-features --features zst --target-dir target/viewless";
        writeln!(
            out,
            "skipped: the server without a live view: there is no {}; make it by `{how}`\n",
            arguments.viewless.display()
        )?;
    }
    let mut turns: [Vec<Turn>; KINDS.len()] = Default::default();
    for _ in 0..arguments.rounds {
        for (kind, turns) in KINDS.iter().zip(&mut turns) {
            if kind.viewless && !viewless {
                continue;
            }
            let turn = one(&arguments, kind, &frames).with_context(|| kind.name)?;
            turns.push(turn);
        }
    }
    table(&mut out, &arguments, &turns)
}

/// Frames of real records, as `SocketHandler` makes them.
fn corpus(arguments: &Arguments, frames: &Path, folder: &Path) -> Result<()> {
    let mut python = Command::new(&arguments.python);
    python.arg(arguments.sources.join("corpus.py")).arg(arguments.records.to_string()).arg(frames);
    python.args(["--mix", "mixed", "--protocol", "1"]);
    python.arg("--config").arg(arguments.sources.join("logging.ini"));
    python.arg("--folder").arg(folder.join("expected")).env("TZ", "UTC");
    let status = python.status().context("can't run Python")?;
    ensure!(status.success(), "corpus.py failed: {status}");
    Ok(())
}

fn one(arguments: &Arguments, kind: &Kind, frames: &Path) -> Result<Turn> {
    let program = if kind.viewless { &arguments.viewless } else { &arguments.logyard };
    let config = arguments.sources.join("logging.ini");
    let server = Server::start(program, &config, kind.journal, kind.viewless)?;
    let watchers = if kind.watched { arguments.watchers } else { 0 };
    server.turn(arguments, frames, watchers)
}

fn table(out: &mut impl Write, arguments: &Arguments, turns: &[Vec<Turn>]) -> Result<()> {
    writeln!(
        out,
        "{} records a turn over {} connections, {} rounds; medians\n",
        arguments.records * arguments.repeats,
        arguments.connections,
        arguments.rounds
    )?;
    writeln!(
        out,
        "| server | records/s | of | CPU of a record | of it on the way of the records | seen by a watcher | disk of its frames |"
    )?;
    writeln!(out, "| --- | --- | --- | --- | --- | --- | --- |")?;
    let speed = |turns: &[Turn]| median(turns.iter().map(|turn| turn.per_second));
    for (kind, own) in KINDS.iter().zip(turns) {
        let Some(per_second) = speed(own) else { continue };
        let beside = kind.beside.and_then(|(other, asked)| {
            let part = per_second / speed(turns.get(other)?)?;
            let asked = match asked {
                "" if kind.journal.contains(&"--journal-history=true") => "",
                asked => asked,
            };
            Some(format!("{:.0} % of \"{}\" {asked}", part * 100.0, KINDS.get(other)?.name))
        });
        let of = |value: &dyn Fn(&Turn) -> f64| median(own.iter().map(value)).unwrap_or_default();
        let seen = match kind.watched {
            true => format!(
                "{:.1} %, {:.1} % told as skipped",
                of(&|turn| turn.seen * 100.0),
                of(&|turn| turn.skipped * 100.0)
            ),
            false => String::new(),
        };
        let disk = match of(&|turn| turn.disk) {
            0.0 if kind.journal == ["--journal-history=true"] => {
                "too few: the newest 64 MiB stay as they are".to_owned()
            }
            0.0 => String::new(),
            part => format!("one part in {:.1}", 1.0 / part),
        };
        writeln!(
            out,
            "| {} | {per_second:.0} | {} | {:.2} µs | {:.2} µs | {seen} | {disk} |",
            kind.name,
            beside.unwrap_or_default(),
            of(&|turn| turn.cpu),
            of(&|turn| turn.way)
        )?;
    }
    // history costs what it takes of a journal without it
    if let (Some(with), Some(without)) =
        (turns.get(4).and_then(|t| speed(t)), turns.get(3).and_then(|t| speed(t)))
    {
        writeln!(
            out,
            "\nhistory: {:.0} % of the throughput without (asked: 60 %); disk: asked is one part in 6",
            with / without * 100.0
        )?;
    }
    Ok(())
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
