use std::time::Instant;

use logyard_config::{Extras, FilePlan};

use crate::encoding::CodecError;
use crate::error::{Failed, HandlerError};
use crate::log_file::LogFile;
use crate::run::{Notice, Run};

/// `FileHandler`.
#[derive(Debug)]
pub struct FileHandler {
    pub(crate) file: LogFile,
}

impl FileHandler {
    pub(crate) fn new(plan: &FilePlan, extras: &Extras) -> Result<FileHandler, CodecError> {
        Ok(FileHandler { file: LogFile::new(plan, extras)? })
    }

    pub(crate) fn open(&mut self) -> Result<(), HandlerError> {
        self.file.open_unless_delayed()
    }

    pub(crate) fn write(
        &mut self,
        run: &Run,
        notice: &mut dyn FnMut(Notice),
    ) -> Result<(), Failed> {
        self.file.write(run, run.first(), run.ends.len(), notice)
    }

    pub(crate) fn reopen(&mut self) -> Result<(), HandlerError> {
        self.file.reopen()
    }

    pub(crate) fn care(&mut self, notice: &mut dyn FnMut(Notice)) {
        self.file.care(notice);
    }

    pub(crate) fn next_care(&self) -> Option<Instant> {
        self.file.next_care()
    }

    pub(crate) fn close(&mut self) {
        self.file.close();
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use logyard_config::{HandlerKind, Mode};

    use crate::testing::{Place, write, write_well};
    use crate::{HandlerError, Notice, Run};

    #[test]
    fn each_mode_opens_as_python_does() {
        let place = Place::new();
        for (mode, name, want) in [
            (Mode::Append, "a", "old\nnew\n"),
            (Mode::Truncate, "w", "new\n"),
            (Mode::Exclusive, "x", "new\n"),
        ] {
            if mode != Mode::Exclusive {
                std::fs::write(place.path(name), "old\n").unwrap();
            }
            let mut writer = place.open(&HandlerKind::File(place.plan(name, mode)));
            write_well(&mut writer, "new\n");
            assert_eq!(place.read(name), want);
        }
        let error = place.writer(&HandlerKind::File(place.plan("x", Mode::Exclusive))).open();
        assert!(matches!(error, Err(HandlerError::Open { .. })), "{error:?}");
    }

    #[test]
    fn delay_waits_for_the_first_line() {
        let place = Place::new();
        let mut plan = place.plan("a", Mode::Append);
        plan.delay = true;
        let mut writer = place.open(&HandlerKind::File(plan));
        assert!(place.names().is_empty());
        write_well(&mut writer, "1\n");
        assert_eq!(place.read("a"), "1\n");
    }

    #[test]
    fn reopen_follows_the_name_and_never_empties() {
        let place = Place::new();
        let mut writer = place.open(&HandlerKind::File(place.plan("a", Mode::Truncate)));
        write_well(&mut writer, "1\n");
        std::fs::rename(place.path("a"), place.path("a.1")).unwrap();
        std::fs::write(place.path("a"), "x\n").unwrap();
        write_well(&mut writer, "2\n");
        writer.reopen().unwrap();
        write_well(&mut writer, "3\n");
        assert_eq!((place.read("a.1"), place.read("a")), ("1\n2\n".into(), "x\n3\n".into()));
        writer.close();
        let (done, _) = write(&mut writer, "4\n");
        assert!(matches!(done.unwrap_err().error, HandlerError::Closed { .. }));
    }

    #[test]
    fn a_reopen_that_failed_empties_nothing_later() {
        let place = Place::new();
        let mut writer = place.open(&HandlerKind::File(place.plan("a", Mode::Truncate)));
        write_well(&mut writer, "1\n");
        std::fs::rename(place.path("a"), place.path("b")).unwrap();
        std::fs::create_dir(place.path("a")).unwrap();
        writer.reopen().unwrap_err();
        std::fs::remove_dir(place.path("a")).unwrap();
        std::fs::rename(place.path("b"), place.path("a")).unwrap();
        write_well(&mut writer, "2\n");
        assert_eq!(place.read("a"), "1\n2\n");
    }

    #[test]
    fn one_missing_folder_is_made_and_no_more() {
        let place = Place::new();
        let mut writer = place.open(&HandlerKind::File(place.plan("logs/a", Mode::Append)));
        write_well(&mut writer, "1\n");
        assert_eq!(place.read("logs/a"), "1\n");
        let error = place.writer(&HandlerKind::File(place.plan("x/y/a", Mode::Append))).open();
        let text = error.unwrap_err().to_string();
        assert!(text.starts_with("can't make the folder `"), "{text}");
    }

    #[test]
    fn a_full_disk_says_how_far_it_came() {
        let place = Place::new();
        let mut plan = place.plan("a", Mode::Append);
        plan.path = "/dev/full".into();
        let mut writer = place.open(&HandlerKind::File(plan));
        let (done, _) = write(&mut writer, "1\n2\n");
        let failed = done.unwrap_err();
        assert_eq!(failed.written, 0);
        let HandlerError::Write { name, source } = failed.error else { panic!("{failed}") };
        assert_eq!((name.as_str(), source.raw_os_error()), ("/dev/full", Some(28)));
    }

    #[test]
    fn a_refused_line_is_reported_and_the_others_are_written() {
        let place = Place::new();
        let mut plan = place.plan("a", Mode::Append);
        plan.encoding = Some("ascii".into());
        let mut writer = place.open(&HandlerKind::File(plan));
        let (done, notices) = write(&mut writer, "1\n2 €\n3\n");
        done.unwrap();
        assert_eq!(place.read("a"), "1\n3\n");
        let [Notice::BadLine { index: 1, reason }] = notices.as_slice() else {
            panic!("{notices:?}")
        };
        assert_eq!(
            reason.to_string(),
            "codec `ascii` can't encode character U+20AC at position 2 of the line"
        );
    }

    #[test]
    fn a_run_may_be_done_in_part() {
        let place = Place::new();
        let mut writer = place.open(&HandlerKind::File(place.plan("a", Mode::Append)));
        for (done, want) in [(0, "ab\ncd\n"), (1, "b\ncd\n"), (3, "cd\n"), (5, "\n"), (6, "")] {
            std::fs::write(place.path("a"), "").unwrap();
            let run = Run { done, ..Run::new(b"ab\ncd\n", &[3, 6], &[]) };
            writer.write(&run, &mut |_| {}).unwrap();
            assert_eq!(place.read("a"), want);
        }
    }

    #[test]
    fn a_new_file_has_the_mode_that_python_gives() {
        let place = Place::new();
        let _writer = place.open(&HandlerKind::File(place.plan("a", Mode::Append)));
        std::fs::write(place.path("b"), "").unwrap();
        let mode = |name| std::fs::metadata(place.path(name)).unwrap().permissions().mode();
        // `std::fs::write` makes files by 0666 and the umask too.
        assert_eq!(mode("a"), mode("b"));
    }
}
