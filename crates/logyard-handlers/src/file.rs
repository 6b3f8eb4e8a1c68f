use logyard_config::FilePlan;

use crate::encoding::CodecError;
use crate::error::{Failed, HandlerError};
use crate::log_file::LogFile;
use crate::run::{Notice, Run};

/// `FileHandler`.
#[derive(Debug)]
pub struct FileHandler {
    file: LogFile,
}

impl FileHandler {
    pub(crate) fn new(plan: &FilePlan) -> Result<FileHandler, CodecError> {
        Ok(FileHandler { file: LogFile::new(plan)? })
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

    pub(crate) fn close(&mut self) {
        self.file.close();
    }
}
