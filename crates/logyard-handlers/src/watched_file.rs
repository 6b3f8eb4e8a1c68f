use std::time::Instant;

use logyard_config::{Extras, FilePlan};

use crate::encoding::CodecError;
use crate::error::{Failed, HandlerError};
use crate::log_file::LogFile;
use crate::run::{Notice, Run};

/// `WatchedFileHandler`: opens its file anew when another program has moved it away.
///
/// CPython looks before each record, this once for a run.
#[derive(Debug)]
pub struct WatchedFileHandler {
    pub(crate) file: LogFile,
}

impl WatchedFileHandler {
    pub(crate) fn new(plan: &FilePlan, extras: &Extras) -> Result<WatchedFileHandler, CodecError> {
        Ok(WatchedFileHandler { file: LogFile::new(plan, extras)? })
    }

    pub(crate) fn open(&mut self) -> Result<(), HandlerError> {
        self.file.open_unless_delayed()
    }

    pub(crate) fn write(
        &mut self,
        run: &Run,
        notice: &mut dyn FnMut(Notice),
    ) -> Result<(), Failed> {
        if !run.is_within_line() && self.file.is_moved() {
            self.file.let_go();
        }
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
    use logyard_config::{HandlerKind, Mode};

    use crate::testing::{Place, write, write_well};

    #[test]
    fn follows_the_name() {
        let place = Place::new();
        let mut writer = place.open(&HandlerKind::WatchedFile(place.plan("a", Mode::Append)));
        write_well(&mut writer, "1\n");
        std::fs::rename(place.path("a"), place.path("b")).unwrap();
        write_well(&mut writer, "2\n");
        std::fs::remove_file(place.path("a")).unwrap();
        std::fs::write(place.path("a"), "x\n").unwrap();
        write_well(&mut writer, "3\n");
        assert_eq!((place.read("b"), place.read("a")), ("1\n".into(), "x\n3\n".into()));
    }

    #[test]
    fn lines_wait_while_the_file_cannot_be_made() {
        let place = Place::new();
        let mut writer = place.open(&HandlerKind::WatchedFile(place.plan("a", Mode::Append)));
        std::fs::remove_file(place.path("a")).unwrap();
        std::fs::create_dir(place.path("a")).unwrap();
        let (done, _) = write(&mut writer, "1\n");
        assert_eq!(done.unwrap_err().written, 0);
        std::fs::remove_dir(place.path("a")).unwrap();
        write_well(&mut writer, "1\n");
        assert_eq!(place.read("a"), "1\n");
    }
}
