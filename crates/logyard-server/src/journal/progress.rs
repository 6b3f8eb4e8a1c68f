use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use logyard_handlers::{FilePlace, Resume, Run};

use super::{Cursor, LaneCursors};

/// A lane's part in the journal.
#[derive(Debug)]
pub(crate) struct LaneProgress {
    cursors: Arc<Mutex<LaneCursors>>,
    /// Where a handler begins that has no cursor yet.
    start: u64,
    /// Files that are gone on with, each shared by the handlers that write to it.
    resumes: HashMap<(u64, u64), Option<Arc<Mutex<Resume>>>>,
    /// Entries up to this one come, if at all, one more time.
    pub(crate) replay_until: u64,
}

impl LaneProgress {
    /// Handlers that are not in `cursors` begin behind the record numbered `start`.
    pub(crate) fn new(cursors: LaneCursors, start: u64) -> LaneProgress {
        LaneProgress {
            replay_until: cursors.most().unwrap_or(0),
            cursors: Arc::new(Mutex::new(cursors)),
            start,
            resumes: HashMap::new(),
        }
    }

    /// A handler's progress; and if it may have written more than its cursor says, what to compare
    /// with.
    pub(crate) fn of_handler(
        &mut self,
        handler: &str,
        path: Option<&Path>,
    ) -> (Progress, Option<Arc<Mutex<Resume>>>) {
        let known = lock(&self.cursors).get(handler);
        let cursor = known.unwrap_or(Cursor { number: self.start, ..Cursor::default() });
        let resume = path.zip(cursor.place).and_then(|(path, place)| {
            let resume = || Resume::new(path, place).map(|resume| Arc::new(Mutex::new(resume)));
            self.resumes.entry((place.dev, place.ino)).or_insert_with(resume).clone()
        });
        let progress = Progress {
            cursors: Arc::clone(&self.cursors),
            handler: handler.to_owned(),
            cursor: Cursor { lines: 0, ..cursor },
            is_new: known.is_none(),
            behind: 0,
            skipped_lines: cursor.lines,
            is_journaled: true,
        };
        (progress, resume)
    }

    /// The journal's record up to which all of its handlers are; none if nothing is known of them.
    pub(crate) fn least(&self) -> Option<u64> {
        lock(&self.cursors).least()
    }

    /// The handlers that are there are all that there are: other cursors are forgotten.
    pub(crate) fn keep<'h>(&self, handlers: impl Iterator<Item = &'h str> + Clone) {
        lock(&self.cursors).keep(handlers);
    }

    /// Writes the cursors if they have changed.
    pub(crate) fn save(&self) -> std::io::Result<()> {
        lock(&self.cursors).save()
    }

    /// Whether cursors must survive a power cut.
    pub(crate) fn is_durable(&self) -> bool {
        lock(&self.cursors).is_durable()
    }

    /// A handler that comes later begins here.
    pub(crate) fn start_at(&mut self, number: u64) {
        self.start = number;
    }
}

/// How far one handler is in the journal.
#[derive(Debug)]
pub(crate) struct Progress {
    cursors: Arc<Mutex<LaneCursors>>,
    handler: String,
    cursor: Cursor,
    /// Whether the cursors don't know of it yet.
    is_new: bool,
    /// Lines that are done, but behind some that are not.
    behind: u64,
    /// Lines behind the cursor that were done before the server was killed.
    skipped_lines: u64,
    /// Whether the lines at hand are in the journal: what is not will never be replayed, so it must
    /// not be counted.
    is_journaled: bool,
}

impl Progress {
    /// The part of a run from the entry `number` that is not done yet; none if all of it is. (0: the
    /// journal could not take it.)
    pub(crate) fn skip<'r>(&mut self, run: &Run<'r>, number: u64) -> Option<Run<'r>> {
        self.is_journaled = number != 0;
        if number != 0 && number <= self.cursor.number {
            return None;
        }
        let mut run = *run;
        if self.is_journaled && self.skipped_lines > 0 {
            let first = first(&run);
            let skipped = (run.ends.len() - first).min(self.skipped_lines as usize);
            self.skipped_lines -= skipped as u64;
            self.cursor.lines += skipped as u64;
            run.done = run.ends.get(first + skipped - 1).map_or(run.done, |&end| end as usize);
        }
        Some(run)
    }

    /// So many more lines are in their file, or set aside.
    pub(crate) fn done(&mut self, lines: usize) {
        self.cursor.lines += if self.is_journaled { lines as u64 } else { 0 };
    }

    /// So many lines are set aside, while lines before them wait.
    pub(crate) fn done_behind(&mut self, lines: usize) {
        self.behind += if self.is_journaled { lines as u64 } else { 0 };
    }

    /// None waits any more.
    pub(crate) fn none_waits(&mut self) {
        self.cursor.lines += std::mem::take(&mut self.behind);
    }

    /// The next line goes to a file that was opened just now, with `more` lines done since the last
    /// word.
    pub(crate) fn opened(&mut self, place: FilePlace, more: usize) -> std::io::Result<()> {
        self.cursor.place = Some(place);
        let more = if self.is_journaled { more as u64 } else { 0 };
        let lines = self.cursor.lines + more;
        let mut cursors = lock(&self.cursors);
        cursors.set(&self.handler, Cursor { lines, ..self.cursor });
        cursors.save()
    }

    /// All up to `number` is done, and the file is there.
    pub(crate) fn set(&mut self, number: u64, place: Option<FilePlace>) {
        self.cursor = Cursor { number, lines: 0, place };
        lock(&self.cursors).set(&self.handler, self.cursor);
    }

    /// The handler's file was opened for the first time in this server.
    pub(crate) fn begun(&mut self, place: Option<FilePlace>) {
        if std::mem::take(&mut self.is_new) {
            self.set(self.cursor.number, place);
        }
    }

    /// Where the file ended when the cursor was set.
    pub(crate) fn place(&self) -> Option<FilePlace> {
        self.cursor.place
    }
}

/// The first line that is not done.
pub(crate) fn first(run: &Run<'_>) -> usize {
    run.ends.partition_point(|&end| end as usize <= run.done)
}

fn lock(cursors: &Mutex<LaneCursors>) -> MutexGuard<'_, LaneCursors> {
    cursors.lock().unwrap_or_else(PoisonError::into_inner) // whole after a panic, too
}
