//! The CPython child: `child.py`, a line for each request.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The oldest Python with the rules tested here: before 3.12 an `OrderedDict` printed otherwise.
const OLDEST: u32 = 312;

/// What is asked of both sides.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) zone: String,
    pub(crate) style: char,
    /// The format; `None` asks for the message alone.
    pub(crate) fmt: Option<String>,
    pub(crate) datefmt: Option<String>,
    pub(crate) default_time_format: String,
    pub(crate) default_msec_format: Option<String>,
    pub(crate) validate: bool,
    /// A Python expression of the record's dict.
    pub(crate) record: String,
}

impl Default for Ask {
    fn default() -> Ask {
        Ask {
            zone: "UTC".to_owned(),
            style: '%',
            fmt: None,
            datefmt: None,
            default_time_format: "%Y-%m-%d %H:%M:%S".to_owned(),
            default_msec_format: Some("%s,%03d".to_owned()),
            validate: false,
            record: String::new(),
        }
    }
}

pub(crate) struct Answer {
    pub(crate) pickle: Vec<u8>,
    /// `ok` or the exception's class.
    pub(crate) outcome: String,
    /// The text or the exception's message.
    pub(crate) text: Vec<u8>,
}

pub(crate) struct Python {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    /// 313 for 3.13.
    pub(crate) version: u32,
}

impl Python {
    /// `None` if there is no Python with the rules that are tested.
    pub(crate) fn start() -> Option<Python> {
        candidates().iter().find_map(|program| Python::run(program))
    }

    fn run(program: &Path) -> Option<Python> {
        let mut child = Command::new(program)
            .args(["-c", include_str!("child.py")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let stdin = child.stdin.take()?;
        let stdout = BufReader::new(child.stdout.take()?);
        let mut python = Python { child, stdin, stdout, version: 0 };
        python.version = python.line().trim().parse().ok()?;
        (python.version >= OLDEST).then_some(python)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("child.py answers");
        line
    }

    pub(crate) fn ask(&mut self, ask: &Ask) -> Answer {
        let optional = |text: Option<&str>| text.map_or("-".to_owned(), hex);
        let request = format!(
            "{} {} {} {} {} {} {} {}\n",
            hex(&ask.zone),
            hex(&ask.style.to_string()),
            ask.fmt.as_deref().map_or("message".to_owned(), hex),
            optional(ask.datefmt.as_deref()),
            hex(&ask.default_time_format),
            optional(ask.default_msec_format.as_deref()),
            u8::from(ask.validate),
            hex(&ask.record),
        );
        self.stdin.write_all(request.as_bytes()).expect("child.py listens");
        let line = self.line();
        let mut fields = line.trim_end_matches('\n').split(' ');
        let mut field = || fields.next().unwrap_or_else(|| panic!("child.py failed on {ask:?}"));
        Answer { pickle: unhex(field()), outcome: field().to_owned(), text: unhex(field()) }
    }
}

/// `LOGYARD_PYTHON`, or else those on the path and pyenv's, the newest first.
fn candidates() -> Vec<PathBuf> {
    if let Some(chosen) = std::env::var_os("LOGYARD_PYTHON") {
        return vec![chosen.into()];
    }
    let mut found: Vec<PathBuf> =
        ["python3.13", "python3.12", "python3"].iter().map(PathBuf::from).collect();
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    if let Ok(versions) = std::fs::read_dir(home.join(".pyenv/versions")) {
        let mut versions: Vec<_> = versions.flatten().map(|entry| entry.path()).collect();
        versions.sort();
        found.splice(0..0, versions.iter().rev().map(|version| version.join("bin/python")));
    }
    found
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn hex(text: &str) -> String {
    // A mark before it, for a field that is split at blanks can't be empty.
    std::iter::once("=".to_owned()).chain(text.bytes().map(|byte| format!("{byte:02x}"))).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).expect("a hexadecimal digit") as u8;
    text.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}
