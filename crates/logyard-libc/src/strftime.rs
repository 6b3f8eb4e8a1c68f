use crate::Tm;

/// Longest text that one `strftime` call may give, in bytes. CPython stops at 256 times the length
/// of the format; a width such as `%999999d` could otherwise ask for any amount of memory.
const LIMIT: usize = 64 * 1024;

/// Appends the text of `tm` by libc's `strftime`, as CPython's `time.strftime` gives it.
///
/// `format` is the user's text; bytes outside of ASCII are passed through. A NUL ends one call of
/// libc and is copied. What libc can't express within 64 KiB is left out.
pub fn strftime(format: &[u8], tm: &Tm, out: &mut Vec<u8>) {
    let c_tm = to_c(tm);
    for (index, part) in format.split(|&b| b == 0).enumerate() {
        if index > 0 {
            out.push(0);
        }
        if !part.is_empty() {
            append(part, &c_tm, out);
        }
    }
}

fn append(format: &[u8], tm: &libc::tm, out: &mut Vec<u8>) {
    // A byte before it tells an empty result (as `%p` in some locales) from a buffer too short. One
    // behind it would complete a format that ends in the middle of a directive, such as `%`.
    let mut c_format = Vec::with_capacity(format.len() + 2);
    c_format.push(b'x');
    c_format.extend_from_slice(format);
    c_format.push(0);
    let start = out.len();
    let mut room = 128 + 4 * format.len();
    while room <= LIMIT.max(256 * format.len()) {
        out.resize(start + room, 0);
        let buffer = &mut out[start..];
        // SAFETY: the buffer has `buffer.len()` writable bytes, the format is NUL-terminated, and
        // `tm` with its `tm_zone` (which points into the caller's `Tm`) lives through the call.
        let written = unsafe {
            libc::strftime(
                buffer.as_mut_ptr().cast(),
                buffer.len(),
                c_format.as_ptr().cast(),
                std::ptr::from_ref(tm),
            )
        };
        if written > 0 {
            out.truncate(start + written);
            out.remove(start);
            return;
        }
        room *= 4;
    }
    out.truncate(start);
}

fn to_c(tm: &Tm) -> libc::tm {
    // SAFETY: `tm` is plain integers and one pointer, for which all zeroes is a valid value.
    let mut c: libc::tm = unsafe { std::mem::zeroed() };
    c.tm_sec = tm.sec;
    c.tm_min = tm.min;
    c.tm_hour = tm.hour;
    c.tm_mday = tm.mday;
    c.tm_mon = tm.mon;
    c.tm_year = tm.year.saturating_sub(1900);
    c.tm_wday = (tm.wday + 1) % 7;
    c.tm_yday = tm.yday;
    c.tm_isdst = tm.is_dst.into();
    c.tm_gmtoff = tm.gmtoff.into();
    c.tm_zone = tm.zone.as_ptr().cast_mut().cast();
    c
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Zone;

    fn text(format: &str, zone: &str, secs: i64) -> String {
        let mut out = Vec::new();
        strftime(format.as_bytes(), &Zone::named(zone).unwrap().local(secs), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn prints_as_libc_does() {
        assert_eq!(
            text("%Y-%m-%d %H:%M:%S%z", "Asia/Kolkata", 1_700_000_000),
            "2023-11-15 03:43:20+0530"
        );
        assert_eq!(text("%a %-d %b %P %Z", "Europe/Berlin", 1_700_000_000), "Tue 14 Nov pm CET");
        assert_eq!(text("", "UTC", 0), "");
        assert_eq!(text("%f é", "UTC", 0), "%f é");
    }

    #[test]
    fn an_unfinished_directive_stays() {
        for format in ["%", "a%", "%-", "%E"] {
            assert_eq!(text(format, "UTC", 0), format);
        }
    }

    #[test]
    fn a_nul_is_kept() {
        assert_eq!(text("%Y\0%m", "UTC", 0), "1970\u{0}01");
    }

    #[test]
    fn a_huge_width_is_bounded() {
        assert!(text("%9999999d", "UTC", 0).len() <= LIMIT);
        assert_eq!(text("%300Y", "UTC", 0).len(), 300);
    }
}
