//! Counts the instructions of each stage of a record's way under callgrind, and compares them with those of
//! `instructions.toml`: unlike times, they are the same on a busy machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use logyard_bench::{frame_with_extra, stock_frame};

/// Fails if a stage costs more than it did by more than the margin. Needs valgrind.
#[derive(Parser)]
struct Arguments {
    /// Write what is counted as what is expected from now on
    #[arg(long)]
    update: bool,
}

/// Each does what those before it do; the difference is its own cost.
const STAGES: [&str; 4] = ["frame", "decode", "record", "format"];

/// In percent, and beside it in instructions: compilers differ, and a few instructions are no matter.
const MARGIN: (u64, u64) = (10, 20);

/// A quarter of them take the decoder's general way.
const RECORDS: u64 = 400;

type Counts = BTreeMap<String, u64>;

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir()?;
    let counts = count_all(&stages(here)?, folder.path())?;
    let file = here.join("instructions.toml");
    if arguments.update {
        let head = "# Instructions for one record, by stage: `cargo run --release -p logyard-bench --bin instructions`\n";
        std::fs::write(&file, format!("{head}{}", toml::to_string(&counts)?))?;
        return Ok(ExitCode::SUCCESS);
    }
    let expected: Counts = toml::from_str(&std::fs::read_to_string(&file)?)?;
    let mut good = true;
    for stage in STAGES {
        let (now, before) = (counts[stage], expected.get(stage).copied().unwrap_or(0));
        let (low, high) = (before * (100 - MARGIN.0) / 100, before * (100 + MARGIN.0) / 100);
        let verdict = match now {
            _ if now > high + MARGIN.1 => "MORE than the margin allows",
            _ if now + MARGIN.1 < low => "less: keep it with --update",
            _ => "as before",
        };
        good &= now <= high + MARGIN.1;
        eprintln!("{stage:8} {now:6} instructions for a record, {before:6} expected: {verdict}");
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Builds the driver.
fn stages(here: &Path) -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--release", "--locked", "-p", "logyard-format", "--example", "stages"])
        .current_dir(here)
        .status()
        .context("can't run cargo")?;
    ensure!(status.success(), "cargo build failed: {status}");
    let program = std::env::current_exe()?;
    let beside = program.parent().context("this program has no folder")?;
    Ok(beside.join("examples/stages"))
}

/// The instructions that each stage needs for one record.
fn count_all(stages: &Path, folder: &Path) -> Result<Counts> {
    let frames = folder.join("frames");
    let make = |number: u64| {
        let make = if number.is_multiple_of(4) { frame_with_extra } else { stock_frame };
        let message =
            format!("10.0.3.{number} - \"GET /api/v1/orders/{number} HTTP/1.1\" 200 1234");
        make("serving.model", &message, 1.79e9 + number as f64 / 100.0)
    };
    std::fs::write(&frames, (0..RECORDS).flat_map(make).collect::<Vec<u8>>())?;
    let mut counts = Counts::new();
    let mut before = 0;
    for stage in STAGES {
        let [few, many] = [1, 3].map(|rounds| count(stages, stage, &frames, rounds, folder));
        let cost = many?.saturating_sub(few?) / (2 * RECORDS);
        counts.insert(stage.to_owned(), cost.saturating_sub(before));
        before = cost;
    }
    Ok(counts)
}

/// All instructions of one run.
fn count(stages: &Path, stage: &str, frames: &Path, rounds: u64, folder: &Path) -> Result<u64> {
    let out = folder.join("callgrind.out");
    let status = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(stages)
        .arg(stage)
        .arg(frames)
        .arg(rounds.to_string())
        .env("TZ", "Europe/Berlin")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .context("can't run valgrind")?;
    ensure!(status.success(), "valgrind failed: {status}");
    let text = std::fs::read_to_string(&out)?;
    let total = text
        .lines()
        .find_map(|line| line.strip_prefix("totals: ").or(line.strip_prefix("summary: ")));
    Ok(total.context("callgrind tells no total")?.trim().parse()?)
}
