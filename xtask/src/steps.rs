//! Steps that are run one after the other, and what became of each.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

/// What was run. Failed steps do not keep the next ones from running.
#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<(String, Outcome)>,
}

enum Outcome {
    Passed(f32),
    Failed(String),
    Skipped(String),
}

/// The workspace's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The cargo that runs this.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

impl Steps {
    /// Runs a command, its output goes to the terminal; true when it succeeds.
    pub(crate) fn run(&mut self, name: &str, command: &mut Command) -> bool {
        eprintln!("\n=== {name}");
        let start = Instant::now();
        let outcome = match command.status() {
            Ok(status) if status.success() => Outcome::Passed(start.elapsed().as_secs_f32()),
            Ok(status) => Outcome::Failed(status.to_string()),
            Err(error) => {
                Outcome::Failed(format!("{}: {error}", command.get_program().to_string_lossy()))
            }
        };
        let passed = matches!(outcome, Outcome::Passed(_));
        self.done.push((name.to_owned(), outcome));
        passed
    }

    /// Notes that a step could not be run here, and why.
    pub(crate) fn skip(&mut self, name: &str, why: String) {
        eprintln!("\n=== {name}: skipped: {why}");
        self.done.push((name.to_owned(), Outcome::Skipped(why)));
    }

    /// The summary, and its exit code.
    pub(crate) fn finish(self) -> ExitCode {
        let count = |wanted: fn(&Outcome) -> bool| {
            self.done.iter().filter(|(_, outcome)| wanted(outcome)).count()
        };
        let passed = count(|outcome| matches!(outcome, Outcome::Passed(_)));
        let failed = count(|outcome| matches!(outcome, Outcome::Failed(_)));
        let skipped = count(|outcome| matches!(outcome, Outcome::Skipped(_)));
        eprintln!("\n=== summary");
        for (name, outcome) in &self.done {
            match outcome {
                Outcome::Passed(seconds) => eprintln!("passed   {name} ({seconds:.0} s)"),
                Outcome::Failed(why) => eprintln!("FAILED   {name}: {why}"),
                Outcome::Skipped(why) => eprintln!("skipped  {name}: {why}"),
            }
        }
        eprintln!("steps: {passed} passed, {failed} failed, {skipped} skipped");
        if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
