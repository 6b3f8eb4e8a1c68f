//! Saying on stderr what is wrong with the user's files.

use std::io::{IsTerminal, Write};

use logyard_config::{Diagnostic, Source};

/// Diagnostics of one file.
pub(crate) fn tell(problems: &[Diagnostic], source: &Source) {
    say(&logyard_config::render_all(problems, source, colour()));
}

/// A problem that has no place in a file.
pub(crate) fn tell_one(problem: &Diagnostic) {
    let nowhere = Source { name: "".into(), path: "".into(), text: "".into() };
    say(&(problem.render(&nowhere, colour()) + "\n"));
}

/// Text as it is.
pub(crate) fn say(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes()); // nobody is there to be told
}

fn colour() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}
