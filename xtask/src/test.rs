//! `cargo xtask test`

use std::process::Command;

use crate::steps::{Steps, cargo, root, target};
use crate::{fuzz, python};

/// Seconds for each fuzz target in an ordinary run of the tests.
const FUZZ_SECONDS: u32 = 15;

pub(crate) fn run(quick: bool) -> anyhow::Result<Steps> {
    let mut steps = Steps::default();
    let mut rust = cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]);
    match python::newest() {
        Some(python) => drop(rust.env("LOGYARD_PYTHON", python)),
        None => steps.skip("comparisons with CPython", "no Python 3.11 or newer".into()),
    }
    steps.run("Rust tests and recorded conformance cases", &mut rust);
    if quick {
        return Ok(steps);
    }
    conformance(&mut steps);
    end_to_end(&mut steps);
    fuzz::steps(&mut steps, FUZZ_SECONDS, None);
    Ok(steps)
}

/// `cargo xtask conformance`
pub(crate) fn conformance_live() -> anyhow::Result<Steps> {
    let mut steps = Steps::default();
    conformance(&mut steps);
    Ok(steps)
}

/// Are the recorded cases still what the CPythons of this machine do, and does logyard do the same
/// with frames that they make now?
fn conformance(steps: &mut Steps) {
    let Some(python) = python::newest() else {
        return steps.skip("live conformance", "no Python 3.11 or newer".into());
    };
    let pyodide = python::pyodide(steps);
    let record = |arguments: &[&std::ffi::OsStr]| {
        let mut command = Command::new(&python);
        command.arg(root().join("conformance/record.py")).args(arguments);
        if let Some(folder) = &pyodide {
            command.env("LOGYARD_PYODIDE", folder);
        }
        command
    };
    steps.run(
        "live conformance: CPython against the recorded cases",
        &mut record(&["--check".as_ref()]),
    );
    let live = target().join("live-cases");
    if steps.run(
        "live conformance: record with this machine's CPythons",
        &mut record(&["--out".as_ref(), live.as_ref()]),
    ) {
        steps.run(
            "live conformance: logyard against what was recorded just now",
            cargo(&["test", "--locked", "-p", "logyard-conformance", "--test", "cases"])
                .env("LOGYARD_CASES", live),
        );
    }
}

fn end_to_end(steps: &mut Steps) {
    const NAME: &str = "end to end";
    let python = match python::environment(steps) {
        Ok(python) => python,
        Err(why) => return steps.skip(NAME, why),
    };
    if !steps.run("build", &mut cargo(&["build", "--release", "--locked", "-p", "logyard"])) {
        return steps.skip(NAME, "logyard could not be built".into());
    }
    steps.run(
        NAME,
        Command::new(python)
            .args(["-m", "pytest", "-ra", "tests/e2e"])
            .env("LOGYARD_BIN", target().join("release/logyard"))
            .current_dir(root()),
    );
}
