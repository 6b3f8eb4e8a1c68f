//! The shape of a log, as it is seen in a part of it.

use jiff::tz::TimeZone;
use regex::bytes::Regex;

use super::shape::{Lines, Shape};
use super::{json, when};

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

/// From a part of a log that begins with a line.
pub(super) fn sniff(sample: &[u8]) -> Shape {
    let zone = TimeZone::system();
    // what is set in is never a beginning, and a traceback's last line seldom
    let lines: Vec<&[u8]> = sample
        .split(|byte| *byte == b'\n')
        .filter(|line| line.first().is_some_and(|b| !b.is_ascii_whitespace()))
        .collect();
    // the last line may be cut
    let objects = lines.iter().filter(|line| json::object(line).is_some()).count();
    if objects > 0 && objects + 1 >= lines.len() {
        return Shape::Json(zone);
    }
    let lines: Vec<&[u8]> = lines.into_iter().map(|line| super::shape::head(line, HEAD)).collect();
    let begin = [format!(r"^\[?{}\b", when::ISO), format!("^{LEVEL}[: ]")]
        .iter()
        .filter_map(|pattern| Regex::new(pattern).ok())
        .find(|regex| {
            // a file begins with a record, unless it was cut; tracebacks may be more than all others
            lines.first().is_some_and(|line| regex.is_match(line))
                || lines.iter().filter(|line| regex.is_match(line)).count() * 3 > lines.len()
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
    let parts = begin.clone().into_iter().chain(parts).collect();
    Shape::Lines(Lines { begin, parts, fields: Vec::new(), zone })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> (Option<i64>, Option<String>, Option<i64>) {
        let mut shape = sniff(line.as_bytes());
        if let Shape::Lines(lines) = &mut shape {
            lines.zone = TimeZone::UTC;
        }
        assert!(shape.begins(line.as_bytes()) && !shape.begins(b"  File \"x\""), "{line}");
        let known = shape.read(line.as_bytes());
        (known.level, known.logger.map(|name| String::from_utf8(name).unwrap()), known.micros)
    }

    #[test]
    fn a_log_of_tracebacks_is_one() {
        let text = "2025-11-21 10:00:00,500 ERROR shop: no\nTraceback (most recent call last):\n  File \"x\"\nKeyError: 1\n\nDuring handling:\n\nTraceback (most recent call last):\nValueError: 2\n";
        let shape = sniff(text.as_bytes());
        assert!(shape.has_level() && shape.has_logger() && shape.has_time());
        assert!(!shape.begins(b"KeyError: 1"));
    }

    #[test]
    fn common_lines_are_read() {
        let at = Some(1_763_719_200_500_000);
        for (line, (level, logger, micros)) in [
            ("2025-11-21 10:00:00,500 - shop.cart - ERROR - no", (Some(40), Some("shop.cart"), at)),
            ("2025-11-21 10:00:00,500 WARNING  [shop] no", (Some(30), Some("shop"), at)),
            ("2025-11-21 10:00:00,500 INFO shop: no", (Some(20), Some("shop"), at)),
            ("[2025-11-21 11:00:00.500 +0100] [INFO] no", (Some(20), None, at)),
            ("2025-11-21T10:00:00.500Z no", (None, None, at)),
            ("ERROR:shop.cart:no", (Some(40), Some("shop.cart"), None)),
            ("INFO:     no", (Some(20), None, None)),
            ("something else", (None, None, None)),
            (
                r#"{"asctime": "2025-11-21 10:00:00,500Z", "levelname": "ERROR", "name": "shop"}"#,
                (Some(40), Some("shop"), at),
            ),
        ] {
            assert_eq!(read(line), (level, logger.map(str::to_owned), micros), "{line}");
        }
    }
}
