//! Searching text files: those of each log and what it was rotated to, the newest first. A record is a line
//! that begins as the log's lines do, with the lines below it that don't.

mod backward;
mod context;
mod family;
mod format;
mod forward;
mod json;
mod line;
mod log;
mod shape;
mod sniff;
mod when;

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use logyard_config::Plan;
use logyard_query::{Condition, Query, Wanted};

use super::out::Out;
use super::{Arguments, Failed};
use log::{Log, Merged};
use shape::Shape;

pub(super) use line::Line;

/// Bytes of a file that are looked at to see what its lines begin with.
const SAMPLE: u64 = 64 << 10;

/// A file can't be searched.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileError {
    #[error("can't read {}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("there is no {}, and nothing that it was rotated to", .0.display())]
    Missing(PathBuf),
    #[error("{} is no file of the configuration; it writes {}", file.display(), names(known))]
    Unknown { file: PathBuf, known: Vec<PathBuf> },
    #[error("the configuration writes no files")]
    NoFiles,
    #[error("{}", .0)]
    CantBeAsked(String),
}

fn names(files: &[PathBuf]) -> String {
    match files {
        [] => "none".to_owned(),
        files => files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", "),
    }
}

/// What a configuration tells of the files.
pub(super) struct Configured {
    pub(super) plan: Plan,
    /// The zone of their times.
    pub(super) zone: TimeZone,
}

/// Looks through the files of each log, all together by time.
pub(super) fn search(
    arguments: &Arguments,
    query: &Query,
    configured: Option<&Configured>,
    out: &mut Out,
) -> Result<bool, Failed> {
    let backward = !arguments.oldest_first;
    let logs = match configured {
        Some(configured) => known(configured, &arguments.files, backward)?,
        None => {
            let sniffed = arguments.files.iter().map(|path| {
                let family = family::family(path)?;
                let shape = sniff(&family)?;
                Ok(Log::new(path, family, shape, backward))
            });
            sniffed.collect::<Result<Vec<_>, FileError>>()?
        }
    };
    for log in &logs {
        can_be_asked(&arguments.query, query, &log.shape, &log.path)?;
    }
    let mut records = Merged::new(logs, backward)?;
    context::show(arguments, query, &mut records, out)?;
    out.end(records.searched())?;
    Ok(true)
}

/// The logs of a configuration, or those of them that are named.
fn known(
    configured: &Configured,
    wanted: &[PathBuf],
    backward: bool,
) -> Result<Vec<Log>, FileError> {
    let plan = &configured.plan;
    let mut found: Vec<(&Path, Option<usize>)> = Vec::new();
    for handler in &plan.handlers {
        if let Some(file) = handler.kind.file()
            && !found.iter().any(|(path, _)| *path == file.path)
        {
            found.push((&file.path, handler.formatter));
        }
    }
    let unknown = |file: &PathBuf| FileError::Unknown {
        file: file.clone(),
        known: found.iter().map(|(path, _)| (*path).to_owned()).collect(),
    };
    let mut logs = Vec::new();
    for file in wanted {
        // as Python's abspath, without looking for links
        let path = std::path::absolute(file).unwrap_or_else(|_| file.clone());
        let same = |known: &Path| {
            known == path
                || known
                    .canonicalize()
                    .ok()
                    .is_some_and(|known| Some(known) == path.canonicalize().ok())
        };
        let one = found.iter().find(|(known, _)| same(known)).ok_or_else(|| unknown(file))?;
        logs.push((*one, true));
    }
    if wanted.is_empty() {
        logs.extend(found.iter().map(|one| (*one, false)));
    }
    if logs.is_empty() {
        return Err(FileError::NoFiles);
    }
    let mut open = Vec::new();
    for ((path, formatter), named) in logs {
        let family = match family::family(path) {
            // one that was not written yet
            Err(FileError::Missing(_)) if !named => continue,
            Err(FileError::Io { source, .. })
                if !named && source.kind() == io::ErrorKind::NotFound =>
            {
                continue;
            }
            family => family?,
        };
        let formatter = formatter.and_then(|at| plan.formatters.get(at));
        let shape = format::shape(formatter, &configured.zone);
        open.push(Log::new(path, family, shape, backward));
    }
    Ok(open)
}

/// What the lines of a log begin with, from the newest file that has some.
fn sniff(family: &[PathBuf]) -> Result<Shape, FileError> {
    for path in family {
        let (file, _) = backward::open(path)?;
        let mut sample = Vec::new();
        let mut file = &file;
        io::Seek::rewind(&mut file)
            .and_then(|()| file.take(SAMPLE).read_to_end(&mut sample))
            .map_err(|source| FileError::Io { path: path.clone(), source })?;
        if !sample.is_empty() {
            return Ok(sniff::sniff(&sample));
        }
    }
    Ok(sniff::sniff(b""))
}

/// Refuses what a text can't tell, rather than find nothing.
fn can_be_asked(text: &str, query: &Query, shape: &Shape, path: &Path) -> Result<(), FileError> {
    let log = path.display();
    for (condition, span) in query.conditions().iter().zip(query.spans()) {
        let mut help = None;
        let why = match condition {
            Condition::Field { name, wanted: Wanted::Words(_) | Wanted::Regex(..) }
                if name == "message" =>
            {
                continue;
            }
            Condition::Field { name, .. } if shape.has_field(name) => continue,
            Condition::Field { name, .. } => {
                let more =
                    "--config CONFIG tells the fields of its formats, and the journal has all";
                help = Some(more.to_owned());
                format!("the lines of {log} have no field `{name}` that is known")
            }
            Condition::Level(_) if !shape.has_level() => {
                format!("the lines of {log} don't tell a level that is known")
            }
            Condition::Logger(_) if !shape.has_logger() => {
                format!("the lines of {log} don't tell their logger in a way that is known")
            }
            Condition::Time(..) if !shape.has_time() => {
                format!("the lines of {log} don't tell a time that is known")
            }
            _ => continue,
        };
        // those of --since and --until have no place in the query
        let error = logyard_query::QueryError { message: why, span: span.clone(), help };
        return Err(FileError::CantBeAsked(match span.is_empty() {
            true => error.message,
            false => format!("the query can't be answered\n\n{}", error.render(text)),
        }));
    }
    Ok(())
}
