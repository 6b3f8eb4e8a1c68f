//! Time zones: `datetime.timezone`, `zoneinfo.ZoneInfo`, pytz.

use jiff::civil::DateTime;
use jiff::tz::AmbiguousOffset;
use logyard_pickle::{Object, Value};

use super::datetime::{SECOND, timedelta_parts, write_micro, write_timedelta};
use super::{int_of, text_of};
use crate::text::{Form, Printer, Step, write_unsigned};

/// Microseconds in a day.
const DAY: i64 = 86_400 * SECOND;

/// Longest name of a zone that is looked up, in bytes; real ones have some 30.
const KEY_LIMIT: usize = 255;

/// Local time whose offset from UTC is wanted.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) year: i16,
    pub(crate) month: i8,
    pub(crate) day: i8,
    pub(crate) hour: i8,
    pub(crate) minute: i8,
    pub(crate) second: i8,
    /// The second of two equal readings of the clock.
    pub(crate) fold: bool,
}

/// What a zone says of a moment.
enum Offset {
    /// Microseconds east of UTC.
    Known(i64),
    /// `utcoffset()` is None: nothing is shown.
    None,
    /// A class that is not known.
    Unknown,
}

/// Appends `+01:00`, or the zone itself if it is of a class that isn't known here. With no moment
/// it is for a `datetime.time`, which only a zone with one fixed offset gives an offset.
pub(crate) fn write_offset_at<'a>(
    zone: Value<'a>,
    moment: Option<Moment>,
    p: &mut Printer<'a, '_>,
) {
    match offset_at(zone, moment) {
        Offset::Known(micros) => write_offset(micros, p.out),
        Offset::None => {}
        Offset::Unknown => p.then([Step::Text(" "), Step::Repr(zone)]),
    }
}

fn offset_at(zone: Value<'_>, moment: Option<Moment>) -> Offset {
    let Value::Object(zone) = zone else { return Offset::Unknown };
    if let Some(key) = zone_info_key(zone) {
        return match (key, moment) {
            (b"UTC" | b"Etc/UTC", _) => Offset::Known(0),
            (_, None) => Offset::None,
            (_, Some(moment)) => iana_offset(key, moment).map_or(Offset::Unknown, Offset::Known),
        };
    }
    let Some(class) = zone.class() else { return Offset::Unknown };
    let known = match (class.module, class.name) {
        (b"datetime", b"timezone") => timezone_offset(zone),
        (b"pytz", b"_UTC") => Some(0),
        (b"pytz", b"_p") if moment.is_none() => return Offset::None,
        (b"pytz", b"_p") => pytz_offset(zone).map(|seconds| seconds * SECOND),
        _ => None,
    };
    known.map_or(Offset::Unknown, Offset::Known)
}

/// The offset that the system's time zone database has, in microseconds.
fn iana_offset(key: &[u8], moment: Moment) -> Option<i64> {
    if key.len() > KEY_LIMIT {
        return None;
    }
    let zone = jiff::tz::db().get(str::from_utf8(key).ok()?).ok()?;
    let Moment { year, month, day, hour, minute, second, fold } = moment;
    let local = DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    let offset = match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset,
        // PEP 495: fold=0 is the rule before the change, in a gap as well
        AmbiguousOffset::Gap { before, after } | AmbiguousOffset::Fold { before, after } => {
            if fold { after } else { before }
        }
    };
    Some(i64::from(offset.seconds()) * SECOND)
}

/// The offset of a `datetime.timezone` in microseconds.
fn timezone_offset(zone: Object<'_>) -> Option<i64> {
    let Value::Object(delta) = zone.arg(0)? else { return None };
    let class = delta.class()?;
    if (class.module, class.name) != (b"datetime", b"timedelta") {
        return None;
    }
    let (days, seconds, micros) = timedelta_parts(delta)?;
    if days.abs() > 1 {
        return None;
    }
    let offset = days * DAY + seconds * SECOND + micros;
    (-DAY < offset && offset < DAY).then_some(offset)
}

/// `+01:00`, `-00:30:01.000002` (`format_utcoffset`)
fn write_offset(micros: i64, out: &mut Vec<u8>) {
    out.push(if micros < 0 { b'-' } else { b'+' });
    let micros = micros.unsigned_abs();
    let seconds = micros / SECOND as u64;
    let micros = micros % SECOND as u64;
    write_unsigned(seconds / 3600, 2, out);
    out.push(b':');
    write_unsigned(seconds / 60 % 60, 2, out);
    if !seconds.is_multiple_of(60) || micros != 0 {
        out.push(b':');
        write_unsigned(seconds % 60, 2, out);
        write_micro(micros, out);
    }
}

/// `UTC+01:00`, `datetime.timezone(datetime.timedelta(seconds=3600))`
pub(crate) fn print_timezone<'a>(
    object: Object<'a>,
    form: Form,
    p: &mut Printer<'a, '_>,
) -> Option<()> {
    let offset = timezone_offset(object)?;
    let name = object.arg(1);
    match (form, name) {
        (Form::Str, Some(name)) => p.then([Step::Str(name)]),
        (Form::Str, None) => {
            p.out.extend_from_slice(b"UTC");
            if offset != 0 {
                write_offset(offset, p.out);
            }
        }
        (Form::Repr, None) if offset == 0 => p.out.extend_from_slice(b"datetime.timezone.utc"),
        (Form::Repr, _) => {
            p.out.extend_from_slice(b"datetime.timezone(");
            p.then([Step::Items(object.args().iter(), crate::text::Comma::No), Step::Text(")")]);
        }
    }
    Some(())
}

/// The key of a ZoneInfo: `ZoneInfo._unpickle(key, 1)`, where the function is a dotted name from
/// protocol 4 on and a call of getattr before.
fn zone_info_key(object: Object<'_>) -> Option<&[u8]> {
    let is_zone_info = match object.callable() {
        Value::Class(class) => {
            class.module == b"zoneinfo" && matches!(class.name, b"ZoneInfo._unpickle" | b"ZoneInfo")
        }
        Value::Object(getattr) => {
            let class = getattr.class()?;
            let mut args = getattr.args().iter();
            let (Value::Class(owner), method) = (args.next()?, text_of(args.next()?)?) else {
                return None;
            };
            (class.module, class.name) == (b"builtins", b"getattr")
                && (owner.module, owner.name) == (b"zoneinfo", b"ZoneInfo")
                && method == b"_unpickle"
        }
        _ => false,
    };
    if is_zone_info { text_of(object.arg(0)?) } else { None }
}

/// `Europe/Zurich`, `zoneinfo.ZoneInfo(key='Europe/Zurich')`
pub(crate) fn print_zone_info<'a>(
    object: Object<'a>,
    form: Form,
    p: &mut Printer<'a, '_>,
) -> Option<()> {
    let key = zone_info_key(object)?;
    match form {
        Form::Str => p.text(key),
        Form::Repr => p.then([
            Step::Text("zoneinfo.ZoneInfo(key="),
            Step::Repr(Value::Str(key)),
            Step::Text(")"),
        ]),
    }
    Some(())
}

/// Seconds east of UTC of `pytz._p(zone, utcoffset, dstoffset, tzname)`. With the name alone it is
/// a zone that was not bound to a moment, which would need pytz's own database.
fn pytz_offset(object: Object<'_>) -> Option<i64> {
    if object.args_len() != 4 {
        return None;
    }
    int_of(object.arg(1)?).filter(|seconds| seconds.unsigned_abs() < 86_400)
}

/// `Europe/Zurich`, `<DstTzInfo 'Europe/Zurich' CET+1:00:00 STD>`
pub(crate) fn print_pytz<'a>(
    object: Object<'a>,
    form: Form,
    p: &mut Printer<'a, '_>,
) -> Option<()> {
    let Some(name) = object.arg(0) else {
        let text: &[u8] = if form == Form::Str { b"UTC" } else { b"<UTC>" };
        p.out.extend_from_slice(text);
        return Some(());
    };
    if form == Form::Str {
        p.then([Step::Str(name)]);
        return Some(());
    }
    let seconds = pytz_offset(object)?;
    let is_dst = int_of(object.arg(2)?)? != 0;
    let abbreviation = text_of(object.arg(3)?)?;
    let mut offset = Vec::with_capacity(16);
    if seconds > 0 {
        offset.push(b'+');
    }
    write_timedelta(seconds.div_euclid(86_400), seconds.rem_euclid(86_400), 0, &mut offset);
    p.out.extend_from_slice(b"<DstTzInfo ");
    crate::text::write_str_repr(text_of(name)?, p.room(), p.out);
    p.out.push(b' ');
    p.text(abbreviation);
    p.out.extend_from_slice(&offset);
    p.out.extend_from_slice(if is_dst { b" DST>" } else { b" STD>" });
    Some(())
}
