//! The CPython child, and what all tests here share.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use logyard_config::{Disk, Options};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value as Json;

/// How many random inputs each test makes; all go to one Python process. `LOGYARD_CASES` sets another.
pub(crate) fn cases() -> usize {
    std::env::var("LOGYARD_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(4000)
}

fn interpreter() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("LOGYARD_PYTHON") {
        return Some(path.into());
    }
    let versions = Path::new(&std::env::var_os("HOME")?).join(".pyenv/versions");
    let number = |path: &Path| {
        let name = path.file_name()?.to_str()?.to_owned();
        name.split('.').map(|part| part.parse::<u32>().ok()).collect::<Option<Vec<_>>>()
    };
    let listed = std::fs::read_dir(versions).into_iter().flatten().flatten();
    let newest =
        listed.map(|entry| entry.path()).filter_map(|path| Some((number(&path)?, path))).max();
    Some(newest.map_or("python3".into(), |(_, path)| path.join("bin/python")))
}

/// Asks Python, or says why not.
pub(crate) fn ask(question: &Json) -> Option<Json> {
    ask_of(interpreter()?, question)
}

/// Asks a Python that has PyYAML, or says why not.
pub(crate) fn ask_yaml(question: &Json) -> Option<Json> {
    let python = std::env::var_os("LOGYARD_YAML_PYTHON").map(PathBuf::from);
    let answer = ask_of(python.or_else(interpreter)?, question)?;
    if answer["has_yaml"] == false {
        eprintln!("skipped: no PyYAML; set LOGYARD_YAML_PYTHON to a Python that has it");
        return None;
    }
    Some(answer)
}

fn ask_of(python: PathBuf, question: &Json) -> Option<Json> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cpython/oracle.py");
    let child =
        Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = child else {
        eprintln!("skipped: no Python found; set LOGYARD_PYTHON");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    let text = question.to_string();
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "oracle.py failed");
    let answer: Json = serde_json::from_slice(&output.stdout).unwrap();
    if answer["version"][1].as_u64() < Some(12) {
        eprintln!("skipped: Python {} is older than 3.12", answer["version"]);
        return None;
    }
    Some(answer)
}

/// Random inputs, the same ones in every run.
pub(crate) fn samples<S: Strategy>(strategy: S) -> Vec<S::Value> {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    (0..cases()).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

pub(crate) fn options<'a>(cwd: &Path) -> Options<'a> {
    let env = [("HOME", "/home/u"), ("APP", "shop")];
    Options {
        settings: Default::default(),
        cwd: cwd.to_owned(),
        env: env.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        files: &Disk,
        check_format: &|_, _| Ok(()),
        check_codec: &|_| Ok(()),
    }
}
