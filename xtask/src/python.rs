//! Pythons: the machine's, and an environment of our own with the services under test.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::steps::{Steps, root, target};

/// The oldest Python that the test scripts run on (`tomllib`).
const OLDEST: (u32, u32) = (3, 11);

/// The newest CPython of this machine: the references are best taken from the newest.
pub(crate) fn newest() -> Option<PathBuf> {
    logyard_testing::newest(OLDEST).map(|python| python.program)
}

const ENVIRONMENT: &str = "packages-venv";

/// The environment's Python, if it has been made before.
pub(crate) fn made() -> Option<PathBuf> {
    Some(target().join(ENVIRONMENT).join("bin/python")).filter(|python| python.exists())
}

/// Makes an environment with the packages of `tests/packages.txt` and the end-to-end tests, or says why it can't be had.
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

/// Adds what checks and packs the Python package to an environment. uWSGI is built from C, which not every machine
/// can do: without it its recipe names itself as skipped.
pub(crate) fn add_dev(python: &Path) -> Result<PathBuf, String> {
    let install = |what: &[&str]| {
        let mut command = Command::new(python);
        command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        command.args(what).current_dir(root()).status().is_ok_and(|status| status.success())
    };
    install(&[UWSGI]);
    match install(&["-r", "python/requirements-dev.txt"]) {
        true => Ok(python.to_owned()),
        false => Err("the packages can't be installed from PyPI".into()),
    }
}

const UWSGI: &str = "uwsgi==2.0.31";

/// A folder with the old releases of `tests/packages-old.txt`, whose modules have the names of newer ones.
pub(crate) fn old_packages(steps: &mut Steps, python: &Path) -> Option<PathBuf> {
    let folder = target().join("packages-old");
    let install = &mut Command::new(python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade"]);
    install.arg("--target").arg(&folder).arg("-r").arg(root().join("tests/packages-old.txt"));
    let installed = install.status().is_ok_and(|status| status.success());
    if !installed {
        let why = "the packages can't be installed from PyPI".into();
        steps.skip("comparisons with old releases of packages", why);
    }
    installed.then_some(folder)
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
