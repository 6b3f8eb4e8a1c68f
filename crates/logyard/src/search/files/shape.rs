use std::ops::Range;

use jiff::tz::TimeZone;
use logyard_view::level_named;
use regex::bytes::Regex;

use super::{json, when};

/// What the records of a log look like.
pub(super) enum Shape {
    Lines(Lines),
    /// Each line is a JSON object; times without a zone are of this one.
    Json(TimeZone),
}

/// A record is a line that begins so, with those below it that don't.
pub(super) struct Lines {
    /// None: each line that doesn't begin with a space is a record.
    pub(super) begin: Option<Regex>,
    /// What tells the parts of a record's first line, by the names of groups: `level`, `levelno`, `logger`,
    /// those of [`when`], and `f0` and so on for fields. What the first tells counts.
    pub(super) parts: Vec<Regex>,
    /// The names of `f0` and so on.
    pub(super) fields: Vec<String>,
    pub(super) zone: TimeZone,
}

/// What a record tells.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Known {
    pub(super) level: Option<i64>,
    pub(super) level_name: Option<Vec<u8>>,
    pub(super) logger: Option<Vec<u8>>,
    pub(super) micros: Option<i64>,
    /// Where the fields of lines are, by their numbers.
    pub(super) fields: Vec<Option<Range<usize>>>,
    /// The object of a line of JSON.
    pub(super) object: Option<serde_json::Value>,
}

/// Bytes of a line in which its beginning must be.
const HEAD: usize = 400;

/// Bytes of a record's first line that are looked at for its parts.
const LINE: usize = 64 << 10;

impl Shape {
    pub(super) fn has_level(&self) -> bool {
        self.has("level") || self.has("levelno")
    }

    pub(super) fn has_logger(&self) -> bool {
        self.has("logger")
    }

    pub(super) fn has_time(&self) -> bool {
        match self {
            Shape::Json(_) => true,
            Shape::Lines(lines) => lines.parts.iter().any(when::tells),
        }
    }

    /// Whether a field other than these can be asked for.
    pub(super) fn has_field(&self, name: &str) -> bool {
        match self {
            Shape::Json(_) => true,
            Shape::Lines(lines) => lines.fields.iter().any(|field| field == name),
        }
    }

    fn has(&self, group: &str) -> bool {
        match self {
            Shape::Json(_) => true,
            Shape::Lines(lines) => lines
                .parts
                .iter()
                .any(|parts| parts.capture_names().flatten().any(|name| name == group)),
        }
    }

    /// Whether a record begins with this line.
    pub(super) fn begins(&self, line: &[u8]) -> bool {
        let plain = || line.first().is_some_and(|byte| !byte.is_ascii_whitespace());
        match self {
            Shape::Json(_) => plain(),
            Shape::Lines(lines) => match &lines.begin {
                Some(begin) => begin.is_match(head(line, HEAD)),
                None => plain(),
            },
        }
    }

    /// What a record tells.
    pub(super) fn read(&self, record: &[u8]) -> Known {
        match self {
            Shape::Json(zone) => json::read(record, zone),
            Shape::Lines(lines) => lines.read(record),
        }
    }
}

impl Lines {
    fn read(&self, record: &[u8]) -> Known {
        let end = memchr::memchr(b'\n', record).unwrap_or(record.len());
        let line = head(record.get(..end).unwrap_or_default(), LINE);
        let mut known = Known { fields: vec![None; self.fields.len()], ..Known::default() };
        for parts in &self.parts {
            let Some(found) = parts.captures(line) else { continue };
            let text = |name| found.name(name).map(|part| part.as_bytes().to_vec());
            if known.level_name.is_none() {
                known.level_name = text("level");
            }
            if known.logger.is_none() {
                known.logger = text("logger");
            }
            if known.level.is_none() {
                let level = |name| text(name).as_deref().and_then(level);
                known.level = level("levelno").or_else(|| level("level"));
            }
            if known.micros.is_none() {
                known.micros = when::micros(&found, &self.zone);
            }
            for (number, field) in known.fields.iter_mut().enumerate() {
                if field.is_none() {
                    *field = found.name(&format!("f{number}")).map(|part| part.range());
                }
            }
        }
        known
    }
}

/// The number of a level: its name, as much of it as a format leaves, or `Level 15`.
pub(super) fn level(name: &[u8]) -> Option<i64> {
    let name = std::str::from_utf8(name).ok()?;
    let name = name.strip_prefix("Level ").unwrap_or(name);
    if let Ok(level) = level_named(name) {
        return Some(level);
    }
    let standard = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];
    let short = name.to_ascii_uppercase();
    let full = standard.iter().find(|full| !short.is_empty() && full.starts_with(&short))?;
    level_named(full).ok()
}

pub(super) fn head(line: &[u8], most: usize) -> &[u8] {
    line.get(..most).unwrap_or(line)
}
