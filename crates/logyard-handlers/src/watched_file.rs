use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;

use logyard_config::FilePlan;

use crate::encoding::CodecError;
use crate::error::{Failed, HandlerError};
use crate::log_file::LogFile;
use crate::run::{Notice, Run};

/// `WatchedFileHandler`: opens its file anew when another program has moved it away.
///
/// CPython looks before each record, this once for a run.
#[derive(Debug)]
pub struct WatchedFileHandler {
    file: LogFile,
}

impl WatchedFileHandler {
    pub(crate) fn new(plan: &FilePlan) -> Result<WatchedFileHandler, CodecError> {
        Ok(WatchedFileHandler { file: LogFile::new(plan)? })
    }

    pub(crate) fn open(&mut self) -> Result<(), HandlerError> {
        self.file.open_unless_delayed()
    }

    pub(crate) fn write(
        &mut self,
        run: &Run,
        notice: &mut dyn FnMut(Notice),
    ) -> Result<(), Failed> {
        if !run.is_within_line() && self.is_moved() {
            self.file.let_go();
        }
        self.file.write(run, run.first(), run.ends.len(), notice)
    }

    /// `reopenIfNeeded`'s question: is another file, or none, at the path?
    fn is_moved(&self) -> bool {
        let Some(ours) = self.file.metadata() else { return false };
        match std::fs::metadata(self.file.path()) {
            Ok(there) => (there.dev(), there.ino()) != (ours.dev(), ours.ino()),
            // Any other error (no permission to look) says nothing about the file: CPython raises,
            // this goes on with what is open.
            Err(error) => error.kind() == ErrorKind::NotFound,
        }
    }

    pub(crate) fn reopen(&mut self) -> Result<(), HandlerError> {
        self.file.reopen()
    }

    pub(crate) fn close(&mut self) {
        self.file.close();
    }
}
