//! A folder with logs, and what is in it.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) struct Folder {
    home: tempfile::TempDir,
    options: Vec<String>,
}

impl Folder {
    /// An empty folder for logs, a configuration for them, and a state that says they are due.
    pub(crate) fn new(directives: &str, options: &[&str]) -> Folder {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("logs")).unwrap();
        let folder = Folder { home, options: options.iter().map(ToString::to_string).collect() };
        let logs = folder.logs();
        std::fs::set_permissions(&logs, PermissionsExt::from_mode(0o755)).unwrap();
        let conf = format!("{} {{\ndaily\n{directives}\n}}\n", folder.log().display());
        std::fs::write(folder.path("conf"), conf).unwrap();
        let entry = format!("\"{}\" 2026-1-10-10:0:0\n", folder.log().display());
        let state = format!("logrotate state -- version 2\n{entry}");
        std::fs::write(folder.path("state"), state).unwrap();
        std::fs::set_permissions(folder.path("state"), PermissionsExt::from_mode(0o640)).unwrap();
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub(crate) fn logs(&self) -> PathBuf {
        self.path("logs")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.path("logs/a.log")
    }

    pub(crate) fn append(&self) -> File {
        OpenOptions::new().append(true).create(true).open(self.log()).unwrap()
    }

    /// Writes a log, compressed if its name says so.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.logs().join(name);
        match name.strip_suffix(".gz") {
            Some(plain) => {
                let plain = self.logs().join(plain);
                std::fs::write(&plain, text).unwrap();
                assert!(Command::new("gzip").arg(&plain).status().unwrap().success());
            }
            None => std::fs::write(&path, text).unwrap(),
        }
    }

    /// `wrapper logyard rotate ...`, in the folder of the logs.
    pub(crate) fn rotate(&self, wrapper: &[&str], more: &[&str]) -> Command {
        let mut words: Vec<String> = wrapper.iter().map(ToString::to_string).collect();
        match other_program() {
            Some(program) => words.push(program),
            None => {
                words.extend([env!("CARGO_BIN_EXE_logyard").into(), "rotate".into()]);
                words.extend(self.options.iter().cloned());
            }
        }
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).args(more);
        command.arg("-s").arg(self.path("state")).arg(self.path("conf"));
        command.current_dir(self.logs());
        command
    }

    /// Rotates to the end: what was told, or that it failed.
    pub(crate) fn rotate_now(&self, more: &[&str]) -> Result<String, String> {
        let output = self.rotate(&[], more).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(told) } else { Err(told) }
    }

    /// Every file of the logs with its text, uncompressed.
    pub(crate) fn tree(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for folder in [self.logs(), self.logs().join("old")] {
            for entry in std::fs::read_dir(&folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    let name = path.strip_prefix(self.logs()).unwrap().display().to_string();
                    found.insert(name, text(&path));
                }
            }
        }
        found
    }

    /// All lines, sorted. The cut between two files may be inside one.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut files: Vec<(String, String)> = self.tree().into_iter().collect();
        files.sort_by_key(|(name, _)| age(name));
        let all: String = files.into_iter().map(|(_, text)| text).collect();
        let mut lines: Vec<String> = all.lines().map(str::to_owned).collect();
        lines.sort_unstable();
        lines
    }

    /// The state without its times, and what else is beside it.
    pub(crate) fn state(&self) -> (String, Vec<String>) {
        let state = std::fs::read_to_string(self.path("state")).unwrap();
        let names = std::fs::read_dir(self.home.path()).unwrap();
        let mut names: Vec<String> =
            names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        let entries = state.lines().map(|line| match line.rsplit_once(' ') {
            Some((name, "2026-1-10-10:0:0")) => format!("{name} long ago\n"),
            Some((name, _)) if name.starts_with('"') => format!("{name} now\n"),
            _ => line.to_owned(),
        });
        let home = self.home.path().display().to_string();
        (entries.collect::<String>().replace(&home, ""), names)
    }
}

/// `LOGYARD_ROTATE_PROGRAM`: logrotate, to see how it fares.
pub(crate) fn other_program() -> Option<String> {
    std::env::var("LOGYARD_ROTATE_PROGRAM").ok()
}

/// Whether the filesystem of temporary files can remove the beginning of a file that is open.
pub(crate) fn can_collapse() -> bool {
    let folder = Folder::new("rotate 1\ncopytruncate", &["--strict"]);
    let mut writer = folder.append();
    writer.write_all(&[b'x'; 1 << 20]).unwrap();
    folder.rotate_now(&[]).is_ok()
}

/// Sorts the oldest first: by date, or by falling number, and the live one at the end.
fn age(name: &str) -> i64 {
    let digits: String = name.chars().filter(char::is_ascii_digit).collect();
    match digits.parse::<i64>() {
        Ok(date) if digits.len() >= 8 => date,
        Ok(number) => -number,
        Err(_) => i64::MAX,
    }
}

fn text(path: &Path) -> String {
    if path.extension().is_none_or(|extension| extension != "gz") {
        return String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    }
    let output = Command::new("gunzip").arg("-c").arg(path).output().unwrap();
    assert!(output.status.success(), "{} is no whole file", path.display());
    String::from_utf8_lossy(&output.stdout).into_owned()
}
