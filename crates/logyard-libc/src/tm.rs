/// A broken-down time, as C's `struct tm` and Python's `time.struct_time` have it.
///
/// The zone's abbreviation is held in place, so that a `Tm` is plain data and `Copy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tm {
    /// Seconds, 0 to 60.
    pub sec: i32,
    /// Minutes, 0 to 59.
    pub min: i32,
    /// Hours, 0 to 23.
    pub hour: i32,
    /// Day of the month, 1 to 31.
    pub mday: i32,
    /// Month, 0 (January) to 11.
    pub mon: i32,
    /// Full year, for example 2026 (C counts from 1900, this does not).
    pub year: i32,
    /// Day of the week, Monday is 0 as in Python (C counts from Sunday).
    pub wday: i32,
    /// Day of the year, 0 to 365.
    pub yday: i32,
    /// Whether daylight saving time is in force.
    pub is_dst: bool,
    /// Seconds east of UTC.
    pub gmtoff: i32,
    /// The zone's abbreviation; see [`Tm::zone`].
    pub(crate) zone: [u8; Tm::ZONE_LEN],
}

impl Tm {
    /// Room for an abbreviation and its closing NUL. POSIX promises at least 6 letters
    /// (`_POSIX_TZNAME_MAX`), tzdata keeps to 6, and a POSIX `TZ` rule may be longer: it is cut.
    pub(crate) const ZONE_LEN: usize = 16;

    /// The abbreviation of the zone at that moment, such as `CET`.
    pub fn zone(&self) -> &[u8] {
        let end = self.zone.iter().position(|&b| b == 0).unwrap_or(self.zone.len());
        &self.zone[..end]
    }

    pub(crate) fn zone_field(name: &[u8]) -> [u8; Tm::ZONE_LEN] {
        let mut field = [0; Tm::ZONE_LEN];
        let len = name.len().min(Tm::ZONE_LEN - 1);
        field[..len].copy_from_slice(&name[..len]);
        field
    }
}
