//! `dateext`: the date in the name of a rotated log.

use logyard_libc::strftime;

use crate::moment::{Moment, WallTime};
use crate::plan::{Criterion, Directives};

/// Longest date in a name, and longest pattern for one, in bytes: as in logrotate.
const LONGEST: usize = 63;
const LONGEST_PATTERN: usize = 127;

/// A `dateformat`, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateFormat(Vec<Part>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Literal(u8),
    /// The letter of strftime(3).
    Item(u8),
}

/// What `%s` and so on may be, and how many digits they have.
fn digits(letter: u8) -> Option<usize> {
    match letter {
        b'Y' | b'G' => Some(4),
        b'm' | b'd' | b'H' | b'M' | b'S' | b'V' | b'U' | b'W' | b'y' | b'g' => Some(2),
        b'j' => Some(3),
        b'u' | b'w' => Some(1),
        b's' => Some(10),
        b'z' => Some(5), // the sign is no digit
        _ => None,
    }
}

/// The moment that a rotation `now` has in the name.
pub fn in_name(d: &Directives, now: &Moment) -> Moment {
    let mut at = now.clone();
    if d.date_yesterday {
        at = at.yesterday();
    }
    if d.date_hour_ago {
        at = at.after_hours(-1);
    }
    at
}

impl DateFormat {
    /// The format of a block: its own, or the default of its criterion.
    pub fn of(d: &Directives) -> DateFormat {
        let default = match d.criterion {
            Criterion::Minutes(_) => "-%Y%m%d%H%M",
            Criterion::Hourly => "-%Y%m%d%H",
            _ => "-%Y%m%d",
        };
        DateFormat::parse(d.date_format.as_deref().unwrap_or(default))
    }

    /// What is no known item stays as it is.
    pub fn parse(format: &str) -> DateFormat {
        let mut parts = Vec::with_capacity(format.len());
        let mut bytes = format.bytes().peekable();
        while let Some(byte) = bytes.next() {
            match bytes.peek().filter(|letter| byte == b'%' && digits(**letter).is_some()) {
                Some(letter) => {
                    parts.push(Part::Item(*letter));
                    bytes.next();
                }
                None => parts.push(Part::Literal(byte)),
            }
        }
        DateFormat(parts)
    }

    /// The first `%` and letter in it that are no item, and stay as they are.
    pub fn unknown(&self) -> Option<String> {
        self.0.windows(2).find_map(|pair| match pair {
            [Part::Literal(b'%'), Part::Literal(letter)] if letter.is_ascii_alphabetic() => {
                Some(format!("%{}", char::from(*letter)))
            }
            _ => None,
        })
    }

    /// The text for the moment of a rotation, `None` if it is too long for logrotate.
    pub fn suffix(&self, at: &Moment) -> Option<String> {
        let mut out = Vec::new();
        for part in &self.0 {
            match part {
                Part::Literal(byte) => out.push(*byte),
                Part::Item(b's') => out.extend(at.secs.to_string().bytes()),
                Part::Item(letter) => strftime(&[b'%', *letter], &at.tm, &mut out),
            }
        }
        let fits = out.len() <= LONGEST && self.pattern().len() <= LONGEST_PATTERN;
        fits.then(|| String::from_utf8_lossy(&out).into_owned())
    }

    /// The format for strftime(3), as `-v` shows it: a `%` that is no item is doubled.
    pub fn for_strftime(&self) -> String {
        let mut out = Vec::new();
        for part in &self.0 {
            match part {
                Part::Literal(b'%') => out.extend(b"%%"),
                Part::Literal(byte) => out.push(*byte),
                Part::Item(letter) => out.extend([b'%', *letter]),
            }
        }
        String::from_utf8_lossy(&out).into_owned()
    }

    /// The glob that finds such texts: `-v` shows it.
    pub fn pattern(&self) -> String {
        let mut out = Vec::new();
        for part in &self.0 {
            match part {
                Part::Literal(byte) => out.push(*byte),
                Part::Item(b'z') => out.extend_from_slice(b"[-+][0-9][0-9][0-9][0-9]"),
                Part::Item(letter) => out.extend(b"[0-9]".repeat(digits(*letter).unwrap_or(0))),
            }
        }
        String::from_utf8_lossy(&out).into_owned()
    }

    /// When `text` says that it was rotated, in seconds since the epoch; `None` if it is not of this
    /// format.
    pub fn read(&self, text: &[u8], now: &Moment) -> Option<i64> {
        let mut wall = WallTime { year: 1900, month: 1, day: 1, ..WallTime::default() };
        let (mut epoch, mut offset) = (None, None);
        let mut rest = text;
        for part in &self.0 {
            match part {
                Part::Literal(byte) => {
                    rest = rest.strip_prefix(std::slice::from_ref(byte))?;
                }
                Part::Item(letter) => {
                    let (item, after) = rest.split_at_checked(digits(*letter)?)?;
                    rest = after;
                    let (sign, item) = match (letter, item) {
                        (b'z', [b'-', item @ ..]) => (-1, item),
                        (b'z', [b'+', item @ ..]) => (1, item),
                        (b'z', _) => return None,
                        _ => (1, item),
                    };
                    if !item.iter().all(u8::is_ascii_digit) {
                        return None;
                    }
                    let number: i64 = std::str::from_utf8(item).ok()?.parse().ok()?;
                    let small = i32::try_from(number).unwrap_or(0);
                    match letter {
                        b'Y' => wall.year = small,
                        b'y' => wall.year = 2000 + small,
                        b'm' => wall.month = small,
                        b'd' => wall.day = small,
                        b'j' => (wall.month, wall.day) = (1, small),
                        b'H' => wall.hour = small,
                        b'M' => wall.minute = small,
                        b'S' => wall.second = small,
                        b's' => epoch = Some(number),
                        b'z' => offset = Some(sign * (number / 100 * 3600 + number % 100 * 60)),
                        _ => {} // weeks: the name decides among equal dates
                    }
                }
            }
        }
        if !rest.is_empty() {
            return None;
        }
        let local = now.at_wall(wall);
        let zone = offset.map_or(0, |offset| i64::from(local.tm.gmtoff) - offset);
        Some(epoch.unwrap_or(local.secs + zone))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use logyard_libc::Zone;

    fn now() -> Moment {
        Moment::new(1_795_341_600, Zone::named("Europe/Berlin").unwrap()) // 2026-11-22 11:00 there
    }

    fn suffix(format: &str) -> String {
        DateFormat::parse(format).suffix(&now()).unwrap()
    }

    #[test]
    fn known_items_only() {
        assert_eq!(suffix("-%Y%m%d"), "-20261122");
        assert_eq!(suffix(".%H:%M:%S %V %s%z%q%"), ".11:00:00 47 1795341600+0100%q%");
        assert_eq!(
            DateFormat::parse("%Y.%z").pattern(),
            "[0-9][0-9][0-9][0-9].[-+][0-9][0-9][0-9][0-9]"
        );
        assert_eq!(DateFormat::parse(&"%Y".repeat(7)).suffix(&now()), None);
    }

    #[test]
    fn a_date_is_read_back() {
        for format in ["-%Y%m%d%H%M%S", "%s", "%d.%m.%Y_%H:%M:%S%z"] {
            let parsed = DateFormat::parse(format);
            assert_eq!(
                parsed.read(suffix(format).as_bytes(), &now()),
                Some(now().secs),
                "{format}"
            );
        }
        for text in ["-2026112", "-20261122x", "-2026112x", "20261122", ""] {
            assert_eq!(DateFormat::parse("-%Y%m%d").read(text.as_bytes(), &now()), None, "{text}");
        }
    }
}
