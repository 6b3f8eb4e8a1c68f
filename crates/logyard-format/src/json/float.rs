//! Floats as each encoder writes them: the shortest digits, laid out in three ways.

use logyard_record::write_float;

use super::Dialect;

/// Appends a float: `float.__repr__` with JSON's three words in `json`; orjson and msgspec have
/// `null` for those, write 0.00001 where Python has 1e-05, and no zero before an exponent of one
/// digit; msgspec leaves out the plus as well.
pub(super) fn write(x: f64, dialect: Dialect, out: &mut Vec<u8>) {
    if !x.is_finite() {
        let word = match dialect {
            Dialect::Json if x.is_nan() => "NaN",
            Dialect::Json if x > 0.0 => "Infinity",
            Dialect::Json => "-Infinity",
            Dialect::Orjson | Dialect::Msgspec | Dialect::Lenient => "null",
        };
        return out.extend_from_slice(word.as_bytes());
    }
    let start = out.len();
    write_float(x, out);
    if matches!(dialect, Dialect::Json | Dialect::Lenient) {
        return;
    }
    let text = out.get(start..).unwrap_or_default();
    let Some(e) = text.iter().position(|&byte| byte == b'e').map(|at| start + at) else { return };
    match out.get(e + 1..).unwrap_or_default() {
        b"-05" => {
            // 1.5e-05 is 0.000015
            let mut digits = out.split_off(start);
            digits.truncate(e - start);
            if digits.first() == Some(&b'-') {
                out.push(b'-');
            }
            out.extend_from_slice(b"0.0000");
            out.extend(digits.iter().filter(|byte| byte.is_ascii_digit()));
        }
        [b'-', b'0', _] => drop(out.remove(e + 2)),
        [b'+', ..] if dialect == Dialect::Msgspec => drop(out.remove(e + 1)),
        _ => {}
    }
}
