//! Signs, grouping and padding of what has been written: `calc_number_widths`, `fill_number` and
//! `_PyUnicode_InsertThousandsGrouping` of CPython.

use super::spec::{Group, Layout};
use crate::error::{PercentError, TEXT_LIMIT};
use crate::wtf8;

/// The sign before a number.
pub(super) fn push_sign(negative: bool, sign: Option<u8>, out: &mut Vec<u8>) {
    match (negative, sign) {
        (true, _) => out.push(b'-'),
        (false, Some(sign @ (b'+' | b' '))) => out.push(sign),
        _ => {}
    }
}

/// Groups and pads the number that begins with its sign at `start` and has its digits at `digits`:
/// all of the rest, or as many as are decimal.
pub(super) fn finish_number(
    out: &mut Vec<u8>,
    start: usize,
    digits: usize,
    whole: bool,
    layout: &Layout,
) -> Result<(), PercentError> {
    if let Some(group) = layout.group {
        check(layout)?;
        let body = out.split_off(digits.min(out.len()));
        let count = body.iter().take_while(|byte| whole || byte.is_ascii_digit()).count();
        let (body, rest) = body.split_at_checked(count).unwrap_or_default();
        let zeroed = layout.fill == u32::from(b'0') && layout.align == b'=';
        let width = if zeroed { layout.width } else { 0 };
        // The sign and a prefix are ASCII.
        let other = digits.saturating_sub(start) + rest.len();
        if !body.is_empty() {
            write_grouped(body, width.saturating_sub(other), group, out);
        }
        out.extend_from_slice(rest);
    }
    pad(out, start, digits, layout)
}

/// Writes digits in groups, with zeroes before them up to `width` characters, separators included;
/// as no number begins with a separator, it may get one wider.
fn write_grouped(mut digits: &[u8], width: usize, group: Group, out: &mut Vec<u8>) {
    let start = out.len();
    let mut missing = i64::try_from(width).unwrap_or(0);
    loop {
        let wanted = digits.len().max(usize::try_from(missing).unwrap_or(0)).max(1);
        let len = group.size.min(wanted);
        let (rest, last) =
            digits.split_at_checked(digits.len().saturating_sub(len)).unwrap_or_default();
        // From the right to the left; turned around at the end.
        out.extend(last.iter().rev());
        out.resize(out.len() + len - last.len(), b'0');
        digits = rest;
        missing -= len as i64;
        if digits.is_empty() && missing <= 0 {
            break;
        }
        out.push(group.separator);
        missing -= 1;
    }
    if let Some(written) = out.get_mut(start..) {
        written.reverse();
    }
}

/// Pads what begins at `start`; `=` puts the fill at `inside`.
pub(super) fn pad(
    out: &mut Vec<u8>,
    start: usize,
    inside: usize,
    layout: &Layout,
) -> Result<(), PercentError> {
    if layout.width == 0 {
        return Ok(());
    }
    check(layout)?;
    let missing = layout.width.saturating_sub(wtf8::count(out.get(start..).unwrap_or_default()));
    if missing == 0 {
        return Ok(());
    }
    match layout.align {
        b'<' => insert(out.len(), missing, layout.fill, out),
        b'^' => {
            let left = missing / 2;
            insert(start, left, layout.fill, out);
            insert(out.len(), missing - left, layout.fill, out);
        }
        b'=' => insert(inside, missing, layout.fill, out),
        _ => insert(start, missing, layout.fill, out),
    }
    Ok(())
}

fn check(layout: &Layout) -> Result<(), PercentError> {
    if layout.width > TEXT_LIMIT { Err(PercentError::too_long()) } else { Ok(()) }
}

/// Puts `count` characters before the byte `at`, which is within `out`.
fn insert(at: usize, count: usize, fill: u32, out: &mut Vec<u8>) {
    let end = out.len();
    let at = at.min(end);
    match u8::try_from(fill) {
        Ok(fill @ 0..128) => out.resize(end + count, fill),
        _ => (0..count).for_each(|_| wtf8::push(fill, out)),
    }
    if let Some(tail) = out.get_mut(at..) {
        tail.rotate_left(end - at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grouped(digits: &str, width: usize, size: usize) -> String {
        let mut out = Vec::new();
        write_grouped(digits.as_bytes(), width, Group { separator: b',', size }, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn groups_of_digits() {
        assert_eq!(grouped("1", 0, 3), "1");
        assert_eq!(grouped("123", 0, 3), "123");
        assert_eq!(grouped("1234", 0, 3), "1,234");
        assert_eq!(grouped("1234567", 0, 4), "123,4567");
        assert_eq!(grouped("1234", 7, 3), "001,234");
        assert_eq!(grouped("1234", 8, 3), "0,001,234");
        assert_eq!(grouped("1234", 10, 3), "00,001,234");
    }

    #[test]
    fn fill_of_any_width() {
        let mut out = b"x-5".to_vec();
        insert(2, 2, 0x20ac, &mut out);
        assert_eq!(out, "x-€€5".as_bytes());
    }
}
