//! Rotates many small logs, and a very large one, with logyard and with logrotate in turn. bench/README.md tells more.
#![allow(clippy::print_stdout, reason = "it prints a table")]

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, ensure};
use clap::Parser;

/// Measures `logyard rotate` beside logrotate.
#[derive(Parser)]
struct Arguments {
    /// Rounds; the medians are shown.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Logs of one line.
    #[arg(long, default_value_t = 10_000)]
    files: usize,
    /// Bytes of the large log, which is sparse.
    #[arg(long, default_value_t = 10 << 30)]
    large: u64,
    /// The folder in which it happens; by default that of temporary files.
    #[arg(long)]
    place: Option<PathBuf>,
    /// The logrotate to compare with.
    #[arg(long, default_value = "/usr/sbin/logrotate")]
    logrotate: PathBuf,
}

/// What is rotated, and how.
struct Scene {
    name: String,
    directives: &'static str,
    make: Make,
    /// Another program has the log open.
    open: bool,
}

#[derive(Clone, Copy)]
enum Make {
    Many(usize),
    Large(u64),
}

/// Seconds of one run.
#[derive(Clone, Copy)]
struct Took {
    wall: f64,
    cpu: f64,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let logyard = std::env::current_exe()?.with_file_name("logyard");
    ensure!(logyard.exists(), "{} is missing: build logyard first", logyard.display());
    let many = |how: &str| format!("{} logs of one line, {how}", arguments.files);
    let gibibytes = arguments.large >> 30;
    let large = |how: &str| format!("one sparse log of {gibibytes} GiB, {how}");
    let (few, big) = (Make::Many(arguments.files), Make::Large(arguments.large));
    let scenes = [
        Scene { name: many("create"), directives: "create", make: few, open: false },
        Scene { name: many("copytruncate"), directives: "copytruncate", make: few, open: false },
        Scene {
            name: many("create, compress"),
            directives: "create\ncompress",
            make: few,
            open: false,
        },
        Scene {
            name: large("copytruncate, open"),
            directives: "copytruncate",
            make: big,
            open: true,
        },
    ];
    println!("| what | logrotate, s | CPU, s | logyard, s | CPU, s |");
    println!("| --- | ---: | ---: | ---: | ---: |");
    for scene in &scenes {
        let mut took: [Vec<Took>; 2] = Default::default();
        for _ in 0..arguments.rounds {
            took[0].push(run(scene, &arguments, Command::new(&arguments.logrotate))?);
            let mut command = Command::new(&logyard);
            command.arg("rotate");
            took[1].push(run(scene, &arguments, command)?);
        }
        let mut line = String::new();
        for runs in &mut took {
            let wall = median(runs, |took| took.wall);
            let cpu = median(runs, |took| took.cpu);
            let _ = write!(line, " {wall:.2} | {cpu:.2} |"); // to memory
        }
        println!("| {} |{line}", scene.name);
    }
    Ok(())
}

fn median(runs: &mut [Took], of: fn(&Took) -> f64) -> f64 {
    runs.sort_by(|a, b| of(a).total_cmp(&of(b)));
    runs.get(runs.len() / 2).map_or(0.0, of)
}

/// One rotation of fresh logs, which are looked at afterwards.
fn run(scene: &Scene, arguments: &Arguments, mut command: Command) -> anyhow::Result<Took> {
    let place = arguments.place.clone().unwrap_or_else(std::env::temp_dir);
    let home = tempfile::tempdir_in(place)?;
    std::fs::set_permissions(home.path(), PermissionsExt::from_mode(0o755))?;
    let logs = home.path().join("logs");
    std::fs::create_dir(&logs)?;
    match scene.make {
        Make::Many(count) => {
            for number in 0..count {
                std::fs::write(logs.join(format!("{number}.log")), format!("line of {number}\n"))?;
            }
        }
        Make::Large(size) => make_large(&logs.join("0.log"), size)?,
    }
    let conf = format!("{}/*.log {{\nrotate 3\n{}\n}}\n", logs.display(), scene.directives);
    std::fs::write(home.path().join("conf"), conf)?;
    rustix::fs::sync();
    let open = OpenOptions::new().append(true).open(logs.join("0.log"));
    let open = scene.open.then_some(open).transpose()?;
    command.arg("-f").arg("-s").arg(home.path().join("state")).arg(home.path().join("conf"));
    let (before, start) = (cpu_of_children()?, Instant::now());
    let output = command.output()?;
    let took = Took { wall: start.elapsed().as_secs_f64(), cpu: cpu_of_children()? - before };
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    if let Some(mut open) = open {
        open.write_all(b"the last line\n")?;
    }
    look(scene, &logs)?;
    Ok(took)
}

/// A line at each gibibyte, and holes between.
fn make_large(path: &Path, size: u64) -> anyhow::Result<()> {
    let file = File::create(path)?;
    for at in (0..size).step_by(1 << 30) {
        file.write_all_at(b"a line\n", at)?;
    }
    file.write_all_at(b"the end\n", size - 8)?;
    Ok(())
}

/// Nothing is lost.
fn look(scene: &Scene, logs: &Path) -> anyhow::Result<()> {
    match scene.make {
        Make::Many(count) => {
            let ending = if scene.directives.contains("compress") { "log.1.gz" } else { "log.1" };
            let rotated =
                (0..count).filter(|number| logs.join(format!("{number}.{ending}")).exists());
            ensure!(rotated.count() == count, "not all logs were rotated");
        }
        Make::Large(size) => {
            let (live, copy) = (logs.join("0.log").metadata()?, logs.join("0.log.1").metadata()?);
            let lost = (size + 14).saturating_sub(live.len() + copy.len());
            ensure!(lost == 0, "{lost} bytes are lost");
            ensure!(copy.blocks() < 1 << 20, "the copy has no holes");
        }
    }
    Ok(())
}

/// Seconds of all processes that have ended, from fields 16 and 17 of `/proc/self/stat`.
fn cpu_of_children() -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').context("no name")?;
    let ticks = |index: usize| -> anyhow::Result<f64> {
        Ok(fields.split_ascii_whitespace().nth(index).context("no such field")?.parse()?)
    };
    Ok((ticks(13)? + ticks(14)?) / rustix::param::clock_ticks_per_second() as f64)
}
