//! The script blocks.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use crate::messages::Messages;

/// Runs a script by `/bin/sh`, as whoever started the rotation. The log of `-l` is descriptor 3.
/// Gives whether it succeeded; in debug mode it is only told.
pub(crate) fn run(
    script: &str,
    arguments: &[&OsStr],
    debug: bool,
    log: Option<&Path>,
    told: &Messages,
) -> bool {
    if debug {
        let words: Vec<_> = arguments.iter().map(|word| word.display().to_string()).collect();
        let (first, second) = (words.first(), words.get(1));
        let word = |word: Option<&String>| word.cloned().unwrap_or_default();
        told.debug(&format!(
            "running script with args {} {}: \"{script}\"\n",
            word(first),
            word(second)
        ));
        return true;
    }
    let mut command = Command::new("/bin/sh");
    command.arg("-c");
    match log {
        // the shell opens it: that needs no unsafe code here
        Some(log) => command
            .arg(format!("exec 3>>\"$LOGYARD_LOG\"; unset LOGYARD_LOG\n{script}"))
            .env("LOGYARD_LOG", log),
        None => command.arg(script),
    };
    command.arg("logrotate_script").args(arguments).stdout(told.stdout_for_children());
    match command.status() {
        Ok(status) => status.success(),
        Err(error) => {
            told.error(&format!("can't run /bin/sh: {}", crate::conf::problem::why(&error)));
            false
        }
    }
}
