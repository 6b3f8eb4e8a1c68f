use std::str::FromStr;

/// Bytes, written as a number, or as one with K, M, G or T behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) u64);

/// Seconds, written as a number, or as one with s, m, h, d or w behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Age(pub(crate) u64);

const SIZES: [(char, u64); 4] = [('k', 1 << 10), ('m', 1 << 20), ('g', 1 << 30), ('t', 1 << 40)];
const AGES: [(char, u64); 5] = [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400), ('w', 604_800)];

/// A journal must hold what comes in some seconds.
const LEAST_SIZE: u64 = 1 << 20;

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Size, String> {
        match read(text, &SIZES) {
            Some(bytes) if bytes < LEAST_SIZE => {
                Err(format!("`{text}` is too small: 1M is the least"))
            }
            Some(bytes) => Ok(Size(bytes)),
            None => Err(format!(
                "`{text}` is no size; write bytes, or a number with K, M, G or T behind it: 10G"
            )),
        }
    }
}

impl FromStr for Age {
    type Err = String;

    fn from_str(text: &str) -> Result<Age, String> {
        read(text, &AGES).filter(|&seconds| seconds > 0).map(Age).ok_or_else(|| {
            format!(
                "`{text}` is no age; write seconds, or a number with s, m, h, d or w behind it: 7d"
            )
        })
    }
}

fn read(text: &str, units: &[(char, u64)]) -> Option<u64> {
    let text = text.trim().to_lowercase();
    let unit = units.iter().find_map(|&(unit, by)| Some((text.strip_suffix(unit)?, by)));
    let (digits, by) = unit.unwrap_or((&text, 1));
    let digits = digits.trim_end();
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse::<u64>().ok().filter(|_| plain)?.checked_mul(by)
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let unit = SIZES.iter().rev().find(|(_, by)| self.0 >= *by && self.0.is_multiple_of(*by));
        match unit {
            Some((unit, by)) => write!(f, "{}{}", self.0 / by, unit.to_ascii_uppercase()),
            None => write!(f, "{}", self.0),
        }
    }
}

impl std::fmt::Display for Age {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let unit = AGES.iter().rev().find(|(_, by)| self.0.is_multiple_of(*by));
        unit.map_or(Ok(()), |(unit, by)| write!(f, "{}{unit}", self.0 / by))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_shown_as_they_are_written() {
        for text in ["1M", "10G", "1536K", "1048577"] {
            assert_eq!(text.parse::<Size>().unwrap().to_string(), text);
        }
        for text in ["3d", "90m", "45s", "2w"] {
            assert_eq!(text.parse::<Age>().unwrap().to_string(), text);
        }
        assert_eq!(" 2 gb".parse::<Size>().ok(), None);
        assert_eq!("2 g".parse(), Ok(Size(2 << 30)));
        for bad in ["", "g", "-1G", "+1G", "1.5G", "99999999999999T", "1K"] {
            assert!(bad.parse::<Size>().is_err(), "{bad}");
        }
        assert!("0".parse::<Age>().is_err());
    }
}
