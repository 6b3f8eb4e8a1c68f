//! `cargo xtask fuzz`: libFuzzer on a stable toolchain, by the compiler's own coverage passes.

use std::path::Path;
use std::process::Command;

use anyhow::Context;

use crate::steps::{Steps, cargo, root, target};

pub(crate) fn run(seconds: u32, target: Option<&str>) -> anyhow::Result<Steps> {
    let mut all = Steps::default();
    steps(&mut all, seconds, target);
    Ok(all)
}

/// Builds the targets and runs each for some seconds, from its committed corpus. What is found goes
/// to `fuzz/artifacts`; new corpus entries go below `target`, so that the tree stays clean.
pub(crate) fn steps(steps: &mut Steps, seconds: u32, only: Option<&str>) {
    let triple = match host() {
        Ok(triple) => triple,
        Err(error) => return steps.skip("fuzz", format!("{error:#}")),
    };
    let build = target().join("fuzz");
    let mut cargo = cargo(&["build", "--release", "--locked", "--target", &triple]);
    cargo.args(["--manifest-path", "fuzz/Cargo.toml"]);
    cargo.env("CARGO_TARGET_DIR", &build).env("RUSTFLAGS", FLAGS.join(" "));
    if !steps.run("build the fuzz targets", &mut cargo) {
        return;
    }
    for name in targets() {
        if only.is_some_and(|only| only != name) {
            continue;
        }
        let corpus = build.join("corpus").join(&name);
        let artifacts = root().join("fuzz/artifacts").join(&name);
        for folder in [&corpus, &artifacts] {
            if let Err(error) = std::fs::create_dir_all(folder) {
                steps.skip(&format!("fuzz {name}"), format!("{}: {error}", folder.display()));
            }
        }
        let mut fuzz = Command::new(build.join(&triple).join("release").join(&name));
        fuzz.arg(&corpus).arg(root().join("fuzz/corpus").join(&name));
        fuzz.arg(format!("-artifact_prefix={}/", artifacts.display()));
        fuzz.args([format!("-max_total_time={seconds}"), "-rss_limit_mb=2048".into()]);
        fuzz.args(["-timeout=10", "-verbosity=0", "-print_final_stats=1"]);
        steps.run(&format!("fuzz {name}, {seconds} s"), &mut fuzz);
    }
}

/// What cargo-fuzz would pass, less what needs a nightly compiler (the sanitizers).
const FLAGS: [&str; 6] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cdebug-assertions",
    "--cfg=fuzzing",
];

fn targets() -> Vec<String> {
    let Ok(folder) = std::fs::read_dir(root().join("fuzz/fuzz_targets")) else { return Vec::new() };
    let mut names: Vec<String> = folder
        .flatten()
        .filter_map(|entry| Some(Path::new(&entry.file_name()).file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    names
}

fn host() -> anyhow::Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("rustc")?;
    let text = String::from_utf8(output.stdout)?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc names no host")?.to_owned())
}
