//! Finds the CPythons of this machine.

use std::ops::{RangeBounds, RangeInclusive};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// A CPython.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Python {
    /// `(3, 13)`
    pub version: (u32, u32),
    /// The program; a name without a folder is looked up on the `PATH`.
    pub program: PathBuf,
}

impl Python {
    /// The Python of this name, or `None` if it is no CPython that starts.
    fn probe(program: &Path) -> Option<Python> {
        const PROBE: &str = "import platform, sys\n\
            print(platform.python_implementation() + ' %d %d' % sys.version_info[:2])";
        let output =
            Command::new(program).args(["-c", PROBE]).stderr(Stdio::null()).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let (major, minor) = text.trim().strip_prefix("CPython ")?.split_once(' ')?;
        let version = (major.parse().ok()?, minor.parse().ok()?);
        Some(Python { version, program: program.to_owned() })
    }
}

/// All CPythons that are found: `python3.N` and `python3` on the `PATH`, and pyenv's; the oldest first.
pub fn pythons() -> &'static [Python] {
    static FOUND: OnceLock<Vec<Python>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let mut names: Vec<PathBuf> =
            (6..=20).map(|minor| format!("python3.{minor}").into()).collect();
        names.push("python3".into());
        let pyenv = std::env::var_os("PYENV_ROOT").map(PathBuf::from).or_else(|| {
            Some(PathBuf::from(std::env::var_os("HOME")?).join(".pyenv")) // pyenv's own default
        });
        if let Some(Ok(versions)) = pyenv.map(|root| std::fs::read_dir(root.join("versions"))) {
            names.extend(versions.flatten().map(|version| version.path().join("bin/python")));
        }
        let mut found: Vec<_> = names.iter().filter_map(|name| Python::probe(name)).collect();
        found.sort();
        found
    })
}

/// A CPython 3.X for each of these minor versions, the oldest first. Says for which of them tests are
/// skipped.
pub fn one_of_each(minors: RangeInclusive<u32>) -> Vec<Python> {
    let find = |minor| {
        let found = pythons().iter().find(|python| python.version == (3, minor));
        or_skip(found.cloned().ok_or_else(|| format!("there is no CPython 3.{minor}")))
    };
    minors.filter_map(find).collect()
}

/// The reference, of one of these versions: `LOGYARD_PYTHON`, or else the newest CPython that is found.
/// Without one, says that a test is skipped.
pub fn python(versions: impl RangeBounds<(u32, u32)>) -> Option<Python> {
    or_skip(reference(versions))
}

/// The reference, if it is not older than this.
pub fn newest(oldest: (u32, u32)) -> Option<Python> {
    reference(oldest..).ok()
}

fn reference(versions: impl RangeBounds<(u32, u32)>) -> Result<Python, String> {
    let Some(chosen) = std::env::var_os("LOGYARD_PYTHON") else {
        let newest = pythons().iter().rfind(|python| versions.contains(&python.version));
        return newest.cloned().ok_or("no CPython has the rules that are tested here".into());
    };
    let python = Python::probe(Path::new(&chosen));
    python.filter(|python| versions.contains(&python.version)).ok_or_else(|| {
        let shown = chosen.display();
        format!("LOGYARD_PYTHON={shown} is no CPython with the rules that are tested here")
    })
}

/// A Python that can import these modules: `LOGYARD_PACKAGES_PYTHON`, or else the reference. Without one,
/// says that a test is skipped.
pub fn with_packages(modules: &[&str]) -> Option<Python> {
    or_skip(importer(&modules.join(", ")))
}

fn importer(modules: &str) -> Result<Python, String> {
    let python = match std::env::var_os("LOGYARD_PACKAGES_PYTHON") {
        Some(program) => Python::probe(Path::new(&program))
            .ok_or("LOGYARD_PACKAGES_PYTHON is no CPython that starts")?,
        None => reference((3, 12)..)?,
    };
    let mut command = Command::new(&python.program);
    command.args(["-c", &format!("import {modules}")]).stderr(Stdio::null());
    match command.status().is_ok_and(|status| status.success()) {
        true => Ok(python),
        false => Err(format!(
            "{} can't import {modules}; let LOGYARD_PACKAGES_PYTHON name a Python with tests/packages.txt",
            python.program.display()
        )),
    }
}

fn or_skip(found: Result<Python, String>) -> Option<Python> {
    found.inspect_err(|why| eprintln!("skipped: {why}")).ok()
}
