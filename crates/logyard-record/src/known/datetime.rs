//! `datetime`: datetime, date, time and timedelta. The first three pickle as packed bytes
//! (`datetime.__reduce_ex__`), timedelta as three ints.

use logyard_pickle::{Object, Value};

use super::tzinfo::{self, Moment};
use super::{bytes_of, int_of};
use crate::text::{Form, Printer, Step, write_int, write_unsigned};

/// Microseconds in a second.
pub(crate) const SECOND: i64 = 1_000_000;

struct Time {
    hour: u8,
    minute: u8,
    second: u8,
    micro: u32,
}

/// `2026-11-22 07:00:00+01:00`, `datetime.datetime(2026, 11, 22, 7, 0, tzinfo=…)`
pub(crate) fn print_datetime<'a>(
    object: Object<'a>,
    form: Form,
    p: &mut Printer<'a, '_>,
) -> Option<()> {
    let (bytes, _) = bytes_of(object.arg(0)?, &[10])?;
    let [y1, y2, month, day, rest @ ..] = bytes;
    let date = Date::checked(u16::from_be_bytes([y1, y2]), month & 0x7f, day)?;
    // the month's high bit is the fold (protocol 4 and up)
    let fold = month & 0x80 != 0;
    let time = Time::checked(rest.first_chunk::<6>()?)?;
    let zone = object.arg(1).filter(|zone| !matches!(zone, Value::None));
    match form {
        Form::Str => {
            date.write(p.out);
            p.out.push(b' ');
            time.write(p.out);
            if let Some(zone) = zone {
                let moment = Moment {
                    year: date.year as i16,
                    month: date.month as i8,
                    day: date.day as i8,
                    hour: time.hour as i8,
                    minute: time.minute as i8,
                    second: time.second as i8,
                    fold,
                };
                tzinfo::write_offset_at(zone, Some(moment), p);
            }
        }
        Form::Repr => {
            p.out.extend_from_slice(b"datetime.datetime(");
            date.write_args(p.out);
            p.out.extend_from_slice(b", ");
            write_clock(&time, p.out);
            p.out.extend_from_slice(if fold { b", fold=1" } else { b"" });
            if let Some(zone) = zone {
                p.then([Step::Text(", tzinfo="), Step::Repr(zone), Step::Text(")")]);
            } else {
                p.out.push(b')');
            }
        }
    }
    Some(())
}

/// `2026-11-22`, `datetime.date(2026, 11, 22)`
pub(crate) fn print_date(object: Object<'_>, form: Form, p: &mut Printer<'_, '_>) -> Option<()> {
    let (bytes, _) = bytes_of(object.arg(0)?, &[4])?;
    let [y1, y2, month, day, ..] = bytes;
    let date = Date::checked(u16::from_be_bytes([y1, y2]), month, day)?;
    match form {
        Form::Str => date.write(p.out),
        Form::Repr => {
            p.out.extend_from_slice(b"datetime.date(");
            date.write_args(p.out);
            p.out.push(b')');
        }
    }
    Some(())
}

/// `07:00:00.000001`, `datetime.time(7, 0)`
pub(crate) fn print_time<'a>(
    object: Object<'a>,
    form: Form,
    p: &mut Printer<'a, '_>,
) -> Option<()> {
    let (mut bytes, _) = bytes_of(object.arg(0)?, &[6])?;
    // the hour's high bit is the fold
    let fold = bytes[0] & 0x80 != 0;
    bytes[0] &= 0x7f;
    let time = Time::checked(bytes.first_chunk::<6>()?)?;
    let zone = object.arg(1).filter(|zone| !matches!(zone, Value::None));
    match form {
        Form::Str => {
            time.write(p.out);
            if let Some(zone) = zone {
                tzinfo::write_offset_at(zone, None, p);
            }
        }
        Form::Repr => {
            p.out.extend_from_slice(b"datetime.time(");
            write_clock(&time, p.out);
            // the other way round than in datetime
            let fold = if fold { ", fold=1)" } else { ")" };
            if let Some(zone) = zone {
                p.then([Step::Text(", tzinfo="), Step::Repr(zone), Step::Text(fold)]);
            } else {
                p.out.extend_from_slice(fold.as_bytes());
            }
        }
    }
    Some(())
}

/// The hour and what follows in a `repr`: zeros at the end are left out.
fn write_clock(time: &Time, out: &mut Vec<u8>) {
    write_int(time.hour.into(), out);
    out.extend_from_slice(b", ");
    write_int(time.minute.into(), out);
    if time.second != 0 || time.micro != 0 {
        out.extend_from_slice(b", ");
        write_int(time.second.into(), out);
    }
    if time.micro != 0 {
        out.extend_from_slice(b", ");
        write_int(time.micro.into(), out);
    }
}

struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    fn checked(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        let valid = (1..=9999).contains(&year) && (1..=days).contains(&day);
        valid.then_some(Self { year, month, day })
    }

    fn write(&self, out: &mut Vec<u8>) {
        write_unsigned(self.year.into(), 4, out);
        out.push(b'-');
        write_unsigned(self.month.into(), 2, out);
        out.push(b'-');
        write_unsigned(self.day.into(), 2, out);
    }

    fn write_args(&self, out: &mut Vec<u8>) {
        write_int(self.year.into(), out);
        out.extend_from_slice(b", ");
        write_int(self.month.into(), out);
        out.extend_from_slice(b", ");
        write_int(self.day.into(), out);
    }
}

impl Time {
    fn checked(&[hour, minute, second, u1, u2, u3]: &[u8; 6]) -> Option<Self> {
        let micro = u32::from_be_bytes([0, u1, u2, u3]);
        let valid = hour < 24 && minute < 60 && second < 60 && i64::from(micro) < SECOND;
        valid.then_some(Self { hour, minute, second, micro })
    }

    fn write(&self, out: &mut Vec<u8>) {
        write_unsigned(self.hour.into(), 2, out);
        out.push(b':');
        write_unsigned(self.minute.into(), 2, out);
        out.push(b':');
        write_unsigned(self.second.into(), 2, out);
        write_micro(self.micro.into(), out);
    }
}

/// `.000001`, or nothing for 0.
pub(crate) fn write_micro(micro: u64, out: &mut Vec<u8>) {
    if micro != 0 {
        out.push(b'.');
        write_unsigned(micro, 6, out);
    }
}

/// Days, seconds and microseconds as CPython normalises them.
pub(crate) fn timedelta_parts(object: Object<'_>) -> Option<(i64, i64, i64)> {
    let mut args = object.args().iter().map(int_of);
    let (days, seconds, micros) = (args.next()??, args.next()??, args.next()??);
    let valid = days.unsigned_abs() <= 999_999_999
        && (0..86_400).contains(&seconds)
        && (0..SECOND).contains(&micros);
    valid.then_some((days, seconds, micros))
}

/// `1 day, 0:00:01`, `datetime.timedelta(days=1, seconds=1)`
pub(crate) fn print_timedelta(
    object: Object<'_>,
    form: Form,
    p: &mut Printer<'_, '_>,
) -> Option<()> {
    let (days, seconds, micros) = timedelta_parts(object)?;
    if form == Form::Str {
        write_timedelta(days, seconds, micros, p.out);
        return Some(());
    }
    p.out.extend_from_slice(b"datetime.timedelta(");
    let start = p.out.len();
    for (name, n) in [("days=", days), ("seconds=", seconds), ("microseconds=", micros)] {
        if n != 0 {
            if p.out.len() > start {
                p.out.extend_from_slice(b", ");
            }
            p.out.extend_from_slice(name.as_bytes());
            write_int(n, p.out);
        }
    }
    if p.out.len() == start {
        p.out.push(b'0');
    }
    p.out.push(b')');
    Some(())
}

/// `str(timedelta)`
pub(crate) fn write_timedelta(days: i64, seconds: i64, micros: i64, out: &mut Vec<u8>) {
    if days != 0 {
        write_int(days, out);
        let word: &[u8] = if days.abs() == 1 { b" day, " } else { b" days, " };
        out.extend_from_slice(word);
    }
    write_int(seconds / 3600, out);
    for part in [seconds / 60 % 60, seconds % 60] {
        out.push(b':');
        write_unsigned(part.unsigned_abs(), 2, out);
    }
    write_micro(micros.unsigned_abs(), out);
}
