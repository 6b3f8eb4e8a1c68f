/// `when` of `TimedRotatingFileHandler`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// `S`: seconds.
    S,
    /// `M`: minutes.
    M,
    /// `H`: hours.
    H,
    /// `D`: days, counted from the start.
    D,
    /// `midnight`: days, at midnight or `atTime`.
    Midnight,
    /// `W0` (Monday) to `W6`: weeks, on that day.
    W(u8),
}

impl When {
    /// Seconds of one `interval`.
    pub fn seconds(self) -> i64 {
        match self {
            When::S => 1,
            When::M => 60,
            When::H => 60 * 60,
            When::D | When::Midnight => 24 * 60 * 60,
            When::W(_) => 7 * 24 * 60 * 60,
        }
    }

    /// The `strftime` format of a rolled file's suffix.
    pub fn suffix(self) -> &'static str {
        match self {
            When::S => "%Y-%m-%d_%H-%M-%S",
            When::M => "%Y-%m-%d_%H-%M",
            When::H => "%Y-%m-%d_%H",
            When::D | When::Midnight | When::W(_) => "%Y-%m-%d",
        }
    }

    /// Whether `suffix` is as a rolled file's: the handler's `extMatch`, on the whole of it.
    pub fn matches(self, suffix: &[u8]) -> bool {
        let shape: &[u8] = match self {
            When::S => b"0000-00-00_00-00-00",
            When::M => b"0000-00-00_00-00",
            When::H => b"0000-00-00_00",
            When::D | When::Midnight | When::W(_) => b"0000-00-00",
        };
        suffix.len() == shape.len()
            && suffix.iter().zip(shape).all(|(&byte, &want)| match want {
                b'0' => byte.is_ascii_digit(),
                mark => byte == mark,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_suffix_must_match() {
        assert!(When::Midnight.matches(b"2026-11-22"));
        assert!(When::W(3).matches(b"9999-99-99"));
        for bad in ["2026-11-22_10", "2026-11-2", "2026-11-22.gz", "12026-11-22", "2026_11-22", ""]
        {
            assert!(!When::D.matches(bad.as_bytes()), "{bad}");
        }
        assert!(!When::D.matches("２026-11-22".as_bytes()));
        assert!(When::S.matches(b"2026-11-22_10-20-30"));
        assert!(When::M.matches(b"2026-11-22_10-20"));
        assert!(When::H.matches(b"2026-11-22_10"));
    }
}
