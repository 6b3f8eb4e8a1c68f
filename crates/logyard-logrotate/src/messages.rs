use std::fs::File;
use std::io::Write;

/// Where the run tells what it does: standard error, and the file of `-l`.
///
/// The wording is logrotate's wherever scripts may look for it. A message ends in a newline of its
/// own: logrotate builds some of its lines from several messages.
#[derive(Debug, Default)]
pub struct Messages {
    verbose: bool,
    log: Option<File>,
}

impl Messages {
    /// Errors and warnings go to standard error, all else only if `verbose`; everything goes to `log`.
    pub fn new(verbose: bool, log: Option<File>) -> Messages {
        Messages { verbose, log }
    }

    /// What only `-v`, `-d` and the file of `-l` show.
    pub fn debug(&self, text: &str) {
        self.put(self.verbose, text);
    }

    /// Something that the user should look at, and that does not change the exit code.
    pub fn warning(&self, text: &str) {
        self.put(true, &format!("warning: {text}\n"));
    }

    /// Something that went wrong.
    pub fn error(&self, text: &str) {
        self.put(true, &format!("error: {text}\n"));
    }

    /// What a child process wrote, as it is.
    pub fn raw(&self, bytes: &[u8]) {
        let _ = std::io::stderr().write_all(bytes); // nobody is there to be told
        if let Some(mut log) = self.log.as_ref() {
            let _ = log.write_all(bytes); // as above
        }
    }

    /// The file of `-l`: scripts have it as descriptor 3.
    pub fn log(&self) -> Option<&File> {
        self.log.as_ref()
    }

    fn put(&self, shown: bool, text: &str) {
        if shown {
            self.raw(text.as_bytes());
        } else if let Some(mut log) = self.log.as_ref() {
            let _ = log.write_all(text.as_bytes()); // as in `raw`
        }
    }
}
