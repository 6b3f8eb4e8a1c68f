//! `datetime`, `date` and `time`: their fields and `__format__`, which is strftime.
//!
//! What a pickle has of them is read in one place, where they are printed; here their text
//! (`2026-11-22 07:00:00.000001+01:00`) is taken apart again.

use logyard_libc::{Tm, Zone};
use logyard_pickle::{Class, Object, Value};

use crate::error::PercentError;

/// A moment as its text has it.
pub(super) struct Moment<'t> {
    pub(super) date: Option<[i64; 3]>,
    /// Hour, minute, second, microsecond.
    pub(super) time: Option<[i64; 4]>,
    /// `+01:00`, or nothing.
    offset: &'t str,
}

impl<'t> Moment<'t> {
    /// `None` if the object is none of the three or isn't what they send.
    pub(super) fn of(object: Object<'_>, text: &'t mut String) -> Option<Moment<'t>> {
        let Class { module: b"datetime", name } = object.class()? else { return None };
        let (has_date, has_time) = match name {
            b"datetime" => (true, true),
            b"date" => (true, false),
            b"time" => (false, true),
            _ => return None,
        };
        let mut bytes = Vec::new();
        logyard_record::write_str(Value::Object(object), &mut bytes).ok()?;
        *text = String::from_utf8(bytes).ok()?;
        let mut rest = text.as_str();
        let date = match has_date {
            true => Some([take(&mut rest, 4)?, take(&mut rest, 2)?, take(&mut rest, 2)?]),
            false => None,
        };
        let time = match has_time {
            true => {
                let clock = [take(&mut rest, 2)?, take(&mut rest, 2)?, take(&mut rest, 2)?];
                let micros = if rest.starts_with('.') { take(&mut rest, 6)? } else { 0 };
                let [hour, minute, second] = clock;
                Some([hour, minute, second, micros])
            }
            false => None,
        };
        // Of a zone that is not known, the text has something else here.
        let offset = if rest.starts_with(['+', '-']) { rest } else { "" };
        Some(Moment { date, time, offset })
    }

    /// Seconds since the epoch, were it in UTC.
    fn seconds(&self) -> i64 {
        let [year, month, day] = self.date.unwrap_or([1900, 1, 1]);
        let [hour, minute, second, _] = self.time.unwrap_or_default();
        days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
    }

    /// Seconds east of UTC.
    fn offset_seconds(&self) -> Option<i64> {
        let (sign, rest) = self.offset.split_at_checked(1)?;
        let mut parts = rest.split([':', '.']).map(str::parse::<i64>);
        let (hours, minutes) = (parts.next()?.ok()?, parts.next()?.ok()?);
        let seconds = parts.next().map_or(Some(0), Result::ok)?;
        let offset = hours * 3600 + minutes * 60 + seconds;
        Some(if sign == "-" { -offset } else { offset })
    }

    /// `tzname()`.
    fn zone_name(&self, zone: Value<'_>) -> String {
        let Value::Object(object) = zone else { return String::new() };
        let text = |value: Value<'_>| {
            let mut text = Vec::new();
            let _ = logyard_record::write_str(value, &mut text);
            String::from_utf8_lossy(&text).into_owned()
        };
        match object.class() {
            Some(Class { module: b"datetime", name: b"timezone" }) => text(zone),
            Some(Class { module: b"pytz", name: b"_UTC" }) => "UTC".to_owned(),
            Some(Class { module: b"pytz", .. }) => object.arg(3).map(text).unwrap_or_default(),
            // A ZoneInfo: its text is its key. A time alone has no name of its own in most zones.
            _ => match (self.offset_seconds(), Zone::named(&text(zone))) {
                (Some(offset), Ok(zone)) => {
                    let tm = zone.local(self.seconds() - offset);
                    String::from_utf8_lossy(tm.zone()).into_owned()
                }
                _ => String::new(),
            },
        }
    }
}

/// Takes a number of `len` digits, and one mark before it that is no sign.
fn take(rest: &mut &str, len: usize) -> Option<i64> {
    let digits = rest.strip_prefix(['-', ' ', ':', '.']).unwrap_or(rest);
    let (number, behind) = digits.split_at_checked(len)?;
    *rest = behind;
    number.parse().ok()
}

/// Days since the epoch of a date of the years 1 to 9999 (the proleptic Gregorian calendar).
fn days(year: i64, month: i64, day: i64) -> i64 {
    // The year is taken to begin in March, so that February's end is the year's.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leaps + (month * 153 + 2) / 5 + day - 719_469
}

/// Appends `object.strftime(format)`; `None` if it has none.
pub(super) fn write(
    object: Object<'_>,
    format: &[u8],
    out: &mut Vec<u8>,
) -> Option<Result<(), PercentError>> {
    let mut text = String::new();
    let moment = Moment::of(object, &mut text)?;
    let zone = object.arg(1).unwrap_or(Value::None);
    let filled = fill_in(&moment, zone, format);
    let tm: Tm = Zone::Utc.local(moment.seconds());
    crate::asctime::strftime_text(&filled, &tm, out);
    Some(Ok(()))
}

/// `wrap_strftime`: the directives that libc can't know, `%f %z %:z %Z`. A NUL ends the format.
fn fill_in(moment: &Moment<'_>, zone: Value<'_>, format: &[u8]) -> Vec<u8> {
    let mut rest = format.split(|&byte| byte == 0).next().unwrap_or_default();
    let mut filled = Vec::with_capacity(rest.len());
    while let Some(at) = memchr::memchr(b'%', rest) {
        let (before, directive) = rest.split_at_checked(at).unwrap_or_default();
        filled.extend_from_slice(before);
        let (len, text) = match directive {
            [_, b'f', ..] => (2, format!("{:06}", moment.time.map_or(0, |[.., micros]| micros))),
            [_, b'z', ..] => (2, moment.offset.replace(':', "")),
            [_, b':', b'z', ..] => (3, moment.offset.to_owned()),
            [_, b'Z', ..] => (2, moment.zone_name(zone).replace('%', "%%")),
            _ => {
                let len = directive.len().min(2);
                filled.extend_from_slice(directive.get(..len).unwrap_or_default());
                (len, String::new())
            }
        };
        filled.extend_from_slice(text.as_bytes());
        rest = directive.get(len..).unwrap_or_default();
    }
    filled.extend_from_slice(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_since_the_epoch() {
        assert_eq!(days(1970, 1, 1), 0);
        assert_eq!(days(1970, 3, 1), 59);
        assert_eq!(days(2000, 2, 29), 11_016);
        assert_eq!(days(1, 1, 1), -719_162);
        assert_eq!(days(9999, 12, 31), 2_932_896);
    }

    #[test]
    fn what_libc_cannot_know() {
        let moment = Moment { date: None, time: Some([1, 2, 3, 45]), offset: "-03:30:01.5" };
        let filled = fill_in(&moment, Value::None, b"%f|%z|%:z|%Z|%%z|%:x|%\0%f");
        assert_eq!(filled.escape_ascii().to_string(), "000045|-033001.5|-03:30:01.5||%%z|%:x|%");
        assert_eq!(moment.offset_seconds(), Some(-12_601));
    }
}
