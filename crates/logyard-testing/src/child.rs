//! Scripts that run on a Python: all at once, or line by line.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use crate::Python;

/// A script that answers lines, one for each. It ends when this is dropped.
pub struct Child {
    child: std::process::Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Child {
    /// Starts a script; the locale is UTF-8, so that paths and texts are those of the tests.
    pub fn start(python: &Python, script: impl AsRef<OsStr>) -> Child {
        let mut child = Command::new(&python.program)
            .arg(script)
            .env("PYTHONUTF8", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a Python that was just probed starts");
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let (input, output) = (input.expect("piped"), output.expect("piped"));
        Child { child, input, output: BufReader::new(output) }
    }

    /// One line in, one line out, both without their ends.
    pub fn ask(&mut self, question: &str) -> String {
        writeln!(self.input, "{question}").expect("the script listens");
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the script answers in UTF-8");
        assert_eq!(line.pop(), Some('\n'), "the script ended at: {question}");
        line
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a script to its end: what it reads from stdin in, what it wrote to stdout out.
pub fn run(
    python: &Python,
    script: impl AsRef<OsStr>,
    arguments: &[&str],
    input: &[u8],
) -> Vec<u8> {
    let mut child = Command::new(&python.program)
        .arg(script)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a Python that was just probed starts");
    let mut stdin = child.stdin.take().expect("piped");
    std::thread::scope(|scope| {
        // both pipes have an end: writing must not wait for reading
        scope.spawn(move || stdin.write_all(input).expect("the script reads"));
        let output = child.wait_with_output().expect("a child can be waited for");
        assert!(output.status.success(), "the script failed: {}", output.status);
        output.stdout
    })
}
