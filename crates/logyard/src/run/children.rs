use std::fmt;
use std::process::ExitCode;

use rustix::process::{Pid, Signal, WaitOptions, kill_process_group, wait};

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Code(i32),
    Signal(i32),
}

impl Ended {
    /// What a shell would give: 128 + n for signal n.
    pub(super) fn exit_code(self) -> ExitCode {
        let code = match self {
            Ended::Code(code) => code,
            Ended::Signal(signal) => 128 + signal,
        };
        ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX))
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ended::Code(code) => write!(f, "exit code {code}"),
            Ended::Signal(signal) => write!(f, "signal {signal}"),
        }
    }
}

/// All children that have ended: the server, the command, and as process 1 whoever was left by its parent.
pub(super) fn reap() -> Vec<(Pid, Ended)> {
    let mut all = Vec::new();
    while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
        let ended = match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => Ended::Code(code),
            (None, Some(signal)) => Ended::Signal(signal),
            (None, None) => continue, // stopped, or continued
        };
        all.push((pid, ended));
    }
    all
}

/// Makes the command the one that the terminal speaks to, if there is one.
pub(super) fn give_terminal(command: Pid) {
    let stdin = std::io::stdin();
    if rustix::termios::isatty(&stdin) && rustix::termios::tcsetpgrp(&stdin, command).is_ok() {
        // it may have read too early, which stops it
        let _ = kill_process_group(command, Signal::CONT);
    }
}
