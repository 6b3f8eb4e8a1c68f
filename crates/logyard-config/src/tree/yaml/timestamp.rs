//! `2001-12-14 21:59:43.10 -5`: PyYAML's timestamps.

use crate::expr::{Moment, Object};
use crate::plan::AtTime;

/// The digits of a timestamp; no zone, or minutes east of UTC.
pub(super) struct Parts {
    date: (u16, u8, u8),
    time: Option<(AtTime, Option<i16>)>,
}

struct Cursor<'t>(&'t str);

impl Cursor<'_> {
    /// `[0-9]{least,most}`
    fn digits(&mut self, least: usize, most: usize) -> Option<u16> {
        let count = self.0.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let number = self.0.get(..count).filter(|_| count >= least)?.parse().ok();
        self.0 = self.0.get(count..).unwrap_or_default();
        number
    }

    fn small(&mut self, least: usize) -> Option<u8> {
        self.digits(least, 2).and_then(|number| u8::try_from(number).ok())
    }

    fn take(&mut self, mark: char) -> Option<()> {
        self.0 = self.0.strip_prefix(mark)?;
        Some(())
    }

    fn blanks(&mut self) -> bool {
        let rest = self.0.trim_start_matches([' ', '\t']);
        let found = rest.len() < self.0.len();
        self.0 = rest;
        found
    }
}

/// What the resolver's expression matches; the numbers may still be out of range.
pub(super) fn parts(text: &str) -> Option<Parts> {
    let mut at = Cursor(text);
    let year = at.digits(4, 4)?;
    at.take('-')?;
    let month = at.small(1)?;
    at.take('-')?;
    let day = at.small(1)?;
    let date = (year, month, day);
    if at.0.is_empty() {
        // without a time both have two digits
        return (text.len() == 10).then_some(Parts { date, time: None });
    }
    if at.take('T').or_else(|| at.take('t')).is_none() && !at.blanks() {
        return None;
    }
    let hour = at.small(1)?;
    at.take(':')?;
    let minute = at.small(2)?;
    at.take(':')?;
    let second = at.small(2)?;
    let microsecond = match at.take('.') {
        Some(()) => fraction(&mut at),
        None => 0,
    };
    let time = AtTime { hour, minute, second, microsecond };
    at.blanks();
    let offset = zone(&mut at)?;
    // blanks alone do not end a plain text
    at.0.is_empty().then_some(Parts { date, time: Some((time, offset)) })
}

/// Six digits count, and any number may stand there.
fn fraction(at: &mut Cursor<'_>) -> u32 {
    let count = at.0.bytes().take_while(u8::is_ascii_digit).count();
    let digits = at.0.get(..count.min(6)).unwrap_or_default();
    let number: u32 = format!("{digits:0<6}").parse().unwrap_or(0);
    at.0 = at.0.get(count..).unwrap_or_default();
    number
}

fn zone(at: &mut Cursor<'_>) -> Option<Option<i16>> {
    if at.0.is_empty() {
        return Some(None);
    }
    if at.take('Z').is_some() {
        return Some(Some(0));
    }
    let sign = match at.take('-') {
        Some(()) => -1,
        None => at.take('+').map(|()| 1)?,
    };
    let hours = i16::from(at.small(1)?);
    let minutes = match at.take(':') {
        Some(()) => i16::from(at.small(2)?),
        None => 0,
    };
    Some(Some(sign * (hours * 60 + minutes)))
}

/// `datetime.date` or `datetime.datetime`; none where Python raises ValueError.
pub(super) fn timestamp(parts: &Parts) -> Option<Object> {
    let (year, month, day) = parts.date;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    if year == 0 || day == 0 || day > days {
        return None;
    }
    let Some((time, offset)) = parts.time else { return Some(Object::Date(year, month, day)) };
    let in_range = time.hour < 24 && time.minute < 60 && time.second < 60;
    let known = offset.is_none_or(|offset| offset.abs() < 24 * 60);
    (in_range && known).then_some(Object::DateTime(Moment { date: parts.date, time, offset }))
}
