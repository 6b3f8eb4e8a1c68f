//! The configuration file's text and what surrounds it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use logyard_compat::Compat;
use logyard_rotate::Repairs;

use crate::class_map::ClassMap;
use crate::diagnostic::{Diagnostic, Severity};
use crate::plan::{FormatterPlan, Place};
use crate::probe::Files;

/// A configuration larger than this is refused: it is a log file given by mistake. 500 loggers with 100
/// handlers make 60 kB.
const MAX_BYTES: u64 = 1 << 20;

/// One configuration file, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The name as the user gave it, for messages.
    pub name: Arc<str>,
    /// The absolute path, for `here` and `__file__`.
    pub path: PathBuf,
    /// The text.
    pub text: String,
}

/// What the user has set for the reading of a configuration, outside of it.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// `--define NAME=VALUE`: fileConfig's `defaults`, in order; a later one replaces an earlier one.
    pub defines: Vec<(String, String)>,
    /// Whose rules hold.
    pub compat: Compat,
    /// What is repaired of them.
    pub repairs: Repairs,
    /// The user's own classes.
    pub map: ClassMap,
    /// Django's `DEBUG`, for the filters that ask for it.
    pub debug: bool,
    /// What fills in the sections that a dictConfig file lacks.
    pub base: Option<Base>,
}

/// A program's own configuration, over which it lays the user's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// gunicorn's, as with its `--log-config-json` and `logconfig_dict`: each section that the user's
    /// dict has replaces gunicorn's whole section.
    Gunicorn,
}

/// The text is no base.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no base `{0}`: write gunicorn")]
pub struct UnknownBase(String);

impl std::str::FromStr for Base {
    type Err = UnknownBase;

    fn from_str(text: &str) -> Result<Base, UnknownBase> {
        match text {
            "gunicorn" => Ok(Base::Gunicorn),
            _ => Err(UnknownBase(text.to_owned())),
        }
    }
}

impl std::fmt::Display for Base {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Base::Gunicorn => f.write_str("gunicorn"),
        }
    }
}

/// What the configuration may ask of its surroundings.
pub struct Options<'a> {
    /// What the user has set.
    pub settings: Settings,
    /// The server's working directory; relative file names start there.
    pub cwd: PathBuf,
    /// The environment that `os.environ` shows.
    pub env: BTreeMap<String, String>,
    /// The disk, for the checks of file names.
    pub files: &'a dyn Files,
    /// Compiles a formatter as the server will, so that its problems come with the others.
    pub check_format: &'a dyn Fn(&FormatterPlan, Compat) -> Result<(), FormatProblem>,
    /// Looks the codec up as the handler will: encoding or error handler, by Python's name.
    pub check_codec: &'a dyn Fn(CodecPart<'_>) -> Result<(), String>,
}

/// What a file's `encoding` and `errors` name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodecPart<'n> {
    /// `encoding`
    Encoding(&'n str),
    /// `errors`
    Errors(&'n str),
}

/// What is wrong with a format text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatProblem {
    /// A warning where CPython loads the format, and then fails at each record.
    pub severity: Severity,
    /// In `datefmt` rather than in `format`.
    pub in_datefmt: bool,
    /// The byte range in that text.
    pub range: Range<usize>,
    /// What is wrong, in one line.
    pub message: String,
}

impl Source {
    /// Reads a configuration file; what cannot be read is a diagnostic without a source to show.
    pub fn read(path: &Path, cwd: &Path) -> Result<Source, Diagnostic> {
        let name: Arc<str> = path.to_string_lossy().into();
        let absolute = cwd.join(path);
        let problem = |error: &dyn std::fmt::Display| {
            Diagnostic::error("unreadable", format!("can't read {name}: {error}"))
        };
        let metadata = std::fs::metadata(&absolute).map_err(|e| problem(&e))?;
        if metadata.is_dir() {
            return Err(problem(&"it is a directory"));
        }
        if metadata.len() > MAX_BYTES {
            return Err(problem(&"it is larger than 1 MiB, so hardly a configuration"));
        }
        let bytes = std::fs::read(&absolute).map_err(|e| problem(&e))?;
        Source::from_bytes(name.clone(), absolute, bytes)
    }

    /// Makes a source of bytes that were read already.
    pub fn from_bytes(name: Arc<str>, path: PathBuf, bytes: Vec<u8>) -> Result<Source, Diagnostic> {
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let before = error.as_bytes().get(..valid).unwrap_or_default();
            let line = before.iter().filter(|b| **b == b'\n').count() + 1;
            let column = before.iter().rev().take_while(|b| **b != b'\n').count() + 1;
            let byte = error.as_bytes().get(valid).copied().unwrap_or_default();
            Diagnostic::error(
                "not-utf-8",
                format!("{name}:{line}:{column}: the file is not UTF-8: byte 0x{byte:02x}"),
            )
            .help("save the file as UTF-8, for example: iconv -f latin1 -t utf-8")
        })?;
        Ok(Source { name, path, text })
    }

    /// The line and column of a byte offset; an offset past the end is the end.
    pub fn place(&self, offset: usize) -> Place {
        let before = self.text.get(..self.clamp(&(offset..offset)).start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        Place { file: self.name.clone(), line: line as u32, column: column as u32 }
    }

    /// The range cut to the text and to whole characters.
    pub(crate) fn clamp(&self, range: &Range<usize>) -> Range<usize> {
        let start = floor(&self.text, range.start);
        start..floor(&self.text, range.end.max(start))
    }
}

fn floor(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
