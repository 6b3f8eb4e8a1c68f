//! The corpus: real frames, and the text that CPython writes for them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use logyard_bench::{count, frame_end};

use crate::output::{Logs, Texts};
use crate::server::Programs;

/// The zone of every process of a measurement: that of the machine would make runs differ.
pub(crate) const TIME_ZONE: &str = "Europe/Berlin";

/// What kind of records a corpus has.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) records: usize,
    /// One of `corpus.py`'s
    pub(crate) mix: &'static str,
    /// Of the pickles
    pub(crate) protocol: u8,
    /// Loggers and files, in place of those of `logging.ini`
    pub(crate) loggers: Option<(usize, usize)>,
}

impl Shape {
    /// What a web service sends.
    pub(crate) fn usual(records: usize) -> Shape {
        Shape { records, mix: "mixed", protocol: 1, loggers: None }
    }
}

pub(crate) struct Corpus {
    pub(crate) file: PathBuf,
    /// The same records as lines of JSON
    pub(crate) lines: PathBuf,
    /// The configuration that its text was written with
    pub(crate) config: PathBuf,
    pub(crate) frames: Vec<u8>,
    pub(crate) records: usize,
    /// What CPython writes, by the file's name
    pub(crate) texts: Texts,
    /// The bytes of all texts
    pub(crate) text_bytes: u64,
}

impl Corpus {
    /// Makes one in `folder`.
    pub(crate) fn make(programs: &Programs, shape: Shape, folder: &Path) -> Result<Corpus> {
        let Shape { records, mix, protocol, loggers } = shape;
        let folder = tempfile::tempdir_in(folder)?.keep(); // it goes with the folder around it
        let file = folder.join("frames");
        let expected = folder.join("expected");
        let mut config = programs.sources.join("logging.ini");
        let mut python = Command::new(&programs.python);
        python.arg(programs.sources.join("corpus.py")).arg(records.to_string()).arg(&file);
        python.args(["--mix", mix, "--protocol", &protocol.to_string()]);
        if let Some((loggers, files)) = loggers {
            config = folder.join("logging.json");
            python.args(["--loggers", &loggers.to_string(), "--files", &files.to_string()]);
        }
        python.arg("--config").arg(&config).arg("--folder").arg(&expected).env("TZ", TIME_ZONE);
        let status = python.status().context("can't run Python")?;
        ensure!(status.success(), "corpus.py failed: {status}");
        let frames = std::fs::read(&file)?;
        let found = count(&frames, frame_end);
        ensure!(found == records, "the corpus has {found} records, not {records}");
        let logs = Logs::new(expected.join("logs"));
        let (texts, text_bytes) = (logs.read()?, logs.size()?);
        Ok(Corpus {
            file,
            lines: expected.join("json"),
            config,
            frames,
            records,
            texts,
            text_bytes,
        })
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
