//! History and search, measured: `bench/README.md` tells what and how.

mod records;

use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use clap::Parser;
use jiff::tz::TimeZone;
use logyard_history::{Event, From, History, Progress, Request, SummaryRequest, keep};
use logyard_journal::{Batch, Journal, Limits, Origin, Sync, remove_plain, segments};
use logyard_query::{Clock, Query};
use records::{RARE, Records};

/// Measures what history costs and how fast searches are, beside ripgrep over the text files and SQLite's
/// FTS5 over the same records.
#[derive(Parser)]
struct Arguments {
    /// How many records
    #[arg(long, default_value_t = 10_000_000)]
    records: u64,
    /// Folder for the journal and the text files; what is made there is removed at the end. Takes some
    /// 300 bytes for each record
    #[arg(long)]
    folder: Option<PathBuf>,
    /// ripgrep's program
    #[arg(long, default_value = "rg")]
    ripgrep: PathBuf,
    /// A Python, for SQLite
    #[arg(long, default_value = "python3")]
    python: PathBuf,
    /// Leave out the others
    #[arg(long)]
    alone: bool,
}

/// Bytes of a text file, before the next one is begun.
const TEXT: u64 = 256 << 20;

/// Records that come together: what one read of a busy connection brings.
const TOGETHER: usize = 100;

/// How often each search is done: the fastest counts.
const TIMES: usize = 5;

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let temporary = match &arguments.folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let (journal, texts) = (temporary.path().join("journal"), temporary.path().join("text"));
    std::fs::create_dir(&texts)?;
    let mut out = std::io::stdout().lock();
    make(&arguments, &journal, &texts, &mut out)?;
    search_all(&journal, &mut out)?;
    if !arguments.alone {
        out.flush()?;
        others(&arguments, &texts, &mut out)?;
    }
    Ok(())
}

fn make(
    arguments: &Arguments,
    folder: &Path,
    texts: &Path,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let limits = Limits { total_bytes: u64::MAX, ..Limits::default() };
    let mut journal = Journal::open(folder, limits, Sync::Never, 1, 0, |_| {})?.journal;
    let mut records = Records::new(arguments.records);
    let (mut frames, mut line) = (Vec::new(), String::new());
    let (mut in_file, mut files, mut text_bytes) = (TEXT, 0, 0);
    let mut text = BufWriter::new(tempfile::tempfile()?);
    let (mut frame_bytes, mut together) = (0_u64, 0);
    let (mut appending, mut keeping) = (Duration::ZERO, Duration::ZERO);
    for n in 1..=arguments.records {
        if in_file >= TEXT {
            text.flush()?;
            files += 1;
            text =
                BufWriter::new(std::fs::File::create(texts.join(format!("app.{files:03}.log")))?);
            in_file = 0;
        }
        frames.extend_from_slice(records.next(&mut line));
        text.write_all(line.as_bytes())?;
        in_file += line.len() as u64;
        text_bytes += line.len() as u64;
        together += 1;
        if together == TOGETHER || n == arguments.records {
            let origin = Origin { peer: "127.0.0.1:50000", client: None };
            frame_bytes += frames.len() as u64;
            let begin = Instant::now();
            let batch = Batch { micros: n, origin, records: together as u32, frames: &frames };
            journal.append(&batch)?;
            appending += begin.elapsed();
            frames.clear();
            together = 0;
            if journal.to_pack(0).is_some() {
                let begin = Instant::now();
                keep_all(&mut journal)?;
                keeping += begin.elapsed();
            }
        }
    }
    text.flush()?;
    let begin = Instant::now();
    keep_all(&mut journal)?;
    keeping += begin.elapsed();
    let sizes = |extension: &str| -> anyhow::Result<u64> {
        let mut sum = 0;
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if entry.path().extension().is_some_and(|found| found == extension) {
                sum += entry.metadata()?.len();
            }
        }
        Ok(sum)
    };
    let (packed, index, plain) = (sizes("zst")?, sizes("index")?, sizes("journal")?);
    let mb = |bytes: u64| bytes as f64 / 1e6;
    let kept = frame_bytes - plain;
    let share = (packed + index) as f64 / kept as f64;
    writeln!(out, "## {} records\n", arguments.records)?;
    writeln!(out, "| what | |\n| --- | --- |")?;
    writeln!(
        out,
        "| frames | {:.0} MB, {:.0} bytes a record |",
        mb(frame_bytes),
        frame_bytes as f64 / arguments.records as f64
    )?;
    writeln!(out, "| text files | {:.0} MB |", mb(text_bytes))?;
    writeln!(out, "| compressed segments | {:.0} MB |", mb(packed))?;
    writeln!(out, "| their indexes | {:.0} MB |", mb(index))?;
    writeln!(
        out,
        "| both, of the frames in them | {:.1} %, one part in {:.1} |",
        share * 100.0,
        1.0 / share
    )?;
    writeln!(out, "| the newest segment, not compressed yet | {:.0} MB |", mb(plain))?;
    writeln!(out, "| appending | {:.0} MB/s |", mb(frame_bytes) / appending.as_secs_f64())?;
    writeln!(
        out,
        "| compressing and indexing, one thread | {:.0} MB/s |\n",
        mb(kept) / keeping.as_secs_f64()
    )?;
    Ok(())
}

fn keep_all(journal: &mut Journal) -> anyhow::Result<()> {
    while let Some(segment) = journal.to_pack(0) {
        let kept = keep(&segment, &mut || true)?.context("a sealed segment can be compressed")?;
        journal.packed(segment.first, &kept.file, kept.bytes)?;
        remove_plain(&segment)?;
    }
    Ok(())
}

/// What is looked for; the number of hits after which the first page is full.
fn queries() -> Vec<(&'static str, String, Option<usize>)> {
    vec![
        ("a rare word", RARE.to_owned(), Some(50)),
        ("a rare word, everywhere", RARE.to_owned(), None),
        ("a word that is nowhere", "nowherewhatsoever".to_owned(), None),
        ("a field: user_id=4711, first 50", "user_id=4711".to_owned(), Some(50)),
        ("level>=ERROR logger:shop, first 50", "level>=ERROR logger:shop".to_owned(), Some(50)),
        ("a part of a word, which no index knows", "*anzibar7f3*".to_owned(), None),
        ("a regular expression", r"/zanz\w+7f3/".to_owned(), None),
        ("a field that no index knows: msecs<0", "msecs<0".to_owned(), None),
    ]
}

fn search_all(folder: &Path, out: &mut impl Write) -> anyhow::Result<()> {
    let clock = Clock::new(0, TimeZone::UTC);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    writeln!(
        out,
        "| search | hits | one thread | its CPU | of frames looked through, by CPU | {cores} threads |"
    )?;
    writeln!(out, "| --- | --- | --- | --- | --- | --- |")?;
    for (name, text, most) in queries() {
        let query = Query::parse(&text, &clock)?;
        let one = fastest(folder, &query, most, 1)?;
        let all = fastest(folder, &query, most, cores)?;
        ensure!(one.hits == all.hits, "the threads disagree about `{text}`");
        let speed = one.progress.read as f64 / 1e9 / one.cpu.as_secs_f64();
        let read = one.progress.read as f64 / 1e6;
        writeln!(
            out,
            "| {name} | {} | {} | {} | {read:.0} MB, {speed:.2} GB/s | {} |",
            one.hits,
            ms(one.took),
            ms(one.cpu),
            ms(all.took)
        )?;
        out.flush()?;
    }
    let query = Query::default();
    let begin = Instant::now();
    let until = 1_795_219_200_000_000 + (1 << 45);
    let request = SummaryRequest {
        query: &query,
        since: 1_795_219_200_000_000,
        until,
        before: u64::MAX,
        buckets: 100,
        groups: false,
    };
    let summary = History::new(folder).summarize(&request, &mut |_| ControlFlow::Continue(()))?;
    writeln!(
        out,
        "| levels over all time, in 100 parts | {} | {} | | | |",
        summary.count,
        ms(begin.elapsed())
    )?;
    writeln!(out, "\n{} segments.\n", segments(folder)?.len())?;
    Ok(())
}

struct Took {
    took: Duration,
    /// What it takes of a core, whatever else the machine does.
    cpu: Duration,
    hits: usize,
    progress: Progress,
}

fn fastest(
    folder: &Path,
    query: &Query,
    most: Option<usize>,
    threads: usize,
) -> anyhow::Result<Took> {
    let mut best: Option<Took> = None;
    for _ in 0..TIMES {
        let (begin, used) = (Instant::now(), cpu());
        let (mut hits, mut progress) = (0, Progress::default());
        let request = Request { query, from: From::Newest, threads };
        History::new(folder).search(&request, &mut |event| {
            match event {
                Event::Hit(_) => hits += 1,
                Event::Progress(found) => progress = found,
                Event::Damage(_) => {}
            }
            if most == Some(hits) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        let (took, cpu) = (begin.elapsed(), cpu().saturating_sub(used));
        let least = best.as_ref().map_or(cpu, |best| best.cpu.min(cpu));
        let fastest = best.as_ref().map_or(took, |best| best.took.min(took));
        best = Some(Took { took: fastest, cpu: least, hits, progress });
        if took > Duration::from_secs(20) {
            break;
        }
    }
    best.context("it was measured")
}

/// CPU time of the process.
fn cpu() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), now.tv_nsec as u32)
}

fn ms(took: Duration) -> String {
    match took.as_secs_f64() {
        seconds if seconds < 1.0 => format!("{:.1} ms", seconds * 1e3),
        seconds => format!("{seconds:.2} s"),
    }
}

fn others(arguments: &Arguments, texts: &Path, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(out, "| other | what | took |\n| --- | --- | --- |")?;
    for (what, pattern, threads) in [
        ("a rare word, in any case, one thread", RARE, "1"),
        ("a rare word, in any case, all threads", RARE, "0"),
        ("a regular expression, one thread", r"zanz\w+7f3", "1"),
    ] {
        let mut best = Duration::MAX;
        for _ in 0..TIMES {
            let begin = Instant::now();
            let mut command = Command::new(&arguments.ripgrep);
            command.args(["--count", "--ignore-case", "--threads", threads, pattern]).arg(texts);
            match command.output() {
                Ok(output) if output.status.success() => best = best.min(begin.elapsed()),
                Ok(output) => anyhow::bail!("rg: {}", String::from_utf8_lossy(&output.stderr)),
                Err(error) => {
                    writeln!(
                        out,
                        "| ripgrep | not measured: {} can't be run: {error} | |",
                        arguments.ripgrep.display()
                    )?;
                    break;
                }
            }
        }
        if best < Duration::MAX {
            writeln!(out, "| ripgrep over the text files | {what} | {} |", ms(best))?;
        }
    }
    out.flush()?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("fts5.py");
    let output = Command::new(&arguments.python).arg(script).arg(texts).arg(RARE).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    out.write_all(&output.stdout)?;
    Ok(())
}
