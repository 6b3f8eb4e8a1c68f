//! `cargo xtask test`

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::steps::{Steps, cargo, root, target};
use crate::{fuzz, python, web};

/// Seconds for each fuzz target in an ordinary run of the tests.
const FUZZ_SECONDS: u32 = 8;

pub(crate) fn run(quick: bool) -> anyhow::Result<Steps> {
    let mut steps = Steps::default();
    let mut rust = cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]);
    // what comes from packages is compared with the packages themselves
    match packages_python(&mut steps, quick) {
        Ok(python) => {
            if !quick && let Some(folder) = python::old_packages(&mut steps, &python) {
                rust.env("LOGYARD_OLD_PACKAGES", folder);
            }
            rust.env(PACKAGES_PYTHON, python);
        }
        Err(why) => steps.skip("comparisons with packages from PyPI", why),
    }
    match python::newest() {
        Some(python) => drop(rust.env("LOGYARD_PYTHON", python)),
        None => steps.skip("comparisons with CPython", "no Python 3.11 or newer".into()),
    }
    logrotate(&mut steps);
    if !quick {
        match newest_logrotate() {
            Ok(program) => drop(rust.env("LOGYARD_LOGROTATE", program)),
            Err(why) => steps.skip("comparisons with logrotate 3.22", why),
        }
    }
    steps.run("Rust tests and recorded conformance cases", &mut rust);
    if quick {
        return Ok(steps);
    }
    upstream_logrotate(&mut steps);
    conformance(&mut steps);
    python_package(&mut steps);
    end_to_end(&mut steps);
    python_packaging(&mut steps);
    instructions(&mut steps);
    web::tests(&mut steps);
    fuzz::steps(&mut steps, FUZZ_SECONDS, None);
    Ok(steps)
}

/// Names a Python that has the packages of `tests/packages.txt`, to the tests and to the recorder.
const PACKAGES_PYTHON: &str = "LOGYARD_PACKAGES_PYTHON";

fn packages_python(steps: &mut Steps, quick: bool) -> Result<PathBuf, String> {
    match (std::env::var_os(PACKAGES_PYTHON), quick) {
        (Some(python), _) => Ok(python.into()),
        (None, true) => python::made()
            .ok_or_else(|| "no environment has been made yet, and --quick makes none".into()),
        (None, false) => python::environment(steps),
    }
}

/// What `logyard rotate` is compared with, and what kills it: Debian's packages, installed where that is
/// possible.
fn logrotate(steps: &mut Steps) {
    let needed =
        ["/usr/sbin/logrotate", "/usr/bin/faketime", "/usr/bin/strace", "/usr/include/popt.h"];
    let there = || needed.iter().all(|path| Path::new(path).exists());
    if there() {
        return;
    }
    let installed = Command::new("apt-get")
        .args(["install", "-qy", "logrotate", "faketime", "strace", "libpopt-dev"])
        .status();
    if !installed.is_ok_and(|status| status.success()) || !there() {
        steps.skip(
            "comparisons with logrotate, and kills at every moment",
            "the packages `logrotate`, `faketime`, `strace` and `libpopt-dev` can't be installed here"
                .into(),
        );
    }
}

/// logrotate 3.22, built from Debian's source package: its path, or why it can't be had.
fn newest_logrotate() -> Result<PathBuf, String> {
    let script = root().join("tests/logrotate-3.22");
    let output = Command::new(&script)
        .env("LOGYARD_CACHE", target())
        .output()
        .map_err(|error| format!("{}: {error}", script.display()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().into());
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().trim_start_matches("skipped: ").to_owned())
}

/// The program that the Rust tests have built, for their own use.
pub(crate) fn debug_binary() -> Option<PathBuf> {
    Some(target().join("debug/logyard")).filter(|program| program.exists())
}

/// logrotate's own tests. The script skips itself where they can't be had.
fn upstream_logrotate(steps: &mut Steps) {
    let Some(binary) = debug_binary() else {
        return steps.skip("logrotate's own tests", "logyard does not compile".into());
    };
    let mut command = Command::new(root().join("tests/upstream-logrotate"));
    command.arg(binary).env("LOGYARD_CACHE", target());
    steps.run("logrotate's own tests", &mut command);
}

/// What a record costs, in instructions: no times are compared anywhere.
fn instructions(steps: &mut Steps) {
    const NAME: &str = "instructions for a record";
    let there =
        || Command::new("valgrind").arg("--version").output().is_ok_and(|v| v.status.success());
    if !cfg!(target_arch = "x86_64") {
        return steps.skip(NAME, "they were counted on x86-64".into());
    }
    if !there() {
        let installed = Command::new("apt-get").args(["install", "-qy", "valgrind"]).status();
        if !installed.is_ok_and(|status| status.success()) || !there() {
            return steps.skip(NAME, "the package `valgrind` can't be installed here".into());
        }
    }
    let run = ["run", "--release", "--locked", "-p", "logyard-bench", "--bin", "instructions"];
    steps.run(NAME, &mut cargo(&run));
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
    let yaml = packages_python(steps, false).ok(); // without it the recorder names what it skips
    let record = |arguments: &[&std::ffi::OsStr]| {
        let mut command = Command::new(&python);
        command.arg(root().join("conformance/record.py")).args(arguments);
        if let Some(folder) = &pyodide {
            command.env("LOGYARD_PYODIDE", folder);
        }
        if let Some(python) = &yaml {
            command.env(PACKAGES_PYTHON, python);
        }
        command
    };
    let live = target().join("live-cases");
    let _ = std::fs::remove_dir_all(&live); // of an earlier run
    steps.run(
        "live conformance: this machine's CPythons against the recorded cases",
        &mut record(&["--check".as_ref(), "--out".as_ref(), live.as_ref()]),
    );
    steps.run(
        "live conformance: logyard against what was recorded just now",
        // of the whole workspace, as above: one crate alone would be compiled anew
        cargo(&["test", "--workspace", "--locked", "--test", "cases"]).env("LOGYARD_CASES", live),
    );
}

/// The Python package, on the oldest CPython that it is for and on the newest here: the handlers that need no
/// server beside CPython's own, and the client with the real server. The others in between are named.
fn python_package(steps: &mut Steps) {
    const OLDEST: (u32, u32) = (3, 8);
    let pythons = logyard_testing::pythons();
    let binary = debug_binary();
    let newest = pythons.last().filter(|python| python.version >= OLDEST);
    let oldest = pythons.iter().find(|python| python.version == OLDEST);
    for (python, missing) in [(newest, "3.8 or newer"), (oldest, "3.8")] {
        let Some(python) = python else {
            steps.skip("the Python package", format!("no CPython {missing}"));
            continue;
        };
        let name = format!("the Python package on CPython 3.{}", python.version.1);
        let Some(binary) = &binary else {
            steps.skip(&name, "logyard does not compile".into());
            continue;
        };
        let mut command = Command::new(&python.program);
        command.args(["-W", "ignore::DeprecationWarning", "-m", "unittest", "discover"]);
        command.args(["-s", "python/tests"]).env("LOGYARD_BIN", binary);
        steps.run(&name, command.current_dir(root()));
    }
    for minor in 9..=14 {
        let is_there = pythons.iter().any(|python| python.version == (3, minor));
        if !is_there {
            steps
                .skip(&format!("the Python package on CPython 3.{minor}"), "it is not here".into());
        }
    }
}

/// What of the Python package needs packages from PyPI: style and types, the recipes of the documentation, and the
/// wheel. Comes after the end-to-end tests, whose release build it uses.
fn python_packaging(steps: &mut Steps) {
    let python = match python::environment(steps).and_then(|python| python::add_dev(&python)) {
        Ok(python) => python,
        Err(why) => return steps.skip("the Python package: style, recipes and wheel", why),
    };
    let module = |arguments: &[&str]| {
        let mut command = Command::new(&python);
        command.arg("-m").args(arguments).current_dir(root());
        command
    };
    steps.run("the Python package: style", &mut module(&["ruff", "check", "--quiet", "python"]));
    steps.run("the Python package: types", &mut module(&["mypy"]));
    let binary = target().join("release/logyard");
    let recipes = ["pytest", "-q", "-ra", "-p", "no:cacheprovider", "python/tests/recipes"];
    steps.run("the Python package: recipes", module(&recipes).env("LOGYARD_BIN", &binary));
    let mut wheel = Command::new(&python);
    wheel.arg(root().join("python/tests/check_wheel.py")).arg(target().join("wheel"));
    wheel.arg("--release").env("CARGO_TARGET_DIR", target());
    steps.run("the Python package: wheel", &mut wheel);
}

fn end_to_end(steps: &mut Steps) {
    const NAME: &str = "end to end";
    let python = match python::environment(steps) {
        Ok(python) => python,
        Err(why) => return steps.skip(NAME, why),
    };
    // as the README has it, so that plain `cargo run` stays the server
    let check = ["run", "--release", "--locked", "--", "check", "examples/gunicorn/logging.ini"];
    if !steps.run("build, and check the example", &mut cargo(&check)) {
        return steps.skip(NAME, "logyard could not be built".into());
    }
    steps.run(
        NAME,
        Command::new(python)
            // most of them wait most of the time
            .args(["-m", "pytest", "-ra", "-n", "3", "--dist", "worksteal", "--durations", "10"])
            .arg("tests/e2e")
            .env("LOGYARD_BIN", target().join("release/logyard"))
            .current_dir(root()),
    );
}
