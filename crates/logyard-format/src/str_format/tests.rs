//! `format(value, spec)`, as CPython 3.13 answers.

use logyard_pickle::Value;

use super::{Spec, write};

fn format(value: Value<'_>, spec: &str) -> String {
    let mut out = Vec::new();
    match write(value, &Spec::new(spec.as_bytes()), &mut out) {
        Ok(_) => String::from_utf8(out).unwrap(),
        Err(error) => format!("{}: {}", error.raised.name(), error.text),
    }
}

#[test]
fn texts() {
    let text = |spec| format(Value::Str("aé€".as_bytes()), spec);
    assert_eq!(text(""), "aé€");
    assert_eq!(text("5"), "aé€  ");
    assert_eq!(text("€^6.2s"), "€€aé€€");
    assert_eq!(text("05"), "aé€00");
    assert_eq!(text("+"), "ValueError: Sign not allowed in string format specifier");
    assert_eq!(text("d"), "ValueError: Unknown format code 'd' for object of type 'str'");
    assert_eq!(text("99999999999"), "MemoryError: the text would pass 16 MiB");
}

#[test]
fn integers() {
    let int = |spec| format(Value::Int(-1234), spec);
    assert_eq!(int("d"), "-1234");
    assert_eq!(int("#x"), "-0x4d2");
    assert_eq!(int("#_b"), "-0b100_1101_0010");
    assert_eq!(int("010,"), "-0,001,234");
    assert_eq!(int("*=8"), "-***1234");
    assert_eq!(int(".1f"), "-1234.0");
    assert_eq!(int(".1"), "ValueError: Precision not allowed in integer format specifier");
    assert_eq!(format(Value::Int(0x20ac), "^3c"), " € ");
    assert_eq!(format(Value::Bool(true), "3"), "  1");
    assert_eq!(format(Value::Bool(true), ""), "True");
    let s = "ValueError: Unknown format code 's' for object of type 'bool'";
    assert_eq!(format(Value::Bool(true), "s"), s);
}

#[test]
fn floats() {
    let float = |float, spec| format(Value::Float(float), spec);
    assert_eq!(float(593.0, "03.0f"), "593");
    assert_eq!(float(1234.5, "012,.2f"), "0,001,234.50");
    assert_eq!(float(0.256, ".1%"), "25.6%");
    assert_eq!(float(100.0, ".3"), "1e+02");
    assert_eq!(float(100.0, ".4"), "100.0");
    assert_eq!(float(1e16, "#"), "1.e+16");
    assert_eq!(float(-0.001, "z.1f"), "0.0");
    assert_eq!(float(f64::NEG_INFINITY, "=8"), "-    inf");
    assert_eq!(float(1.0, ".9999999999f"), "ValueError: precision too big");
    assert_eq!(format(Value::Complex(-0.0, 1.5), "10.2"), " (-0+1.5j)");
}

#[test]
fn all_else_takes_no_specification() {
    let error = "TypeError: unsupported format string passed to NoneType.__format__";
    assert_eq!(format(Value::None, "5"), error);
    assert_eq!(format(Value::None, ""), "None");
}
