//! What the kernel tells of a process.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// CPU time of the process, user and system, all threads. In steps of 10 ms: the kernel shows it in
/// hundredths of a second on every architecture that Linux has a `USER_HZ` for in use today.
pub(crate) fn cpu(pid: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).context("the server has ended")?;
    // The name, in parentheses, may hold anything; state is the third field, utime the 14th.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|field| field.parse::<u64>().context("unknown form of /proc/PID/stat"))
        .sum::<Result<u64>>()?;
    Ok(Duration::from_millis(ticks * 10))
}

/// Resident memory now, in bytes.
pub(crate) fn resident(pid: u32) -> Result<u64> {
    status(pid, "VmRSS:")
}

/// The most resident memory so far, in bytes.
pub(crate) fn peak(pid: u32) -> Result<u64> {
    status(pid, "VmHWM:")
}

/// How many files and sockets it has open.
pub(crate) fn open_files(pid: u32) -> Result<usize> {
    Ok(fs::read_dir(format!("/proc/{pid}/fd")).context("the server has ended")?.count())
}

fn status(pid: u32, key: &str) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    let kib: u64 = line
        .and_then(|value| value.split_whitespace().next()?.parse().ok())
        .with_context(|| format!("no {key} in /proc/PID/status"))?;
    Ok(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_of_this_process() {
        let pid = std::process::id();
        let before = open_files(pid).unwrap();
        let file = fs::File::open("/proc/self/stat").unwrap();
        // Other tests may open files at the same time, but this one is among them.
        assert!(open_files(pid).unwrap() > 3, "{before} {file:?}");
        assert!(peak(pid).unwrap() >= resident(pid).unwrap() / 2);
        assert!(cpu(pid).unwrap() < Duration::from_secs(600));
    }
}
