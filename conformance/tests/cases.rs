//! Each folder in `cases/` is a test: the recorded frames go through logyard, with the recorded
//! clock, and every byte of what comes out is compared with what a real CPython wrote.
//!
//! `LOGYARD_CASES` names another folder of cases: what `record.py --out` made on this machine.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use libtest_mimic::{Arguments, Failed, Trial};
use logyard_conformance::{Case, plan};

fn main() {
    let folder = std::env::var_os("LOGYARD_CASES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("cases"), PathBuf::from);
    let mut trials: Vec<Trial> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|case| case.join("case.toml").exists())
        .map(|case| {
            let name = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
            Trial::test(name, move || {
                run(&case).map_err(|error| Failed::from(format!("{error:#}")))
            })
        })
        .collect();
    trials.sort_by(|a, b| a.name().cmp(b.name()));
    assert!(!trials.is_empty(), "no cases in {}", folder.display());
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn run(folder: &Path) -> anyhow::Result<()> {
    let case = Case::read(folder)?;
    let work = tempfile::tempdir()?;
    let file = case.lay_out(work.path())?;
    if case.refused {
        return refused(&case, &file, work.path());
    }
    let output = Command::new(env!("CARGO_BIN_EXE_logyard-replay"))
        .arg(folder.canonicalize()?)
        .current_dir(work.path())
        .env_clear()
        .env("TZ", &case.tz)
        .env("HOME", work.path())
        .envs(&case.env)
        .stdin(Stdio::null())
        .output()?;
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "the replay failed:\n{stderr}");
    let (stderr, dead_letters) = stderr.trim_end().rsplit_once('\n').context("no last line")?;
    let dead_letters: u64 = dead_letters.parse()?;
    ensure!(
        dead_letters == case.dropped,
        "{dead_letters} dead letters, CPython dropped {}",
        case.dropped
    );
    let mut expected = tree(&folder.join("expected"))?;
    let mut found = tree(work.path())?;
    found.remove(Path::new(case.configuration()?));
    expected.insert("(stdout)".into(), read(&folder.join("expected.stdout"))?);
    found.insert("(stdout)".into(), output.stdout);
    if case.dropped == 0 {
        expected.insert("(stderr)".into(), read(&folder.join("expected.stderr"))?);
        found.insert("(stderr)".into(), stderr.as_bytes().to_vec());
    }
    compare(&expected, &found)
}

/// Whether logyard, too, refuses a configuration that CPython refused.
fn refused(case: &Case, file: &Path, work: &Path) -> anyhow::Result<()> {
    let said = std::fs::read_to_string(case.folder().join("expected.refused"))?;
    let mut env = case.env.clone();
    env.insert("HOME".to_owned(), work.display().to_string());
    let loaded = plan(case, file, work.to_owned(), env);
    ensure!(loaded.is_err(), "logyard takes what CPython refuses: {said}");
    let made = tree(work)?.into_keys().filter(|path| work.join(path) != file).count();
    ensure!(made == 0, "a configuration that was refused has made files");
    Ok(())
}

fn compare(
    expected: &BTreeMap<PathBuf, Vec<u8>>,
    found: &BTreeMap<PathBuf, Vec<u8>>,
) -> anyhow::Result<()> {
    let names = |tree: &BTreeMap<PathBuf, Vec<u8>>| -> Vec<String> {
        tree.keys().map(|path| path.display().to_string()).collect()
    };
    let (expected_names, found_names) = (names(expected), names(found));
    ensure!(
        expected_names == found_names,
        "the files differ\nCPython: {expected_names:?}\nlogyard: {found_names:?}"
    );
    for (path, bytes) in expected {
        let (bytes, other) = (&content(bytes)?, &content(&found[path])?);
        ensure!(
            bytes == other,
            "{} differs\nCPython: {}\nlogyard: {}",
            path.display(),
            bytes.escape_ascii(),
            other.escape_ascii()
        );
    }
    Ok(())
}

/// What a file holds: compressed ones differ in what they hold only.
fn content(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut text = Vec::new();
    if bytes.starts_with(b"\x1f\x8b") {
        flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut text)?;
    } else {
        text.extend_from_slice(bytes);
    }
    Ok(text)
}

fn tree(root: &Path) -> anyhow::Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue }; // nothing was expected
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(root)?.to_owned(), std::fs::read(&path)?);
            }
        }
    }
    Ok(found)
}

/// A recorded stream; an absent file is an empty stream.
fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}
