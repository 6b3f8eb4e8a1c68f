use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use logyard_view::level_named;
use regex::bytes::Regex;

/// What the lines of a log begin with.
pub(super) struct Shape {
    /// A record's first line is so. None: each line is a record that doesn't begin with a space.
    begin: Option<Regex>,
    /// Where level and logger are, if they can be told.
    parts: Option<Regex>,
    zone: TimeZone,
}

/// What a line tells.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) level: Option<i64>,
    pub(super) level_name: Option<Range<usize>>,
    pub(super) logger: Option<Range<usize>>,
    pub(super) micros: Option<i64>,
}

const TIME: &str = r"^\[?(?P<time>\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?)(?P<offset> ?(?:Z|[+-]\d\d:?\d\d))?\b";

const LEVEL: &str = r"(?P<level>DEBUG|INFO|WARNING|WARN|ERROR|CRITICAL|FATAL|NOTSET)";

/// What comes behind the time, the surest first: with LEVEL in the place of @.
const PARTS: [&str; 6] = [
    // '%(asctime)s - %(name)s - %(levelname)s - %(message)s'
    r"^.{0,50}? - (?P<logger>[\w.\-]+) - @ - ",
    // logging.BASIC_FORMAT
    r"^@:(?P<logger>[\w.\-]+):",
    // '%(levelname)s [%(name)s] …'
    r"^.{0,80}?@\]? +\[(?P<logger>[\w.\-]+)\]",
    // '%(levelname)s %(name)s: …'
    r"^.{0,80}?@\]? +(?P<logger>[\w.\-]+): ",
    // '[%(name)s] %(levelname)s'
    r"^.{0,50}?\[(?P<logger>[A-Za-z_][\w.\-]*)\] +\[?@\b",
    // a level, at least
    r"^.{0,80}?\b@\b",
];

/// Of the lines that begin a record, so many of ten must be so.
const MOST_OF_TEN: usize = 9;

/// Bytes of a line that are looked at.
const HEAD: usize = 400;

impl Shape {
    /// From a part of a log that begins with a line.
    pub(super) fn sniff(sample: &[u8]) -> Shape {
        let zone = TimeZone::system();
        let lines: Vec<&[u8]> = sample.split(|byte| *byte == b'\n').map(head).collect();
        // what is set in is never a beginning, and a traceback's last line seldom
        let lines: Vec<&[u8]> = lines
            .into_iter()
            .filter(|line| line.first().is_some_and(|b| !b.is_ascii_whitespace()))
            .collect();
        let begin = [TIME.to_owned(), format!("^{LEVEL}[: ]"), r"^\{".to_owned()]
            .iter()
            .filter_map(|pattern| Regex::new(pattern).ok())
            .find(|regex| {
                lines.iter().filter(|line| regex.is_match(line)).count() * 3 > lines.len()
            });
        let first: Vec<&[u8]> = lines
            .into_iter()
            .filter(|line| begin.as_ref().is_none_or(|begin| begin.is_match(line)))
            .collect();
        let parts = PARTS
            .iter()
            .filter_map(|pattern| Regex::new(&pattern.replace('@', LEVEL)).ok())
            .find(|regex| {
                let found = first.iter().filter(|line| regex.is_match(line)).count();
                found * 10 >= first.len() * MOST_OF_TEN && found > 0
            });
        Shape { begin, parts, zone }
    }

    pub(super) fn has_level(&self) -> bool {
        self.parts.is_some()
    }

    pub(super) fn has_logger(&self) -> bool {
        self.parts
            .as_ref()
            .is_some_and(|parts| parts.capture_names().flatten().any(|name| name == "logger"))
    }

    pub(super) fn has_time(&self) -> bool {
        self.begin
            .as_ref()
            .is_some_and(|begin| begin.capture_names().flatten().any(|name| name == "time"))
    }

    /// Whether a record begins with this line.
    pub(super) fn begins(&self, line: &[u8]) -> bool {
        match &self.begin {
            Some(begin) => begin.is_match(head(line)),
            None => line.first().is_some_and(|byte| !byte.is_ascii_whitespace()),
        }
    }

    /// What a record tells in its first line.
    pub(super) fn read(&self, record: &[u8]) -> Known {
        let line = head(record.split(|byte| *byte == b'\n').next().unwrap_or_default());
        let mut known = Known::default();
        if let Some(found) = self.parts.as_ref().and_then(|parts| parts.captures(line)) {
            known.level_name = found.name("level").map(|level| level.range());
            known.logger = found.name("logger").map(|logger| logger.range());
            let name =
                found.name("level").and_then(|level| std::str::from_utf8(level.as_bytes()).ok());
            known.level = name.and_then(|name| level_named(name).ok());
        }
        if let Some(found) = self.begin.as_ref().and_then(|begin| begin.captures(line)) {
            let text =
                |name| found.name(name).and_then(|part| std::str::from_utf8(part.as_bytes()).ok());
            known.micros = text("time").and_then(|time| self.time(time, text("offset")));
        }
        known
    }

    fn time(&self, time: &str, offset: Option<&str>) -> Option<i64> {
        match offset {
            Some(offset) => {
                let stamp: Timestamp = format!("{}{}", time, offset.trim()).parse().ok()?;
                Some(stamp.as_microsecond())
            }
            None => {
                let time: DateTime = time.parse().ok()?;
                let zoned = self.zone.to_ambiguous_zoned(time).compatible().ok()?;
                Some(zoned.timestamp().as_microsecond())
            }
        }
    }
}

fn head(line: &[u8]) -> &[u8] {
    line.get(..HEAD).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> (Option<i64>, Option<&str>, Option<i64>) {
        let shape = Shape { zone: TimeZone::UTC, ..Shape::sniff(line.as_bytes()) };
        assert!(shape.begins(line.as_bytes()) && !shape.begins(b"  File \"x\""), "{line}");
        let known = shape.read(line.as_bytes());
        (known.level, known.logger.map(|at| &line[at]), known.micros)
    }

    #[test]
    fn common_lines_are_read() {
        let at = Some(1_763_719_200_500_000);
        for (line, expected) in [
            ("2025-11-21 10:00:00,500 - shop.cart - ERROR - no", (Some(40), Some("shop.cart"), at)),
            ("2025-11-21 10:00:00,500 WARNING  [shop] no", (Some(30), Some("shop"), at)),
            ("2025-11-21 10:00:00,500 INFO shop: no", (Some(20), Some("shop"), at)),
            ("[2025-11-21 11:00:00.500 +0100] [INFO] no", (Some(20), None, at)),
            ("2025-11-21T10:00:00.500Z no", (None, None, at)),
            ("ERROR:shop.cart:no", (Some(40), Some("shop.cart"), None)),
            ("INFO:     no", (Some(20), None, None)),
            ("something else", (None, None, None)),
        ] {
            assert_eq!(read(line), expected, "{line}");
        }
    }
}
