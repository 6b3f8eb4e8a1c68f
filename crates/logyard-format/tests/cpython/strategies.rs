//! Random requests. Values are Python expressions, so that both sides see the same objects.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::python::Ask;

pub(crate) const KEYS: [&str; 6] = ["a", "b", "key (x)", "é", "message", "asctime"];

/// A string literal of Python, of characters of all widths, surrogates too.
pub(crate) fn string() -> impl Strategy<Value = String> {
    let parts = [
        "a", "b", "Z", "0", " ", "%", "%s", "(", ")", "\\n", "\\t", "\\'", "\\\\", "é", "ß", "€",
        "日", "😀", "\\ud800", "\\udfff", "\\x00", "\\x7f", "\\xa0", "e\\u0301",
    ];
    vec(select(parts.to_vec()), 0..6).prop_map(|parts| format!("'{}'", parts.concat()))
}

pub(crate) fn float() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<f64>().prop_map(|float| {
            if float.is_nan() { "nan".to_owned() } else { format!("{float:e}") }
        }),
        (-100_000_i32..100_000, 0..6)
            .prop_map(|(n, p)| format!("{:e}", f64::from(n) / 10_f64.powi(p))),
        select(vec![
            "0.0", "-0.0", "inf", "-inf", "nan", "0.5", "1.5", "2.5", "999999.5", "1e16", "1e22",
            "5e-324"
        ])
        .prop_map(str::to_owned),
    ]
}

pub(crate) fn int() -> impl Strategy<Value = String> {
    prop_oneof![
        // Small, or so large that as a width it fails at once: between is much memory.
        (-90_000_i64..90_000).prop_map(|n| (n * 92_233_720_368_547).to_string()),
        (-300_i32..300).prop_map(|n| n.to_string()),
        (-3_i32..4, 60_u32..200).prop_map(|(n, bits)| format!("({n} << {bits}) + 12345")),
        select(vec![
            "0",
            "0x10ffff",
            "0x110000",
            "0xd800",
            "-1",
            "1 << 1023",
            "1 << 1024",
            "10**4299",
            "10**4300",
            "-(1 << 63)"
        ])
        .prop_map(str::to_owned),
    ]
}

/// A value that is no container.
pub(crate) fn leaf() -> impl Strategy<Value = String> {
    let odd = [
        "None",
        "True",
        "False",
        "...",
        "1j",
        "-2.5+3j",
        "b'a\\xff'",
        "bytearray(b'x')",
        "Decimal('1.70')",
        "Decimal('-1E+20')",
        "Decimal('NaN')",
        "Decimal('0.000')",
        "Decimal('12345678901234567890.5')",
        "Decimal('Infinity')",
        "Decimal('sNaN')",
        "Fraction(7, 2)",
        "Fraction(-1, 3)",
        "Fraction(0)",
        "UUID(int=77)",
        "datetime(2026, 5, 4, 3, 2, 1)",
        "range(3)",
        "int",
        "OrderedDict()",
        "OrderedDict(a=1, b='x')",
        "set()",
        "frozenset({1})",
    ];
    prop_oneof![
        3 => int(),
        3 => float(),
        4 => string(),
        2 => select(odd.to_vec()).prop_map(str::to_owned),
    ]
}

pub(crate) fn dict(values: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    vec((select(KEYS.to_vec()), values), 0..5).prop_map(|items| {
        let items: Vec<_> = items.iter().map(|(key, value)| format!("'{key}': {value}")).collect();
        format!("{{{}}}", items.join(", "))
    })
}

pub(crate) fn tuple(values: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    vec(values, 0..5).prop_map(|items| {
        format!("({})", items.iter().map(|item| format!("{item}, ")).collect::<String>())
    })
}

pub(crate) fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => leaf(),
        1 => vec(leaf(), 0..3).prop_map(|items| format!("[{}]", items.join(", "))),
        1 => dict(leaf()),
        1 => tuple(leaf()),
    ]
}

/// Flags, width, precision and length modifier; sizes that need much memory are left out.
fn spec() -> impl Strategy<Value = String> {
    let width = prop_oneof![
        4 => Just(String::new()),
        4 => (0..40).prop_map(|n: i32| n.to_string()),
        1 => Just("*".to_owned()),
        1 => select(vec!["007", "99999999999999999999", "300"]).prop_map(str::to_owned),
    ];
    let precision = prop_oneof![
        5 => Just(String::new()),
        4 => (0..40).prop_map(|n: i32| format!(".{n}")),
        1 => Just(".*".to_owned()),
        1 => select(vec![".", ".99999999999", ".350", ".1200"]).prop_map(str::to_owned),
    ];
    let length = select(vec!["", "", "", "", "l", "h", "L", "ll"]);
    (subsequence(vec!["-", "+", " ", "#", "0"], 0..4), width, precision, length).prop_map(
        |(flags, width, precision, length)| format!("{}{width}{precision}{length}", flags.concat()),
    )
}

fn letter() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        12 => select(vec![
            "s", "s", "s", "r", "a", "c", "d", "i", "u", "o", "x", "X", "e", "E", "f", "F", "g", "G",
        ]),
        1 => select(vec!["y", "%", "é", "", "\u{1f}", "b", "D"]),
    ]
}

fn conversion(keys: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (keys, prop_oneof![1 => Just(String::new()), 2 => spec()], letter())
        .prop_map(|(key, spec, letter)| format!("%{key}{spec}{letter}"))
}

fn literal() -> impl Strategy<Value = String> {
    select(vec!["", " ", "x", "é", "%%", "%%%%", "😀", "(", ")", "\n"]).prop_map(str::to_owned)
}

fn format_of(conversions: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    vec((literal(), conversions), 0..5).prop_flat_map(|parts| {
        let body: String = parts.into_iter().flat_map(|(text, field)| [text, field]).collect();
        literal().prop_map(move |tail| format!("{body}{tail}"))
    })
}

fn key_of(names: Vec<&'static str>) -> impl Strategy<Value = String> {
    select(names).prop_map(|name| format!("({name})"))
}

/// A Python literal of a Rust text.
pub(crate) fn quoted(text: &str) -> String {
    let escaped: String = text.chars().map(|c| format!("\\U{:08x}", u32::from(c))).collect();
    format!("'{escaped}'")
}

fn message(msg: String, args: String) -> Ask {
    let record = format!("{{'name': 'x', 'levelno': 20, 'msg': {msg}, 'args': {args}}}");
    Ask { record, ..Ask::default() }
}

/// `msg % args` of whole formats.
pub(crate) fn merges() -> impl Strategy<Value = Ask> {
    let keys = || {
        prop_oneof![
            6 => key_of(KEYS.to_vec()),
            1 => key_of(vec!["missing", "", "a(b"]),
            1 => Just("(a".to_owned()),
            1 => Just(String::new()),
        ]
    };
    let positional = format_of(conversion(Just(String::new())))
        .prop_flat_map(|format| (Just(format), prop_oneof![4 => tuple(value()), 1 => value()]));
    let keyed = format_of(conversion(keys()))
        .prop_flat_map(|format| (Just(format), prop_oneof![6 => dict(value()), 1 => value()]));
    let msg_of_any_type = (value(), Just("None".to_owned()));
    prop_oneof![
        4 => positional.prop_map(|(format, args)| message(quoted(&format), args)),
        4 => keyed.prop_map(|(format, args)| message(quoted(&format), args)),
        1 => msg_of_any_type.prop_map(|(msg, args)| message(msg, args)),
    ]
}

/// One conversion that fits its operand's number, so that few are errors.
pub(crate) fn single_conversions() -> impl Strategy<Value = Ask> {
    let number = prop_oneof![int(), float()];
    let numeric =
        (spec(), select(vec!["d", "i", "u", "e", "E", "f", "F", "g", "G", "s", "r"]), number);
    let whole = (
        spec(),
        select(vec!["d", "o", "x", "X", "c"]),
        prop_oneof![9 => int(), 1 => Just("HTTPStatus.NOT_FOUND".to_owned())],
    );
    let text = (spec(), select(vec!["s", "r", "a", "c"]), string().boxed());
    prop_oneof![
        numeric.prop_map(|(spec, letter, value)| (spec, letter, value)),
        whole.prop_map(|(spec, letter, value)| (spec, letter, value)),
        text.prop_map(|(spec, letter, value)| (spec, letter, value)),
    ]
    .prop_map(|(spec, letter, value)| {
        let stars = spec.matches('*').count();
        let args = format!("({}{value},)", "12, ".repeat(stars));
        message(quoted(&format!("<%{spec}{letter}>")), args)
    })
}

/// Numeric conversions of objects that have a number in them, or seem to.
pub(crate) fn objects_as_numbers() -> impl Strategy<Value = Ask> {
    let objects = prop_oneof![
        select(vec![
            "Color.NONE",
            "Color.RED",
            "Color.FAR",
            "Access.READ | Access.WRITE",
            "Ratio.HALF",
            "MyFloat('nan')",
            "MyFloat('-inf')",
            "with_attribute(MyInt(7))",
            "with_attribute(MyFloat(-0.75))",
            "re.I | re.M",
            "signal.SIGTERM",
            "ssl.PROTOCOL_TLS",
            "HTTPStatus.NOT_FOUND",
            "ipaddress.ip_address('10.0.0.1')",
            "ipaddress.ip_address('fe80::1')",
            "ipaddress.ip_network('10.0.0.0/8')",
            "ValueError(5)",
            "pickle.PickleError(5)",
            "operator.itemgetter(1)",
        ])
        .prop_map(str::to_owned),
        int().prop_map(|value| format!("MyInt({value})")),
        float().prop_map(|value| format!("MyFloat({value})")),
    ];
    let letters = vec!["d", "i", "u", "x", "X", "o", "c", "e", "f", "G"];
    (spec(), select(letters), objects).prop_map(|(spec, letter, value)| {
        let stars = spec.matches('*').count();
        let args = format!("({}{value},)", "12, ".repeat(stars));
        message(quoted(&format!("<%{spec}{letter}>")), args)
    })
}

/// The mappings of `collections` as the only argument.
pub(crate) fn mappings() -> impl Strategy<Value = Ask> {
    let format = format_of(conversion(prop_oneof![
        6 => key_of(KEYS.to_vec()),
        1 => key_of(vec!["missing"]),
        1 => Just(String::new()),
    ]));
    let made = prop_oneof![
        dict(value()).prop_map(|items| format!("UserDict({items})")),
        dict(int()).prop_map(|items| format!("Counter({items})")),
        vec(dict(value()), 0..4).prop_map(|maps| format!("ChainMap({})", maps.join(", "))),
        dict(value()).prop_map(|items| format!("OrderedDict({items})")),
    ];
    (format, made).prop_map(|(format, made)| message(quoted(&format), made))
}

pub(crate) const ATTRIBUTES: [&str; 23] = [
    "name",
    "msg",
    "args",
    "levelname",
    "levelno",
    "pathname",
    "filename",
    "module",
    "exc_info",
    "exc_text",
    "stack_info",
    "lineno",
    "funcName",
    "created",
    "msecs",
    "relativeCreated",
    "thread",
    "threadName",
    "processName",
    "process",
    "taskName",
    "message",
    "asctime",
];

/// A record's dict, some with attributes of odd types.
pub(crate) fn record() -> impl Strategy<Value = String> {
    let appended = || {
        prop_oneof![
            4 => Just("None".to_owned()),
            3 => select(vec!["'Traceback:\\n  x'", "'a\\n'", "''", "'\\ud800'"]).prop_map(str::to_owned),
            1 => select(vec!["3", "0", "b''", "['x']"]).prop_map(str::to_owned),
        ]
    };
    let odd = option::weighted(0.3, (select(ATTRIBUTES.to_vec()), value()));
    (string(), appended(), appended(), created(), dict(value()), odd).prop_map(
        |(msg, exc_text, stack_info, created, extra, odd)| {
            let odd = odd.filter(|(name, _)| !["name", "levelno", "exc_info"].contains(name));
            let odd = odd.map_or(String::new(), |(name, value)| format!(", '{name}': {value}"));
            format!(
                "{{'name': 'app.x', 'msg': {msg}, 'args': None, 'levelname': 'INFO', 'levelno': 20, \
                 'pathname': '/a/b.py', 'filename': 'b.py', 'module': 'b', 'exc_info': None, \
                 'exc_text': {exc_text}, 'stack_info': {stack_info}, 'lineno': 7, 'funcName': 'f', \
                 'created': {created}, 'msecs': 593.0, 'relativeCreated': 12.5, \
                 'thread': 140735, 'threadName': 'MainThread', 'processName': 'P', 'process': 42, \
                 'taskName': None, **{extra}{odd}}}"
            )
        },
    )
}

/// Whole formatters with whole records.
pub(crate) fn formats() -> impl Strategy<Value = Ask> {
    let keys = prop_oneof![
        6 => key_of(vec!["message", "asctime", "levelname", "name", "lineno", "msecs", "process"]),
        6 => key_of(ATTRIBUTES.to_vec()),
        3 => key_of(KEYS.to_vec()),
        1 => key_of(vec!["missing", ""]),
        1 => Just(String::new()),
    ];
    let plain = prop_oneof![3 => Just(String::new()), 1 => spec()];
    let letters = prop_oneof![8 => Just("s"), 2 => Just("d"), 1 => letter()];
    let field =
        (keys, plain, letters).prop_map(|(key, spec, letter)| format!("%{key}{spec}{letter}"));
    let record = record();
    let datefmt = option::of(select(vec!["", "%H:%M:%S", "%Y-%m-%d %H:%M:%S%z", "é%%"]));
    (format_of(field), datefmt, any::<bool>(), record).prop_map(
        |(fmt, datefmt, validate, record)| Ask {
            zone: "Europe/Berlin".to_owned(),
            fmt: Some(fmt),
            datefmt: datefmt.map(str::to_owned),
            validate,
            record,
            ..Ask::default()
        },
    )
}

pub(crate) fn created() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (1.0e9..2.0e9).prop_map(|float: f64| format!("{float:e}")),
        1 => (-3.0e9..5.0e10).prop_map(|float: f64| format!("{float:e}")),
        1 => any::<i32>().prop_map(|seconds| seconds.to_string()),
    ]
}

/// `asctime` under formats of every directive with glibc's flags and widths.
pub(crate) fn times() -> impl Strategy<Value = Ask> {
    let zones = [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kolkata",
        "Australia/Lord_Howe",
        "America/St_Johns",
        "Asia/Tokyo",
        "Africa/Casablanca",
        "Pacific/Apia",
        "XYZ3",
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "<+0530>-5:30",
    ];
    // `E` and `O` are no letters of their own.
    let letters: Vec<char> =
        ('a'..='z').chain('A'..='Z').chain(['+', ':']).filter(|c| !"EO".contains(*c)).collect();
    let directive = (
        select(vec!["", "", "", "-", "_", "0", "^", "#", "E", "O", ":"]),
        prop_oneof![4 => Just(String::new()), 1 => (0..30).prop_map(|n: i32| n.to_string())],
        select(letters),
    )
        .prop_map(|(flag, width, letter)| match letter {
            's' => "%s".to_owned(),
            _ => format!("%{flag}{width}{letter}"),
        });
    let text = select(vec!["", " ", "-", "T", "%%", "%"]).prop_map(str::to_owned);
    let datefmt = vec(prop_oneof![3 => directive, 1 => text], 0..5)
        .prop_map(|parts| format!("é€{}", parts.concat()));
    let usual =
        select(vec!["", "%Y-%m-%d %H:%M:%S%z", "%c", "%x %X", "%s", "%d/%b/%Y:%H:%M:%S %Z"]);
    let datefmt = prop_oneof![3 => datefmt, 1 => usual.prop_map(str::to_owned)];
    let msecs = prop_oneof![(0..1000).prop_map(|n: i32| format!("{n}.0")), float()];
    // glibc takes the years before 1970 for 1970 where a zone is a rule; jiff doesn't.
    let seen = |(zone, created): &(&str, String)| !zone.contains(',') || !created.starts_with('-');
    let moment = (select(zones.to_vec()), created()).prop_filter("a rule before 1970", seen);
    (moment, datefmt, msecs).prop_map(|((zone, created), datefmt, msecs)| Ask {
        zone: zone.to_owned(),
        fmt: Some("%(asctime)s".to_owned()),
        datefmt: Some(datefmt),
        validate: true,
        record: format!(
            "{{'name': 'x', 'msg': '', 'args': None, 'levelno': 20, 'created': {created}, 'msecs': {msecs}}}"
        ),
        ..Ask::default()
    })
}
