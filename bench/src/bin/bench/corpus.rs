//! The corpus: real frames, and the text that CPython writes for them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use logyard_bench::{count, frame_end};

use crate::output::{Logs, Texts};
use crate::server::Programs;

/// The zone of every process of a measurement: that of the machine would make runs differ.
pub(crate) const TIME_ZONE: &str = "Europe/Berlin";

pub(crate) struct Corpus {
    pub(crate) file: PathBuf,
    pub(crate) frames: Vec<u8>,
    pub(crate) records: usize,
    /// What CPython writes, by the file's name
    pub(crate) texts: Texts,
    /// The bytes of all texts
    pub(crate) text_bytes: u64,
}

impl Corpus {
    /// Makes `records` frames in `folder`.
    pub(crate) fn make(programs: &Programs, records: usize, folder: &Path) -> Result<Corpus> {
        let file = folder.join("frames");
        let expected = folder.join("expected");
        let status = Command::new(&programs.python)
            .arg(programs.sources.join("corpus.py"))
            .arg(records.to_string())
            .arg(&file)
            .arg(programs.sources.join("logging.ini"))
            .arg(&expected)
            .env("TZ", TIME_ZONE)
            .status()
            .context("can't run Python")?;
        ensure!(status.success(), "corpus.py failed: {status}");
        let frames = std::fs::read(&file)?;
        let found = count(&frames);
        ensure!(found == records, "the corpus has {found} records, not {records}");
        let logs = Logs::new(expected.join("logs"));
        Ok(Corpus { file, frames, records, texts: logs.read()?, text_bytes: logs.size()? })
    }

    /// The first `count` frames, each with its length before it.
    pub(crate) fn first(&self, count: usize) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        std::iter::from_fn(move || {
            let end = frame_end(&self.frames, start)?;
            let frame = self.frames.get(start..end);
            start = end;
            frame
        })
        .take(count)
    }
}
