//! The time in a line, by the names of a regular expression's groups: strftime's letters.

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use regex::bytes::{Captures, Regex};

/// A time in ISO's form, with a fraction or an offset or without.
pub(super) const ISO: &str = r"(?P<Y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)[ T](?P<H>\d\d):(?P<M>\d\d):(?P<S>\d\d)(?:[.,](?P<f>\d{1,9}))?(?P<z> ?(?:Z|[+-]\d\d:?\d\d))?";

/// Milliseconds that a format adds itself.
pub(super) const MSECS: &str = r"(?P<f>\d{1,3})";

/// `created`: seconds since 1970.
pub(super) const CREATED: &str = r"(?P<created>\d{1,12}(?:\.\d+)?)";

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// What `strftime` writes, as a regular expression in which each group comes once.
pub(super) fn pattern(format: &str) -> String {
    let (mut out, mut groups) = (String::new(), Vec::new());
    let mut rest = format.chars();
    while let Some(c) = rest.next() {
        if c != '%' {
            out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
            continue;
        }
        let mut letter = rest.next();
        while let Some('-' | '_' | '0' | '^' | '#' | 'E' | 'O') = letter {
            letter = rest.next();
        }
        let longer = match letter {
            Some('T') => "HMS",
            Some('R') => "HM",
            Some('F') => "Ymd",
            Some('D') => "mdy",
            _ => "",
        };
        if longer.is_empty() {
            out.push_str(&directive(letter, &mut groups));
            continue;
        }
        let between = match letter {
            Some('F') => "-",
            Some('D') => "/",
            _ => ":",
        };
        let parts = longer.chars().map(|letter| directive(Some(letter), &mut groups));
        out.push_str(&parts.collect::<Vec<_>>().join(between));
    }
    out
}

fn directive(letter: Option<char>, groups: &mut Vec<char>) -> String {
    let (group, pattern) = match letter {
        Some(c @ ('m' | 'd' | 'H' | 'M' | 'S' | 'I' | 'y')) => (c, r"\d{1,2}"),
        Some('e') => ('d', r" ?\d{1,2}"),
        Some('k') => ('H', r" ?\d{1,2}"),
        Some('l') => ('I', r" ?\d{1,2}"),
        Some('Y') => ('Y', r"\d{4}"),
        Some('j') => ('j', r"\d{1,3}"),
        Some('f') => ('f', r"\d{1,9}"),
        Some('b' | 'B' | 'h') => ('b', r"[A-Za-z]{3,9}"),
        Some('p' | 'P') => ('p', r"[AaPp]\.?[Mm]\.?"),
        Some('z') => ('z', r"(?:Z|[+-]\d\d:?\d\d)"),
        Some('s') => return CREATED.to_owned(),
        Some('a' | 'A' | 'Z') => return r"[^\s\d]+".to_owned(),
        Some('u' | 'w' | 'U' | 'W' | 'V' | 'G' | 'g' | 'C') => return r"\d{1,4}".to_owned(),
        Some('%') => return "%".to_owned(),
        Some('n' | 't') => return r"\s".to_owned(),
        _ => return r"[^\n]*?".to_owned(), // a locale's own
    };
    if groups.contains(&group) {
        return format!("(?:{pattern})");
    }
    groups.push(group);
    format!("(?P<{group}>{pattern})")
}

/// Whether what this matches is a time of a day: a day alone or a time without one is not enough.
pub(super) fn tells(regex: &Regex) -> bool {
    let has = |wanted: &str| regex.capture_names().flatten().any(|name| name == wanted);
    let year = has("Y") || has("y");
    let day = (has("m") || has("b")) && has("d") || has("j");
    has("created") || year && day && (has("H") || has("I") && has("p"))
}

/// The time, in microseconds since 1970; of this zone, if it names none.
pub(super) fn micros(found: &Captures<'_>, zone: &TimeZone) -> Option<i64> {
    let text = |name| found.name(name).and_then(|part| std::str::from_utf8(part.as_bytes()).ok());
    let number = |name| text(name).and_then(|digits: &str| digits.trim_start().parse::<i16>().ok());
    if let Some(created) = text("created") {
        return Some((created.parse::<f64>().ok()? * 1e6).round() as i64);
    }
    let year = match number("y") {
        _ if text("Y").is_some() => number("Y")?,
        Some(short) if short < 69 => 2000 + short, // POSIX
        short => 1900 + short?,
    };
    let date = match (number("j"), text("b")) {
        (Some(day), _) => {
            Date::new(year, 1, 1).ok()?.checked_add(jiff::Span::new().days(day - 1)).ok()?
        }
        (None, month) => {
            let named = |name: &str| {
                let short = name.get(..3)?.to_ascii_lowercase();
                MONTHS.iter().position(|month| *month == short).map(|at| at as i16 + 1)
            };
            let month = number("m").or_else(|| named(month?))?;
            Date::new(year, i8::try_from(month).ok()?, i8::try_from(number("d")?).ok()?).ok()?
        }
    };
    let hour = match (number("H"), number("I"), text("p")) {
        (Some(hour), ..) => hour,
        (None, Some(hour), Some(half)) => {
            hour % 12 + if half.starts_with(['P', 'p']) { 12 } else { 0 }
        }
        _ => return None,
    };
    let small = |name| i8::try_from(number(name).unwrap_or_default()).ok();
    let nanos = text("f").map_or(Some(0), |digits| format!("{digits:0<9}").parse().ok())?;
    let time = date.at(i8::try_from(hour).ok()?, small("M")?, small("S")?.min(59), nanos);
    let stamp = match text("z") {
        Some(zone) => offset(zone.trim())?.to_timestamp(time).ok()?,
        None => zone.to_ambiguous_zoned(time).compatible().ok()?.timestamp(),
    };
    Some(stamp.as_microsecond())
}

/// `Z`, `+0100` or `+01:00`
fn offset(text: &str) -> Option<Offset> {
    if text == "Z" {
        return Some(Offset::UTC);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let (hours, minutes) =
        (digits.get(..2)?.parse::<i32>().ok()?, digits.get(2..)?.parse::<i32>().ok()?);
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-11-21 10:00:05 UTC
    const AT: i64 = 1_763_719_205_000_000;

    #[test]
    fn what_strftime_writes_is_read() {
        for (format, text, expected) in [
            ("%Y-%m-%d %H:%M:%S", "2025-11-21 10:00:05", Some(AT)),
            ("%d/%b/%Y:%H:%M:%S %z", "21/Nov/2025:11:00:05 +0100", Some(AT)),
            ("%A, %B %d %Y, %I:%M:%S %p", "Friday, November 21 2025, 10:00:05 AM", Some(AT)),
            ("%D %T", "11/21/25 10:00:05", Some(AT)),
            ("%Y%m%dT%H%M%S.%f", "20251121T100005.25", Some(AT + 250_000)),
            ("%Y.%j %R", "2025.325 10:00", Some(AT - 5_000_000)),
            ("%s", "1763719205", Some(AT)),
            ("%F %T", "2025-13-21 10:00:05", None),
        ] {
            let regex = Regex::new(&format!("^{}$", pattern(format))).unwrap();
            assert!(tells(&regex), "{format}");
            let found = regex.captures(text.as_bytes()).unwrap();
            assert_eq!(micros(&found, &TimeZone::UTC), expected, "{format}");
        }
        for format in ["%H:%M:%S", "%Y-%m-%d", "%c", "%d %H:%M"] {
            assert!(!tells(&Regex::new(&pattern(format)).unwrap()), "{format}");
        }
    }
}
