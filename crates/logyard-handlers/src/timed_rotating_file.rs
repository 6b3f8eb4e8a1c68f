use std::ffi::OsStr;
use std::os::unix::fs::MetadataExt;
use std::time::{Instant, UNIX_EPOCH};

use logyard_compat::Compat;
use logyard_config::{AtTime, Extras, FilePlan};
use logyard_rotate::{Action, ByTime, Clock, Entry};

use crate::archive::Archive;
use crate::encoding::CodecError;
use crate::error::{Failed, HandlerError};
use crate::folder;
use crate::log_file::LogFile;
use crate::run::{NextRollover, Notice, Run};
use crate::surroundings::Surroundings;

/// `TimedRotatingFileHandler`: rolls over at set times, when a line comes.
///
/// CPython reads the clock for each record, this once for a run.
#[derive(Debug)]
pub struct TimedRotatingFileHandler {
    pub(crate) file: LogFile,
    policy: ByTime,
    archive: Archive,
    clock: Clock,
    compat: Compat,
    /// When the next rollover is due; None until the handler has been opened.
    rollover_at: Option<i64>,
}

impl TimedRotatingFileHandler {
    pub(crate) fn new(
        plan: &FilePlan,
        policy: ByTime,
        extras: &Extras,
        with: &Surroundings,
    ) -> Result<TimedRotatingFileHandler, CodecError> {
        let mut file = LogFile::new(plan, extras)?;
        file.append_only();
        let archive = Archive::new(plan, extras, &with.compressor);
        let policy = policy.by(with.rules).with_compressed(archive.compresses());
        let (clock, compat) = (with.clock.clone(), with.rules.compat);
        Ok(TimedRotatingFileHandler { file, policy, archive, clock, compat, rollover_at: None })
    }

    /// The first rollover counts from the file's last change, or from now if there is no file yet.
    /// Opening the file again, after an error, does not move it.
    pub(crate) fn open(&mut self) -> Result<(), HandlerError> {
        if self.rollover_at.is_some() {
            return self.file.open_unless_delayed();
        }
        let before = std::fs::metadata(self.file.path()).ok().map(|metadata| {
            let born =
                metadata.created().ok().and_then(|born| born.duration_since(UNIX_EPOCH).ok());
            let born = born.and_then(|since| i64::try_from(since.as_secs()).ok());
            self.policy.start_of((metadata.mtime(), metadata.mtime_nsec()), born)
        });
        self.file.open_unless_delayed()?;
        let start = before.unwrap_or_else(|| self.clock.now());
        self.rollover_at = Some(self.policy.rollover_at(start));
        Ok(())
    }

    pub(crate) fn write(
        &mut self,
        run: &Run,
        notice: &mut dyn FnMut(Notice),
    ) -> Result<(), Failed> {
        if self.rollover_at.is_none() {
            self.open().map_err(|error| Failed { written: run.done, error })?;
        }
        let now = self.clock.now();
        if let Some(rollover_at) = self.rollover_at
            && !run.is_within_line()
            && !self.file.is_resuming()
            && self.policy.is_due(now, rollover_at)
        {
            if !self.compat.rolls_only_regular_files() || !self.file.is_special() {
                self.roll_over(now, rollover_at, notice);
            } else if self.compat.special_file_moves_rollover_time() {
                self.rollover_at = Some(self.policy.rollover_at(now));
            }
        }
        self.file.write(run, run.first(), run.ends.len(), notice)
    }

    /// `doRollover`.
    fn roll_over(&mut self, now: i64, rollover_at: i64, notice: &mut dyn FnMut(Notice)) {
        let (folder, base) = (self.file.folder(), self.file.name());
        let mut held = self.archive.hold();
        let target = folder::entry(folder, &self.policy.target(base, now, rollover_at));
        let listing = if self.policy.needs_listing(target.exists) {
            folder::list(folder, base)
        } else {
            Ok(vec![folder::entry(folder, base), target])
        };
        let rollover = match listing {
            Ok(listing) => self.policy.rollover(base, now, rollover_at, &listing),
            Err(error) => return notice(Notice::Rollover { error, rolled: false }),
        };
        let Some(rollover) = rollover else { return };
        let is_rename = |action: &Action| matches!(action, Action::Rename { .. });
        let rename = rollover.actions.iter().position(is_rename);
        for (index, action) in rollover.actions.iter().enumerate() {
            if let Err(error) = held.act(folder, action) {
                let rolled = rename.is_none_or(|rename| rename < index);
                notice(Notice::Rollover { error, rolled });
                if !rolled {
                    // The file keeps its name and its lines; all is tried again with the next run.
                    return;
                }
            }
        }
        drop(held);
        self.file.let_go();
        self.file.rollovers += 1;
        self.archive.look_soon();
        self.rollover_at = Some(rollover.rollover_at);
    }

    pub(crate) fn next_rollover(&self) -> NextRollover {
        NextRollover { at: self.rollover_at, size: None }
    }

    pub(crate) fn reopen(&mut self) -> Result<(), HandlerError> {
        self.file.reopen()
    }

    pub(crate) fn care(&mut self, notice: &mut dyn FnMut(Notice)) {
        self.file.care(notice);
        let (policy, now) = (&self.policy, self.clock.now());
        let rolled = |base: &OsStr, listing: &[Entry]| policy.rolled(base, listing);
        if let Err(error) = self.archive.care(&self.file, now, rolled) {
            notice(Notice::Upkeep(error));
        }
    }

    pub(crate) fn next_care(&self) -> Option<Instant> {
        [self.file.next_care(), self.archive.next_care()].into_iter().flatten().min()
    }

    pub(crate) fn close(&mut self) {
        self.file.close();
    }
}

/// Seconds after midnight.
pub(crate) fn of_day(at: AtTime) -> u32 {
    (u32::from(at.hour) * 60 + u32::from(at.minute)) * 60 + u32::from(at.second)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;
    use std::sync::atomic::Ordering;
    use std::time::UNIX_EPOCH;

    use logyard_compat::Compat;
    use logyard_config::{HandlerKind, Mode, When};
    use logyard_rotate::{Repairs, Rules};

    use crate::testing::{Place, write, write_well};
    use crate::{HandlerError, Notice, Writer};

    /// A handler that rolls each second.
    fn open(place: &Place, name: &str, backup_count: u32) -> Writer {
        place.open(&kind(place, name, backup_count))
    }

    fn kind(place: &Place, name: &str, backup_count: u32) -> HandlerKind {
        HandlerKind::TimedRotatingFile {
            file: place.plan(name, Mode::Append),
            when: When::S,
            interval: 1,
            backup_count,
            utc: true,
            at_time: None,
        }
    }

    fn pass(place: &Place, seconds: i64) {
        place.seconds.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    #[test]
    fn rolls_when_a_line_comes_after_the_time() {
        let place = Place::new();
        let mut writer = open(&place, "a", 1);
        write_well(&mut writer, "1\n");
        pass(&place, 1);
        write_well(&mut writer, "2\n");
        pass(&place, 5);
        assert_eq!(place.names(), ["a", "a.2001-09-09_01-46-40"]);
        write_well(&mut writer, "3\n");
        // The name tells the period's start by the rollover that was due, not by the clock.
        assert_eq!(place.names(), ["a", "a.2001-09-09_01-46-41"]);
        assert_eq!(place.read("a.2001-09-09_01-46-41"), "2\n");
    }

    #[test]
    fn a_target_that_exists_keeps_the_file_going() {
        let place = Place::new();
        let mut writer = open(&place, "a", 0);
        std::fs::write(place.path("a.2001-09-09_01-46-40"), "x\n").unwrap();
        write_well(&mut writer, "1\n");
        pass(&place, 100);
        write_well(&mut writer, "2\n");
        assert_eq!(place.read("a"), "1\n2\n");
        std::fs::remove_file(place.path("a.2001-09-09_01-46-40")).unwrap();
        write_well(&mut writer, "3\n");
        assert_eq!(
            (place.read("a"), place.read("a.2001-09-09_01-46-40")),
            ("3\n".into(), "1\n2\n".into())
        );
    }

    #[test]
    fn a_repaired_rollover_takes_another_name() {
        for compat in [Compat::Py312, Compat::Py313] {
            let place = Place::new();
            let repairs = Repairs { blocked_rollover: true, ..Repairs::default() };
            let mut writer = place.writer_by(&kind(&place, "a", 2), Rules { compat, repairs });
            writer.open().unwrap();
            std::fs::write(place.path("a.2001-09-09_01-46-40"), "x\n").unwrap();
            write_well(&mut writer, "1\n");
            pass(&place, 1);
            write_well(&mut writer, "2\n");
            assert_eq!(place.read("a.2001-09-09_01-46-40"), "x\n");
            assert_eq!(place.read("a.2001-09-09_01-46-40.1"), "1\n");
            pass(&place, 1);
            write_well(&mut writer, "3\n");
            // The oldest goes, the one with the number stays.
            let names = ["a", "a.2001-09-09_01-46-40.1", "a.2001-09-09_01-46-41"];
            assert_eq!(place.names(), names);
        }
    }

    #[test]
    fn a_repaired_clock_goes_on_over_a_restart() {
        let place = Place::new();
        std::fs::write(place.path("a"), "1\n").unwrap();
        let file = std::fs::File::options().append(true).open(place.path("a")).unwrap();
        let Ok(born) = file.metadata().unwrap().created() else {
            eprintln!("skipped: the file system does not tell when a file was born");
            return;
        };
        let seconds = born.duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
        // The last line was written half a minute later, and this is the next minute.
        file.set_modified(born + std::time::Duration::from_secs(30)).unwrap();
        place.seconds.store((seconds + 61) * 1_000_000, Ordering::SeqCst);
        for (restart_clock, files) in [(false, 1), (true, 2)] {
            let repairs = Repairs { restart_clock, ..Repairs::default() };
            let mut kind = kind(&place, "a", 0);
            let HandlerKind::TimedRotatingFile { when, .. } = &mut kind else { panic!() };
            *when = When::M;
            let mut writer = place.writer_by(&kind, Rules { repairs, ..Rules::default() });
            writer.open().unwrap();
            // `set_modified` again: nothing is written before the other handler is made.
            write_well(&mut writer, "");
            assert_eq!(place.names().len(), files, "{restart_clock}");
        }
    }

    #[test]
    fn a_special_file_that_becomes_a_regular_one() {
        // Since 3.10 the next rollover is a whole period after the one that was not.
        for (compat, files) in [(Compat::Py38, 3), (Compat::Py39, 2), (Compat::Py310, 1)] {
            let place = Place::new();
            std::os::unix::fs::symlink("/dev/null", place.path("a")).unwrap();
            let rules = Rules { compat, ..Rules::default() };
            let mut kind = kind(&place, "a", 0);
            let HandlerKind::TimedRotatingFile { interval, .. } = &mut kind else { panic!() };
            *interval = 10;
            let mut writer = place.writer_by(&kind, rules);
            let null = std::fs::metadata("/dev/null").unwrap();
            place.seconds.store(null.mtime() * 1_000_000, Ordering::SeqCst);
            writer.open().unwrap();
            pass(&place, 11);
            write_well(&mut writer, "1\n");
            if compat != Compat::Py38 {
                std::fs::remove_file(place.path("a")).unwrap();
            }
            std::fs::write(place.path("a"), "2\n").unwrap();
            let more = if compat == Compat::Py38 { 11 } else { 1 };
            pass(&place, more);
            write_well(&mut writer, "3\n");
            assert_eq!(place.names().len(), files, "{compat}: {:?}", place.names());
        }
    }

    #[test]
    fn an_old_file_that_stays_is_reported_and_stops_nothing() {
        let place = Place::new();
        let mut writer = open(&place, "a", 1);
        std::fs::create_dir(place.path("a.2000-01-01_00-00-00")).unwrap();
        for round in 0..2 {
            pass(&place, 10);
            let (done, notices) = write(&mut writer, "1\n");
            done.unwrap();
            assert!(
                matches!(
                    notices.as_slice(),
                    [Notice::Rollover { error: HandlerError::Remove { .. }, rolled: true }]
                ),
                "{round}: {notices:?}"
            );
        }
        // The folder, the newest, and the file: one backup was removed in the second round.
        assert_eq!(place.names().len(), 3);
    }

    #[test]
    fn opening_again_does_not_move_the_rollover() {
        let place = Place::new();
        let mut writer = open(&place, "a", 0);
        write_well(&mut writer, "1\n");
        pass(&place, 5);
        writer.open().unwrap();
        write_well(&mut writer, "2\n");
        assert_eq!(place.read("a.2001-09-09_01-46-40"), "1\n");
    }

    #[test]
    fn a_folder_that_is_gone_comes_back() {
        for keep in [0, 3] {
            let place = Place::new();
            let mut writer = open(&place, "logs/a", keep);
            write_well(&mut writer, "1\n");
            std::fs::remove_dir_all(place.path("logs")).unwrap();
            pass(&place, 10);
            let (done, notices) = write(&mut writer, "2\n");
            done.unwrap();
            assert!(notices.is_empty(), "{notices:?}");
            assert_eq!(place.read("logs/a"), "2\n");
        }
    }
}
