//! The texts of UnicodeDecodeError, UnicodeEncodeError and UnicodeTranslateError
//! (`UnicodeDecodeError_str` and its like).

use logyard_pickle::{Seq, Value};

use super::text_of;
use crate::text::{Printer, next_point, write_hex, write_int};

/// `'utf-8' codec can't decode byte 0xff in position 0: invalid start byte`
pub(super) fn print_decode<'a>(args: Seq<'a>, p: &mut Printer<'a, '_>) -> Option<()> {
    let mut items = args.iter();
    let encoding = text_of(items.next()?)?;
    let (Value::Bytes(bytes) | Value::ByteArray(bytes)) = items.next()? else { return None };
    let place = Place::read(&mut items)?;
    let one = place.only().and_then(|at| bytes.get(at));
    write_codec(encoding, p);
    p.out.extend_from_slice(b"decode ");
    match one {
        Some(&byte) => {
            p.out.extend_from_slice(b"byte 0x");
            write_hex(byte.into(), 2, p.out);
        }
        None => p.out.extend_from_slice(b"bytes"),
    }
    place.print(one.is_some(), p);
    Some(())
}

/// `'ascii' codec can't encode character '\xe9' in position 0: ordinal not in range(128)`
pub(super) fn print_encode<'a>(args: Seq<'a>, p: &mut Printer<'a, '_>) -> Option<()> {
    let mut items = args.iter();
    let (encoding, text) = (text_of(items.next()?)?, text_of(items.next()?)?);
    let place = Place::read(&mut items)?;
    let one = place.only().and_then(|at| nth_point(text, at, p));
    write_codec(encoding, p);
    p.out.extend_from_slice(b"encode ");
    write_characters(one, p);
    place.print(one.is_some(), p);
    Some(())
}

/// `can't translate character '\xe9' in position 0: character maps to <undefined>`
pub(super) fn print_translate<'a>(args: Seq<'a>, p: &mut Printer<'a, '_>) -> Option<()> {
    let mut items = args.iter();
    let text = text_of(items.next()?)?;
    let place = Place::read(&mut items)?;
    let one = place.only().and_then(|at| nth_point(text, at, p));
    p.out.extend_from_slice(b"can't translate ");
    write_characters(one, p);
    place.print(one.is_some(), p);
    Some(())
}

/// What follows the object in the arguments.
struct Place<'a> {
    start: i64,
    end: i64,
    reason: &'a [u8],
}

impl<'a> Place<'a> {
    fn read(items: &mut impl Iterator<Item = Value<'a>>) -> Option<Self> {
        let (start, end) = (index(items.next()?)?, index(items.next()?)?);
        Some(Self { start, end, reason: text_of(items.next()?)? })
    }

    /// Where the one item is, if it is only one.
    fn only(&self) -> Option<usize> {
        (self.end.checked_sub(1) == Some(self.start)).then(|| usize::try_from(self.start).ok())?
    }

    fn print(&self, one: bool, p: &mut Printer<'_, '_>) {
        p.out.extend_from_slice(b" in position ");
        write_int(self.start, p.out);
        if !one {
            p.out.push(b'-');
            write_int(self.end.wrapping_sub(1), p.out);
        }
        p.out.extend_from_slice(b": ");
        p.text(self.reason);
    }
}

/// An int, or a bool in its place.
fn index(value: Value<'_>) -> Option<i64> {
    match value {
        Value::Int(number) => Some(number),
        Value::Bool(truth) => Some(truth.into()),
        _ => None,
    }
}

fn nth_point(text: &[u8], index: usize, p: &mut Printer<'_, '_>) -> Option<u32> {
    p.spend(text.len());
    let mut at = 0;
    for _ in 0..index {
        if at >= text.len() {
            return None;
        }
        at += next_point(text, at).1;
    }
    (at < text.len()).then(|| next_point(text, at).0)
}

fn write_codec(encoding: &[u8], p: &mut Printer<'_, '_>) {
    p.out.push(b'\'');
    p.text(encoding);
    p.out.extend_from_slice(b"' codec can't ");
}

fn write_characters(one: Option<u32>, p: &mut Printer<'_, '_>) {
    let Some(point) = one else { return p.out.extend_from_slice(b"characters") };
    p.out.extend_from_slice(b"character '");
    let (prefix, digits): (&[u8], u32) = match point {
        0..=0xff => (b"\\x", 2),
        0x100..=0xffff => (b"\\u", 4),
        _ => (b"\\U", 8),
    };
    p.out.extend_from_slice(prefix);
    write_hex(point.into(), digits, p.out);
    p.out.push(b'\'');
}
