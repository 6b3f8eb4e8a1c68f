//! What is under way, noted in a file beside the state file before it is done. A run that is killed
//! leaves that file, and the next one undoes or finishes what it tells of (`recover`).

mod notes;

use std::cell::{Cell, RefCell};
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, OFlags, flock};

pub(super) use notes::{Cut, Move, Note, Take};

use crate::conf::problem::why;
use crate::messages::Messages;
use crate::moment::Moment;
use crate::state::{State, YEAR};

/// Longest file that is read: some hundred bytes for each log and each of its older ones.
const LIMIT: u64 = 1 << 30;

/// The rotations of this run, and those that an earlier one did not end.
#[derive(Debug, Default)]
pub(super) struct Underway {
    path: PathBuf,
    /// None where there is no state file, or where another run uses it.
    file: Option<File>,
    /// A note could not be written, which was told.
    broken: Cell<bool>,
    entries: RefCell<Vec<Entry>>,
}

/// One rotation of a log.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) log: PathBuf,
    pattern: std::ffi::OsString,
    /// When the run began, in seconds since the epoch.
    pub(super) at: i64,
    pub(super) moves: Vec<Move>,
    pub(super) take: Option<Take>,
    pub(super) cut: Option<Cut>,
    over: bool,
    /// An earlier run began it, and no block has taken it up yet.
    left: bool,
}

impl Underway {
    /// Opens the file that belongs to a state file; what was rotated before the end of a killed run
    /// gets into `state`.
    pub(super) fn open(state_file: &Path, state: &mut State, told: &Messages) -> Underway {
        let mut path = state_file.as_os_str().to_owned();
        path.push(".underway");
        let path = PathBuf::from(path);
        match open_locked(&path).and_then(|mut file| Ok((read(&mut file)?, file))) {
            Ok((notes, file)) => {
                let this = Underway { path, file: Some(file), ..Underway::default() };
                for (number, note) in notes {
                    if let (Note::Done, Some(entry)) = (&note, this.entries.borrow().get(number)) {
                        state.rotated_then(&entry.log, entry.at);
                    }
                    this.remember(number, note);
                }
                this.entries.borrow_mut().iter_mut().for_each(|entry| entry.left = !entry.over);
                this
            }
            Err(error) => {
                told.warning(&format!(
                    "can't use {}: {}; a run that is killed can't be put right",
                    path.display(),
                    why(&error)
                ));
                Underway::default()
            }
        }
    }

    /// Whether an earlier run did not end a rotation of the block with that pattern.
    pub(super) fn is_left(&self, pattern: &str) -> bool {
        self.entries.borrow().iter().any(|entry| entry.is_left_of(pattern))
    }

    /// The logs, and the patterns of their blocks, of rotations that no block has taken up.
    pub(super) fn not_taken_up(&self) -> Vec<(PathBuf, std::ffi::OsString)> {
        let entries = self.entries.borrow();
        let left = entries.iter().filter(|entry| entry.left);
        left.map(|entry| (entry.log.clone(), entry.pattern.clone())).collect()
    }

    /// Those rotations, once: another block may have the same pattern.
    pub(super) fn take_up(&self, pattern: &str) -> Vec<usize> {
        let mut taken = Vec::new();
        for (number, entry) in self.entries.borrow_mut().iter_mut().enumerate() {
            if entry.is_left_of(pattern) {
                entry.left = false;
                taken.push(number);
            }
        }
        taken
    }

    /// The rotation of a log begins; gives its number.
    pub(super) fn begin(&self, log: &Path, pattern: &str, now: &Moment, told: &Messages) -> usize {
        let number = self.entries.borrow().len();
        let note = Note::Begin { log: log.into(), pattern: pattern.into(), at: now.secs };
        self.note(number, note, told);
        number
    }

    /// Notes what is done next, or has come to its end.
    pub(super) fn note(&self, number: usize, note: Note, told: &Messages) {
        if let Some(mut file) = self.file.as_ref().filter(|_| !self.broken.get())
            && let Err(error) = file.write_all(&note.line(number))
        {
            self.broken.set(true);
            told.warning(&format!(
                "can't write to {}: {}; a run that is killed can't be put right",
                self.path.display(),
                why(&error)
            ));
        }
        self.remember(number, note);
    }

    /// Has the notes on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.as_ref().map_or(Ok(()), File::sync_data)
    }

    /// A rotation, as far as it is known.
    pub(super) fn entry(&self, number: usize) -> Option<Entry> {
        self.entries.borrow().get(number).cloned()
    }

    /// Whether a rotation has come to its end.
    pub(super) fn is_over(&self, number: usize) -> bool {
        self.entries.borrow().get(number).is_none_or(|entry| entry.over)
    }

    fn remember(&self, number: usize, note: Note) {
        let mut entries = self.entries.borrow_mut();
        if let Note::Begin { log, pattern, at } = note {
            let (moves, take, cut, over, left) = (Vec::new(), None, None, false, false);
            entries.push(Entry { log, pattern, at, moves, take, cut, over, left });
            return;
        }
        let Some(entry) = entries.get_mut(number) else { return };
        match note {
            Note::Begin { .. } => {}
            Note::Move(step) => entry.moves.push(step),
            Note::Take(take) => entry.take = Some(take),
            Note::Cut(cut) => entry.cut = Some(cut),
            Note::Done | Note::Undone => {
                (entry.moves, entry.take, entry.cut) = (Vec::new(), None, None);
                entry.over = true;
            }
        }
    }

    /// The state file has it all: only what no block took up is kept, for a year at most.
    pub(super) fn close(self, now: &Moment) -> io::Result<()> {
        let Some(file) = self.file else { return Ok(()) };
        let mut entries = self.entries.into_inner();
        entries.retain(|entry| !entry.over && now.secs.saturating_sub(entry.at) <= YEAR);
        if entries.is_empty() {
            return std::fs::remove_file(&self.path);
        }
        let mut text = notes::TOP.to_vec();
        for (number, entry) in entries.into_iter().enumerate() {
            let Entry { log, pattern, at, moves, take, cut, .. } = entry;
            let begin = std::iter::once(Note::Begin { log, pattern, at });
            let moves = moves.into_iter().map(Note::Move);
            let notes = begin.chain(moves).chain(take.map(Note::Take)).chain(cut.map(Note::Cut));
            notes.for_each(|note| text.extend(note.line(number)));
        }
        let mut beside = self.path.clone().into_os_string();
        beside.push(".tmp");
        let _ = std::fs::remove_file(&beside); // one that a crash left
        let mut new = create_new(beside.as_ref())?;
        new.write_all(&text)?;
        drop(file);
        std::fs::rename(&beside, &self.path)
    }
}

impl Entry {
    fn is_left_of(&self, pattern: &str) -> bool {
        self.left && self.pattern == OsStr::new(pattern)
    }
}

fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).append(true).create_new(true).mode(0o600).open(path)
}

/// Opens or creates the file, ours alone, and locks it: what another run has under way must not be
/// undone.
fn open_locked(path: &Path) -> io::Result<File> {
    let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).unwrap_or(0);
    let file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(flags)
        .open(path)?;
    let about = file.metadata()?;
    let mine = about.uid() == rustix::process::geteuid().as_raw();
    if !about.is_file() || !mine || about.mode() & 0o022 != 0 {
        return Err(io::Error::other("others could have written it"));
    }
    flock(&file, FlockOperation::NonBlockingLockExclusive)
        .map_err(|_| io::Error::other("another run uses it"))?;
    Ok(file)
}

/// The notes of a killed run; the line that it did not end is none.
fn read(file: &mut File) -> io::Result<Vec<(usize, Note)>> {
    let mut text = Vec::new();
    (&*file).take(LIMIT).read_to_end(&mut text)?;
    if notes::TOP.starts_with(&text) && text.len() < notes::TOP.len() {
        file.set_len(0)?;
        file.write_all(notes::TOP)?;
        return Ok(Vec::new());
    }
    let lines =
        text.strip_prefix(notes::TOP).ok_or_else(|| io::Error::other("it is something else"))?;
    let whole = lines.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let (whole, rest) = lines.split_at_checked(whole).unwrap_or_default();
    if !rest.is_empty() {
        file.set_len((notes::TOP.len() + whole.len()) as u64)?;
    }
    whole
        .split_inclusive(|byte| *byte == b'\n')
        .map(|line| Note::read(line.strip_suffix(b"\n").unwrap_or(line)))
        .collect::<Option<_>>()
        .ok_or_else(|| io::Error::other("it has a line that is no note"))
}
