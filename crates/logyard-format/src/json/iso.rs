//! Dates and times in the forms of ISO 8601 that the encoders have. Each gives the text by rewriting
//! Python's `str`, which has all of it.

use std::io::Write as _;

use logyard_libc::Zone;
use logyard_pickle::Object;

use super::Dialect;

/// A date and a time are this long before the fraction and the offset.
const DATE: usize = 10;
const SECONDS: usize = 8;

/// `str(datetime)` as `isoformat()`, or as orjson's and msgspec's RFC 3339.
pub(super) fn datetime(text: &mut Vec<u8>, dialect: Dialect) {
    // What isn't a moment prints as an object.
    if !text.first().is_some_and(u8::is_ascii_digit) {
        return;
    }
    if let Some(separator) = text.get_mut(DATE) {
        *separator = b'T';
    }
    offset(text, DATE + 1 + SECONDS, dialect);
}

/// `str` of a datetime or date as the moment when a clock in `zone` shows it, in UTC: what
/// `time.mktime` makes of its `timetuple`, whatever its own offset.
pub(super) fn utc(text: &mut Vec<u8>, zone: &Zone) {
    let number = |at: std::ops::Range<usize>| {
        let digits = text.get(at).and_then(|digits| std::str::from_utf8(digits).ok());
        digits.and_then(|digits| digits.parse::<i64>().ok())
    };
    let (Some(year), Some(month), Some(day)) = (number(0..4), number(5..7), number(8..10)) else {
        return; // what isn't a moment prints as an object
    };
    let part = |at| number(at).unwrap_or(0);
    let of_day = (part(11..13) * 60 + part(14..16)) * 60 + part(17..19);
    let shown = days(year, month, day) * 86_400 + of_day;
    // the offset at a moment that is near, and then at the right one
    let near = shown - i64::from(zone.local(shown).gmtoff);
    let tm = Zone::Utc.local(shown - i64::from(zone.local(near).gmtoff));
    text.clear();
    let (month, day) = (tm.mon + 1, tm.mday);
    // Writing to memory doesn't fail; glibc's `%Y` has no leading zeros.
    let _ = write!(
        text,
        "{}-{month:02}-{day:02}T{:02}:{:02}:{:02}.000Z",
        tm.year, tm.hour, tm.min, tm.sec
    );
}

/// Days since 1970-01-01 of the Gregorian calendar, from the year 1 on.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // years begin in March, so that the leap day is the last one
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 719_469
}

/// `str(time)`, likewise.
pub(super) fn time(text: &mut Vec<u8>, dialect: Dialect) {
    if text.first().is_some_and(u8::is_ascii_digit) {
        offset(text, SECONDS, dialect);
    }
}

/// The offset from UTC, which comes at `from` or behind a fraction: in Python with its seconds, in
/// orjson and msgspec to the nearest minute, half a one to the larger and to the smaller offset.
/// msgspec has `Z` for none.
fn offset(text: &mut Vec<u8>, from: usize, dialect: Dialect) {
    if matches!(dialect, Dialect::Json | Dialect::Lenient) {
        return;
    }
    let tail = text.get(from..).unwrap_or_default();
    let Some(at) = tail.iter().position(|byte| matches!(byte, b'+' | b'-')) else { return };
    let at = from + at;
    let Some((sign, seconds)) = text.get(at..).and_then(read_offset) else { return };
    text.truncate(at);
    let (hours, minutes) = match dialect {
        // within the hour, so that 18:59:30 is 18:60
        Dialect::Orjson => (seconds / 3600, (seconds % 3600 + 30) / 60),
        _ => match (seconds + 29) / 60 {
            minutes if minutes.is_multiple_of(1440) => return text.push(b'Z'),
            minutes => (minutes / 60, minutes % 60),
        },
    };
    let digit = |number: u32| b'0' + (number % 10) as u8;
    text.push(sign);
    text.extend([digit(hours / 10), digit(hours), b':', digit(minutes / 10), digit(minutes)]);
}

/// The sign and the whole seconds of `+01:02:03.000004`. A fraction is left out.
fn read_offset(text: &[u8]) -> Option<(u8, u32)> {
    let (&sign, clock) = text.split_first()?;
    let mut seconds = 0;
    let mut parts = clock.split(|&byte| matches!(byte, b':' | b'.'));
    for unit in [3600, 60, 1] {
        let part = match parts.next() {
            Some(part) => std::str::from_utf8(part).ok()?.parse::<u32>().ok()?,
            None if unit == 1 => 0,
            None => return None,
        };
        seconds += part * unit;
    }
    Some((sign, seconds))
}

/// msgspec's duration of a timedelta: `P1DT2.000003S`, `-PT1S`, `P0D`. `None` if it is none.
pub(super) fn duration(object: Object<'_>, out: &mut Vec<u8>) -> Option<()> {
    let mut parts = object.args().iter().map(|part| match part {
        logyard_pickle::Value::Int(part) => Some(i128::from(part)),
        _ => None,
    });
    let (days, seconds, micros) = (parts.next()??, parts.next()??, parts.next()??);
    let total = (days * 86_400 + seconds) * 1_000_000 + micros;
    let (days, rest) =
        (total.unsigned_abs() / 86_400_000_000, total.unsigned_abs() % 86_400_000_000);
    let (seconds, micros) = (rest / 1_000_000, rest % 1_000_000);
    let mut text = String::from(if total < 0 { "-P" } else { "P" });
    if days > 0 || rest == 0 {
        text += &format!("{days}D");
    }
    if rest > 0 {
        text += &format!("T{seconds}");
        if micros > 0 {
            let fraction = format!(".{micros:06}");
            text += fraction.trim_end_matches('0');
        }
        text.push('S');
    }
    out.extend_from_slice(text.as_bytes());
    Some(())
}
