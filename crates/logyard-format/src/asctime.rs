//! `Formatter.formatTime`, with the text of a second kept for the records that follow.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use logyard_libc::{Tm, Zone, strftime};
use logyard_pickle::Value;

use crate::FormatSpec;
use crate::error::PercentError;
use crate::operand;
use crate::percent::parse::{Conversion, Flags, Size, Spec};
use crate::percent::{self, Filler, Int, Operands};
use crate::wtf8;

/// How a formatter's `asctime` is made.
#[derive(Debug)]
pub(crate) struct TimeFormat {
    /// For libc's strftime.
    time: Box<str>,
    msecs: Msecs,
}

/// What `default_msec_format` does.
#[derive(Debug)]
enum Msecs {
    None,
    /// `%s,%03d` and its like: the text between the two.
    After(Box<[u8]>),
    /// Any other `%` format, which is given the time's text and the milliseconds.
    Format(Box<[u8]>),
}

impl TimeFormat {
    /// What `formatTime(record, datefmt)` takes.
    pub(crate) fn new(spec: &FormatSpec<'_>) -> TimeFormat {
        match spec.datefmt {
            None | Some("") => {
                TimeFormat::with_msecs(spec.default_time_format, spec.default_msec_format)
            }
            Some(datefmt) => TimeFormat::of(datefmt),
        }
    }

    /// `datefmt`: strftime alone.
    pub(crate) fn of(datefmt: &str) -> TimeFormat {
        TimeFormat { time: datefmt.into(), msecs: Msecs::None }
    }

    /// `default_time_format` and `default_msec_format`.
    fn with_msecs(time: &str, msecs: Option<&str>) -> TimeFormat {
        let msecs = msecs.unwrap_or_default();
        let between = msecs.strip_prefix("%s").and_then(|rest| rest.strip_suffix("%03d"));
        let msecs = match between {
            _ if msecs.is_empty() => Msecs::None,
            Some(between) if !between.contains('%') => Msecs::After(between.as_bytes().into()),
            _ => Msecs::Format(msecs.as_bytes().into()),
        };
        TimeFormat { time: time.into(), msecs }
    }
}

/// How many texts are kept: some formatters times some zones times the few seconds that connections
/// are apart from each other.
const ENTRIES: usize = 16;

/// The seconds of the years that libc can express: they fit an `int`.
const LIBC_SECONDS: RangeInclusive<i64> = -67_768_040_609_740_800..=67_768_036_191_590_399;

/// The seconds of the years -9999 to 9999, which a named zone can express.
const NAMED_SECONDS: RangeInclusive<i64> = -377_705_023_201..=253_402_207_200;

/// The texts of the seconds seen last.
#[derive(Default)]
pub(crate) struct Times {
    entries: Vec<Entry>,
    /// The entry used last: most records need it again.
    last: usize,
    /// The entry that is replaced next.
    oldest: usize,
    /// What an unusual `default_msec_format` made last.
    merged: Vec<u8>,
}

struct Entry {
    seconds: i64,
    format: Box<[u8]>,
    zone: Zone,
    /// What strftime gave, and after it, if the format has them, a record's milliseconds.
    text: Vec<u8>,
    /// Length of strftime's part.
    stem: usize,
}

impl Times {
    /// `formatTime(record, datefmt)`.
    pub(crate) fn asctime(
        &mut self,
        created: Value<'_>,
        msecs: Value<'_>,
        format: &TimeFormat,
        zone: &Zone,
    ) -> Result<&[u8], PercentError> {
        let seconds = seconds(created, zone)?;
        if let Msecs::Format(merge) = &format.msecs {
            let mut merged = std::mem::take(&mut self.merged);
            merged.clear();
            let entry = self.entry(seconds, &format.time, zone)?;
            let time = entry.text.get(..entry.stem).unwrap_or_default();
            percent::fill_two(merge, [Value::Str(time), msecs], &mut merged)?;
            self.merged = merged;
            return Ok(&self.merged);
        }
        let entry = self.entry(seconds, &format.time, zone)?;
        entry.text.truncate(entry.stem);
        if let Msecs::After(between) = &format.msecs {
            entry.text.extend_from_slice(between);
            write_msecs(msecs, &mut entry.text)?;
        }
        Ok(&entry.text)
    }

    fn entry(
        &mut self,
        seconds: i64,
        format: &str,
        zone: &Zone,
    ) -> Result<&mut Entry, PercentError> {
        let wanted = |entry: &Entry| {
            entry.seconds == seconds
                && *entry.format == *format.as_bytes()
                && same_zone(&entry.zone, zone)
        };
        if !self.entries.get(self.last).is_some_and(wanted) {
            self.last = match self.entries.iter().position(wanted) {
                Some(at) => at,
                None => self.make(seconds, format, zone)?,
            };
        }
        // There is one at `last` now; the error is never made.
        self.entries.get_mut(self.last).ok_or_else(out_of_range)
    }

    fn make(&mut self, seconds: i64, format: &str, zone: &Zone) -> Result<usize, PercentError> {
        let text = time_text(seconds, format, zone)?;
        let stem = text.len();
        let entry =
            Entry { seconds, format: format.as_bytes().into(), zone: zone.clone(), text, stem };
        if self.entries.len() < ENTRIES {
            self.entries.push(entry);
            return Ok(self.entries.len() - 1);
        }
        let at = self.oldest;
        self.oldest = (at + 1) % ENTRIES;
        if let Some(place) = self.entries.get_mut(at) {
            *place = entry;
        }
        Ok(at)
    }
}

/// `time.strftime(format, time.localtime(seconds))`.
fn time_text(seconds: i64, format: &str, zone: &Zone) -> Result<Vec<u8>, PercentError> {
    if format.contains('\0') {
        return Err(PercentError::value_error("embedded null character"));
    }
    let libc_format = match zone {
        Zone::Named(_) => with_epoch(format, seconds),
        Zone::Process | Zone::Utc => format.into(),
    };
    let mut text = Vec::with_capacity(2 * format.len() + 8);
    strftime_text(libc_format.as_bytes(), &zone.local(seconds), &mut text);
    Ok(text)
}

/// Appends `time.strftime(format, tm)`.
pub(crate) fn strftime_text(format: &[u8], tm: &Tm, out: &mut Vec<u8>) {
    let start = out.len();
    strftime(format, tm, out);
    // CPython doubles its buffer from 1,024 characters on, up to 256 times the format's length, and
    // takes what doesn't fit for an empty text.
    let room = (256 * wtf8::count(format)).next_power_of_two().max(1024);
    if wtf8::count(out.get(start..).unwrap_or_default()) >= room {
        out.truncate(start);
    }
}

/// The format with its `%s` filled in: libc would reckon it in the process's own zone, not in the
/// one that was named. (With a flag or a width, which is glibc's own, it is left to libc.)
fn with_epoch(format: &str, seconds: i64) -> Cow<'_, str> {
    if !format.contains("%s") {
        return format.into();
    }
    let mut filled = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        match (c, chars.clone().next()) {
            ('%', Some('s')) => {
                chars.next();
                filled.push_str(&seconds.to_string());
            }
            ('%', Some(next)) => {
                chars.next();
                filled.extend([c, next]);
            }
            _ => filled.push(c),
        }
    }
    filled.into()
}

/// The moment in whole seconds, rounded down, as `time.localtime` takes it.
fn seconds(created: Value<'_>, zone: &Zone) -> Result<i64, PercentError> {
    let seconds = match created {
        Value::Float(float) if float.is_nan() => {
            return Err(PercentError::value_error("Invalid value NaN (not a number)"));
        }
        Value::Float(float) => {
            // `as` saturates, and the ends of i64 are out of the range.
            let whole = float as i64;
            if (whole as f64) > float { whole.saturating_sub(1) } else { whole }
        }
        // time.localtime(None) is the present moment.
        Value::None => std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0)),
        value => match operand::to_index(value) {
            Some(Int::Small(seconds)) => seconds,
            Some(Int::Big(_)) => return Err(out_of_range()),
            None => {
                return Err(PercentError::type_error(format!(
                    "'{}' object cannot be interpreted as an integer",
                    operand::type_name(value)
                )));
            }
        },
    };
    let range = match zone {
        Zone::Process | Zone::Utc => LIBC_SECONDS,
        Zone::Named(_) => NAMED_SECONDS,
    };
    if range.contains(&seconds) { Ok(seconds) } else { Err(out_of_range()) }
}

fn out_of_range() -> PercentError {
    PercentError::overflow("timestamp out of range for platform time_t")
}

/// `'%03d' % msecs`.
fn write_msecs(msecs: Value<'_>, text: &mut Vec<u8>) -> Result<(), PercentError> {
    let whole = match msecs {
        Value::Float(float @ 0.0..1000.0) => float as u16,
        Value::Int(int @ 0..1000) => int as u16,
        _ => {
            let spec = Spec {
                flags: Flags { zero: true, ..Flags::default() },
                width: Size::Fixed(3),
                precision: Size::Unset,
                end: Ok(Conversion::Int(b'd')),
            };
            return Filler::new(text).field(&spec, &mut Operands::One(msecs));
        }
    };
    let digit = |value: u16| b'0' + (value % 10) as u8;
    text.extend_from_slice(&[digit(whole / 100), digit(whole / 10), digit(whole)]);
    Ok(())
}

/// Whether two zones are the same. jiff's own comparison of named zones looks names up in a table;
/// two handles to one zone, the case for every record, share the name's memory.
fn same_zone(a: &Zone, b: &Zone) -> bool {
    match (a, b) {
        (Zone::Process, Zone::Process) | (Zone::Utc, Zone::Utc) => true,
        (Zone::Named(a), Zone::Named(b)) => match (a.iana_name(), b.iana_name()) {
            (Some(name), Some(other)) if std::ptr::eq(name, other) => true,
            _ => a == b,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asctime(times: &mut Times, created: f64, msecs: f64, datefmt: &str, zone: &Zone) -> String {
        let format = match datefmt {
            "" => TimeFormat::with_msecs("%Y-%m-%d %H:%M:%S", Some("%s,%03d")),
            datefmt => TimeFormat::of(datefmt),
        };
        let text = times.asctime(Value::Float(created), Value::Float(msecs), &format, zone);
        String::from_utf8(text.unwrap().to_vec()).unwrap()
    }

    #[test]
    fn the_default_has_milliseconds() {
        let mut times = Times::default();
        for msecs in [0.0, 7.9, 999.0, 7.9] {
            let text = asctime(&mut times, 1_700_000_000.5, msecs, "", &Zone::Utc);
            assert_eq!(text, format!("2023-11-14 22:13:20,{:03}", msecs as i32));
        }
        assert_eq!(asctime(&mut times, -0.5, -1.0, "", &Zone::Utc), "1969-12-31 23:59:59,-01");
        assert_eq!(times.entries.len(), 2);
    }

    #[test]
    fn milliseconds_as_asked() {
        let mut times = Times::default();
        let mut text = |msecs| {
            let format = TimeFormat::with_msecs("%S", msecs);
            let text = times.asctime(Value::Int(7), Value::Float(4.5), &format, &Zone::Utc);
            text.map(|text| String::from_utf8(text.to_vec()).unwrap())
        };
        assert_eq!(text(None).unwrap(), "07");
        assert_eq!(text(Some("")).unwrap(), "07");
        assert_eq!(text(Some("%s.%03d")).unwrap(), "07.004");
        assert_eq!(text(Some("<%s> %%%06.2f")).unwrap(), "<07> %004.50");
        assert_eq!(text(Some("%s")).unwrap_err().raised.name(), "TypeError");
        assert_eq!(text(Some("%s.%03d")).unwrap(), "07.004");
    }

    #[test]
    fn formats_zones_and_seconds_are_told_apart() {
        let mut times = Times::default();
        let zones = [Zone::Utc, Zone::named("Asia/Tokyo").unwrap(), Zone::named("XYZ3").unwrap()];
        for round in 0..3 {
            for second in 0..40_i32 {
                for (zone, hour) in zones.iter().zip(["00", "09", "21"]) {
                    let text = asctime(&mut times, second.into(), 0.0, "%H:%M:%S", zone);
                    assert_eq!(text, format!("{hour}:00:{second:02}"), "round {round}");
                    let text = asctime(&mut times, second.into(), 0.0, "%S", zone);
                    assert_eq!(text, format!("{second:02}"));
                }
            }
        }
        assert_eq!(times.entries.len(), ENTRIES);
    }

    #[test]
    fn what_is_no_time_is_an_error() {
        let raised = |value| seconds(value, &Zone::Utc).unwrap_err().raised.name();
        assert_eq!(raised(Value::Float(f64::NAN)), "ValueError");
        assert_eq!(raised(Value::Float(f64::INFINITY)), "OverflowError");
        assert_eq!(raised(Value::Float(-1e300)), "OverflowError");
        assert_eq!(raised(Value::Int(i64::MAX)), "OverflowError");
        assert_eq!(raised(Value::Str(b"1")), "TypeError");
        assert_eq!(seconds(Value::Float(-1.5), &Zone::Utc), Ok(-2));
        assert_eq!(seconds(Value::Bool(true), &Zone::Utc), Ok(1));
    }

    #[test]
    fn the_epoch_is_the_named_zones() {
        let zone = Zone::named("Asia/Tokyo").unwrap();
        let text = time_text(1_700_000_000, "%s %%s %H%s", &zone).unwrap();
        assert_eq!(text, b"1700000000 %s 071700000000");
    }

    #[test]
    fn a_text_beyond_cpythons_room_is_empty() {
        let length = |format| time_text(0, format, &Zone::Utc).unwrap().len();
        assert_eq!(length("%1500d"), 1500);
        assert_eq!(length("%2100d"), 0);
        assert!(time_text(0, "a\0b", &Zone::Utc).is_err());
    }
}
