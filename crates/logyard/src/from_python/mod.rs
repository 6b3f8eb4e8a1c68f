//! A configuration that lives in Python code: the user's Python prints it as JSON.

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use logyard_config::Source;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// Runs in the user's Python. See its own description.
const SCRIPT: &str = include_str!("export.py");

/// An import that takes longer waits for something that is not there, such as a database.
const PATIENCE: Duration = Duration::from_secs(60);

/// As much as a configuration file may have.
const MAX_BYTES: u64 = 1 << 20;

/// The script's exit code when it tells problems.
const PROBLEMS: i32 = 3;

/// `MODULE:NAME`.
#[derive(Clone, Debug)]
pub(crate) struct Target(String);

impl std::str::FromStr for Target {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Target, Self::Err> {
        let dotted = |text: &str| text.split('.').all(|part| !part.is_empty());
        match text.split_once(':') {
            Some((module, name)) if dotted(module) && dotted(name) => Ok(Target(text.to_owned())),
            _ => Err("write MODULE:NAME, such as myproject.settings:LOGGING"),
        }
    }
}

/// What kept the configuration from being had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("can't run {}: {error}; name your Python with --python", python.display())]
    Start { python: PathBuf, error: io::Error },
    #[error("{0}")]
    Told(String),
    #[error("{python} ended with {status} before it told the configuration", python = python.display())]
    Ended { python: PathBuf, status: std::process::ExitStatus },
    #[error("the configuration is larger than 1 MiB")]
    TooLarge,
    #[error("after 60 s the import has not ended; make it possible without waiting for services")]
    TooLong,
    #[error("reading from {}: {error}", python.display())]
    Read { python: PathBuf, error: io::Error },
}

/// Imports the target with the user's Python, in the current folder, and gives its dict as JSON, and lines
/// for `[map]` of logyard.toml: one for each private class that is another one with attributes.
pub(crate) fn source(
    target: &Target,
    python: Option<&Path>,
) -> Result<(Source, Vec<String>), Failure> {
    let python = python.map_or_else(default_python, Path::to_path_buf);
    let text = export(target, &python, PATIENCE)?;
    let (text, lines) = text.split_once('\x0c').unwrap_or((&text, ""));
    let name = target.0.as_str();
    let source =
        Source { name: name.into(), path: format!("{name}.json").into(), text: text.to_owned() };
    Ok((source, lines.lines().map(str::to_owned).collect()))
}

/// The environment that is active, else what the shell would run.
fn default_python() -> PathBuf {
    let active = std::env::var_os("VIRTUAL_ENV").filter(|folder| !folder.is_empty());
    active.map_or("python3".into(), |folder| PathBuf::from(folder).join("bin/python"))
}

fn export(target: &Target, python: &Path, patience: Duration) -> Result<String, Failure> {
    let mut command = Command::new(python);
    command.args(["-B", "-c", SCRIPT, &target.0]).stdin(Stdio::null()).stdout(Stdio::piped());
    // a group of its own, so that what the import starts ends with it
    command.process_group(0);
    let start = |error| Failure::Start { python: python.to_owned(), error };
    let mut child = command.spawn().map_err(start)?;
    let answer = receive(&mut child, patience);
    if answer.is_ok() {
        settle(&child);
    }
    // the child may be a zombie by now, so the group's number is still its own
    let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
    let status = child.wait().map_err(start)?;
    let text = answer?.map_err(|error| Failure::Read { python: python.to_owned(), error })?;
    match status.code() {
        Some(0) if !text.is_empty() => Ok(text),
        Some(PROBLEMS) => Err(Failure::Told(text.trim_end().replace('\n', "\nerror: "))),
        _ => Err(Failure::Ended { python: python.to_owned(), status }),
    }
}

/// Waits for the child's end without taking its status. It has told all, so there is nothing to wait for.
fn settle(child: &Child) {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    for _ in 0..500 {
        match waitid(WaitId::Pid(Pid::from_child(child)), options) {
            Ok(None) => std::thread::sleep(Duration::from_millis(10)),
            _ => return,
        }
    }
}

/// What the child writes, up to its end.
fn receive(child: &mut Child, patience: Duration) -> Result<io::Result<String>, Failure> {
    let Some(pipe) = child.stdout.take() else { return Ok(Ok(String::new())) };
    let (send, received) = mpsc::channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        let read = pipe.take(MAX_BYTES + 1).read_to_string(&mut text);
        drop(send.send(read.map(|_| text))); // it may be too late
    });
    match received.recv_timeout(patience) {
        Ok(Ok(text)) if text.len() as u64 > MAX_BYTES => Err(Failure::TooLarge),
        Ok(read) => Ok(read),
        Err(_) => Err(Failure::TooLong),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// What becomes of a Python that is this shell script.
    fn fake(script: &str, patience: u64) -> Result<String, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let python = folder.path().join("python");
        std::fs::write(&python, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&python, std::fs::Permissions::from_mode(0o755)).unwrap();
        let target = "settings:LOGGING".parse().unwrap();
        let began = std::time::Instant::now();
        let answer = export(&target, &python, Duration::from_secs(patience));
        assert!(began.elapsed() < Duration::from_secs(30));
        answer
    }

    #[test]
    fn what_python_tells_is_bounded() {
        assert_eq!(fake("echo \"$4\"", 20).unwrap(), "settings:LOGGING\n");
        assert!(matches!(fake("sleep 300", 1), Err(Failure::TooLong)));
        assert!(matches!(fake("sleep 300 & sleep 300", 1), Err(Failure::TooLong)));
        assert!(matches!(fake("head -c 2000000 /dev/zero", 20), Err(Failure::TooLarge)));
        assert!(matches!(fake("kill -9 $$", 20), Err(Failure::Ended { .. })));
        assert!(matches!(fake("exit 0", 20), Err(Failure::Ended { .. })));
        assert!(matches!(fake("printf '\\377'", 20), Err(Failure::Read { .. })));
        assert!(matches!(fake("exec >&-; sleep 300", 20), Err(Failure::Ended { .. })));
    }

    #[test]
    fn problems_come_one_a_line() {
        let told = fake("printf 'a: no\\nb: no\\n'; exit 3", 20).unwrap_err().to_string();
        assert_eq!(told, "a: no\nerror: b: no");
    }

    #[test]
    fn targets_have_a_module_and_a_name() {
        for good in ["settings:LOGGING", "a.b:c.d"] {
            assert!(good.parse::<Target>().is_ok(), "{good}");
        }
        for bad in ["settings", "settings:", ":LOGGING", "a..b:c", "a:b.", ""] {
            assert!(bad.parse::<Target>().is_err(), "{bad}");
        }
    }
}
