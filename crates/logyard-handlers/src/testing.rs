//! What the handlers' tests share.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};

use logyard_config::{Extras, FilePlan, HandlerKind, HandlerPlan, Mode};
use logyard_libc::Zone;
use logyard_rotate::{Clock, Rules};
use tempfile::TempDir;

use crate::{Compressor, Failed, Notice, Run, Surroundings, Writer};

fn handler(kind: &HandlerKind, extras: &Extras) -> HandlerPlan {
    HandlerPlan { kind: kind.clone(), extras: extras.clone(), ..HandlerPlan::default() }
}

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
        let with = Surroundings::new(Zone::Utc, Clock::Manual(Arc::clone(&self.seconds)));
        Writer::new(&handler(kind, &Extras::default()), &Surroundings { rules, ..with }).unwrap()
    }

    /// A handler with extras, opened; and its compressor with what that could not do.
    pub(crate) fn open_with(&self, kind: &HandlerKind, extras: &Extras) -> (Writer, Packer) {
        let problems = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&problems);
        let compressor = Compressor::new(move |error| told.lock().unwrap().push(error.to_string()));
        let with = Surroundings::new(Zone::Utc, Clock::Manual(Arc::clone(&self.seconds)));
        let with = Surroundings { compressor: compressor.clone(), ..with };
        let mut writer = Writer::new(&handler(kind, extras), &with).unwrap();
        writer.open().unwrap();
        (writer, Packer { compressor, problems })
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

/// Writes a text, each line of which is a record's; gives what happened and the notices, without
/// those of opened files.
pub(crate) fn write(writer: &mut Writer, text: &str) -> (Result<(), Failed>, Vec<Notice>) {
    let ends: Vec<u32> = text.match_indices('\n').map(|(at, _)| at as u32 + 1).collect();
    let mut notices = Vec::new();
    let run = Run::new(text.as_bytes(), &ends, &[]);
    let done = writer.write(&run, &mut |notice| notices.push(notice));
    notices.retain(|notice| !matches!(notice, Notice::Opened { .. }));
    (done, notices)
}

/// A handler's compressor.
pub(crate) struct Packer {
    compressor: Compressor,
    problems: Arc<Mutex<Vec<String>>>,
}

impl Packer {
    /// Lets the handler look after its files, waits for the worker, and gives all complaints.
    pub(crate) fn care(&self, writer: &mut Writer) -> Vec<String> {
        let mut problems = Vec::new();
        writer.care(&mut |notice| match notice {
            Notice::Upkeep(error) => problems.push(error.to_string()),
            other => panic!("{other:?}"),
        });
        self.compressor.wait();
        problems.append(&mut self.problems.lock().unwrap());
        problems
    }
}

/// Writes a text, which must go well.
pub(crate) fn write_well(writer: &mut Writer, text: &str) {
    let (done, notices) = write(writer, text);
    done.unwrap();
    assert!(notices.is_empty(), "{notices:?}");
}
