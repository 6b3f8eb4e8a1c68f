//! What the handlers' tests share.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use logyard_config::{FilePlan, HandlerKind, Mode};
use logyard_libc::Zone;
use logyard_rotate::{Clock, Rules};
use tempfile::TempDir;

use crate::{Failed, Notice, Run, Writer};

/// A folder with a log file in it.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) seconds: Arc<AtomicI64>,
}

impl Place {
    pub(crate) fn new() -> Place {
        let seconds = Arc::new(AtomicI64::new(1_000_000_000_000_000));
        Place { folder: tempfile::tempdir().unwrap(), seconds }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn plan(&self, name: &str, mode: Mode) -> FilePlan {
        FilePlan { path: self.path(name), mode, encoding: None, errors: None, delay: false }
    }

    pub(crate) fn writer(&self, kind: &HandlerKind) -> Writer {
        self.writer_by(kind, Rules::default())
    }

    pub(crate) fn writer_by(&self, kind: &HandlerKind, rules: Rules) -> Writer {
        Writer::new(kind, &Zone::Utc, &Clock::Manual(Arc::clone(&self.seconds)), rules).unwrap()
    }

    pub(crate) fn open(&self, kind: &HandlerKind) -> Writer {
        let mut writer = self.writer(kind);
        writer.open().unwrap();
        writer
    }

    pub(crate) fn read(&self, name: &str) -> String {
        read(&self.path(name))
    }

    /// The names in the folder.
    pub(crate) fn names(&self) -> Vec<String> {
        let items = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> =
            items.map(|item| item.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// Writes a text, each line of which is a record's; gives what happened and the notices.
pub(crate) fn write(writer: &mut Writer, text: &str) -> (Result<(), Failed>, Vec<Notice>) {
    let ends: Vec<u32> = text.match_indices('\n').map(|(at, _)| at as u32 + 1).collect();
    let mut notices = Vec::new();
    let run = Run::new(text.as_bytes(), &ends, &[]);
    let done = writer.write(&run, &mut |notice| notices.push(notice));
    (done, notices)
}

/// Writes a text, which must go well.
pub(crate) fn write_well(writer: &mut Writer, text: &str) {
    let (done, notices) = write(writer, text);
    done.unwrap();
    assert!(notices.is_empty(), "{notices:?}");
}
