//! python-json-logger's formatters against the real ones: random options and records.
//!
//! They need a Python with the packages of `tests/packages.txt`; python-json-logger 2 is in the folder that
//! `LOGYARD_OLD_PACKAGES` names. Without them the tests say that they are skipped.

use std::cell::RefCell;

use logyard_format::classes::python_json_logger::{
    Default as JsonDefault, Encoder, Options, Release,
};
use logyard_format::{Class, FormatSpec, Formatter, Plain, Scratch, Style, pickle_dict};
use logyard_libc::Zone;
use logyard_pickle::{Limits, Machine};
use logyard_record::{Received, Record};
use logyard_testing::Child;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, TestRunner};

use crate::python::{hex, unhex};
use crate::strategies::{ATTRIBUTES, KEYS, leaf, record, value};

/// What both sides are given.
#[derive(Clone, Debug)]
struct Case {
    options: Options,
    fmt: Option<String>,
    style: char,
    datefmt: Option<String>,
    defaults: Vec<(String, Plain)>,
    record: String,
}

impl Case {
    fn class(&self) -> &'static str {
        match (self.options.release, &self.options.encoder) {
            (Release::Two, _) => "2",
            (_, Encoder::Json { .. }) => "pythonjsonlogger.json.JsonFormatter",
            (_, Encoder::Orjson { .. }) => "pythonjsonlogger.orjson.OrjsonFormatter",
            (_, Encoder::Msgspec) => "pythonjsonlogger.msgspec.MsgspecFormatter",
        }
    }

    /// The keyword arguments as Python has them.
    fn arguments(&self) -> String {
        let options = &self.options;
        let mut pairs = vec![
            ("datefmt", optional(self.datefmt.as_deref())),
            ("style", quoted(&self.style.to_string())),
            ("prefix", quoted(&options.prefix)),
            ("static_fields", dict(&options.static_fields)),
            ("validate", "False".to_owned()),
        ];
        let rename: Vec<_> = options
            .rename_fields
            .iter()
            .map(|(old, new)| (old.clone(), Plain::Str(new.clone())))
            .collect();
        pairs.push(("rename_fields", dict(&rename)));
        match &options.fields {
            Some(fields) => pairs.push(("fmt", list(fields))),
            None => pairs.push(("fmt", optional(self.fmt.as_deref()))),
        }
        if let Some(reserved) = &options.reserved_attrs {
            pairs.push(("reserved_attrs", list(reserved)));
        }
        if let Some(name) = &options.timestamp {
            let default = name == "timestamp";
            pairs.push(("timestamp", if default { "True".to_owned() } else { quoted(name) }));
        }
        match options.default {
            JsonDefault::Package => {}
            JsonDefault::None => match options.encoder {
                Encoder::Json { .. } => {
                    pairs.push(("json_encoder", "__import__('json').JSONEncoder".to_owned()));
                }
                _ => pairs.push(("json_default", "None".to_owned())),
            },
            JsonDefault::Str => pairs.push(("json_default", "str".to_owned())),
        }
        match &options.encoder {
            Encoder::Json { indent, ensure_ascii } => {
                pairs.push(("json_indent", optional(indent.as_deref())));
                pairs.push(("json_ensure_ascii", python(&Plain::Bool(*ensure_ascii))));
            }
            Encoder::Orjson { indent } => {
                pairs.push(("json_indent", python(&Plain::Bool(*indent))));
            }
            Encoder::Msgspec => {}
        }
        if options.release == Release::Four {
            let flag = |truth: bool| python(&Plain::Bool(truth));
            pairs.push(("rename_fields_keep_missing", flag(options.rename_fields_keep_missing)));
            pairs.push(("stack_info_as_array", flag(options.stack_info_as_array)));
            pairs.push(("exc_info_as_array", flag(options.stack_info_as_array)));
            pairs.push(("defaults", dict(&self.defaults)));
        }
        let pairs: Vec<_> =
            pairs.iter().map(|(name, value)| format!("'{name}': {value}")).collect();
        format!("{{{}}}", pairs.join(", "))
    }

    fn ours(&self, pickle: &[u8]) -> Result<Vec<u8>, (&'static str, String)> {
        let mut machine = Machine::new(Limits::default());
        let value = machine.load(pickle).expect("CPython's own pickle");
        let received = Received { created: 0.0, msecs: 0.0, started: 0.0, pid: 1 };
        let record = Record::new(value, &received).expect("a record");
        let defaults = pickle_dict(&self.defaults);
        let spec = FormatSpec {
            class: &Class::PythonJsonLogger(Box::new(self.options.clone())),
            fmt: self.fmt.as_deref(),
            datefmt: self.datefmt.as_deref(),
            style: Style::from_char(self.style).expect("a style"),
            validate: false,
            defaults: (!self.defaults.is_empty()).then_some(&*defaults),
            ..FormatSpec::default()
        };
        let formatter = Formatter::new(&spec).map_err(|error| ("ValueError", error.message))?;
        let zone = Zone::named("Europe/Berlin").expect("a zone");
        let mut out = b"before".to_vec();
        let mut scratch = Scratch::new();
        let done = formatter.format(&record, &zone, &mut scratch, &mut out);
        match done {
            Ok(()) => {
                let first = out.split_off(6);
                // With the memory of the first time it is the same.
                scratch.next_record();
                formatter.format(&record, &zone, &mut scratch, &mut out).expect("once more");
                assert!(out.split_off(6) == first, "another text in used memory");
                Ok(first)
            }
            Err(error) => {
                assert_eq!(out, b"before", "an error leaves the buffer alone");
                Err((error.raised().name(), error.to_string()))
            }
        }
    }
}

fn quoted(text: &str) -> String {
    let escaped: String = text.chars().map(|c| format!("\\U{:08x}", u32::from(c))).collect();
    format!("'{escaped}'")
}

fn optional(text: Option<&str>) -> String {
    text.map_or("None".to_owned(), quoted)
}

fn list(names: &[String]) -> String {
    format!("[{}]", names.iter().map(|name| quoted(name) + ", ").collect::<String>())
}

fn dict(pairs: &[(String, Plain)]) -> String {
    let pairs: Vec<_> =
        pairs.iter().map(|(name, value)| format!("{}: {}", quoted(name), python(value))).collect();
    format!("{{{}}}", pairs.join(", "))
}

/// A plain value as Python has it.
fn python(value: &Plain) -> String {
    let all = |items: &[Plain]| items.iter().map(|item| python(item) + ", ").collect::<String>();
    match value {
        Plain::None => "None".to_owned(),
        Plain::Bool(true) => "True".to_owned(),
        Plain::Bool(false) => "False".to_owned(),
        Plain::Int(int) => int.to_string(),
        Plain::Float(float) => format!("{float:e}"),
        Plain::Str(text) => quoted(text),
        Plain::Tuple(items) => format!("({})", all(items)),
        Plain::List(items) => format!("[{}]", all(items)),
        Plain::Dict(pairs) => {
            let pairs =
                pairs.iter().map(|(key, value)| format!("{}: {}", python(key), python(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => select(vec!["message", "asctime", "levelname", "name", "lineno", "taskName"]),
        2 => select(ATTRIBUTES.to_vec()),
        3 => select(KEYS.to_vec()),
        1 => select(vec!["missing", "_private", "", "exc_info", "stack_info", "timestamp", "b:>3"]),
    ]
    .prop_map(str::to_owned)
}

fn plain() -> impl Strategy<Value = Plain> {
    prop_oneof![
        Just(Plain::None),
        any::<bool>().prop_map(Plain::Bool),
        (-1000_i64..1000).prop_map(Plain::Int),
        (-1e9..1e9).prop_map(Plain::Float),
        select(vec!["", "x", "é😀", "a\"b\\\n"]).prop_map(|text| Plain::Str(text.to_owned())),
        Just(Plain::List(vec![Plain::Int(1), Plain::Tuple(vec![])])),
        Just(Plain::Dict(vec![(Plain::Str("k".to_owned()), Plain::Dict(vec![]))])),
    ]
}

/// Each name once.
fn named<T: std::fmt::Debug>(
    values: impl Strategy<Value = T>,
) -> impl Strategy<Value = Vec<(String, T)>> {
    vec((name(), values), 0..4).prop_map(|pairs| {
        let mut unique: Vec<(String, T)> = Vec::new();
        for (name, value) in pairs {
            if unique.iter().all(|(known, _)| *known != name) {
                unique.push((name, value));
            }
        }
        unique
    })
}

/// Values that the encoders treat each in its own way.
fn odd_value() -> impl Strategy<Value = String> {
    let offset = (-90_000_i32..90_000).prop_map(|seconds| {
        format!(
            "datetime(2026, 5, 4, 3, 2, 1, 60, timezone(timedelta(seconds={})))",
            seconds % 86_000
        )
    });
    let delta = (-3_i64..3, -90_000_i64..90_000, prop_oneof![Just(0), 0..1_000_000_i64])
        .prop_map(|(d, s, us)| format!("timedelta({d}, {s}, {us})"));
    let key = prop_oneof![
        4 => leaf().prop_filter("hashable", |leaf| {
            !["[", "{", "bytearray", "set()", "OrderedDict", "sNaN"].iter().any(|no| leaf.contains(no))
        }),
        1 => select(vec![
            "Color.RED", "Color.BLUE", "Number.FAR", "Word.YES", "MyStr('k')", "MyInt(3)", "(1,)",
            "date(2020, 1, 2)", "time(1)", "time(1, tzinfo=timezone.utc)", "timedelta(2)", "AppError('x')",
        ]).prop_map(str::to_owned),
    ];
    let keyed = (key, leaf()).prop_map(|(key, value)| format!("{{{key}: {value}}}"));
    prop_oneof![
        4 => select(vec![
            "Color.RED", "Color.GREEN", "Color.BLUE", "Color.BLACK", "Color.NONE", "Number.ONE",
            "Number.FAR", "Word.YES", "Access.READ | Access.WRITE", "HTTPStatus.NOT_FOUND",
            "MyInt(5)", "MyInt(2**70)", "MyFloat(1e16)", "MyFloat('nan')", "MyStr('é')", "MyList([1, MyDict(a=1)])",
            "MyDict({'b': (), 1: 2})", "Point(1, [2])", "Item('n', Item('m'))", "AppError('x', 1)",
            "ValueError()", "KeyError('k')", "OSError(2, 'gone', 'file')", "ValueError", "int", "len",
            "Counter('aab')", "OrderedDict(a=1)", "defaultdict(list, a=[1])", "deque([1])",
            "UserDict(a=1)", "SimpleNamespace(a=1)", "{1}", "frozenset({'x'})", "{10**4300}",
            "[{10**4300}]", "PurePosixPath('/a/b')", "ip_address('10.0.0.1')", "UUID(int=2**100)",
            "Decimal('1E+3')", "Fraction(7, 2)", "range(3)", "timezone.utc", "ZoneInfo('UTC')",
            "date(2020, 1, 2)", "time(1, 2, 3, 4)", "time(1, tzinfo=timezone.utc)",
            "datetime(1, 1, 1)", "datetime(2026, 5, 4, tzinfo=ZoneInfo('Europe/Berlin'))",
            "datetime(1880, 5, 4, tzinfo=ZoneInfo('Europe/Berlin'))", "b'\\xff\\xfe?'", "bytearray(b'ab')",
            "loop([])", "loop([1, 'x'])", "nested(200)", "nested(260)", "{'a': {'b': [{}, [], ()]}}",
        ]).prop_map(str::to_owned),
        1 => offset,
        1 => delta,
        2 => keyed,
    ]
}

fn records() -> impl Strategy<Value = String> {
    let extra = prop_oneof![2 => value(), 3 => odd_value()];
    let message = prop_oneof![
        6 => Just(String::new()),
        1 => named(odd_value()).prop_map(|pairs| {
            let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("'{name}': {value}")).collect();
            format!(", 'msg': {{{}}}", pairs.join(", "))
        }),
    ];
    (record(), named(extra), message).prop_map(|(record, extras, message)| {
        let extras: String = extras
            .iter()
            // What has to be of a type for the record to be one, or can only come from a client of our own.
            .filter(|(name, _)| {
                !["name", "levelno", "exc_info", "created", "msg", "args"].contains(&name.as_str())
            })
            .map(|(name, value)| format!(", '{name}': {value}"))
            .collect();
        format!("{{**{record}, **{{'_private': 1{extras}{message}}}}}")
    })
}

fn formats() -> impl Strategy<Value = (Option<String>, char, Option<Vec<String>>)> {
    let text = (vec(name(), 0..4), select(vec!['%', '{', '$'])).prop_map(|(names, style)| {
        let fields = names.iter().map(|name| match style {
            '%' => format!("%({name})s "),
            '{' => format!("{{{name}}}-"),
            _ => format!("${{{name}}} ${name}"),
        });
        (Some(fields.collect()), style, None)
    });
    prop_oneof![
        4 => text,
        1 => Just((None, '%', None)),
        2 => vec(name(), 0..5).prop_map(|names| (None, '%', Some(names))),
    ]
}

fn cases(release: Release) -> impl Strategy<Value = Case> {
    let default = prop_oneof![
        8 => Just(JsonDefault::Package),
        1 => Just(JsonDefault::None),
        1 => Just(JsonDefault::Str),
    ];
    let indent = option::weighted(0.2, select(vec!["", "  ", "\t"]).prop_map(str::to_owned));
    let json = (indent, any::<bool>())
        .prop_map(|(indent, ensure_ascii)| Encoder::Json { indent, ensure_ascii });
    let encoder = match release {
        Release::Two => json.boxed(),
        Release::Four => prop_oneof![
            2 => json,
            1 => any::<bool>().prop_map(|indent| Encoder::Orjson { indent }),
            1 => Just(Encoder::Msgspec),
        ]
        .boxed(),
    };
    let reserved = option::weighted(
        0.2,
        subsequence(ATTRIBUTES.to_vec(), 0..=ATTRIBUTES.len())
            .prop_map(|names| names.into_iter().map(str::to_owned).collect::<Vec<_>>()),
    );
    let timestamp =
        option::weighted(0.4, select(vec!["timestamp", "ts", "message"]).prop_map(str::to_owned));
    let options = (
        (default, encoder, select(vec!["", "@cee: ", "é"])),
        (named(name()), any::<bool>(), named(plain())),
        (reserved, timestamp, any::<bool>()),
    )
        .prop_map(
            move |(
                (default, encoder, prefix),
                (rename, missing, fixed),
                (reserved, timestamp, array),
            )| {
                let four = release == Release::Four;
                Options {
                    release,
                    encoder,
                    default,
                    fields: None,
                    prefix: prefix.to_owned(),
                    rename_fields: rename,
                    rename_fields_keep_missing: missing && four,
                    static_fields: fixed,
                    reserved_attrs: reserved,
                    timestamp,
                    stack_info_as_array: array && four,
                }
            },
        );
    let datefmt =
        option::of(select(vec!["%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]).prop_map(str::to_owned));
    let cases = (options, formats(), datefmt, named(plain()), records()).prop_map(
        move |(options, (fmt, style, fields), datefmt, defaults, record)| {
            let four = release == Release::Four;
            let fields = fields.filter(|_| four);
            Case {
                options: Options { fields, ..options },
                fmt,
                style,
                datefmt,
                defaults: if four { defaults } else { Vec::new() },
                record,
            }
        },
    );
    cases.prop_filter("what the pickle does not tell", |case| !is_untold(case))
}

/// What can't be known, or is not as in Python on purpose: see COMPATIBILITY.md.
fn is_untold(case: &Case) -> bool {
    let holds = |part: &str| case.record.contains(part);
    let names_msg = case.fmt.as_ref().is_some_and(|fmt| fmt.contains("msg"));
    let Options { release, default, encoder, reserved_attrs, stack_info_as_array, .. } =
        &case.options;
    // `str` of an Enum's member or a dataclass needs the class; so do the names of a namedtuple's fields,
    // which orjson leaves to `str`.
    let by_str = *release == Release::Two || *default != JsonDefault::Package;
    by_str && (holds("Color.") || holds("Item("))
        || matches!(encoder, Encoder::Orjson { .. }) && holds("Point(")
        // These are pickled by protocol 2, which does not tell what a class derives from.
        || holds("10**4300") && (holds("Point(") || holds("My"))
        // `%03d` takes what was made from a number for it.
        || holds("'msecs': Color.")
        // As a key, `json` takes a member of an IntEnum, but not of a plain Enum.
        || matches!(encoder, Encoder::Json { .. }) && holds("{Color.")
        // Bytes and subclasses of str have lines as well; no client sends them.
        || *stack_info_as_array
            && ["b'", "bytearray", "MyStr", "Word"]
                .iter()
                .any(|odd| holds(&format!("'stack_info': {odd}")))
        // 2.0.7 adds to the message's own dict, which only a field `msg` shows.
        || *release == Release::Two
            && (reserved_attrs.is_some() || names_msg)
            && holds("'msg': {")
}

fn compare(child: &mut Child, case: &Case) -> Result<(), TestCaseError> {
    let request =
        [hex("Europe/Berlin"), hex(case.class()), hex(&case.arguments()), hex(&case.record)];
    let line = child.ask(&request.join(" "));
    let fields: Vec<_> = line.split(' ').collect();
    let [pickle, outcome, text] = fields.as_slice() else { panic!("{line}") };
    let theirs = unhex(text);
    let shown = theirs.escape_ascii();
    match case.ours(&unhex(pickle)) {
        Ok(ours) => prop_assert!(
            *outcome == "ok" && ours == theirs,
            "{}({})\n{outcome}: {shown}\n  ours: {}",
            case.class(),
            case.arguments(),
            ours.escape_ascii()
        ),
        // Ours end with the year 9999; CPython goes on, and has an OSError where libc gives up.
        Err((_, message)) if message.contains("out of range") => {}
        Err((raised, message)) => {
            prop_assert_eq!(*outcome, raised, "CPython: {}; ours: {}", shown, message);
        }
    }
    Ok(())
}

fn check(release: Release) {
    let Some(python) = logyard_testing::with_packages(&["pythonjsonlogger", "orjson", "msgspec"])
    else {
        return;
    };
    if release == Release::Two && std::env::var_os("LOGYARD_OLD_PACKAGES").is_none() {
        eprintln!(
            "skipped: python-json-logger 2.0.7: LOGYARD_OLD_PACKAGES names no folder with it"
        );
        return;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cpython/json_child.py");
    let child = RefCell::new(Child::start(&python, script));
    let config = Config { failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
    TestRunner::new(config)
        .run(&cases(release), |case| compare(&mut child.borrow_mut(), &case))
        .unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn python_json_logger_4() {
    check(Release::Four);
}

#[test]
fn python_json_logger_2() {
    check(Release::Two);
}
