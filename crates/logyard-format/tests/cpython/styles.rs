//! Random requests for the styles `{` and `$`.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::python::Ask;
use crate::strategies::{
    ATTRIBUTES, KEYS, created, dict, float, int, leaf, record, string, tuple, value,
};

/// A record that has `x` as an extra.
fn with_x(fmt: String, value: &str) -> Ask {
    Ask {
        style: '{',
        fmt: Some(fmt),
        record: format!("{{'name': 'n', 'levelno': 20, 'msg': '', 'args': None, 'x': {value}}}"),
        ..Ask::default()
    }
}

/// All of the format mini-language but the type; sizes that need much memory are left out.
fn spec() -> impl Strategy<Value = String> {
    let align = prop_oneof![
        3 => Just(String::new()),
        2 => (select(vec!["", "", "*", "0", "é", "😀", "<", "_", "+", " "]), select(vec!["<", ">", "=", "^"]))
            .prop_map(|(fill, align)| format!("{fill}{align}")),
    ];
    let flags = subsequence(vec!["+", "z", "#", "0"], 0..3).prop_map(|flags| flags.concat());
    let sign = select(vec!["", "", "", "", "-", " "]);
    let width = prop_oneof![
        4 => Just(String::new()),
        6 => (0..40).prop_map(|n: i32| n.to_string()),
        1 => select(vec!["007", "99999999999999999999", "300"]).prop_map(str::to_owned),
    ];
    let separator = prop_oneof![4 => Just(""), 2 => Just(","), 2 => Just("_"), 1 => select(vec![",_", "_,", ",,"])];
    let precision = prop_oneof![
        5 => Just(String::new()),
        4 => (0..20).prop_map(|n: i32| format!(".{n}")),
        1 => select(vec![".", ".99999999999", ".350", ".99999999999999999999"]).prop_map(str::to_owned),
    ];
    (align, sign, flags, width, separator, precision).prop_map(
        |(align, sign, flags, width, separator, precision)| {
            format!("{align}{sign}{flags}{width}{separator}{precision}")
        },
    )
}

fn kind() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        3 => Just(""),
        12 => select(vec!["s", "d", "n", "b", "o", "x", "X", "c", "e", "E", "f", "F", "g", "G", "%"]),
        1 => select(vec!["y", "é", "\u{1f}", "sd", "\u{7f}", "dd"]),
    ]
}

fn conversion() -> impl Strategy<Value = &'static str> {
    prop_oneof![12 => Just(""), 4 => select(vec!["!r", "!s", "!a"]), 1 => select(vec!["!x", "!é", "!", "!rr"])]
}

/// One field with a specification that mostly fits its value.
pub(crate) fn single_fields() -> impl Strategy<Value = Ask> {
    let texts = (spec(), select(vec!["", "s"]), string());
    let ints =
        (spec(), select(vec!["", "d", "n", "b", "o", "x", "X", "c", "f", "e", "g", "%"]), int());
    let floats = (spec(), select(vec!["", "e", "E", "f", "F", "g", "G", "n", "%"]), float());
    let complexes = (spec(), select(vec!["", "e", "f", "g", "n"]), float(), float())
        .prop_map(|(spec, kind, re, im)| (spec, kind, format!("complex({re}, {im})")));
    // A Fraction's own specifications are not known to logyard.
    let any = (spec(), kind(), leaf().prop_filter("a Fraction", |leaf| !leaf.contains("Frac")));
    // The precisions that only fail an integer are mostly left out.
    let fitting = |(spec, kind, value): (String, &'static str, String)| match spec.split_once('.') {
        Some((before, _)) => (before.to_owned(), kind, value),
        None => (spec, kind, value),
    };
    let field = prop_oneof![
        2 => texts,
        3 => ints.prop_map(fitting),
        4 => floats,
        2 => complexes,
        2 => any,
    ];
    (conversion(), field)
        .prop_map(|(conversion, (spec, kind, value))| {
            let conversion = if conversion.len() > 2 { "" } else { conversion };
            with_x(format!("<{{x{conversion}:{spec}{kind}}}>"), &value)
        })
        // CPython refuses both, a Decimal in the words of another module.
        .prop_filter("a huge Decimal", |ask| {
            let huge = ask.fmt.as_ref().is_some_and(|fmt| fmt.contains("99999999999"));
            !(huge && ask.record.contains("Decimal"))
        })
}

pub(crate) fn decimals() -> impl Strategy<Value = Ask> {
    let digits = (any::<i64>(), 0_u32..18, -30_i32..30).prop_map(|(digits, cut, exponent)| {
        let digits = digits / 10_i64.pow(cut);
        format!("Decimal('{digits}E{exponent}')")
    });
    let named = [
        "0",
        "-0",
        "0.00",
        "-0E-9",
        "0E+7",
        "NaN",
        "-NaN",
        "sNaN5",
        "Infinity",
        "-Infinity",
        "9.99",
        "0.5",
        "1.5",
        "2.5",
        "-0.04",
        "999.5",
        "1E-7",
        "0.000001",
        "0.0000001",
        "1E+2000",
    ];
    let named = select(named.to_vec()).prop_map(|text| format!("Decimal('{text}')"));
    let kind = select(vec!["", "", "e", "E", "f", "F", "g", "G", "n", "%", "N", "s", "x"]);
    (spec(), kind, prop_oneof![2 => digits, 1 => named]).prop_map(|(spec, kind, value)| {
        let spec = spec.replace('_', ",").replace("99999999999999999999", "9");
        let spec = spec.replace("99999999999", "25");
        with_x(format!("{{x:{spec}{kind}}}"), &value)
    })
}

pub(crate) fn datetimes() -> impl Strategy<Value = Ask> {
    let zones = [
        "None",
        "timezone.utc",
        "timezone(timedelta(hours=-3, minutes=-30))",
        "timezone(timedelta(seconds=3723, microseconds=5))",
        "timezone(timedelta(hours=1), 'a%Yb')",
        "ZoneInfo('Europe/Berlin')",
        "ZoneInfo('America/St_Johns')",
        "ZoneInfo('UTC')",
    ];
    let clock = (0..24, 0..60, 0..60, prop_oneof![Just(0), 0..1_000_000])
        .prop_map(|(h, m, s, us)| format!("{h}, {m}, {s}, {us}"));
    let day = (prop_oneof![3 => 1990..2040, 1 => 2..9999], 1..13, 1..29)
        .prop_map(|(y, m, d)| format!("{y}, {m}, {d}"));
    let value =
        (0..4, day, clock, select(zones.to_vec())).prop_map(
            |(which, day, clock, zone)| match which {
                0 => format!("date({day})"),
                1 => format!("time({clock}, tzinfo={zone})"),
                _ => format!("datetime({day}, {clock}, tzinfo={zone})"),
            },
        );
    // Not `%s`, which depends on the process's own zone, nor flags on `%z`, which libc alone sees.
    let directives = "aAbBcCdDeFgGhHIjklmMnpPrRStTuUVwWxXyYzZf%"
        .chars()
        .map(|letter| format!("%{letter}"))
        .chain(
            ["%:z", "%-d", "%_H", "%010Y", "%", "é", " ", ":", "%%z", "%:", "%5f"]
                .map(str::to_owned),
        );
    let format = vec(select(directives.collect::<Vec<_>>()), 1..5).prop_map(|parts| parts.concat());
    let names = ["year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo", "x"];
    let attribute = select(names.to_vec());
    (value, format, attribute).prop_map(|(value, format, attribute)| {
        with_x(format!("{{x:{format}}}|{{x}}|{{x.{attribute}}}"), &value)
    })
}

/// A field's name, mostly with a value.
fn name() -> impl Strategy<Value = String> {
    let first = prop_oneof![
        6 => select(vec!["message", "asctime", "levelname", "name", "lineno", "msecs", "process"]),
        4 => select(ATTRIBUTES.to_vec()),
        6 => select(KEYS.to_vec()),
        1 => select(vec!["missing", "", "0", "7", "99999999999999999999", "a-b", "{", "x y"]),
    ];
    let step = select(vec![
        "[0]",
        "[1]",
        "[2]",
        "[a]",
        "[b]",
        "[key (x)]",
        "[12345678]",
        ".real",
        ".imag",
        ".x",
        ".year",
        ".denominator",
        ".start",
        ".__class__",
        ".__class__.__name__",
    ]);
    let odd = select(vec![
        ".",
        "[",
        "[]",
        "[0]x",
        "[99999999999999999999]",
        "[-1]",
        ".a-b",
        "[}]",
        "[a.b]",
    ]);
    let steps = prop_oneof![
        8 => Just(String::new()),
        3 => vec(step, 1..3).prop_map(|steps| steps.concat()),
        1 => odd.prop_map(str::to_owned),
    ];
    // `list[0]` is a type of its own in Python and `int.real` a descriptor, which no record means.
    (first, steps)
        .prop_filter("a class's own attributes", |(_, steps)| {
            steps.split_once("__class__").is_none_or(|(_, rest)| matches!(rest, "" | ".__name__"))
        })
        .prop_map(|(first, steps)| format!("{first}{steps}"))
}

fn field() -> impl Strategy<Value = String> {
    let nested = select(vec![
        "{lineno}",
        ">{lineno}",
        "{a}",
        "{lineno!r:}",
        "{lineno:{process}}",
        "{{",
        "{missing}",
        "{}",
        "{",
    ]);
    let spec = prop_oneof![
        6 => Just(String::new()),
        3 => (spec(), kind()).prop_map(|(spec, kind)| format!(":{spec}{kind}")),
        3 => select(vec![":<8", ":>5", ":^10", ":03.0f", ":5d", ":", ":08.3f", ":\n"]).prop_map(str::to_owned),
        1 => nested.prop_map(|nested| format!(":{nested}")),
    ];
    (name(), conversion(), spec)
        .prop_map(|(name, conversion, spec)| format!("{{{name}{conversion}{spec}}}"))
}

fn literal() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        12 => select(vec!["", " ", "x", "é", "{{", "}}", "😀", "%", "$", "\n", "{{asctime}}"]),
        1 => select(vec!["{", "}", "$$", "{x"]),
    ]
}

/// Values with items and attributes to reach for.
fn extras() -> impl Strategy<Value = String> {
    let more = select(vec![
        "range(3)",
        "range(9, 1, -2)",
        "Counter('aab')",
        "SimpleNamespace(x=5, real='r')",
        "timedelta(1)",
        "OrderedDict({'a': 1, 0: 'zero'})",
        "{1: 'one', True: 2, 0.0: 3}",
        "b'abc'",
        "bytearray(b'abc')",
        "{'a': {'b': [1, (2, 'deep')]}}",
        "ValueError('a', 1)",
        "{1}",
        "datetime(2026, 5, 4)",
        "UUID(int=77)",
    ]);
    dict(prop_oneof![3 => value(), 2 => more.prop_map(str::to_owned), 1 => tuple(value())])
}

/// Whole formatters of style `{` with whole records.
pub(crate) fn braces() -> impl Strategy<Value = Ask> {
    let format = vec((literal(), field()), 0..4).prop_map(|parts| {
        parts.into_iter().map(|(literal, field)| format!("{literal}{field}")).collect::<String>()
    });
    // A Fraction's own specifications are not known to logyard.
    // Nor is a Decimal's `imag`, which would be another Decimal, nor what a class has.
    whole(format, '{').prop_filter("what is documented", |ask| {
        let names = |part: &str| ask.fmt.as_ref().is_some_and(|fmt| fmt.contains(part));
        let holds = |part: &str| ask.record.contains(part);
        let class = holds(": int") || holds("[int") || holds("(int") || holds(", int");
        let number = names(".imag") || names(".real") || names(".denominator");
        !(holds("Fraction") || names(".imag") && holds("Decimal") || number && class)
    })
}

/// Whole formatters of style `$` with whole records.
pub(crate) fn dollars() -> impl Strategy<Value = Ask> {
    let names = prop_oneof![
        6 => select(vec!["message", "asctime", "levelname", "name", "lineno", "msecs", "process"]),
        4 => select(ATTRIBUTES.to_vec()),
        4 => select(vec!["a", "b", "A", "_", "missing"]),
        1 => select(vec!["é", "1", "", "a b", "ſ"]),
    ];
    let field = (names, any::<bool>()).prop_map(|(name, braced)| {
        if braced { format!("${{{name}}}") } else { format!("${name}") }
    });
    let odd =
        select(vec!["$$", "$", "${", "\r\n", "\n", "\r", "\u{2028}", "\x1c", "é", " ", "x", "$$$"]);
    let part = prop_oneof![3 => field, 1 => odd.prop_map(str::to_owned), 3 => select(vec!["", " ", "-"]).prop_map(str::to_owned)];
    whole(vec(part, 0..8).prop_map(|parts| parts.concat()), '$')
}

fn whole(format: impl Strategy<Value = String>, style: char) -> impl Strategy<Value = Ask> {
    let datefmt = option::of(select(vec!["", "%H:%M:%S", "%Y-%m-%d %H:%M:%S%z"]));
    // Now and then a key that is no text.
    let odd_key = prop_oneof![30 => Just(""), 1 => Just(", 1: 2")];
    (format, datefmt, any::<bool>(), record(), extras(), odd_key).prop_map(
        move |(fmt, datefmt, validate, record, extras, odd_key)| Ask {
            zone: "Europe/Berlin".to_owned(),
            style,
            fmt: Some(fmt),
            datefmt: datefmt.map(str::to_owned),
            validate,
            record: format!("{{**{record}, **{extras}{odd_key}}}"),
            ..Ask::default()
        },
    )
}

/// `default_time_format` and `default_msec_format` as a subclass may set them.
pub(crate) fn default_times() -> impl Strategy<Value = Ask> {
    let time = select(vec!["%Y-%m-%d %H:%M:%S", "", "%d/%b/%Y:%H:%M:%S", "%H:%M:%S é%%", "%s"]);
    let msecs = option::of(select(vec![
        "%s,%03d",
        "%s.%03d",
        "",
        "%s",
        "%s %s",
        "[%s] %06.2f",
        "%03d %s",
        "%s%%%03d",
        "%s€%03d",
        "%s,%3d",
        "%(a)s",
        "%s %d %d",
        "%-30s|%e",
        "%",
    ]));
    let style = select(vec!['%', '{', '$']);
    let moment = (created(), prop_oneof![(0..1000).prop_map(|n: i32| format!("{n}.0")), value()]);
    (time, msecs, style, moment).prop_map(|(time, msecs, style, (created, milliseconds))| Ask {
        zone: "Asia/Kolkata".to_owned(),
        style,
        fmt: Some(match style {
            '%' => "<%(asctime)s>".to_owned(),
            '{' => "<{asctime}>".to_owned(),
            _ => "<${asctime}>".to_owned(),
        }),
        default_time_format: time.to_owned(),
        default_msec_format: msecs.map(str::to_owned),
        record: format!(
            "{{'name': 'x', 'msg': '', 'args': None, 'levelno': 20, 'created': {created}, \
             'msecs': {milliseconds}}}"
        ),
        ..Ask::default()
    })
}
