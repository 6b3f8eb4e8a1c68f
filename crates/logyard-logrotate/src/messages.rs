use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};

/// Where the run tells what it does: standard error, and the file of `-l`.
///
/// The wording is logrotate's wherever scripts may look for it. A message ends in a newline of its
/// own: logrotate builds some of its lines from several messages.
#[derive(Debug, Default)]
pub struct Messages {
    verbose: bool,
    log: Option<File>,
    repeated: Option<Repeated>,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// What only `-v` shows.
    Debug,
    /// The user should look at it; the exit code stays.
    Warning,
    /// Something went wrong.
    Error,
}

/// Takes a message, without the word for its level.
pub type Teller = std::sync::Arc<dyn Fn(Level, &str) + Send + Sync>;

/// Complaints of a run that is one of many: what the run before has told is not told again.
struct Repeated {
    before: HashSet<String>,
    now: Mutex<HashSet<String>>,
    /// In place of standard error.
    teller: Option<Teller>,
}

/// Complaints that are remembered from run to run; more of them are told each time.
const REMEMBERED: usize = 10_000;

impl Messages {
    /// Errors and warnings go to standard error, all else only if `verbose`; everything goes to `log`.
    pub fn new(verbose: bool, log: Option<File>) -> Messages {
        Messages { verbose, log, repeated: None }
    }

    /// The same for a run that follows on one that has told what is in `before`, to `teller` in place of
    /// standard error if there is one.
    pub fn after(
        before: HashSet<String>,
        verbose: bool,
        log: Option<File>,
        teller: Option<Teller>,
    ) -> Messages {
        let repeated = Some(Repeated { before, now: Mutex::default(), teller });
        Messages { verbose, log, repeated }
    }

    /// The complaints of this run, for the next one.
    pub fn complaints(&self) -> HashSet<String> {
        let now = self.repeated.as_ref().map(|repeated| &repeated.now);
        now.map(|now| std::mem::take(&mut *now.lock().unwrap_or_else(PoisonError::into_inner)))
            .unwrap_or_default()
    }

    /// What only `-v`, `-d` and the file of `-l` show.
    pub fn debug(&self, text: &str) {
        self.put(Level::Debug, text, text);
    }

    /// Something that the user should look at, and that does not change the exit code.
    pub fn warning(&self, text: &str) {
        self.put(Level::Warning, text, &format!("warning: {text}\n"));
    }

    /// Something that went wrong.
    pub fn error(&self, text: &str) {
        self.put(Level::Error, text, &format!("error: {text}\n"));
    }

    /// What a child process wrote, as it is.
    pub fn raw(&self, bytes: &[u8]) {
        if let Some(teller) = self.repeated.as_ref().and_then(|repeated| repeated.teller.as_ref()) {
            teller(Level::Error, &String::from_utf8_lossy(bytes));
        } else {
            let _ = std::io::stderr().write_all(bytes); // nobody is there to be told
        }
        self.keep(bytes);
    }

    /// The file of `-l`: scripts have it as descriptor 3.
    pub fn log(&self) -> Option<&File> {
        self.log.as_ref()
    }

    /// Whether somebody may look at standard error now: it is no run of many.
    pub(crate) fn is_for_somebody(&self) -> bool {
        self.repeated.is_none()
    }

    /// Where scripts and the mail command print: standard output, or standard error where complaints go to
    /// somebody, who has other use for his standard output.
    pub(crate) fn stdout_for_children(&self) -> Stdio {
        match self.repeated.as_ref().and_then(|repeated| repeated.teller.as_ref()) {
            None => Stdio::inherit(),
            Some(_) => std::io::stderr()
                .as_fd()
                .try_clone_to_owned()
                .map_or_else(|_| Stdio::null(), Stdio::from),
        }
    }

    fn put(&self, level: Level, text: &str, line: &str) {
        self.keep(line.as_bytes());
        let shown = match (level, &self.repeated) {
            (Level::Debug, _) => self.verbose,
            (_, Some(repeated)) => repeated.is_new(line),
            (_, None) => true,
        };
        match self.repeated.as_ref().and_then(|repeated| repeated.teller.as_ref()) {
            _ if !shown => {}
            Some(teller) => teller(level, text),
            None => drop(std::io::stderr().write_all(line.as_bytes())), // as in `raw`
        }
    }

    fn keep(&self, bytes: &[u8]) {
        if let Some(mut log) = self.log.as_ref() {
            let _ = log.write_all(bytes); // as in `raw`
        }
    }
}

impl Repeated {
    fn is_new(&self, line: &str) -> bool {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if now.len() < REMEMBERED {
            now.insert(line.to_owned());
        }
        !self.before.contains(line)
    }
}

impl fmt::Debug for Repeated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repeated").field("before", &self.before).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_complaint_is_told_once_until_it_was_gone_for_a_run() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let teller: Teller = Arc::new({
            let told = Arc::clone(&told);
            move |level, text| told.lock().unwrap().push((level, text.to_owned()))
        });
        let mut before = HashSet::new();
        for complaints in [&["a", "b"][..], &["a"], &["a", "b"], &[], &["a"]] {
            let run = Messages::after(before, false, None, Some(teller.clone()));
            complaints.iter().for_each(|text| run.error(text));
            run.debug("nobody is told\n");
            before = run.complaints();
        }
        let told: Vec<String> = told.lock().unwrap().drain(..).map(|(_, text)| text).collect();
        assert_eq!(told, ["a", "b", "b", "a"]);
    }
}
