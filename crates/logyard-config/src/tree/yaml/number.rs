//! `SafeConstructor.construct_yaml_int` and `construct_yaml_float`.

/// Why a text is no number.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoNumber {
    /// Python raises ValueError.
    Invalid,
    /// It has more than 64 bits.
    TooLarge,
}

pub(super) fn int(text: &str) -> Result<i64, NoNumber> {
    let text = text.replace('_', "");
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(&text)),
    };
    let parse = |digits: &str, radix| {
        // int() takes a second sign, from_str_radix too: neither is meant
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(NoNumber::Invalid);
        }
        i128::from_str_radix(digits, radix).map_err(|error| match error.kind() {
            std::num::IntErrorKind::PosOverflow => NoNumber::TooLarge,
            _ => NoNumber::Invalid,
        })
    };
    let number = if digits == "0" {
        0
    } else if let Some(digits) = digits.strip_prefix("0b") {
        parse(digits, 2)?
    } else if let Some(digits) = digits.strip_prefix("0x") {
        parse(digits, 16)?
    } else if digits.starts_with('0') {
        parse(digits, 8)?
    } else {
        let mut number: i128 = 0;
        for part in digits.split(':') {
            let part = parse(part, 10)?;
            let larger = number.checked_mul(60).and_then(|number| number.checked_add(part));
            number = larger.ok_or(NoNumber::TooLarge)?;
        }
        number
    };
    i64::try_from(sign * number).map_err(|_| NoNumber::TooLarge)
}

pub(super) fn float(text: &str) -> Option<f64> {
    let text = text.replace('_', "").to_lowercase();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(&text)),
    };
    match digits {
        ".inf" => return Some(sign * f64::INFINITY),
        ".nan" => return Some(f64::NAN),
        _ => {}
    }
    // from the smallest part on, as Python adds them: the last bit depends on it
    let (mut number, mut base) = (0.0, 1.0);
    for part in digits.rsplit(':') {
        number += part.trim().parse::<f64>().ok()? * base;
        base *= 60.0;
    }
    Some(sign * number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_yaml_1_1() {
        for (text, number) in
            [("010", 8), ("-0b11", -3), ("0x1F", 31), ("1_000", 1000), ("1:30", 90), ("0_", 0)]
        {
            assert_eq!(int(text), Ok(number), "{text}");
        }
        assert_eq!(int("-9223372036854775808"), Ok(i64::MIN));
        assert_eq!(int("9223372036854775808"), Err(NoNumber::TooLarge));
        for text in ["0b_", "0x_", "", "x", "08"] {
            assert_eq!(int(text), Err(NoNumber::Invalid), "{text}");
        }
        assert_eq!(float("1_0.5"), Some(10.5));
        assert_eq!(float("-1:30.5"), Some(-90.5));
        assert_eq!(float("x"), None);
    }
}
