//! What a reader has to know of the machine: nothing that names it.

use std::fs;
use std::process::Command;
use std::thread;

use crate::server::{Kind, Programs};

/// The facts, one a line, as a Markdown list.
pub(crate) fn facts(programs: &Programs, kinds: &[Kind]) -> String {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let processor = line_of("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned());
    let memory = line_of("/proc/meminfo", "MemTotal").unwrap_or_else(|| "unknown".to_owned());
    let kernel = rustix::system::uname().release().to_string_lossy().into_owned();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    let peers = kinds.iter().filter_map(|&kind| programs.peer_version(kind));
    let peers: String = peers.map(|version| format!("; {version}")).collect();
    format!(
        "- {cores} cores, {processor}; memory {memory}; Linux {kernel}\n\
         - load average at the start: {load}\n\
         - logyard {}; CPython {}{peers}\n",
        revision(programs),
        programs.python_version
    )
}

/// The value of the first line of `path` that begins with `key`.
fn line_of(path: &str, key: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(key))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The commit of this repository, and whether the sources are another state than that.
fn revision(programs: &Programs) -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).current_dir(&programs.sources).output();
        output
            .ok()
            .filter(|output| output.status.success())
            .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    match (git(&["rev-parse", "--short", "HEAD"]), git(&["status", "--porcelain", "-uno"])) {
        (Some(commit), Some(changes)) if changes.is_empty() => format!("at commit {commit}"),
        (Some(commit), _) => format!("at commit {commit}, with changes"),
        (None, _) => "at an unknown commit".to_owned(),
    }
}
