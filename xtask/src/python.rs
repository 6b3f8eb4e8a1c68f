//! Pythons: the machine's, and an environment of our own with the services under test.

use std::path::PathBuf;
use std::process::Command;

use crate::steps::{Steps, root, target};

/// The oldest Python that the test scripts run on (`tomllib`).
const OLDEST: (u32, u32) = (3, 11);

/// The newest CPython that can be found and is not older than the scripts need: the references are
/// best taken from the newest. `LOGYARD_PYTHON` overrides.
pub(crate) fn newest() -> Option<PathBuf> {
    if let Some(python) = std::env::var_os("LOGYARD_PYTHON") {
        return Some(python.into());
    }
    candidates()
        .into_iter()
        .filter_map(|python| Some((version(&python)?, python)))
        .max()
        .and_then(|(version, python)| (version >= OLDEST).then_some(python))
}

fn candidates() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        (OLDEST.1..=20).map(|minor| format!("python3.{minor}").into()).collect();
    found.push("python3".into());
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    if let Ok(versions) = std::fs::read_dir(home.join(".pyenv/versions")) {
        found.extend(versions.flatten().map(|version| version.path().join("bin/python3")));
    }
    found
}

fn version(python: &PathBuf) -> Option<(u32, u32)> {
    let output = Command::new(python)
        .args(["-c", "import sys; print(*sys.version_info[:2])"])
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (major, minor) = text.trim().split_once(' ')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

const ENVIRONMENT: &str = "e2e-venv";

/// The environment's Python, if it has been made before.
pub(crate) fn made() -> Option<PathBuf> {
    Some(target().join(ENVIRONMENT).join("bin/python")).filter(|python| python.exists())
}

/// Makes an environment with the packages of the end-to-end tests, or says why it can't be had.
pub(crate) fn environment(steps: &mut Steps) -> Result<PathBuf, String> {
    let base = newest().ok_or("no Python 3.11 or newer")?;
    let folder = target().join(ENVIRONMENT);
    let python = folder.join("bin/python");
    if !python.exists()
        && !steps
            .run("make a Python environment", Command::new(base).args(["-m", "venv"]).arg(&folder))
    {
        return Err("`python -m venv` failed (on Debian it is in the package python3-venv)".into());
    }
    let install = &mut Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]);
    install.arg(root().join("tests/e2e/requirements.txt"));
    if !install.status().is_ok_and(|status| status.success()) {
        return Err("the packages can't be installed from PyPI".into());
    }
    Ok(python)
}

/// CPython 3.14 for WebAssembly, from the npm registry: the machine may have no other. Without node
/// or the registry, 3.14's frames are those that were recorded.
pub(crate) fn pyodide(steps: &mut Steps) -> Option<PathBuf> {
    const PACKAGE: &str = "pyodide@314.0.6";
    if let Some(folder) = std::env::var_os("LOGYARD_PYODIDE") {
        return Some(folder.into());
    }
    let prefix = target().join("pyodide");
    let folder = prefix.join("node_modules/pyodide");
    let installed = folder.exists()
        || Command::new("npm")
            .args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"])
            .arg(&prefix)
            .arg(PACKAGE)
            .status()
            .is_ok_and(|status| status.success());
    if !installed {
        steps.skip("frames of CPython 3.14, made anew", format!("npm can't install {PACKAGE}"));
    }
    installed.then_some(folder)
}
