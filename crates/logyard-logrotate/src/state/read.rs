use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use super::{Entry, State, quoting};
use crate::moment::{Moment, WallTime};

/// What is wrong with a state file. What stands before it holds.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// The first line is not a state file's.
    #[error("bad top line in state file")]
    Top,
    /// A line that is no entry.
    #[error("bad line {0} in state file")]
    Line(usize),
    /// The file ends in the middle of a line.
    #[error("line {0} too long in state file")]
    Open(usize),
    /// A number that no date has: which, its value, and the log.
    #[error("bad {0} {1} for file {2} in state file")]
    Number(&'static str, i32, String),
}

impl State {
    /// Reads the text of a state file of version 1 or 2. An empty one is as good as none.
    pub fn read(text: &[u8], now: &Moment) -> (State, Option<StateError>) {
        let mut state = State::default();
        if text.is_empty() {
            return (state, None);
        }
        let mut lines = text.split_inclusive(|byte| *byte == b'\n').enumerate();
        match lines.next() {
            Some((_, b"logrotate state -- version 1\n" | b"logrotate state -- version 2\n")) => {}
            _ => return (state, Some(StateError::Top)),
        }
        // an entry may go over several lines: its name may have newlines in it
        for (index, line) in lines {
            let Some(line) = line.strip_suffix(b"\n") else {
                return (state, Some(StateError::Open(index + 1)));
            };
            if line.is_empty() {
                continue;
            }
            match entry(line, index + 1, now) {
                Ok((log, last)) => drop(state.0.insert(log, Entry { last, used: false })),
                Err(error) => return (state, Some(error)),
            }
        }
        (state, None)
    }
}

fn entry(line: &[u8], number: usize, now: &Moment) -> Result<(OsString, i64), StateError> {
    let bad = || StateError::Line(number);
    let (log, rest) = quoting::read(line).ok_or_else(bad)?;
    let date = std::str::from_utf8(rest.trim_ascii()).map_err(|_| bad())?;
    let wall = date_of(date).ok_or_else(bad)?;
    let log = OsString::from_vec(log);
    // years before logrotate knew better are kept
    let in_range = [
        ("year", wall.year, is_year(wall.year)),
        ("month", wall.month, (1..=12).contains(&wall.month)),
        ("day", wall.day, (0..=31).contains(&wall.day)),
        ("hour", wall.hour, (0..=23).contains(&wall.hour)),
        ("minute", wall.minute, (0..=59).contains(&wall.minute)),
        ("second", wall.second, (0..=61).contains(&wall.second)),
    ];
    match in_range.into_iter().find(|(_, _, good)| !good) {
        Some((what, value, _)) => Err(StateError::Number(what, value, log.display().to_string())),
        None => Ok((log, moment(wall, now).secs)),
    }
}

fn is_year(year: i32) -> bool {
    year == 1900 || (1970..=2100).contains(&year)
}

/// Day 0 and second 61 are let through, but not into a year that could not be read again.
fn moment(wall: WallTime, now: &Moment) -> Moment {
    let at = now.at_wall(wall);
    if is_year(at.wall().year) {
        return at;
    }
    now.at_wall(WallTime { day: wall.day.max(1), second: wall.second.min(59), ..wall })
}

/// `Y-M-D`, `Y-M-D-h`, `Y-M-D-h:m` or `Y-M-D-h:m:s`.
fn date_of(text: &str) -> Option<WallTime> {
    let mut rest = text;
    let mut fields = [0; 6];
    let mut count = 0;
    for (field, separator) in fields.iter_mut().zip(["", "-", "-", "-", ":", ":"]) {
        let Some(after) = rest.strip_prefix(separator) else { break };
        let digits = after.len()
            - after.trim_start_matches('-').trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, after) = after.split_at_checked(digits)?;
        *field = number.parse().ok()?;
        rest = after;
        count += 1;
    }
    let [year, month, day, hour, minute, second] = fields;
    (count >= 3 && rest.is_empty()).then_some(WallTime { year, month, day, hour, minute, second })
}

#[cfg(test)]
mod tests {
    use super::*;
    use logyard_libc::Zone;

    fn now() -> Moment {
        Moment::new(1_795_341_600, Zone::Utc) // 2026-11-22 10:00
    }

    fn read(lines: &str) -> (usize, Option<String>) {
        let text = format!("logrotate state -- version 2\n{lines}");
        let (state, error) = State::read(text.as_bytes(), &now());
        (state.0.len(), error.map(|error| error.to_string()))
    }

    #[test]
    fn both_versions_and_short_dates() {
        for text in [
            "logrotate state -- version 1\n/a 2026-11-20\n",
            "logrotate state -- version 2\n\"/a\" 2026-11-20-0:0:0\n",
        ] {
            let (mut state, error) = State::read(text.as_bytes(), &now());
            assert_eq!((state.last("/a".as_ref(), &now()), error), (1_795_132_800, None));
        }
        assert_eq!(read(""), (0, None));
        assert_eq!(read("\n\"/x\\\"\\\\\\n\" 2026-01-02-03:04:05\n"), (1, None));
    }

    #[test]
    fn what_is_read_can_be_read_again() {
        for date in ["1900-1-0-1:0:0", "1970-1-0", "2100-12-31-23:59:61", "2026-2-31"] {
            let text = format!("logrotate state -- version 2\n\"/a\" {date}\n");
            let (state, error) = State::read(text.as_bytes(), &now());
            assert_eq!(error, None, "{date}");
            assert_eq!(State::read(&state.text(&now()), &now()), (state, None), "{date}");
        }
    }

    #[test]
    fn what_stands_before_an_error_holds() {
        assert_eq!(
            read("\"/a\" 2026-1-1\nfoo\n\"/b\" 2026-1-1\n"),
            (1, Some("bad line 3 in state file".into()))
        );
        assert_eq!(
            read("\"/a\" 2026-1-1\n\"/b\" 2026-1-1"),
            (1, Some("line 3 too long in state file".into()))
        );
        assert_eq!(
            read("\"/a\" 1969-1-1\n"),
            (0, Some("bad year 1969 for file /a in state file".into()))
        );
        assert_eq!(read("\"/a\" 2026-13-1\n").1.unwrap(), "bad month 13 for file /a in state file");
        for line in [
            "\"/a 2026-1-1\n",
            "/a\n",
            "\"/a\" 2026-1\n",
            "\"/a\" 2026-1-1-1:1:1 x\n",
            "\"\\\n",
            "/a 9999999999-1-1\n",
        ] {
            assert_eq!(read(line), (0, Some("bad line 2 in state file".into())), "{line}");
        }
        assert_eq!(State::read(b"foo\n", &now()).1, Some(StateError::Top));
    }
}
