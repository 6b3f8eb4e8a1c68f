//! `datetime.fromtimestamp(record.created, tz=timezone.utc)` as text.

use std::io::Write as _;

use logyard_libc::Zone;
use logyard_pickle::Value;

use crate::error::PercentError;
use crate::operand;
use crate::percent::Int;

/// How an encoder writes a datetime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `isoformat()`
    Iso,
    /// With `Z` for UTC.
    Zulu,
    /// The same with three digits of the second's fraction, always.
    Milliseconds,
    /// `str`
    Str,
    /// Not at all: there is no `default`.
    Refused,
}

/// The seconds of the years 1 to 9999.
const YEARS: std::ops::Range<i64> = -62_135_596_800..253_402_300_800;

/// Appends the moment.
pub(crate) fn write(created: Value<'_>, form: Form, out: &mut Vec<u8>) -> Result<(), PercentError> {
    let (seconds, micros) = parts(created)?;
    if !YEARS.contains(&seconds) {
        return Err(PercentError::value_error("year is out of range"));
    }
    let (separator, zone) = match form {
        Form::Iso => ('T', "+00:00"),
        Form::Zulu | Form::Milliseconds => ('T', "Z"),
        Form::Str => (' ', "+00:00"),
        Form::Refused => return Ok(()),
    };
    let tm = Zone::Utc.local(seconds);
    let (year, month, day) = (tm.year, tm.mon + 1, tm.mday);
    let (hour, minute, second) = (tm.hour, tm.min, tm.sec);
    // Writing to memory doesn't fail.
    let _ =
        write!(out, "{year:04}-{month:02}-{day:02}{separator}{hour:02}:{minute:02}:{second:02}");
    if form == Form::Milliseconds {
        let _ = write!(out, ".{:03}", micros / 1000);
    } else if micros > 0 {
        let _ = write!(out, ".{micros:06}");
    }
    out.extend_from_slice(zone.as_bytes());
    Ok(())
}

/// Whole seconds and microseconds, half of one to the even one (`_PyTime_DoubleToDenominator`).
fn parts(created: Value<'_>) -> Result<(i64, u32), PercentError> {
    let seconds = match created {
        Value::Float(seconds) => seconds,
        other => match operand::to_index(other) {
            Some(Int::Small(seconds)) => return Ok((seconds, 0)),
            Some(Int::Big(_)) => return Err(out_of_range()),
            None => {
                return Err(PercentError::type_error(format!(
                    "'{}' object cannot be interpreted as an integer",
                    operand::type_name(other)
                )));
            }
        },
    };
    if seconds.is_nan() {
        return Err(PercentError::value_error("Invalid value NaN (not a number)"));
    }
    let whole = seconds.trunc();
    if whole.abs() > 1e15 {
        return Err(out_of_range());
    }
    let mut micros = ((seconds - whole) * 1e6).round_ties_even() as i64;
    let mut whole = whole as i64;
    if micros >= 1_000_000 {
        micros -= 1_000_000;
        whole += 1;
    } else if micros < 0 {
        micros += 1_000_000;
        whole -= 1;
    }
    Ok((whole, micros as u32))
}

fn out_of_range() -> PercentError {
    PercentError::overflow("timestamp out of range for platform time_t")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(created: f64, form: Form) -> Result<String, &'static str> {
        let mut out = Vec::new();
        write(Value::Float(created), form, &mut out).map_err(|error| error.raised.name())?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn moments() {
        assert_eq!(text(1.7e9, Form::Iso).unwrap(), "2023-11-14T22:13:20+00:00");
        assert_eq!(text(0.5, Form::Zulu).unwrap(), "1970-01-01T00:00:00.500000Z");
        assert_eq!(text(-1e-7, Form::Str).unwrap(), "1970-01-01 00:00:00+00:00");
        assert_eq!(text(-0.000_001, Form::Iso).unwrap(), "1969-12-31T23:59:59.999999+00:00");
        assert_eq!(text(0.999_999_9, Form::Iso).unwrap(), "1970-01-01T00:00:01+00:00");
        assert_eq!(text(f64::NAN, Form::Iso), Err("ValueError"));
        assert_eq!(text(1e12, Form::Iso), Err("ValueError"));
        assert_eq!(text(1e300, Form::Iso), Err("OverflowError"));
        assert_eq!(text(0.0, Form::Refused).unwrap(), "");
    }
}
