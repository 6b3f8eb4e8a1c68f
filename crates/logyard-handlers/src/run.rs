use crate::encoding::EncodeError;
use crate::error::HandlerError;
use crate::resume::FilePlace;

/// A batch of formatted lines for one handler, in order.
#[derive(Clone, Copy, Debug)]
pub struct Run<'b> {
    /// The lines, each with its terminator `\n`; UTF-8 in which a lone surrogate of a Python string
    /// stands as its three bytes (WTF-8). A record's text may hold more `\n`.
    pub text: &'b [u8],
    /// Where each record's line ends in `text`, terminator included; rising.
    pub ends: &'b [u32],
    /// The level of each record; only a [`Memory`](crate::Memory) reads them, others take an empty
    /// slice.
    pub levels: &'b [i32],
    /// How many bytes of `text` are written already: 0 at first, [`Failed::written`] at a retry.
    ///
    /// [`Failed::written`]: crate::Failed::written
    pub done: usize,
}

impl<'b> Run<'b> {
    /// A run of which nothing is written yet.
    pub fn new(text: &'b [u8], ends: &'b [u32], levels: &'b [i32]) -> Run<'b> {
        Run { text, ends, levels, done: 0 }
    }

    /// The first line that is not wholly written.
    pub(crate) fn first(&self) -> usize {
        self.ends.partition_point(|&end| end as usize <= self.done)
    }

    /// Where line `index` starts.
    pub(crate) fn start(&self, index: usize) -> usize {
        index.checked_sub(1).map_or(0, |before| self.end(before))
    }

    /// Where line `index` ends; the text's end for an index out of range.
    pub(crate) fn end(&self, index: usize) -> usize {
        self.ends.get(index).map_or(self.text.len(), |&end| (end as usize).min(self.text.len()))
    }

    /// Whether `done` lies within a line.
    pub(crate) fn is_within_line(&self) -> bool {
        self.splits_line(self.done)
    }

    /// Whether an offset lies within a line, not where one starts or ends.
    pub(crate) fn splits_line(&self, offset: usize) -> bool {
        let line = self.ends.partition_point(|&end| (end as usize) < offset);
        self.start(line) < offset && offset < self.end(line)
    }

    /// The part of `text` between two offsets; empty if they are no range of it.
    pub(crate) fn part(&self, start: usize, end: usize) -> &'b [u8] {
        self.text.get(start..end).unwrap_or_default()
    }
}

/// When a handler rolls its file over next, as far as it knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NextRollover {
    /// With the first line after that time, in seconds since 1970.
    pub at: Option<i64>,
    /// When the file would be larger, in bytes.
    pub size: Option<u64>,
}

/// What a write has to tell although it goes on.
#[derive(Debug)]
pub enum Notice {
    /// A line that the handler's encoding can't express. CPython drops it with a traceback on
    /// stderr; it is not in the file, and the other lines of the run are.
    BadLine {
        /// The record's place in the run: an index into [`Run::ends`].
        index: usize,
        /// Which character, and where.
        reason: EncodeError,
    },
    /// The rollover went wrong, or a part of it. The lines are written, to the current file.
    Rollover {
        /// What could not be done.
        error: HandlerError,
        /// Whether the lines go to a new file all the same: only an old one could not be removed,
        /// and the next rollover tries that again. If not, the next run tries the whole again.
        rolled: bool,
    },
    /// Lines go to a file that was opened since the last ones: the first time, after a rollover, or
    /// because another program moved the file before away. None of them is written yet.
    Opened {
        /// Where the first of them will be.
        place: FilePlace,
        /// Lines of the run that are done.
        lines: usize,
    },
    /// Something besides the writing: to sync, to set the mode or owner, to remove old files.
    Upkeep(HandlerError),
}
