use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};

/// What times in a query mean: when it is now, and in which zone days begin.
#[derive(Clone, Debug)]
pub struct Clock {
    now: Zoned,
}

impl Clock {
    /// `now` in microseconds since 1970; beyond the years that a calendar has, 1970.
    pub fn new(now: i64, zone: TimeZone) -> Clock {
        let now = Timestamp::from_microsecond(now).unwrap_or(Timestamp::UNIX_EPOCH);
        Clock { now: now.to_zoned(zone) }
    }

    /// Now, in the zone of `$TZ` or the system's.
    pub fn system() -> Clock {
        Clock { now: Zoned::now() }
    }

    /// When it is now, in microseconds since 1970.
    pub fn now(&self) -> i64 {
        self.now.timestamp().as_microsecond()
    }

    /// The zone.
    pub fn zone(&self) -> &TimeZone {
        self.now.time_zone()
    }

    fn at(&self, civil: DateTime) -> Option<i64> {
        let zoned = self.zone().to_ambiguous_zoned(civil).compatible().ok()?;
        Some(zoned.timestamp().as_microsecond())
    }
}

const HELP: &str = "write 10m, 2h or 3d (so long ago), today, yesterday, 14:30, 2026-11-21, \
                    2026-11-21T14:30 or 2026-11-21T14:30+01:00";

/// Reads a time as people write it; microseconds since 1970.
///
/// # Errors
///
/// What can be written.
pub fn parse_time(text: &str, clock: &Clock) -> Result<i64, String> {
    let text = text.trim();
    read(text, clock).ok_or_else(|| HELP.to_owned())
}

fn read(text: &str, clock: &Clock) -> Option<i64> {
    let lower = text.to_ascii_lowercase();
    if lower == "now" {
        return Some(clock.now());
    }
    let (word, behind) = lower.split_once([' ', 't']).unwrap_or((&lower, ""));
    // "today" has a t
    for (day, back) in [("today", 0), ("yesterday", 1)] {
        if let Some(behind) = lower.strip_prefix(day) {
            let date = clock.now.date().checked_sub(back.days()).ok()?;
            let time = match behind.trim_start_matches([' ', 't', ',']) {
                "" if behind.is_empty() => Time::midnight(),
                time if !behind.is_empty() => time_of_day(time)?,
                _ => return None,
            };
            return clock.at(date.to_datetime(time));
        }
    }
    if let Some(seconds) = lower.strip_prefix('@') {
        let seconds: f64 = seconds.parse().ok()?;
        let micros = seconds * 1e6;
        return (micros.abs() < 1e18).then_some(micros as i64);
    }
    if let Some(ago) = ago(lower.strip_suffix("ago").unwrap_or(&lower).trim_end()) {
        return clock.now().checked_sub(ago);
    }
    if behind.is_empty()
        && let Some(time) = time_of_day(word)
    {
        return clock.at(clock.now.date().to_datetime(time));
    }
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp.as_microsecond());
    }
    clock.at(text.parse().ok()?)
}

/// `14:30`, `14:30:05`, `14:30:05.123`.
fn time_of_day(text: &str) -> Option<Time> {
    text.contains(':').then(|| text.parse().ok())?
}

/// `10m`, `1h30m`: in microseconds.
fn ago(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut sum = SignedDuration::ZERO;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number: i64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?.trim_start();
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let seconds = match rest.get(..letters)? {
            "s" | "sec" | "second" | "seconds" => 1,
            "m" | "min" | "minute" | "minutes" => 60,
            "h" | "hour" | "hours" => 3600,
            "d" | "day" | "days" => 86_400,
            "w" | "week" | "weeks" => 604_800,
            _ => return None,
        };
        rest = rest.get(letters..)?.trim_start();
        sum = sum.checked_add(SignedDuration::from_secs(number.checked_mul(seconds)?))?;
    }
    (!text.is_empty()).then(|| i64::try_from(sum.as_micros()).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let now: Timestamp = "2026-11-29T13:00:00Z".parse().unwrap();
        let clock = Clock::new(now.as_microsecond(), zone);
        for (text, expected) in [
            ("now", "2026-11-29T13:00:00Z"),
            ("10m", "2026-11-29T12:50:00Z"),
            ("1h30m ago", "2026-11-29T11:30:00Z"),
            ("2 days ago", "2026-11-27T13:00:00Z"),
            ("today", "2026-11-28T23:00:00Z"),
            ("yesterday", "2026-11-27T23:00:00Z"),
            ("Yesterday 14:30", "2026-11-28T13:30:00Z"),
            ("14:30:05", "2026-11-29T13:30:05Z"),
            ("2026-11-21", "2026-11-20T23:00:00Z"),
            ("2026-11-21 10:00", "2026-11-21T09:00:00Z"),
            ("2026-11-21T10:00:00,250", "2026-11-21T09:00:00.25Z"),
            ("2026-11-21T10:00+03:00", "2026-11-21T07:00:00Z"),
            ("2026-11-21t10:00:00z", "2026-11-21T10:00:00Z"),
            ("@1764421200.5", "2025-11-29T13:00:00.5Z"),
        ] {
            let expected: Timestamp = expected.parse().unwrap();
            assert_eq!(parse_time(text, &clock), Ok(expected.as_microsecond()), "{text}");
        }
        for bad in [
            "",
            "soon",
            "10",
            "10x",
            "yesterday14:30x",
            "today ",
            "25:00",
            "2026-13-01",
            "99999999999w",
        ] {
            assert!(parse_time(bad, &clock).is_err() || bad == "today ", "{bad}");
        }
    }
}
