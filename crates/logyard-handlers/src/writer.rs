use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use logyard_config::{HandlerKind, HandlerPlan, Stream};
use logyard_rotate::ByTime;

use crate::concurrent_file::ConcurrentFileHandler;
use crate::encoding::CodecError;
use crate::error::{Failed, HandlerError};
use crate::file::FileHandler;
use crate::log_file::LogFile;
use crate::memory::Memory;
use crate::resume::{FilePlace, Resume};
use crate::rotating_file::RotatingFileHandler;
use crate::run::{NextRollover, Notice, Run};
use crate::stream::StreamHandler;
use crate::surroundings::Surroundings;
use crate::timed_rotating_file::{self, TimedRotatingFileHandler};
use crate::watched_file::WatchedFileHandler;

/// One handler of the plan, with what it holds open.
#[derive(Debug)]
pub enum Writer {
    /// `StreamHandler`.
    Stream(StreamHandler),
    /// `FileHandler`.
    File(FileHandler),
    /// `WatchedFileHandler`.
    WatchedFile(WatchedFileHandler),
    /// `RotatingFileHandler`.
    RotatingFile(RotatingFileHandler),
    /// `TimedRotatingFileHandler`.
    TimedRotatingFile(TimedRotatingFileHandler),
    /// The handlers of concurrent-log-handler.
    Concurrent(Box<ConcurrentFileHandler>),
    /// `MemoryHandler`.
    Memory(Memory),
    /// `NullHandler`: takes everything and does nothing.
    Null,
}

impl Writer {
    /// Makes the handler; nothing is opened yet.
    ///
    /// Fails if the file's `encoding` or `errors` is unknown or not supported yet.
    pub fn new(plan: &HandlerPlan, with: &Surroundings) -> Result<Writer, CodecError> {
        let extras = &plan.extras;
        Ok(match &plan.kind {
            HandlerKind::Stream(Stream::Stdout) => Writer::Stream(StreamHandler::stdout()),
            HandlerKind::Stream(Stream::Stderr) => Writer::Stream(StreamHandler::stderr()),
            HandlerKind::File(file) => Writer::File(FileHandler::new(file, extras)?),
            HandlerKind::WatchedFile(file) => {
                Writer::WatchedFile(WatchedFileHandler::new(file, extras)?)
            }
            HandlerKind::RotatingFile { file, max_bytes, backup_count } => Writer::RotatingFile(
                RotatingFileHandler::new(file, *max_bytes, *backup_count, plan, with)?,
            ),
            HandlerKind::TimedRotatingFile { file, when, interval, backup_count, utc, at_time } => {
                let policy = ByTime::new(
                    *when,
                    *interval,
                    *backup_count,
                    *utc,
                    at_time.map(timed_rotating_file::of_day),
                    with.zone.clone(),
                );
                let handler = TimedRotatingFileHandler::new(file, policy, extras, with)?;
                Writer::TimedRotatingFile(handler)
            }
            HandlerKind::Concurrent(concurrent) => {
                Writer::Concurrent(Box::new(ConcurrentFileHandler::new(concurrent, extras, with)?))
            }
            HandlerKind::Memory { capacity, flush_level, flush_on_close, target } => {
                Writer::Memory(Memory::new(
                    *capacity,
                    *flush_level,
                    *flush_on_close || with.rules.compat.flushes_memory_at_shutdown(),
                    target.is_some(),
                ))
            }
            // a queue writes nothing itself: the server runs the handlers behind it
            HandlerKind::Null | HandlerKind::Queue { .. } => Writer::Null,
        })
    }

    /// Does what the class's constructor does: opens the file unless `delay` is set, and works out
    /// the first rollover. May be called again after an error.
    pub fn open(&mut self) -> Result<(), HandlerError> {
        match self {
            Writer::File(handler) => handler.open(),
            Writer::WatchedFile(handler) => handler.open(),
            Writer::RotatingFile(handler) => handler.open(),
            Writer::TimedRotatingFile(handler) => handler.open(),
            Writer::Concurrent(handler) => handler.open(),
            Writer::Stream(_) | Writer::Memory(_) | Writer::Null => Ok(()),
        }
    }

    /// Writes the lines of the run that are not done yet, rolling over where it is due.
    ///
    /// All that could be written has been handed to the kernel on return: there is nothing to
    /// flush, but for a [`Memory`], whose due lines the caller must then give to its target.
    pub fn write(&mut self, run: &Run, notice: &mut dyn FnMut(Notice)) -> Result<(), Failed> {
        match self {
            Writer::Stream(handler) => handler.write(run, notice),
            Writer::File(handler) => handler.write(run, notice),
            Writer::WatchedFile(handler) => handler.write(run, notice),
            Writer::RotatingFile(handler) => handler.write(run, notice),
            Writer::TimedRotatingFile(handler) => handler.write(run, notice),
            Writer::Concurrent(handler) => handler.write(run, notice),
            Writer::Memory(memory) => {
                memory.write(run);
                Ok(())
            }
            Writer::Null => Ok(()),
        }
    }

    /// Does what is due apart from writing: syncs, removes and compresses rolled files, and tells
    /// what of it went wrong. To be called at [`Writer::next_care`].
    pub fn care(&mut self, notice: &mut dyn FnMut(Notice)) {
        match self {
            Writer::File(handler) => handler.care(notice),
            Writer::WatchedFile(handler) => handler.care(notice),
            Writer::RotatingFile(handler) => handler.care(notice),
            Writer::TimedRotatingFile(handler) => handler.care(notice),
            Writer::Concurrent(handler) => handler.care(notice),
            Writer::Stream(_) | Writer::Memory(_) | Writer::Null => {}
        }
    }

    /// When something is due apart from writing; none if nothing is.
    pub fn next_care(&self) -> Option<Instant> {
        match self {
            Writer::File(handler) => handler.next_care(),
            Writer::WatchedFile(handler) => handler.next_care(),
            Writer::RotatingFile(handler) => handler.next_care(),
            Writer::TimedRotatingFile(handler) => handler.next_care(),
            Writer::Concurrent(handler) => handler.next_care(),
            Writer::Stream(_) | Writer::Memory(_) | Writer::Null => None,
        }
    }

    /// Opens the file anew under its name (SIGUSR1, after another program has moved it away). It is
    /// appended to, whatever the mode. A file that isn't open stays so.
    pub fn reopen(&mut self) -> Result<(), HandlerError> {
        match self {
            Writer::File(handler) => handler.reopen(),
            Writer::WatchedFile(handler) => handler.reopen(),
            Writer::RotatingFile(handler) => handler.reopen(),
            Writer::TimedRotatingFile(handler) => handler.reopen(),
            Writer::Concurrent(handler) => handler.reopen(),
            Writer::Stream(_) | Writer::Memory(_) | Writer::Null => Ok(()),
        }
    }

    /// The class's `close`. A [`Memory`] makes its lines due if `flushOnClose` is set, so close it
    /// before its target, and write what is due.
    pub fn close(&mut self) {
        match self {
            Writer::File(handler) => handler.close(),
            Writer::WatchedFile(handler) => handler.close(),
            Writer::RotatingFile(handler) => handler.close(),
            Writer::TimedRotatingFile(handler) => handler.close(),
            Writer::Concurrent(handler) => handler.close(),
            Writer::Memory(memory) => memory.close(),
            Writer::Stream(_) | Writer::Null => {}
        }
    }

    /// What comes may be in the file already, from some place on: it is compared, and written from where
    /// the file has nothing more. To be called before [`Writer::open`].
    pub fn resume(&mut self, resume: Arc<Mutex<Resume>>) {
        if let Some(file) = self.log_file_mut() {
            file.resume(resume);
        }
    }

    /// All has come that may be in the file already.
    pub fn end_resume(&mut self) {
        if let Some(file) = self.log_file_mut() {
            file.end_resume();
        }
    }

    /// The file that it writes to, if it is one that writes to files.
    pub fn path(&self) -> Option<&Path> {
        self.log_file().map(LogFile::path)
    }

    /// How often it has rolled its file over.
    pub fn rollovers(&self) -> u64 {
        self.log_file().map_or(0, |file| file.rollovers)
    }

    /// When it does so next.
    pub fn next_rollover(&self) -> NextRollover {
        match self {
            Writer::RotatingFile(handler) => handler.next_rollover(),
            Writer::TimedRotatingFile(handler) => handler.next_rollover(),
            Writer::Concurrent(handler) => handler.next_rollover(),
            _ => NextRollover::default(),
        }
    }

    /// The end of what is written; none if no file is open.
    pub fn place(&self) -> Option<FilePlace> {
        self.log_file()?.place()
    }

    /// Syncs what was written to the disk, and the names of its files. After an error it fails for ever:
    /// what the disk has is not known any more.
    pub fn sync(&mut self) -> Result<(), HandlerError> {
        self.log_file_mut().map_or(Ok(()), LogFile::sync)
    }

    /// With `durable`, a file is synced before another is gone on with.
    pub fn set_durable(&mut self, durable: bool) {
        if let Some(file) = self.log_file_mut() {
            file.set_durable(durable);
        }
    }

    fn log_file(&self) -> Option<&LogFile> {
        match self {
            Writer::File(handler) => Some(&handler.file),
            Writer::WatchedFile(handler) => Some(&handler.file),
            Writer::RotatingFile(handler) => Some(&handler.file),
            Writer::TimedRotatingFile(handler) => Some(&handler.file),
            Writer::Concurrent(handler) => Some(&handler.file),
            Writer::Stream(_) | Writer::Memory(_) | Writer::Null => None,
        }
    }

    fn log_file_mut(&mut self) -> Option<&mut LogFile> {
        match self {
            Writer::File(handler) => Some(&mut handler.file),
            Writer::WatchedFile(handler) => Some(&mut handler.file),
            Writer::RotatingFile(handler) => Some(&mut handler.file),
            Writer::TimedRotatingFile(handler) => Some(&mut handler.file),
            Writer::Concurrent(handler) => Some(&mut handler.file),
            Writer::Stream(_) | Writer::Memory(_) | Writer::Null => None,
        }
    }

    /// The buffer, if this is a `MemoryHandler`.
    pub fn memory(&mut self) -> Option<&mut Memory> {
        match self {
            Writer::Memory(memory) => Some(memory),
            _ => None,
        }
    }
}
