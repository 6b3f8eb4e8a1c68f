use std::path::PathBuf;

/// What the command line asks for.
#[derive(Clone, Debug)]
pub struct Options {
    /// Configuration files and folders of them.
    pub configurations: Vec<PathBuf>,
    /// `-d`: tell, and change nothing.
    pub debug: bool,
    /// `-f`: rotate even what is not due.
    pub force: bool,
    /// `-v`.
    pub verbose: bool,
    /// `-s`: the state file; `/dev/null` means none.
    pub state: PathBuf,
    /// `-l`: a file for what `-v` shows.
    pub log: Option<PathBuf>,
    /// `-m`: the command that mails.
    pub mail: String,
    /// What to do about the lock on the state file.
    pub lock: Lock,
    /// How `copytruncate` is done.
    pub copy_truncate: CopyTruncate,
}

/// The ways of `copytruncate`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CopyTruncate {
    /// Nothing is lost where the filesystem can remove the beginning of a file, or where nobody else
    /// has it open; elsewhere as little as possible.
    #[default]
    LossFree,
    /// `--strict`: where something could be lost, nothing is done.
    Strict,
    /// `--classic-copytruncate`: as logrotate, what is written while the copy is made may be lost.
    Classic,
}

/// `--skip-state-lock` and `--wait-for-state-lock`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lock {
    /// Exit with 3 where another holds it.
    #[default]
    Try,
    /// Wait for it.
    Wait,
    /// Don't lock.
    Skip,
}

/// The exit codes, as logrotate's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is well: 0.
    Fine = 0,
    /// Something went wrong; the rest was done: 1.
    Errors = 1,
    /// The state file can't be locked, nothing was done: 3.
    Locked = 3,
}
