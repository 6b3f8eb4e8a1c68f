//! `Formatter.format` on small records, without a Python.

use logyard_compat::Compat;
use logyard_format::{Class, FormatError, FormatSpec, Formatter, Raised, Scratch, Style, message};
use logyard_libc::Zone;
use logyard_pickle::{Limits, Machine};
use logyard_record::{Received, Record};

/// A dict's pickle in protocol 1; the values are opcodes.
fn pickle(pairs: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut pickle = b"}(".to_vec();
    let level = ("levelno", b"K\x14".to_vec());
    for (key, value) in pairs.iter().chain([&level]) {
        pickle.extend(text(key));
        pickle.extend(value);
    }
    pickle.extend_from_slice(b"u.");
    pickle
}

fn text(text: &str) -> Vec<u8> {
    [b"X", &(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat()
}

fn none() -> Vec<u8> {
    b"N".to_vec()
}

fn float(value: f64) -> Vec<u8> {
    [b"G", &value.to_be_bytes()[..]].concat()
}

fn with_record<T>(pairs: &[(&str, Vec<u8>)], use_it: impl FnOnce(&Record<'_>) -> T) -> T {
    let pickle = pickle(pairs);
    let mut machine = Machine::new(Limits::default());
    let received = Received { created: 0.0, msecs: 0.0, started: 0.0, pid: 1 };
    use_it(&Record::new(machine.load(&pickle).unwrap(), &received).unwrap())
}

fn format(fmt: &str, pairs: &[(&str, Vec<u8>)]) -> Result<String, FormatError> {
    styled(Style::Percent, fmt, pairs)
}

fn styled(style: Style, fmt: &str, pairs: &[(&str, Vec<u8>)]) -> Result<String, FormatError> {
    let spec = FormatSpec { fmt: Some(fmt), style, validate: false, ..FormatSpec::default() };
    let formatter = Formatter::new(&spec).unwrap();
    let mut out = b"> ".to_vec();
    let done = with_record(pairs, |record| {
        formatter.format(record, &Zone::Utc, &mut Scratch::new(), &mut out)
    });
    if done.is_err() {
        assert_eq!(out, b"> ", "an error leaves the buffer as it was");
    }
    done.map(|()| String::from_utf8(out.split_off(2)).unwrap())
}

#[test]
fn the_usual_line() {
    let record = [("msg", text("hi %s")), ("created", float(1.7e9)), ("msecs", float(7.9))];
    let line = format("%(asctime)s-%(levelname)s: %(message)s", &record).unwrap();
    assert_eq!(line, "2023-11-14 22:13:20,007-Level None: hi %s");
    assert_eq!(format("", &record).unwrap(), "hi %s");
}

#[test]
fn what_is_appended_has_its_own_line() {
    let lines = |msg: &str, exc_text: Vec<u8>, stack_info: Vec<u8>| {
        let record = [("msg", text(msg)), ("exc_text", exc_text), ("stack_info", stack_info)];
        format("%(message)s", &record)
    };
    assert_eq!(lines("a", text("b\n"), text("c")).unwrap(), "a\nb\nc");
    assert_eq!(lines("a\n", text("b"), none()).unwrap(), "a\nb");
    assert_eq!(lines("", text("b"), text("")).unwrap(), "\nb");
    assert_eq!(lines("a", none(), text("c\n")).unwrap(), "a\nc\n");
    let error = lines("a", none(), b"K\x03".to_vec()).unwrap_err();
    assert_eq!(error.reason(), "not-text");
    assert_eq!(error.to_string(), "the record's `stack_info` is of type int, but has to be text");
    let record = [("msg", text("a")), ("exc_info", b"(K\x01K\x02t".to_vec())];
    assert_eq!(format("%(message)s", &record).unwrap(), "a\n(1, 2)");
}

#[test]
fn failures_name_the_field() {
    let record = [("msg", text("a")), ("user", text("é"))];
    assert_eq!(format("%(user)3s|%(user)r", &record).unwrap(), "  é|'é'");
    let error = format("%(usr)s", &record).unwrap_err();
    assert_eq!((error.reason(), error.raised()), ("missing-field", Raised::ValueError));
    assert!(error.to_string().contains("`usr`"));
    let error = format("%(message)s %(user)d", &record).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the format can't be filled at byte 12 (`%(user)d`): %d format: a real number is required, not str"
    );
    let record = [("msg", text("%d %d")), ("args", b"K\x03".to_vec())];
    let error = with_record(&record, |record| message(record, &mut Vec::new())).unwrap_err();
    assert_eq!(error.reason(), "bad-arguments");
    let record = [("msg", text("a")), ("created", text("now"))];
    assert_eq!(format("%(asctime)s", &record).unwrap_err().reason(), "bad-time");
}

#[test]
fn a_text_is_bounded() {
    let record = [("msg", text("a")), ("big", text(&"x".repeat(3 << 20)))];
    for fmt in ["%(message)999999999s", "%(levelno).999999999d", "%(msecs).999999999f"] {
        assert_eq!(format(fmt, &record), Err(FormatError::TooLong), "{fmt}");
    }
    assert!(format(&"%(big)s".repeat(5), &record).is_ok());
    assert_eq!(format(&"%(big)s".repeat(6), &record), Err(FormatError::TooLong));
    // What is made only to be cut off counts as well: it costs time.
    assert_eq!(format(&"%(big).0r".repeat(6), &record), Err(FormatError::TooLong));
    assert_eq!(format(&"%(big).1s".repeat(6), &record).unwrap(), "xxxxxx");
}

/// One value, which costs much to read and leaves little text, as the operand of many conversions.
#[test]
fn the_time_for_a_text_is_bounded() {
    let many = |letter: &str| text(&letter.repeat(100_000));
    let args =
        |object: Vec<u8>| [b"(", &object[..], b"q\x01", &b"h\x01".repeat(99_999), b"t"].concat();
    let call = |class: &[u8], arg: &str| [b"c", class, b"\n(", &text(arg)[..], b"tR"].concat();
    let zeros = "0".repeat(1 << 20);
    let decimal = call(b"decimal\nDecimal", &format!("0.{zeros}"));
    let fraction = call(b"fractions\nFraction", &format!("{}/{0}", "9".repeat(4300)));
    let path = call(b"pathlib\nPosixPath", &"/".repeat(1 << 20));
    let mut keys = b"}(".to_vec();
    for key in 0..100_000 {
        keys.extend([&text(&format!("{key:06}"))[..], b"N"].concat());
    }
    keys.extend([&text("a")[..], &text(""), b"u"].concat());
    for (msg, args) in [
        (many("%d"), args(decimal.clone())),
        (many("%f"), args(decimal)),
        (many("%d"), args(fraction)),
        (many("%s"), args(path)),
        (many("%(a)s"), keys.clone()),
    ] {
        let record = [("msg", msg), ("args", args)];
        assert_eq!(format("%(message)s", &record), Err(FormatError::TooLong));
    }
    // no deeper than its state's first keys
    let uuid = [b"cuuid\nUUID\n)R", &keys[..keys.len() - 1], &text("int"), b"K\x01ub"].concat();
    let record = [("msg", many("%d")), ("args", args(uuid))];
    assert!(matches!(format("%(message)s", &record), Err(FormatError::BadArguments(_))));
}

/// Each is the only argument of the next.
#[test]
fn no_depth_exhausts_the_stack() {
    let depth = 40_000;
    let class = b"cdatetime\ntimedelta\nq\x01";
    let nest = [class, &b"h\x01".repeat(depth)[..], b"K\0", &b"\x85R".repeat(depth + 1)].concat();
    let record = [("msg", text("a")), ("args", nest)];
    let done = std::thread::Builder::new()
        .stack_size(256 << 10)
        .spawn(move || format("%(message)s", &record))
        .unwrap();
    assert!(matches!(done.join().unwrap(), Err(FormatError::BadArguments(_))));
}

#[test]
fn the_message_is_merged_once_for_a_record() {
    let spec = FormatSpec { fmt: Some("<%(message)s>"), ..FormatSpec::default() };
    let formatter = Formatter::new(&spec).unwrap();
    let mut scratch = Scratch::new();
    for n in 1..4_u8 {
        scratch.next_record();
        let pairs = [("msg", text("%s and %s")), ("args", vec![b'(', b'K', n, b'K', n, b't'])];
        with_record(&pairs, |record| {
            for _ in 0..2 {
                let mut out = Vec::new();
                formatter.format(record, &Zone::Utc, &mut scratch, &mut out).unwrap();
                assert_eq!(out, format!("<{n} and {n}>").into_bytes());
            }
        });
    }
}

#[test]
fn a_format_without_fields_is_refused() {
    let new = |fmt, validate| {
        Formatter::new(&FormatSpec { fmt: Some(fmt), validate, ..FormatSpec::default() })
    };
    let error = new("{message}", true).unwrap_err();
    assert_eq!(error.to_string(), "Invalid format '{message}' for '%' style");
    assert!(new("{message}", false).is_ok());
}

#[test]
fn the_other_styles() {
    let record =
        [("msg", text("hi")), ("created", float(1.7e9)), ("msecs", float(7.9)), ("n", text("é"))];
    let brace = |fmt| styled(Style::Brace, fmt, &record);
    let line = brace("{asctime}-{levelno:03}: {message:>4} {n[0]!r} {{{n:{levelno}}}}").unwrap();
    assert_eq!(line, format!("2023-11-14 22:13:20,007-020:   hi 'é' {{é{}}}", " ".repeat(19)));
    let dollar = |fmt| styled(Style::Dollar, fmt, &record);
    let line = dollar("$asctime-${levelno}_$$ $message").unwrap();
    assert_eq!(line, "2023-11-14 22:13:20,007-20_$ hi");
    for empty in [brace(""), dollar("")] {
        assert_eq!(empty.unwrap(), "hi");
    }
    let error = brace("{message} {n.x}").unwrap_err();
    assert_eq!((error.reason(), error.raised()), ("bad-field", Raised::AttributeError));
    assert_eq!(
        error.to_string(),
        "the format can't be filled at byte 10 (`{n.x}`): 'str' object has no attribute 'x'"
    );
    let error = brace("{message:{nothing}}").unwrap_err();
    assert_eq!(error, FormatError::MissingField { field: "nothing".into() });
    assert_eq!(dollar("$message $-").unwrap_err().raised(), Raised::ValueError);
}

#[test]
fn a_text_is_bounded_in_the_other_styles() {
    let record = [("msg", text("a")), ("big", text(&"x".repeat(3 << 20)))];
    let brace = |fmt: &str| styled(Style::Brace, fmt, &record);
    for fmt in [
        "{message:999999999}",
        "{levelno:€<999999999}",
        "{msecs:.999999999f}",
        "{levelno:0999999999,}",
    ] {
        assert_eq!(brace(fmt), Err(FormatError::TooLong), "{fmt}");
    }
    assert!(brace(&"{big}".repeat(5)).is_ok());
    assert_eq!(brace(&"{big}".repeat(6)), Err(FormatError::TooLong));
    assert_eq!(brace(&"{big!r:.0}".repeat(6)), Err(FormatError::TooLong));
    assert_eq!(brace(&"{big:.1}".repeat(6)).unwrap(), "xxxxxx");
    assert_eq!(styled(Style::Dollar, &"$big".repeat(6), &record), Err(FormatError::TooLong));
}

#[test]
fn a_line_of_json() {
    let spec = FormatSpec { class: &Class::Json, ..FormatSpec::default() };
    let formatter = Formatter::new(&spec).unwrap();
    let line = |pairs: &[(&str, Vec<u8>)], zone: &Zone| {
        let mut out = b"> ".to_vec();
        with_record(pairs, |record| {
            formatter.format(record, zone, &mut Scratch::new(), &mut out).unwrap();
        });
        String::from_utf8(out.split_off(2)).unwrap()
    };
    let int = |value: u8| vec![b'K', value];
    let record = [
        ("name", text("shop.cart")),
        ("msg", text("caf\u{e9} \"1\"\n")),
        ("levelname", text("INFO")),
        ("pathname", text("/srv/cart.py")),
        ("lineno", int(7)),
        ("funcName", text("add")),
        ("exc_text", text("Traceback\n  x")),
        ("stack_info", text("Stack\n  y")),
        ("created", float(1.7e9)),
        ("msecs", float(593.7)),
        ("process", int(42)),
        ("processName", text("MainProcess")),
        ("thread", int(1)),
        ("threadName", text("MainThread")),
        ("taskName", none()),
        ("message", text("left by a formatter")),
        ("user", b"(X\x01\0\0\0u\x8a\x00t".to_vec()),
        ("timestamp", float(f64::NAN)),
        ("_private", b"}(K\x01N(K\x02tNu".to_vec()),
        ("odd", b"X\x03\0\0\0\xed\xb2\x80".to_vec()),
    ];
    let wanted = concat!(
        r#"{"timestamp":"2023-11-14T22:13:20.593+00:00","levelname":"INFO","name":"shop.cart","#,
        r#""message":"café \"1\"\n","pathname":"/srv/cart.py","lineno":7,"funcName":"add","#,
        r#""process":42,"processName":"MainProcess","thread":1,"threadName":"MainThread","#,
        r#""user":["u",0],"timestamp_":null,"_private":{"1":null,"(2,)":null},"odd":"\udc80","#,
        r#""exc_info":"Traceback\n  x","stack_info":"Stack\n  y"}"#,
    );
    assert_eq!(line(&record, &Zone::Utc), wanted);
    let zone = Zone::named("Asia/Kolkata").unwrap();
    assert!(line(&record, &zone).starts_with(r#"{"timestamp":"2023-11-15T03:43:20.593+05:30","#));
}

#[test]
fn task_names_of_older_pythons_are_extras() {
    let line = |compat: Compat, pairs: &[(&str, Vec<u8>)]| {
        let class = Class::PythonJsonLogger(Box::default());
        let spec = FormatSpec { class: &class, compat, ..FormatSpec::default() };
        let formatter = Formatter::new(&spec).unwrap();
        let mut out = Vec::new();
        with_record(pairs, |record| {
            formatter.format(record, &Zone::Utc, &mut Scratch::new(), &mut out).unwrap();
        });
        String::from_utf8(out).unwrap()
    };
    // as python-json-logger 4.2.0 writes them on CPython 3.11 and 3.13
    let record = [("msg", text("m")), ("taskName", none()), ("a", b"K\x01".to_vec())];
    assert_eq!(line(Compat::Py311, &record), r#"{"message": "m", "taskName": null, "a": 1}"#);
    assert_eq!(line(Compat::Py311, &record[..1]), r#"{"message": "m"}"#);
    assert_eq!(line(Compat::Py313, &record), r#"{"message": "m", "a": 1}"#);
}
