use std::ffi::OsStr;
use std::time::Instant;

use logyard_config::{FilePlan, HandlerPlan};
use logyard_rotate::{BySize, Clock, Entry};

use crate::archive::Archive;
use crate::encoding::CodecError;
use crate::error::{Failed, HandlerError};
use crate::folder;
use crate::log_file::LogFile;
use crate::run::{NextRollover, Notice, Run};
use crate::surroundings::Surroundings;

/// `RotatingFileHandler`: rolls over before the file would reach a size.
#[derive(Debug)]
pub struct RotatingFileHandler {
    pub(crate) file: LogFile,
    policy: BySize,
    /// Characters of the handler's terminator.
    terminator: u64,
    archive: Archive,
    clock: Clock,
    /// Whether a file that is not a regular one rolls over like any other.
    rolls_special: bool,
    /// Whether the file's end is looked for before each line.
    seeks_end: bool,
}

impl RotatingFileHandler {
    pub(crate) fn new(
        plan: &FilePlan,
        max_bytes: u64,
        backup_count: u32,
        handler: &HandlerPlan,
        with: &Surroundings,
    ) -> Result<RotatingFileHandler, CodecError> {
        let mut file = LogFile::new(plan, &handler.extras)?;
        if max_bytes > 0 {
            file.append_only();
        }
        let archive = Archive::new(plan, &handler.extras, &with.compressor);
        let compat = with.rules.compat;
        let mut policy = BySize::new(max_bytes, backup_count, compat);
        policy.compressed = archive.compresses();
        Ok(RotatingFileHandler {
            file,
            policy,
            terminator: chars(handler.terminator.as_bytes()),
            archive,
            clock: with.clock.clone(),
            rolls_special: !compat.rolls_only_regular_files(),
            seeks_end: compat.seeks_end_of_file(),
        })
    }

    pub(crate) fn open(&mut self) -> Result<(), HandlerError> {
        self.file.open_unless_delayed()
    }

    pub(crate) fn write(
        &mut self,
        run: &Run,
        notice: &mut dyn FnMut(Notice),
    ) -> Result<(), Failed> {
        let (mut first, last) = (run.first(), run.ends.len());
        // A rollover that failed is tried again with the next run, not with each line.
        let mut rolls = self.policy.max_bytes > 0;
        let mut begun = run.is_within_line();
        if first == last {
            // All but a part of the last character is done.
            return self.file.write(run, first, last, notice);
        }
        while first < last {
            let group = if rolls { self.group(run, first, last, begun)? } else { last };
            if group > first {
                self.file.write(run, first, group, notice)?;
                (first, begun) = (group, false);
            } else if !self.rolls_special && self.file.is_special() {
                rolls = false;
            } else {
                // With nothing to rename the file grows on: looking at each line would only open
                // it anew each time; which shows in the file if the codec begins anew, too.
                let shows = self.policy.backup_count > 0 || self.file.has_state();
                rolls = self.roll_over(notice) && shows;
                begun = true;
            }
        }
        Ok(())
    }

    /// The end of the lines from `first` on that go to the current file; `first` itself means that
    /// a rollover is due. With `begun`, the first line goes there in any case.
    fn group(
        &mut self,
        run: &Run,
        first: usize,
        last: usize,
        begun: bool,
    ) -> Result<usize, Failed> {
        let (policy, terminator) = (self.policy, self.terminator);
        self.file.fits(run, first, last, begun, self.seeks_end, &|position, line| {
            // `shouldRollover` adds a newline, whatever the terminator is
            policy.is_due(position, (chars(line) + 1).saturating_sub(terminator))
        })
    }

    /// `doRollover`. False: it failed, and the current file goes on.
    fn roll_over(&mut self, notice: &mut dyn FnMut(Notice)) -> bool {
        if self.policy.backup_count > 0 {
            let mut held = self.archive.hold();
            let listing = match folder::list(self.file.folder(), self.file.name()) {
                Ok(listing) => listing,
                Err(error) => {
                    notice(Notice::Rollover { error, rolled: false });
                    return false;
                }
            };
            for action in self.policy.rollover(self.file.name(), &listing) {
                if let Err(error) = held.act(self.file.folder(), &action) {
                    notice(Notice::Rollover { error, rolled: false });
                    // The shifts after it would overwrite what this one should have moved away.
                    return false;
                }
            }
        }
        self.file.let_go();
        self.file.rollovers += 1;
        self.archive.look_soon();
        true
    }

    pub(crate) fn next_rollover(&self) -> NextRollover {
        let size = Some(self.policy.max_bytes).filter(|&size| size > 0);
        NextRollover { at: None, size }
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

/// The length of WTF-8 text in characters: Python's `len`.
fn chars(text: &[u8]) -> u64 {
    // A byte that starts no character is `10xxxxxx`; as signed, all those below -64.
    text.iter().filter(|&&byte| byte.cast_signed() >= -64).count() as u64
}

#[cfg(test)]
mod tests {
    use logyard_compat::Compat;
    use logyard_config::{HandlerKind, Mode};
    use logyard_rotate::Rules;

    use crate::testing::{Place, write, write_well};
    use crate::{HandlerError, Notice};

    fn kind(place: &Place, max_bytes: u64, backup_count: u32) -> HandlerKind {
        let file = place.plan("a", Mode::Append);
        HandlerKind::RotatingFile { file, max_bytes, backup_count }
    }

    #[test]
    fn a_run_spreads_over_files() {
        let place = Place::new();
        let mut writer = place.open(&kind(&place, 7, 2));
        write_well(&mut writer, "11\n22\n33\n44\n55\n66\n77\n");
        let files = ["a", "a.1", "a.2"].map(|name| place.read(name));
        assert_eq!(files, ["77\n", "55\n66\n", "33\n44\n"]);
        assert_eq!(place.names().len(), 3);
    }

    #[test]
    fn characters_count_not_bytes() {
        let place = Place::new();
        let mut writer = place.open(&kind(&place, 12, 1));
        // 7 bytes are there, and 4 characters come: 11, although it is 10 bytes.
        write_well(&mut writer, "€€\n€€€\n1\n");
        assert_eq!((place.read("a.1"), place.read("a")), ("€€\n€€€\n".into(), "1\n".into()));
    }

    #[test]
    fn a_rollover_that_fails_loses_no_line() {
        let place = Place::new();
        let mut writer = place.open(&kind(&place, 4, 1));
        std::fs::create_dir(place.path("a.1")).unwrap();
        let (done, notices) = write(&mut writer, "11\n22\n33\n");
        done.unwrap();
        assert!(
            matches!(
                notices.as_slice(),
                [Notice::Rollover { error: HandlerError::Remove { .. }, rolled: false }]
            ),
            "{notices:?}"
        );
        assert_eq!(place.read("a"), "11\n22\n33\n");
        std::fs::remove_dir(place.path("a.1")).unwrap();
        write_well(&mut writer, "44\n");
        assert_eq!((place.read("a.1"), place.read("a")), ("11\n22\n33\n".into(), "44\n".into()));
    }

    /// So it is in CPython 3.8, where the tests have no device to lose.
    #[test]
    fn before_3_9_a_link_to_a_device_is_renamed() {
        let place = Place::new();
        std::os::unix::fs::symlink("/dev/null", place.path("a")).unwrap();
        let rules = Rules { compat: Compat::Py38, ..Rules::default() };
        let mut writer = place.writer_by(&kind(&place, 1, 2), rules);
        writer.open().unwrap();
        write_well(&mut writer, "11\n22\n");
        assert_eq!(place.names(), ["a", "a.1", "a.2"]);
        assert_eq!((place.read("a"), place.read("a.1")), ("22\n".into(), "11\n".into()));
        assert!(place.path("a.2").is_symlink());
    }

    #[test]
    fn only_regular_files_roll() {
        let place = Place::new();
        std::os::unix::fs::symlink("/dev/null", place.path("a")).unwrap();
        let mut writer = place.open(&kind(&place, 1, 1));
        write_well(&mut writer, "11\n22\n");
        assert_eq!(place.names(), ["a"]);
    }
}
