//! Whether a log is due.

use crate::moment::Moment;
use crate::plan::{Criterion, Directives};

/// What is known of a log.
#[derive(Clone, Copy, Debug)]
pub struct Log {
    /// Size, in bytes.
    pub size: u64,
    /// When it was modified, in seconds since the epoch.
    pub modified: i64,
    /// When it was rotated last.
    pub last: i64,
}

/// Why a log stays as it is, in logrotate's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDue {
    /// `notifempty`.
    #[error("log is empty")]
    Empty,
    /// `minsize`.
    #[error("'minsize' directive is used and the log size is smaller than the minsize value")]
    MinSize,
    /// `minage`.
    #[error("'minage' directive is used and the log age is smaller than the minage days")]
    MinAge,
    /// `size`.
    #[error("log size is below the 'size' threshold")]
    Size,
    /// Within the hour.
    #[error("log has already been rotated")]
    Already,
    /// When it was, and the span that has not passed.
    #[error("log has been rotated at {0}, which is less than {1} ago")]
    Since(String, &'static str),
}

/// How far ahead the clock may have been when the log was rotated: a change of the clock, and a day
/// of doubt about zones.
const AHEAD: i64 = 25 * 3600;

/// The first time after `now` that `log` is due by its criterion, whatever its size and age; `None` for
/// [`Criterion::Size`], which no clock decides.
pub fn next(d: &Directives, last: i64, now: &Moment) -> Option<Moment> {
    let log = Log { size: 0, modified: 0, last };
    let today = now.wall();
    let midnight = crate::WallTime { hour: 0, minute: 0, second: 0, ..today };
    // a year, and what a leap year has more
    let candidates: Box<dyn Iterator<Item = Moment>> = match d.criterion {
        Criterion::Size(_) => return None,
        Criterion::Minutes(minutes) => {
            let after = (last.div_euclid(60) + i64::from(minutes) + 1) * 60;
            Box::new(std::iter::once(now.at(after.max(now.secs))))
        }
        Criterion::Hourly => Box::new((1..=48).map(|hours| now.full_hour().after_hours(hours))),
        _ => Box::new(
            (1..=732)
                .map(|days| now.at_wall(crate::WallTime { day: today.day + days, ..midnight })),
        ),
    };
    candidates.into_iter().find(|at| criterion(d.criterion, &log, at).is_ok())
}

/// Whether the state says that `log` was rotated in the future, which forces a rotation, unless a size
/// decides.
pub fn in_future(d: &Directives, log: &Log, now: &Moment) -> bool {
    !matches!(d.criterion, Criterion::Size(_)) && log.last > now.secs.saturating_add(AHEAD)
}

/// Whether `log` is to be rotated `now`: if not, all reasons; `force` leaves out everything but `notifempty`.
pub fn due(d: &Directives, log: &Log, now: &Moment, force: bool) -> Result<(), Vec<NotDue>> {
    let mut reasons = Vec::new();
    if !force && !in_future(d, log, now) && d.max_size.is_none_or(|max| log.size <= max) {
        reasons.extend(criterion(d.criterion, log, now).err());
        // where a size decides, it decides alone
        if !matches!(d.criterion, Criterion::Size(_)) && reasons != [NotDue::Already] {
            let age = now.secs.saturating_sub(log.modified);
            if d.min_size.is_some_and(|min| log.size < min) {
                reasons.push(NotDue::MinSize);
            }
            if d.min_age > 0 && age <= i64::from(d.min_age) * 86_400 {
                reasons.push(NotDue::MinAge);
            }
        }
    }
    if reasons.is_empty() && !d.if_empty && log.size == 0 {
        reasons.push(NotDue::Empty);
    }
    if reasons.is_empty() { Ok(()) } else { Err(reasons) }
}

fn criterion(criterion: Criterion, log: &Log, now: &Moment) -> Result<(), NotDue> {
    let last = now.at(log.last);
    let (was, is) = (last.wall(), now.wall());
    let same_month = (was.year, was.month) == (is.year, is.month);
    let same_day = same_month && was.day == is.day;
    let same_hour = same_day && was.hour == is.hour;
    let days = now.at_wall(crate::WallTime { hour: 12, minute: 0, second: 0, ..is }).secs
        - now.at_wall(crate::WallTime { hour: 12, minute: 0, second: 0, ..was }).secs;
    let days = (days + 43_200).div_euclid(86_400); // noons may be an hour apart from whole days
    let (due, span) = match criterion {
        Criterion::Size(size) => return if log.size >= size { Ok(()) } else { Err(NotDue::Size) },
        Criterion::Minutes(minutes) => {
            let passed = now.secs.div_euclid(60) - log.last.div_euclid(60);
            let due = passed.unsigned_abs() > u64::from(minutes);
            return if due { Ok(()) } else { Err(NotDue::Already) };
        }
        Criterion::Hourly => (!same_hour, "an hour"),
        Criterion::Daily => (!same_day, "a day"),
        Criterion::Weekly(day) => (!same_day && (days >= 7 || now.weekday() == day), "a week"),
        Criterion::Monthly(None) => (!same_month, "a month"),
        Criterion::Monthly(Some(day)) => {
            let tomorrow = now.at_wall(crate::WallTime { day: is.day + 1, ..is }).wall();
            let on_day = is.day == day || (tomorrow.month != is.month && is.day < day);
            (!same_day && (on_day || days >= 31), "a month")
        }
        Criterion::Yearly => (was.year != is.year, "a year"),
    };
    match due {
        true => Ok(()),
        false if same_hour => Err(NotDue::Already),
        false => Err(NotDue::Since(last.to_the_minute(), span)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WallTime;
    use logyard_libc::Zone;

    fn at(year: i32, month: i32, day: i32, hour: i32) -> Moment {
        let any = Moment::new(0, Zone::Utc);
        any.at_wall(WallTime { year, month, day, hour, ..WallTime::default() })
    }

    fn is_due(criterion: Criterion, last: &Moment, now: &Moment) -> bool {
        let d = Directives { criterion, ..Directives::default() };
        due(&d, &Log { size: 1, modified: 0, last: last.secs }, now, false).is_ok()
    }

    #[test]
    fn weeks_begin_on_their_day_or_after_seven_days() {
        let sunday = at(2026, 11, 22, 10);
        for (day, last, expected) in [
            (0, at(2026, 11, 21, 23), true),
            (0, at(2026, 11, 22, 0), false),
            (3, at(2026, 11, 20, 9), false),
            (3, at(2026, 11, 15, 11), true),
            (7, at(2026, 11, 16, 9), false),
            (7, at(2026, 11, 15, 23), true),
        ] {
            assert_eq!(is_due(Criterion::Weekly(day), &last, &sunday), expected, "{day} {last:?}");
        }
    }

    #[test]
    fn months_may_have_a_day() {
        for (day, last, now, expected) in [
            (None, at(2026, 10, 31, 23), at(2026, 11, 1, 0), true),
            (None, at(2026, 11, 1, 0), at(2026, 11, 30, 0), false),
            (Some(15), at(2026, 11, 1, 0), at(2026, 11, 15, 0), true),
            (Some(15), at(2026, 11, 15, 0), at(2026, 11, 15, 9), false),
            (Some(15), at(2026, 11, 1, 0), at(2026, 11, 20, 0), false),
            (Some(15), at(2026, 10, 15, 0), at(2026, 11, 16, 0), true),
            (Some(31), at(2026, 11, 10, 0), at(2026, 11, 30, 0), true),
            (Some(31), at(2026, 11, 10, 0), at(2026, 11, 29, 0), false),
        ] {
            assert_eq!(is_due(Criterion::Monthly(day), &last, &now), expected, "{day:?} {last:?}");
        }
    }

    #[test]
    fn minutes_have_to_pass_in_full() {
        let last = at(2026, 11, 22, 10);
        assert!(!is_due(Criterion::Minutes(5), &last, &last.at(last.secs + 300)));
        assert!(is_due(Criterion::Minutes(5), &last, &last.at(last.secs + 360)));
    }
}
