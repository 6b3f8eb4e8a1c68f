use super::*;
use logyard_pickle::{Limits, Machine};

/// The JSON of a pickle's value, or the exception's name and message.
fn json(style: &Style, pickle: &[u8]) -> Result<String, (&'static str, String)> {
    let mut machine = Machine::new(Limits::default());
    let value = machine.load(pickle).unwrap();
    let mut out = Vec::new();
    let mut scratch = JsonScratch::default();
    let mut writer = Writer::new(style, &mut scratch, &mut out);
    writer.value(value).map_err(|error| (error.raised.name(), error.text.to_string()))?;
    Ok(String::from_utf8(out).unwrap())
}

fn plain() -> Style {
    Style::json(DefaultHook::None)
}

/// The pickle of `[1, {'a': [], 'b': (2.5, None)}]`.
const NESTED: &[u8] = b"](K\x01}(X\x01\x00\x00\x00a]X\x01\x00\x00\x00b(G\x40\x04\0\0\0\0\0\0Ntue.";

#[test]
fn containers_are_laid_out() {
    assert_eq!(json(&plain(), NESTED).unwrap(), r#"[1, {"a": [], "b": [2.5, null]}]"#);
    let indented = plain().indent(Some(" "));
    let lines = "[\n 1,\n {\n  \"a\": [],\n  \"b\": [\n   2.5,\n   null\n  ]\n }\n]";
    assert_eq!(json(&indented, NESTED).unwrap(), lines);
    let compact = Style::orjson(DefaultHook::None, false);
    assert_eq!(json(&compact, NESTED).unwrap(), r#"[1,{"a":[],"b":[2.5,null]}]"#);
}

#[test]
fn an_object_is_written_by_parts() {
    let style = plain().separators(",", ":").ensure_ascii(false);
    let (mut scratch, mut out) = (JsonScratch::default(), b"> ".to_vec());
    let mut writer = Writer::new(&style, &mut scratch, &mut out);
    writer.begin();
    writer.key("é\u{7f}".as_bytes()).unwrap();
    writer.text(b"\x00\x1f\"\\/\n\xed\xa0\x80").unwrap();
    writer.key(b"lines").unwrap();
    writer.lines("a\r\nb\u{85}\n".as_bytes()).unwrap();
    writer.key(b"object").unwrap();
    writer.begin();
    writer.end().unwrap();
    writer.key(b"raw").unwrap();
    writer.raw(b"1e3");
    writer.end().unwrap();
    let wanted = b"> {\"\xc3\xa9\x7f\":\"\\u0000\\u001f\\\"\\\\/\\n\xed\xa0\x80\",\
        \"lines\":[\"a\",\"b\",\"\"],\"object\":{},\"raw\":1e3}";
    assert_eq!(out.escape_ascii().to_string(), wanted.escape_ascii().to_string());
}

#[test]
fn ascii_has_surrogate_pairs() {
    let pickle = b"X\x0b\x00\x00\x00\x7f\xc3\xa9\xf0\x9f\x98\x80\xed\xb2\x80z.";
    assert_eq!(json(&plain(), pickle).unwrap(), r#""\u007f\u00e9\ud83d\ude00\udc80z""#);
    let error = json(&Style::orjson(DefaultHook::Str, true), pickle).unwrap_err();
    assert_eq!(error.0, "TypeError");
    assert_eq!(
        json(&Style::msgspec(DefaultHook::Str), pickle).unwrap_err().0,
        "UnicodeEncodeError"
    );
}

#[test]
fn keys_are_sorted_and_hooks_are_asked() {
    let sets = b"}(X\x01\x00\x00\x00bcbuiltins\nset\n(]K\x01atRX\x01\x00\x00\x00aK\x02u.";
    let error = ("TypeError", "Object of type set is not JSON serializable".to_owned());
    assert_eq!(json(&plain().sort_keys(), sets).unwrap_err(), error);
    let style = Style::json(DefaultHook::Str).sort_keys();
    assert_eq!(json(&style, sets).unwrap(), r#"{"a": 2, "b": "{1}"}"#);
    assert_eq!(json(&Style::msgspec(DefaultHook::Str), sets).unwrap(), r#"{"b":[1],"a":2}"#);
    let mixed = b"}(X\x01\x00\x00\x00aK\x01K\x02K\x03u.";
    assert_eq!(json(&plain(), mixed).unwrap(), r#"{"a": 1, "2": 3}"#);
    assert_eq!(json(&style, mixed).unwrap_err().0, "TypeError");
}

#[test]
fn what_has_no_end_is_an_error() {
    let cycle = b"]q\x00h\x00a.";
    let error = ("ValueError", "Circular reference detected".to_owned());
    assert_eq!(json(&plain(), cycle).unwrap_err(), error);
    assert_eq!(json(&plain().indent(Some("\t")), cycle).unwrap_err(), error);
    let error = ("TypeError", "Recursion limit reached".to_owned());
    assert_eq!(json(&Style::orjson(DefaultHook::None, false), cycle).unwrap_err(), error);
    assert_eq!(json(&Style::msgspec(DefaultHook::None), cycle).unwrap_err().0, "RecursionError");
    let deep = [&[b']'; 20_000][..], &[b'a'; 19_999], b"."].concat();
    assert_eq!(json(&plain(), &deep).unwrap_err().0, "RecursionError");
    assert_eq!(json(&plain().indent(Some("        ")), &deep).unwrap_err().0, "MemoryError");
}

#[test]
fn the_text_is_bounded() {
    let text = [&b"X\x00\x00\x10\x00"[..], &vec![1; 1 << 20]].concat();
    let pickle = [b"](", &text[..], b"q\x01h\x01h\x01e."].concat();
    assert_eq!(json(&plain(), &pickle).unwrap_err().0, "MemoryError");
}

#[test]
fn floats_of_three_kinds() {
    let write = |x| {
        [Dialect::Json, Dialect::Orjson, Dialect::Msgspec].map(|dialect| {
            let mut out = Vec::new();
            float::write(x, dialect, &mut out);
            String::from_utf8(out).unwrap()
        })
    };
    assert_eq!(write(1.0), ["1.0", "1.0", "1.0"]);
    assert_eq!(write(-1.5e-5), ["-1.5e-05", "-0.000015", "-0.000015"]);
    assert_eq!(write(1e-5), ["1e-05", "0.00001", "0.00001"]);
    assert_eq!(write(2e-7), ["2e-07", "2e-7", "2e-7"]);
    assert_eq!(write(1e-10), ["1e-10", "1e-10", "1e-10"]);
    assert_eq!(write(1.5e16), ["1.5e+16", "1.5e+16", "1.5e16"]);
    assert_eq!(write(f64::NEG_INFINITY), ["-Infinity", "null", "null"]);
}

#[test]
fn what_is_written_in_vain_is_bounded() {
    // A list that holds itself: thousands of brackets, and then `[[...]]`.
    let mut machine = Machine::new(Limits::default());
    let value = machine.load(b"]q\x00h\x00a.").unwrap();
    let (style, mut scratch, mut out) = (plain(), JsonScratch::default(), Vec::new());
    let mut writer = Writer::new(&style, &mut scratch, &mut out);
    let caught = |error: &PercentError| error.raised == Raised::ValueError;
    let written = (0..100_000).take_while(|_| writer.value_or_str(value, caught).is_ok()).count();
    assert!((100..10_000).contains(&written), "{written}");
    assert!(out.starts_with(br#""[[...]]""[[...]]""#));
}

#[test]
fn what_is_passed_over_is_paid_for() {
    // One dataclass with 10,000 private attributes, 5,000 times: orjson writes `{}` for each.
    let name = |n: u32| [&b"X\x06\x00\x00\x00"[..], format!("_{n:05}").as_bytes(), b"N"].concat();
    let attributes: Vec<u8> = (0..10_000).flat_map(name).collect();
    let instance = [&b"cm\nX\n)\x81}("[..], &attributes, b"ubq\x01"].concat();
    let times = |n| [&b"]("[..], &instance, &b"h\x01".repeat(n), b"e."].concat();
    let orjson = Style::orjson(DefaultHook::None, false);
    assert_eq!(json(&orjson, &times(1)).unwrap(), "[{},{}]");
    assert_eq!(json(&orjson, &times(5_000)).unwrap_err().0, "MemoryError");
}
