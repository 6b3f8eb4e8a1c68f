use std::ffi::CStr;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::Tm;

/// A time zone: the process's own as libc sees it, UTC, or one named by the user.
#[derive(Clone, Debug, Default)]
pub enum Zone {
    /// `TZ` and `/etc/localtime`, read by libc: what CPython's `time.localtime` uses.
    #[default]
    Process,
    /// `time.gmtime`.
    Utc,
    /// A zone of the system's database or a POSIX rule, chosen by `--tz`.
    Named(TimeZone),
}

/// The zone that was asked for is neither in the system's database nor a POSIX rule.
#[derive(Debug, thiserror::Error)]
#[error(
    "unknown time zone `{name}`: expected a name such as `Europe/Berlin`, or a POSIX rule such as `CET-1CEST,M3.5.0,M10.5.0/3`"
)]
pub struct ZoneError {
    name: String,
}

impl Zone {
    /// Finds a zone by its IANA name or POSIX `TZ` rule. A rule with daylight saving that does not
    /// say when has the dates of the United States, as in glibc.
    pub fn named(name: &str) -> Result<Zone, ZoneError> {
        let rule = name.strip_prefix(':').unwrap_or(name);
        let without_dates = rule.strip_suffix(',').unwrap_or(rule);
        TimeZone::get(rule)
            .or_else(|_| TimeZone::posix(rule))
            .or_else(|_| TimeZone::posix(&format!("{without_dates},M3.2.0,M11.1.0")))
            .map(Zone::Named)
            .map_err(|_| ZoneError { name: name.to_owned() })
    }

    /// The broken-down time of `secs` seconds since the epoch: `time.localtime(secs)`.
    ///
    /// Out of the range that the zone can express (far outside of any log's time), the epoch itself
    /// is given back, in UTC: `None` would make every caller handle what never occurs.
    pub fn local(&self, secs: i64) -> Tm {
        match self {
            Zone::Process => libc_time(secs, Clock::Local),
            Zone::Utc => libc_time(secs, Clock::Utc),
            Zone::Named(zone) => named_time(secs, zone),
        }
    }
}

enum Clock {
    Local,
    Utc,
}

fn libc_time(secs: i64, clock: Clock) -> Tm {
    // SAFETY: `tm` is plain integers and one pointer, for which all zeroes is a valid value.
    let mut tm: libc::tm = unsafe { std::mem::zeroed() };
    let time: libc::time_t = secs;
    // SAFETY: both pointers are to live, properly aligned values of the right types; the `_r`
    // functions write only to `tm`. `localtime_r` reads `TZ` through `getenv`; this process never
    // changes its environment.
    let done = unsafe {
        match clock {
            Clock::Local => {
                tzset_once();
                libc::localtime_r(&raw const time, &raw mut tm)
            }
            Clock::Utc => libc::gmtime_r(&raw const time, &raw mut tm),
        }
    };
    if done.is_null() {
        return named_time(0, &TimeZone::UTC);
    }
    let zone = if tm.tm_zone.is_null() {
        Tm::zone_field(b"")
    } else {
        // SAFETY: libc sets `tm_zone` to a NUL-terminated string that lives until the next `tzset`;
        // it is copied before anything else can run.
        Tm::zone_field(unsafe { CStr::from_ptr(tm.tm_zone) }.to_bytes())
    };
    Tm {
        sec: tm.tm_sec,
        min: tm.tm_min,
        hour: tm.tm_hour,
        mday: tm.tm_mday,
        mon: tm.tm_mon,
        year: tm.tm_year.saturating_add(1900),
        wday: (tm.tm_wday + 6) % 7,
        yday: tm.tm_yday,
        is_dst: tm.tm_isdst > 0,
        gmtoff: i32::try_from(tm.tm_gmtoff).unwrap_or(0),
        zone,
    }
}

/// `localtime_r` need not read `TZ` by itself (POSIX); `tzset` does.
fn tzset_once() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    unsafe extern "C" {
        fn tzset();
    }
    // SAFETY: `tzset` only reads the environment, which this process never changes.
    ONCE.call_once(|| unsafe { tzset() });
}

fn named_time(secs: i64, zone: &TimeZone) -> Tm {
    let at = Timestamp::from_second(secs).unwrap_or(Timestamp::UNIX_EPOCH);
    let civil = zone.to_datetime(at);
    let info = zone.to_offset_info(at);
    Tm {
        sec: civil.second().into(),
        min: civil.minute().into(),
        hour: civil.hour().into(),
        mday: civil.day().into(),
        mon: i32::from(civil.month()) - 1,
        year: civil.year().into(),
        wday: civil.weekday().to_monday_zero_offset().into(),
        yday: i32::from(civil.day_of_year()) - 1,
        is_dst: info.dst().is_dst(),
        gmtoff: info.offset().seconds(),
        zone: Tm::zone_field(info.abbreviation().as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_zone_knows_daylight_saving() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let summer = berlin.local(1_750_000_000);
        assert_eq!((summer.hour, summer.min, summer.is_dst), (17, 6, true));
        assert_eq!(summer.zone(), b"CEST");
        assert_eq!(summer.gmtoff, 7200);
    }

    #[test]
    fn posix_rules_are_zones_too() {
        let zone = Zone::named("XYZ3").unwrap();
        assert_eq!(zone.local(0).hour, 21);
        assert!(Zone::named("No/Such_Place").is_err());
    }

    /// The rules without dates, in a child process whose `TZ` they are.
    #[test]
    fn rules_without_dates_are_those_of_libc() {
        // glibc with a file `posixrules` takes the days from it, but is hours off in the switch
        const DAY: i64 = 86_400;
        let times = (1_180_000_000..1_900_000_000).step_by(40_009);
        let same = |zone: &Zone, at: i64| {
            let libc = Zone::Process.local(at);
            if [at - DAY, at + DAY].map(|at| Zone::Process.local(at).is_dst) == [libc.is_dst; 2] {
                assert_eq!(zone.local(at), libc, "{at}");
            }
        };
        if let Ok(rule) = std::env::var("LOGYARD_TEST_RULE") {
            let zone = Zone::named(&rule).unwrap();
            times.for_each(|at| same(&zone, at));
            return;
        }
        for rule in
            ["CET-1CEST", "CET-1CEST,", ":CET-1CEST", "ABC3DEF", "<+03>-3<+04>", "XYZ5:30UVW4"]
        {
            let test = "zone::tests::rules_without_dates_are_those_of_libc";
            let child = std::process::Command::new(std::env::current_exe().unwrap())
                .args(["--exact", test])
                .env("TZ", rule)
                .env("LOGYARD_TEST_RULE", rule)
                .output()
                .unwrap();
            assert!(child.status.success(), "{rule}: {}", String::from_utf8_lossy(&child.stdout));
            assert!(String::from_utf8_lossy(&child.stdout).contains("1 passed"));
        }
        assert!(Zone::named("CET").is_ok());
        for wrong in ["", ",", "XX3YY", "No/Such_Place", "CET-1CEST,M3.5.0,"] {
            assert!(Zone::named(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn utc_agrees_with_the_named_one() {
        let named = Zone::named("UTC").unwrap();
        for secs in [0, 1, -1, 951_782_400, 1_900_000_000, -2_208_988_800] {
            let (mut a, mut b) = (Zone::Utc.local(secs), named.local(secs));
            (a.zone, b.zone) = ([0; Tm::ZONE_LEN], [0; Tm::ZONE_LEN]); // libc says GMT, jiff UTC
            assert_eq!(a, b);
        }
    }

    #[test]
    fn times_out_of_range_are_the_epoch() {
        assert_eq!(Zone::named("UTC").unwrap().local(i64::MAX).year, 1970);
        assert_eq!(Zone::Utc.local(i64::MAX).year, 1970);
    }
}
