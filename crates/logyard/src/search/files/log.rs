use std::path::{Path, PathBuf};
use std::rc::Rc;

use logyard_query::View;

use super::FileError;
use super::backward::Backward;
use super::forward::Forward;
use super::line::Line;
use super::shape::Shape;

/// A log: a file and what it was rotated to, whose records come in their order, or the other way round.
pub(super) struct Log {
    pub(super) path: PathBuf,
    pub(super) shape: Rc<Shape>,
    /// What is to be read yet, the next one last.
    files: Vec<PathBuf>,
    open: Option<(Reader, Rc<Path>)>,
    backward: bool,
    /// Bytes of what was opened.
    pub(super) searched: u64,
}

/// A record, and the file that it is in.
pub(super) type Found = (Line, Rc<Path>);

enum Reader {
    Backward(Backward),
    Forward(Forward),
}

impl Log {
    /// `family`: the newest file first.
    pub(super) fn new(path: &Path, family: Vec<PathBuf>, shape: Shape, backward: bool) -> Log {
        let mut files = family;
        if backward {
            files.reverse();
        }
        let (path, shape) = (path.to_owned(), Rc::new(shape));
        Log { path, shape, files, open: None, backward, searched: 0 }
    }

    fn next(&mut self) -> Result<Option<Found>, FileError> {
        loop {
            if let Some((reader, path)) = &mut self.open {
                let record = match reader {
                    Reader::Backward(file) => file.next(&self.shape)?,
                    Reader::Forward(file) => file.next(&self.shape)?,
                };
                if let Some(record) = record {
                    return Ok(Some((Line::new(record, &self.shape), Rc::clone(path))));
                }
            }
            let Some(path) = self.files.pop() else { return Ok(None) };
            let reader = match self.backward {
                true => Reader::Backward(Backward::open(&path)?),
                false => Reader::Forward(Forward::open(&path)?),
            };
            self.searched += match &reader {
                Reader::Backward(file) => file.len(),
                Reader::Forward(file) => file.len(),
            };
            self.open = Some((reader, path.into()));
        }
    }
}

/// Several logs, as one by the times of their records.
pub(super) struct Merged {
    logs: Vec<Ahead>,
    backward: bool,
}

/// A log and its next record.
struct Ahead {
    log: Log,
    next: Option<Found>,
    /// The record's time. One that tells none has that of the one before, and none goes before the one
    /// before it: each log keeps its order.
    at: i64,
}

impl Merged {
    pub(super) fn new(logs: Vec<Log>, backward: bool) -> Result<Merged, FileError> {
        let at = if backward { i64::MAX } else { i64::MIN };
        let logs = logs.into_iter().map(|log| Ahead { log, next: None, at }).collect();
        let mut merged = Merged { logs, backward };
        // the time tells nothing where there is one log
        if let [_, _, ..] = merged.logs.as_slice() {
            merged.logs.iter_mut().try_for_each(|log| log.read(backward))?;
        }
        Ok(merged)
    }

    /// The next record of all: of equal times those of the log that was named first, or last where the
    /// order is turned.
    pub(super) fn next(&mut self) -> Result<Option<Found>, FileError> {
        let backward = self.backward;
        if let [one] = self.logs.as_mut_slice() {
            return one.log.next();
        }
        let ahead = self.logs.iter_mut().filter(|log| log.next.is_some());
        let first = match backward {
            true => ahead.max_by_key(|log| log.at),
            false => ahead.min_by_key(|log| log.at),
        };
        let Some(first) = first else { return Ok(None) };
        let found = first.next.take();
        first.read(backward)?;
        Ok(found)
    }

    pub(super) fn searched(&self) -> u64 {
        self.logs.iter().map(|one| one.log.searched).sum()
    }
}

impl Ahead {
    fn read(&mut self, backward: bool) -> Result<(), FileError> {
        self.next = self.log.next()?;
        if let Some(micros) = self.next.as_ref().and_then(|(line, _)| line.micros()) {
            self.at = if backward { self.at.min(micros) } else { self.at.max(micros) };
        }
        Ok(())
    }
}
