//! Exit codes, a part of the interface: 0 all is well, 1 something failed at run time, 2 the
//! configuration is bad, 64 the command line is (EX_USAGE of sysexits.h).

use std::io::Write;
use std::process::ExitCode;

use clap::error::ErrorKind;

use crate::tell::say;

pub(crate) const RUN_TIME: u8 = 1;
pub(crate) const CONFIGURATION: u8 = 2;
pub(crate) const USAGE: u8 = 64;

/// Prints what clap has to say: help and version are no errors.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    let _ = error.print(); // nobody is there to be told
    if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS }
}

/// A command line that clap can't see to be bad.
pub(crate) fn bad_usage(kind: ErrorKind, what: &str) -> ExitCode {
    usage(&clap::Error::raw(kind, format!("{what}\n")))
}

/// Tells what failed.
pub(crate) fn run_time(what: &str) -> ExitCode {
    say(&format!("error: {what}\n"));
    ExitCode::from(RUN_TIME)
}

/// Prints what was asked for: an exit code if that ends it. Whoever reads it may stop reading.
pub(crate) fn print(text: &str) -> Option<ExitCode> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => None,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Some(ExitCode::SUCCESS),
        Err(_) => Some(ExitCode::from(RUN_TIME)),
    }
}
