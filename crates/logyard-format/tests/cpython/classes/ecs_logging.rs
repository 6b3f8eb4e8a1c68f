use logyard_format::Class;
use logyard_format::Plain;
use logyard_format::classes::ecs_logging::Options;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::record;
use crate::check_class;
use crate::python::Ask;
use crate::strategies::value;

fn extras() -> impl Strategy<Value = String> {
    let odd = select(vec![
        "{'method': 'GET', 'status': {'code': 200, 'b.c': [1, {'z': 1, 'a': 2}]}}",
        "{}",
        "None",
        "{1: 2, None: 3}",
        "{f'k.{i % 60}.{i}': i for i in range(130)}",
        "{f'k{i}': {f'{j}': 1 for j in range(3)} for i in range(30)}",
        "{'pid': 1}",
        "OrderedDict(a=1)",
        "{'trace': 1, 'id': 2}",
        "datetime(2024, 2, 29, 12, 30)",
        "[{'b': 1, 'a': Decimal('1')}]",
        "'x'",
    ]);
    let names = vec![
        "http",
        "http.method",
        "http.version",
        "process",
        "log",
        "error",
        "span.id",
        "trace",
        "elasticapm_span_id",
        "elasticapm_trace_id",
        "elasticapm_labels",
        "__doc__",
        "asctime",
        "é",
        "A-b",
        "A.b",
        "A",
        "ecs.version",
        "service",
        "user name",
        "message.x",
        "message.x.y",
        "log.level",
        "log.level.x",
        "@timestamp.x",
        "labels.a",
        "labels",
        "a..b",
        ".",
    ];
    let content = prop_oneof![2 => value(), 3 => odd.prop_map(str::to_owned)];
    vec((select(names), content), 0..5).prop_map(|pairs| {
        let mut seen = Vec::new();
        let mut extras = String::new();
        for (name, value) in pairs {
            if !seen.contains(&name) {
                extras += &format!("'{name}': {value}, ");
                seen.push(name);
            }
        }
        extras
    })
}

fn options() -> impl Strategy<Value = (Options, String)> {
    let own = vec![
        ("service.name", Plain::Str("shop".to_owned()), "'shop'"),
        ("env", Plain::Int(7), "7"),
        (
            "http",
            Plain::Dict(vec![(Plain::Str("own".to_owned()), Plain::Bool(true))]),
            "{'own': True}",
        ),
        ("message", Plain::Str("own".to_owned()), "'own'"),
        ("labels", Plain::List(vec![Plain::Int(1)]), "[1]"),
        ("labels.a", Plain::Dict(vec![]), "{}"),
        (
            "http.x",
            Plain::Dict(vec![
                (Plain::Str("z.y".to_owned()), Plain::None),
                (Plain::Str("b".to_owned()), Plain::Dict(vec![])),
            ]),
            "{'z.y': None, 'b': {}}",
        ),
        ("A.b", Plain::Dict(vec![(Plain::Int(2), Plain::Int(3))]), "{2: 3}"),
    ];
    let extra = option::of(subsequence(own, 0..5));
    let fields = vec![
        "error",
        "error.stack_trace",
        "log",
        "log.level",
        "http.method",
        "message",
        "process.thread",
        "@timestamp",
        "ecs.version",
        "process",
        "env",
    ];
    let exclude = prop_oneof![1 => Just(Vec::new()), 1 => subsequence(fields, 0..6)];
    (option::of(0_u64..4), extra, exclude, any::<bool>()).prop_map(
        |(stack_trace_limit, extra, exclude, ensure_ascii)| {
            let mut keywords = String::new();
            if let Some(limit) = stack_trace_limit {
                keywords += &format!("stack_trace_limit={limit}, ");
            }
            if let Some(extra) = &extra {
                let pairs = extra.iter().map(|(name, _, python)| format!("'{name}': {python}, "));
                keywords += &format!("extra={{{}}}, ", pairs.collect::<String>());
            }
            keywords += &format!("exclude_fields={exclude:?}, ");
            keywords += if ensure_ascii { "" } else { "ensure_ascii=False" };
            let options = Options {
                stack_trace_limit,
                extra: extra
                    .into_iter()
                    .flatten()
                    .map(|(name, value, _)| (name.to_owned(), value))
                    .collect(),
                exclude_fields: exclude.into_iter().map(str::to_owned).collect(),
                ensure_ascii,
            };
            (options, keywords)
        },
    )
}

#[test]
fn stdlib_formatter() {
    let message = select(vec!["'msg': 'hi %s é', 'args': ('x',)", "'msg': 5, 'args': ()"]);
    let traceback = select(vec![
        "",
        "",
        "'exc_info': caught(2, ValueError('a\\nb')), ",
        "'exc_info': caught(0, KeyError('x: y')), ",
        "'exc_info': caught(1, OSError()), ",
        "'exc_info': (KeyError, KeyError('x'), None), ",
    ]);
    let own = (extras(), traceback, message)
        .prop_map(|(extras, traceback, message)| format!("{extras}{traceback}{message}"));
    let asks = (options(), record(own)).prop_map(|((options, keywords), record)| Ask {
        make: Some(format!("module('ecs_logging').StdlibFormatter({keywords})")),
        class: Class::EcsLogging(Box::new(options)),
        // the traceback's text comes from `exc_info` alone
        record: record
            .replace("'levelname': 'ok'", "'levelname': ''")
            .replace("'exc_text': 'Traceback:\\n  x'", "'exc_text': None")
            .replace("'exc_text': 'x\\n'", "'exc_text': None"),
        validate: true,
        stock: true,
        ..Ask::default()
    });
    // Two things that are wrong come in the order of a set.
    let asks = asks.prop_filter("no endless digits", |ask| !ask.record.contains("10**4300"));
    check_class(&["ecs_logging"], asks);
}
