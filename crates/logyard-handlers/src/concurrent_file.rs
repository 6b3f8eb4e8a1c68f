use std::ffi::OsStr;
use std::time::Instant;

use logyard_config::{Compress, ConcurrentPlan, Extras, Newline, TimedPlan};
use logyard_rotate::{Action, BySize, ByTime, Clock, Entry};

use crate::archive::Archive;
use crate::encoding::CodecError;
use crate::error::{Failed, HandlerError};
use crate::folder;
use crate::lock_file::LockFile;
use crate::log_file::LogFile;
use crate::newlines::Translated;
use crate::run::{NextRollover, Notice, Run};
use crate::surroundings::Surroundings;
use crate::timed_rotating_file;

/// `ConcurrentRotatingFileHandler` and `ConcurrentTimedRotatingFileHandler` of concurrent-log-handler
/// 0.9.31. Processes that still use the package may write to the same file: the lock is theirs, too.
///
/// The package takes the lock, looks at the file and reads the clock for each record, this once for a
/// run.
#[derive(Debug)]
pub struct ConcurrentFileHandler {
    pub(crate) file: LogFile,
    lock: LockFile,
    newline: Newline,
    by_size: BySize,
    timed: Option<Timed>,
    archive: Archive,
    clock: Clock,
}

#[derive(Debug)]
struct Timed {
    policy: ByTime,
    /// When the next rollover is due, as the lock file says; none before it was read.
    rollover_at: Option<i64>,
}

impl ConcurrentFileHandler {
    pub(crate) fn new(
        plan: &ConcurrentPlan,
        extras: &Extras,
        with: &Surroundings,
    ) -> Result<ConcurrentFileHandler, CodecError> {
        // what is said to logyard itself comes first
        let extras = Extras {
            compress: extras.compress.or(plan.use_gzip.then_some(Compress::Gz)),
            mode: extras.mode.or(plan.chmod),
            owner: extras.owner.or(plan.owner),
            ..extras.clone()
        };
        let mut file = LogFile::new(&plan.file, &extras)?;
        file.set_umask(plan.umask);
        let archive = Archive::new(&plan.file, &extras, &with.compressor);
        let mut by_size = BySize::new(plan.max_bytes, plan.backup_count, with.rules.compat);
        by_size.compressed = archive.compresses();
        let timed = plan.timed.map(|TimedPlan { when, interval, utc, at_time }| {
            let at_time = at_time.map(timed_rotating_file::of_day);
            let zone = with.zone.clone();
            let policy = ByTime::new(when, interval, plan.backup_count, utc, at_time, zone);
            let policy = policy.by(with.rules).with_compressed(archive.compresses());
            Timed { policy, rollover_at: None }
        });
        Ok(ConcurrentFileHandler {
            file,
            lock: LockFile::new(plan.lock_file.clone()),
            newline: plan.newline,
            by_size,
            timed,
            archive,
            clock: with.clock.clone(),
        })
    }

    /// `initialize_rollover_time`: a rollover that was due while nobody ran is made now. The file
    /// itself is opened for the first record.
    pub(crate) fn open(&mut self) -> Result<(), HandlerError> {
        if self.timed.is_none() {
            return Ok(());
        }
        self.lock.hold()?;
        let mut failed = None;
        let now = self.clock.now();
        if now >= self.read_time(now) {
            self.roll_over(now, &mut |notice| {
                if let Notice::Rollover { error, rolled: false } = notice {
                    failed = Some(error);
                }
            });
        }
        let kept = match self.timed.as_ref().and_then(|timed| timed.rollover_at) {
            Some(at) => self.lock.keep_time(at),
            None => Ok(()),
        };
        self.lock.release();
        failed.map_or(kept, Err)
    }

    pub(crate) fn write(
        &mut self,
        run: &Run,
        notice: &mut dyn FnMut(Notice),
    ) -> Result<(), Failed> {
        let Some(translated) = Translated::new(run, self.newline) else {
            return self.write_locked(run, notice);
        };
        let done = self.write_locked(&translated.run(run), notice);
        done.map_err(|failed| Failed { written: translated.back(failed.written, run), ..failed })
    }

    fn write_locked(&mut self, run: &Run, notice: &mut dyn FnMut(Notice)) -> Result<(), Failed> {
        self.lock.hold().map_err(|error| Failed { written: run.done, error })?;
        let done = self.write_lines(run, notice);
        self.lock.release();
        done
    }

    fn write_lines(&mut self, run: &Run, notice: &mut dyn FnMut(Notice)) -> Result<(), Failed> {
        let (mut first, last) = (run.first(), run.ends.len());
        let mut begun = run.is_within_line();
        let now = self.clock.now();
        if !begun && first < last {
            if self.file.is_moved() {
                self.file.let_go();
            }
            if self.timed.is_some() && !self.file.is_resuming() && now >= self.read_time(now) {
                self.roll_over(now, notice);
                begun = true;
            }
        }
        let mut rolls = self.by_size.max_bytes > 0;
        while first < last {
            let group = if rolls { self.group(run, first, last, begun)? } else { last };
            if group > first {
                self.file.write(run, first, group, notice)?;
                // from now on it is never emptied by opening it
                self.file.append_only();
                (first, begun) = (group, false);
            } else {
                rolls = self.roll_over(now, notice);
                begun = true;
            }
        }
        if run.ends.is_empty() || run.first() == last {
            // all but a part of the last character may be done
            return self.file.write(run, last, last, notice);
        }
        Ok(())
    }

    /// The end of the lines from `first` on that go to the current file.
    fn group(
        &mut self,
        run: &Run,
        first: usize,
        last: usize,
        begun: bool,
    ) -> Result<usize, Failed> {
        let most = self.by_size.max_bytes;
        // before the file is opened: mode `w` would empty it
        let found = || std::fs::metadata(self.file.path()).map_or(0, |found| found.len());
        if !begun && !self.file.is_open() && found() >= most {
            return Ok(first);
        }
        self.file.fits(run, first, last, begun, true, &|position, _| position >= most)
    }

    /// The time of the next rollover: another process may have made the last one.
    fn read_time(&mut self, now: i64) -> i64 {
        let Some(timed) = &mut self.timed else { return i64::MAX };
        let at = self.lock.time().unwrap_or_else(|| timed.policy.rollover_at(now));
        timed.rollover_at = Some(at);
        at
    }

    /// `doRollover`. False: it failed, and the current file goes on.
    fn roll_over(&mut self, now: i64, notice: &mut dyn FnMut(Notice)) -> bool {
        self.file.let_go();
        if self.timed.is_none() && self.by_size.backup_count == 0 {
            return match self.file.empty() {
                Ok(()) => {
                    self.file.rollovers += 1;
                    true
                }
                Err(error) => {
                    notice(Notice::Rollover { error, rolled: false });
                    false
                }
            };
        }
        let (folder, base) = (self.file.folder(), self.file.name());
        let mut held = self.archive.hold();
        let listing = match folder::list(folder, base) {
            Ok(listing) => listing,
            Err(error) => {
                notice(Notice::Rollover { error, rolled: false });
                return false;
            }
        };
        let (actions, next) = match &self.timed {
            Some(Timed { policy, rollover_at }) => {
                let at = rollover_at.unwrap_or(now);
                let rollover = policy.concurrent_rollover(base, now, at, &listing);
                (rollover.actions, Some(rollover.rollover_at))
            }
            None => (self.by_size.concurrent_rollover(base, &listing), None),
        };
        let timed = self.timed.is_some();
        for action in &actions {
            if let Err(error) = held.act(folder, action) {
                let rolled = timed && !matches!(action, Action::Rename { .. });
                notice(Notice::Rollover { error, rolled });
                if !rolled {
                    return false;
                }
            }
        }
        drop(held);
        self.file.rollovers += 1;
        self.archive.look_soon();
        if let (Some(timed), Some(next)) = (&mut self.timed, next) {
            timed.rollover_at = Some(next);
            if let Err(error) = self.lock.keep_time(next) {
                notice(Notice::Upkeep(error));
            }
        }
        true
    }

    pub(crate) fn next_rollover(&self) -> NextRollover {
        let size = Some(self.by_size.max_bytes).filter(|&size| size > 0);
        NextRollover { at: self.timed.as_ref().and_then(|timed| timed.rollover_at), size }
    }

    pub(crate) fn care(&mut self, notice: &mut dyn FnMut(Notice)) {
        self.file.care(notice);
        let (by_size, timed, now) = (&self.by_size, &self.timed, self.clock.now());
        let rolled = |base: &OsStr, listing: &[Entry]| match timed {
            Some(timed) => timed.policy.concurrent_rolled(base, listing),
            None => by_size.rolled(base, listing),
        };
        if let Err(error) = self.archive.care(&self.file, now, rolled) {
            notice(Notice::Upkeep(error));
        }
    }

    pub(crate) fn next_care(&self) -> Option<Instant> {
        [self.file.next_care(), self.archive.next_care()].into_iter().flatten().min()
    }

    pub(crate) fn reopen(&mut self) -> Result<(), HandlerError> {
        self.file.reopen()
    }

    pub(crate) fn close(&mut self) {
        self.file.close();
        self.lock.close();
    }
}
