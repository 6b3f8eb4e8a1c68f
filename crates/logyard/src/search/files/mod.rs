//! Searching text files: those of a log and what it was rotated to, the newest first. A record is a line
//! that begins as the log's lines do, with the lines below it that don't.

mod backward;
mod family;
mod line;
mod shape;

use std::io;
use std::path::{Path, PathBuf};

use logyard_query::{Condition, Query, Wanted};

use super::out::Out;
use super::{Arguments, Failed};
use backward::Backward;
pub(super) use line::Line;
use shape::Shape;

/// A file can't be searched.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileError {
    #[error("can't read {}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("there is no {}, and nothing that it was rotated to", .0.display())]
    Missing(PathBuf),
    #[error("{}", .0)]
    CantBeAsked(String),
}

/// Looks through the files of each log, one log after the other.
pub(super) fn search(arguments: &Arguments, query: &Query, out: &mut Out) -> Result<bool, Failed> {
    let mut left = arguments.lines.unwrap_or(u64::MAX);
    let mut searched = 0;
    for path in &arguments.files {
        let family = family::family(path)?;
        let shape = sniff(&family)?;
        can_be_asked(&arguments.query, query, &shape, path)?;
        for file in family {
            let mut records = Backward::open(&file)?;
            searched += records.len();
            while left > 0 {
                let Some(record) = records.next(&shape)? else { break };
                let line = Line::new(record, &shape);
                if query.matches(&line) {
                    out.line(&line, &file)?;
                    left -= 1;
                }
            }
        }
    }
    out.end(searched)?;
    Ok(true)
}

/// What the lines of a log begin with, from the newest file that has some.
fn sniff(family: &[PathBuf]) -> Result<Shape, FileError> {
    for file in family {
        let sample = Backward::open(file)?.sample()?;
        if !sample.is_empty() {
            return Ok(Shape::sniff(&sample));
        }
    }
    Ok(Shape::sniff(b""))
}

/// Refuses what a text can't tell, rather than find nothing.
fn can_be_asked(text: &str, query: &Query, shape: &Shape, path: &Path) -> Result<(), FileError> {
    let log = path.display();
    for (condition, span) in query.conditions().iter().zip(query.spans()) {
        let why = match condition {
            Condition::Field { name, wanted: Wanted::Words(_) | Wanted::Regex(..) }
                if name == "message" =>
            {
                continue;
            }
            Condition::Field { name, .. } => format!(
                "a text has no field `{name}`: it can be asked for words, level, logger and time; the journal knows all fields"
            ),
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
        let error = logyard_query::QueryError { message: why, span: span.clone(), help: None };
        return Err(FileError::CantBeAsked(match span.is_empty() {
            true => error.message,
            false => format!("the query can't be answered\n\n{}", error.render(text)),
        }));
    }
    Ok(())
}
