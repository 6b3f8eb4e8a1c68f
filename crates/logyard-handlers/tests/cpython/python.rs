use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A CPython that runs `oracle.py`.
pub(crate) struct Python {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Python {
    /// `$LOGYARD_PYTHON` or `python3`. None, with a word on stderr, if it hasn't the newest rules.
    pub(crate) fn start() -> Option<RefCell<Python>> {
        let program = std::env::var("LOGYARD_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle.py");
        let child = Command::new(&program)
            .arg(script)
            .env("PYTHONUTF8", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let Ok(mut child) = child else {
            eprintln!("skipped: no interpreter `{program}`");
            return None;
        };
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut python = Python { child, input, output: BufReader::new(output) };
        if python.line() != "ready" {
            eprintln!("skipped: `{program}` has not the rules of 3.13 to 3.15");
            return None;
        }
        Some(RefCell::new(python))
    }

    /// One line in, one line out.
    pub(crate) fn ask(&mut self, question: &str) -> String {
        writeln!(self.input, "{question}").unwrap();
        self.input.flush().unwrap();
        self.line()
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        assert!(line.ends_with('\n'), "the interpreter ended");
        line.pop();
        line
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
