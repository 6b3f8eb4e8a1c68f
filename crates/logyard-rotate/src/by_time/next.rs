//! When the next rollover is: `computeRollover`, and what `doRollover` made of it before 3.13.

use super::{ByTime, DAY, HOUR};
use crate::when::When;

impl ByTime {
    /// When to roll over next, counted from `start`: `computeRollover`. Both in seconds since the
    /// epoch.
    pub fn rollover_at(&self, start: i64) -> i64 {
        let week_day = match self.when {
            When::S | When::M | When::H | When::D => return start + self.interval,
            When::Midnight => None,
            When::W(day) => Some(i64::from(day)),
        };
        match self.compat.computes_rollover_whole() {
            true => self.day_rollover(start, week_day),
            false => self.day_rollover_in_parts(start, week_day),
        }
    }

    /// The next time after a rollover: the end of `doRollover`.
    pub(super) fn after_rollover(&self, now: i64) -> i64 {
        let mut next = self.rollover_at(now);
        if self.compat.computes_rollover_whole() {
            return next;
        }
        // It is never before `now`, so that CPython's loop is run once at most.
        if next <= now {
            next += self.interval;
        }
        if matches!(self.when, When::Midnight | When::W(_)) && !self.utc {
            next += self.whole_hour(self.zone.local(now).is_dst, next);
        }
        next
    }

    /// The rules since 3.13.
    fn day_rollover(&self, start: i64, week_day: Option<i64>) -> i64 {
        let now = self.broken_down(start);
        let (mut wait, mut day) = self.until_time_of_day(start);
        if wait <= 0 {
            wait += DAY;
            day = (day + 1) % 7;
        }
        let mut result = start + wait;
        match week_day {
            Some(wanted) => {
                result += (wanted - day).rem_euclid(7) * DAY + self.interval - 7 * DAY;
            }
            None => result += self.interval - DAY,
        }
        if self.utc {
            return result;
        }
        match self.whole_hour(now.is_dst, result) {
            // That hour itself is skipped by the clocks.
            ..0 if !self.zone.local(result - HOUR).is_dst => result,
            hour => result + hour,
        }
    }

    /// The rules before 3.13: the interval is one day or week, the time of the rollover itself counts
    /// as before it, and daylight saving time is looked at for other week days only.
    fn day_rollover_in_parts(&self, start: i64, week_day: Option<i64>) -> i64 {
        let (mut wait, mut day) = self.until_time_of_day(start);
        if wait < 0 {
            wait += DAY;
            day = (day + 1) % 7;
        }
        let mut result = start + wait;
        if let Some(wanted) = week_day.filter(|wanted| *wanted != day) {
            result += (wanted - day).rem_euclid(7) * DAY;
            if !self.utc {
                result += self.whole_hour(self.zone.local(start).is_dst, result);
            }
        }
        result
    }

    /// Seconds from `start` to the rollover's time of that day, and that week day, Monday being 0.
    fn until_time_of_day(&self, start: i64) -> (i64, i64) {
        let now = self.broken_down(start);
        let of_day = i64::from((now.hour * 60 + now.min) * 60 + now.sec);
        (self.at_time.unwrap_or(DAY) - of_day, i64::from(now.wday))
    }

    /// The hour that keeps the wall-clock time of a rollover when daylight saving time starts or ends
    /// before it.
    fn whole_hour(&self, dst_now: bool, rollover: i64) -> i64 {
        match (dst_now, self.zone.local(rollover).is_dst) {
            (false, true) => -HOUR,
            (true, false) => HOUR,
            _ => 0,
        }
    }
}
