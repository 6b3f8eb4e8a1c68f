//! A date format of logrotate: what it writes it can read, and any other text does no harm.

#![no_main]

use libfuzzer_sys::fuzz_target;
use logyard_libc::Zone;
use logyard_logrotate::Moment;
use logyard_logrotate::dates::DateFormat;

/// 2001 to 2096: years and epochs have their usual number of digits.
const FROM: i64 = 1_000_000_000;

fuzz_target!(|input: (&str, u32, &[u8])| {
    let (format, secs, text) = input;
    let at = Moment::new(FROM + i64::from(secs) % 3_000_000_000, Zone::Utc);
    let format = DateFormat::parse(format);
    let _ = format.read(text, &at);
    if let Some(suffix) = format.suffix(&at) {
        assert!(suffix.len() <= 63);
        assert!(format.read(suffix.as_bytes(), &at).is_some(), "{suffix:?}");
    }
});
