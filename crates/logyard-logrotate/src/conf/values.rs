use logyard_libc::{group_exists, group_id, user_exists, user_id};

use crate::plan::Access;

/// A number as C's `strtoul` reads it with base 0: decimal, `0x` or octal after a `0`.
pub(super) fn number(text: &str) -> Option<u64> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (text.get(2..)?, 16),
        [b'0', _, ..] => (text.get(1..)?, 8),
        _ => (text, 10),
    };
    // a sign is no part of a number here
    digits
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit())
        .then(|| u64::from_str_radix(digits, radix).ok())?
}

/// Why a size is none.
pub(super) enum BadSize {
    Unit(char),
    Number(String),
}

/// A number of bytes, with the unit k (or K), M or G. A unit alone is 0, as in logrotate.
pub(super) fn size(text: &str) -> Result<u64, BadSize> {
    let (digits, factor) = match text.char_indices().last() {
        Some((at, 'k' | 'K')) => (text.get(..at), 1 << 10),
        Some((at, 'M')) => (text.get(..at), 1 << 20),
        Some((at, 'G')) => (text.get(..at), 1 << 30),
        Some((_, unit)) if !unit.is_ascii_digit() => return Err(BadSize::Unit(unit)),
        _ => (Some(text), 1),
    };
    let digits = digits.unwrap_or_default();
    let count = if digits.is_empty() { Some(0) } else { number(digits) };
    count
        .map(|count| count.saturating_mul(factor))
        .ok_or_else(|| BadSize::Number(digits.to_owned()))
}

/// The id of a user by name, or by number if the system has that one.
pub(super) fn user(name: &str) -> Option<u32> {
    user_id(name).or_else(|| name.parse().ok().filter(|id| user_exists(*id)))
}

/// The id of a group by name, or by number if the system has that one.
pub(super) fn group(name: &str) -> Option<u32> {
    group_id(name).or_else(|| name.parse().ok().filter(|id| group_exists(*id)))
}

/// `[MODE] [USER GROUP]` of `create` and `createolddir`: a single word is a mode. `keyword` is for the
/// message.
pub(super) fn access(text: &[u8], keyword: &str) -> Result<Access, String> {
    let words = arguments(text, keyword)?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (mode, owner) = match *words {
        [] => (None, None),
        [mode] => (Some(mode), None),
        [user, group] => (None, Some((user, group))),
        [mode, user, group] => (Some(mode), Some((user, group))),
        _ => return Err(format!("extra arguments for {keyword}")),
    };
    let mode = match mode {
        Some(word) if !word.starts_with('+') => Some(
            u32::from_str_radix(word, 8)
                .ok()
                .filter(|mode| *mode <= 0o7777)
                .ok_or_else(|| format!("invalid mode '{word}'"))?,
        ),
        Some(word) => return Err(format!("invalid mode '{word}'")),
        None => None,
    };
    let ids = owner.map(|(user, group)| ids(user, group)).transpose()?;
    Ok(Access { mode, user: ids.map(|ids| ids.0), group: ids.map(|ids| ids.1) })
}

/// `USER GROUP` of `su`.
pub(super) fn user_and_group(text: &[u8]) -> Result<(u32, u32), String> {
    let words = arguments(text, "su")?;
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => Err("no user for su".into()),
        [_] => Err("no group for su".into()),
        [user, group] => ids(user, group),
        _ => Err("extra arguments for su".into()),
    }
}

fn ids(user_name: &str, group_name: &str) -> Result<(u32, u32), String> {
    let group = group(group_name).ok_or_else(|| format!("unknown group '{group_name}'"))?;
    let user = user(user_name).ok_or_else(|| format!("unknown user '{user_name}'"))?;
    Ok((user, group))
}

/// Words with the shell's quotes, each of which must end.
fn arguments(text: &[u8], keyword: &str) -> Result<Vec<String>, String> {
    match split(text) {
        (words, true) => {
            Ok(words.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect())
        }
        (_, false) => Err(format!("invalid arguments for {keyword}")),
    }
}

/// Words as the shell splits them: blanks between, `'`, `"` and `\` as there. A quote that does not
/// end goes to the end.
pub(crate) fn words(text: &[u8]) -> Vec<Vec<u8>> {
    split(text).0
}

/// The words, and whether each quote has its end.
fn split(text: &[u8]) -> (Vec<Vec<u8>>, bool) {
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut quote = None;
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        match (byte, quote) {
            (b'\\', None | Some(b'"')) => word.get_or_insert_default().extend(bytes.next()),
            (_, Some(open)) if byte == open => quote = None,
            (b'"' | b'\'', None) => {
                quote = Some(byte);
                word.get_or_insert_default();
            }
            (_, None) if byte.is_ascii_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(byte),
        }
    }
    words.extend(word);
    (words, quote.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_bases_of_strtoul() {
        assert_eq!(["12", "0x10", "010", "0"].map(number), [Some(12), Some(16), Some(8), Some(0)]);
        assert_eq!(
            ["", "-1", "+1", "1x", "09", "0x", "99999999999999999999"].map(number),
            [None; 7]
        );
    }

    #[test]
    fn sizes_have_units() {
        let bytes = |text| size(text).ok();
        assert_eq!(
            ["5", "5k", "5K", "2M", "1G", "k"].map(bytes),
            [5, 5120, 5120, 2 << 20, 1 << 30, 0].map(Some)
        );
        assert_eq!(["5m", "x", "1kk", "-1", "é"].map(bytes), [None; 5]);
    }

    #[test]
    fn words_are_those_of_the_shell() {
        let split = |text: &str| {
            words(text.as_bytes())
                .iter()
                .map(|word| String::from_utf8_lossy(word).into_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(split(r#" a "b c"d 'e\' f\ g "" "#), ["a", "b cd", "e\\", "f g", ""]);
        assert_eq!(split("\"open end"), ["open end"]);
        assert_eq!(split("end\\"), ["end"]);
    }

    #[test]
    fn access_leaves_out_what_is_not_given() {
        let read = |text: &str| access(text.as_bytes(), "create");
        let all = Access { mode: Some(0o640), user: Some(0), group: Some(0) };
        assert_eq!(read("0640 'root' \"root\"").unwrap(), all);
        assert_eq!(read("root root").unwrap(), Access { mode: None, ..all });
        assert_eq!(read("640").unwrap(), Access { mode: Some(0o640), ..Access::default() });
        assert_eq!(read("").unwrap(), Access::default());
        for (text, why) in [
            ("1 0 0 0", "extra arguments for create"),
            ("root", "invalid mode 'root'"),
            ("77777", "invalid mode '77777'"),
            ("+1", "invalid mode '+1'"),
            ("640 '", "invalid arguments for create"),
            ("0 no-such-group", "unknown group 'no-such-group'"),
        ] {
            assert_eq!(read(text).unwrap_err(), why);
        }
    }
}
