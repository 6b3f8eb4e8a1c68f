use logyard_libc::{Tm, Zone};

/// The time of a run: the moment that it started, which all its decisions are made by.
#[derive(Clone, Debug)]
pub struct Moment {
    /// Seconds since the epoch.
    pub secs: i64,
    /// The same, on the clock of the wall.
    pub tm: Tm,
    zone: Zone,
}

/// What a clock on the wall shows; `month` and `day` count from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WallTime {
    /// For example 2026.
    pub year: i32,
    /// 1 to 12.
    pub month: i32,
    /// 1 to 31.
    pub day: i32,
    /// 0 to 23.
    pub hour: i32,
    /// 0 to 59.
    pub minute: i32,
    /// 0 to 60.
    pub second: i32,
}

impl Moment {
    /// `secs` since the epoch, as seen in `zone`.
    pub fn new(secs: i64, zone: Zone) -> Moment {
        Moment { secs, tm: zone.local(secs), zone }
    }

    /// Another moment in the same zone.
    pub fn at(&self, secs: i64) -> Moment {
        Moment::new(secs, self.zone.clone())
    }

    /// When the clock on the wall shows `wall`; values out of range carry over, as with `mktime`.
    /// A time that comes twice is one of the two, one that is left out is an hour beside.
    pub fn at_wall(&self, wall: WallTime) -> Moment {
        let utc = days_from_civil(wall.year, wall.month, wall.day) * 86_400
            + i64::from(wall.hour) * 3600
            + i64::from(wall.minute) * 60
            + i64::from(wall.second);
        let guess = utc - i64::from(self.zone.local(utc).gmtoff);
        self.at(utc - i64::from(self.zone.local(guess).gmtoff))
    }

    /// The day before, in the hour of noon: no change of the clock reaches from there into another
    /// day.
    pub fn yesterday(&self) -> Moment {
        self.at_wall(WallTime { day: self.wall().day - 1, hour: 12, ..self.wall() })
    }

    /// The beginning of the hour.
    pub fn full_hour(&self) -> Moment {
        self.at(self.secs - i64::from(self.tm.min * 60 + self.tm.sec))
    }

    /// So many hours later.
    pub fn after_hours(&self, hours: i64) -> Moment {
        self.at(self.secs + hours * 3600)
    }

    /// What the clock shows.
    pub fn wall(&self) -> WallTime {
        let tm = &self.tm;
        WallTime {
            year: tm.year,
            month: tm.mon + 1,
            day: tm.mday,
            hour: tm.hour,
            minute: tm.min,
            second: tm.sec,
        }
    }

    /// Day of the week from Sunday, which is 0.
    pub fn weekday(&self) -> i32 {
        (self.tm.wday + 1) % 7
    }

    /// `2026-11-22 10:00`.
    pub fn to_the_minute(&self) -> String {
        let wall = self.wall();
        format!(
            "{}-{:02}-{:02} {:02}:{:02}",
            wall.year, wall.month, wall.day, wall.hour, wall.minute
        )
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar; days and months may be out of range.
fn days_from_civil(year: i32, month: i32, day: i32) -> i64 {
    let months = i64::from(year) * 12 + i64::from(month) - 1;
    // years that begin in March have the leap day at their end
    let (year, from_march) = ((months - 2).div_euclid(12), (months - 2).rem_euclid(12));
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * from_march + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(zone: &str, secs: i64) -> Moment {
        Moment::new(secs, Zone::named(zone).unwrap())
    }

    #[test]
    fn wall_time_and_back() {
        for zone in ["UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns"] {
            let any = moment(zone, 0);
            for secs in (-2_000_000_000..2_500_000_000).step_by(7_654_321) {
                let there = any.at(secs);
                assert_eq!(any.at_wall(there.wall()).wall(), there.wall(), "{zone} {secs}");
            }
        }
    }

    #[test]
    fn yesterday_is_the_day_before() {
        // the clock went from 3 to 2 on 2026-10-25
        let berlin = moment("Europe/Berlin", 1_792_922_400); // 2026-10-25 10:00 CET
        assert_eq!(berlin.to_the_minute(), "2026-10-25 11:00");
        assert_eq!(berlin.yesterday().to_the_minute(), "2026-10-24 12:00");
        assert_eq!(moment("UTC", 1_772_323_200).yesterday().to_the_minute(), "2026-02-28 12:00");
    }

    #[test]
    fn weekdays_begin_on_sunday() {
        assert_eq!(moment("UTC", 0).weekday(), 4); // a Thursday
        assert_eq!(moment("UTC", 3 * 86_400).weekday(), 0);
    }
}
