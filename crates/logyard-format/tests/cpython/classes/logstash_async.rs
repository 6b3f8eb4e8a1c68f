use logyard_format::classes::logstash_async::Options;
use logyard_format::{Class, Plain};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::record;
use crate::check_class;
use crate::python::Ask;
use crate::strategies::value;

fn extras(more_names: &[&'static str]) -> impl Strategy<Value = String> + use<> {
    let odd = select(vec![
        "datetime(2024, 2, 29, 12, 30, 1, 5)",
        "[datetime(2024, 7, 1, 12, 30), {'at': date(2024, 2, 29)}]",
        "datetime(2, 1, 1)",
        "{'method': 'GET', 'b.c': {'d.e': 1}, 'b': {'c.d': 2, 'c': {'x': [{'k.l': (1, {'m.n': 2})}]}}}",
        "{'x.y': 1, 'x': {'y': {'z': 2}}, 'x.y.w': 3}",
        "{f'k.{i % 60}.{i}': i for i in range(130)}",
        "{'k': {f'{i}': {'a.b': i} for i in range(60)}, 'k.3.a.c': 1, 'k.59': {'x': 2}}",
        "[{'b.a': {1: 2}}]",
        "{3: {'a.b': 1}}",
        "UUID(int=7)",
        "{'a': (1, {2: UUID(int=2**100)}), 'b': [b'x', Decimal('1')]}",
        "OrderedDict(a=1)",
        "{1}",
        "frozenset()",
        "ValueError('x')",
        "{}",
        "None",
    ]);
    let mut names = vec![
        "status",
        "host",
        "level",
        "tags",
        "type",
        "message",
        "extra",
        "more",
        "id",
        "asctime",
        "é",
        "line",
        "path",
        "task_name",
        "@metadata",
        "program",
    ];
    names.extend(more_names);
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

/// The arguments, for logyard and as Python's keywords.
fn options() -> impl Strategy<Value = (Options, String)> {
    let message_type = select(vec![
        (Plain::Str("python-logstash".to_owned()), "'python-logstash'"),
        (Plain::Str("shop é".to_owned()), "'shop é'"),
        (Plain::None, "None"),
    ]);
    let tags = select(vec![
        (Plain::None, "None"),
        (Plain::List(vec![]), "[]"),
        (Plain::Tuple(vec![Plain::Str("a".to_owned()), Plain::Int(1)]), "('a', 1)"),
    ]);
    let prefix = select(vec![
        ("extra", "'extra'"),
        ("more", "'more'"),
        ("more.and.more", "'more.and.more'"),
        ("labels", "'labels'"),
        ("message", "'message'"),
        ("", "None"),
        ("", "''"),
    ]);
    let extra = select(vec![
        (Vec::new(), "None"),
        (
            vec![
                ("env".to_owned(), Plain::Str("test".to_owned())),
                ("line".to_owned(), Plain::Float(1.5)),
                ("name".to_owned(), Plain::Int(1)),
                ("tags".to_owned(), Plain::Bool(true)),
                (
                    "http.own".to_owned(),
                    Plain::Dict(vec![(Plain::Str("a.b".to_owned()), Plain::Int(2))]),
                ),
            ],
            "{'env': 'test', 'line': 1.5, 'name': 1, 'tags': True, 'http.own': {'a.b': 2}}",
        ),
    ]);
    let metadata = select(vec![
        (Plain::None, "None"),
        (
            Plain::Dict(vec![(Plain::Str("beat".to_owned()), Plain::Str("x".to_owned()))]),
            "{'beat': 'x'}",
        ),
    ]);
    (message_type, tags, prefix, extra, metadata, any::<bool>()).prop_map(
        |(message_type, tags, prefix, extra, metadata, ensure_ascii)| {
            let keywords = format!(
                "message_type={}, tags={}, extra_prefix={}, extra={}, metadata={}, ensure_ascii={}",
                message_type.1,
                tags.1,
                prefix.1,
                extra.1,
                metadata.1,
                if ensure_ascii { "True" } else { "False" }
            );
            let options = Options {
                ecs: false,
                message_type: message_type.0,
                tags: tags.0,
                extra_prefix: prefix.0.to_owned(),
                extra: extra.0,
                ensure_ascii,
                metadata: metadata.0,
                host: "here".to_owned(),
                program: "run.py".to_owned(),
                interpreter: "/bin/python".to_owned(),
                interpreter_version: "3.13.0".to_owned(),
            };
            (options, keywords)
        },
    )
}

#[test]
fn logstash_formatter() {
    check_formatter("LogstashFormatter", extras(&[]));
}

#[test]
fn logstash_ecs_formatter() {
    check_formatter(
        "LogstashEcsFormatter",
        extras(&[
            "http",
            "http.method",
            "http.method.x",
            "log",
            "log.level",
            "log.level.x",
            "host.x",
            "labels",
            "labels.a",
            "ecs",
            "ecs.version",
            "event.module",
            "event",
            "extra.http",
            "a..b",
            ".",
            "process.thread.name",
            "error",
        ]),
    );
}

fn check_formatter(class: &'static str, extras: impl Strategy<Value = String>) {
    let message = select(vec!["'msg': 'hi %s é', 'args': ('x',)", "'msg': 5, 'args': ()"]);
    let traceback = select(vec![
        "",
        "",
        "'exc_info': caught(2, ValueError('a\\nb')), ",
        "'exc_info': caught(1, OSError()), ",
        "'taskName': 'Task-1', ",
    ]);
    let own = (extras, traceback, message)
        .prop_map(|(extras, traceback, message)| format!("{extras}{traceback}{message}"));
    let asks = (options(), record(own)).prop_map(move |((options, keywords), record)| Ask {
        // what it asks the process for is set
        make: Some(format!(
            "(lambda made: made.__dict__.update(_host='here', _logsource='here', \
             _program_name='run.py', _interpreter='/bin/python', _interpreter_version='3.13.0') \
             or made)(module('logstash_async.formatter').{class}({keywords}))"
        )),
        class: Class::Logstash(Box::new(Options { ecs: class.contains("Ecs"), ..options })),
        zone: "Europe/Berlin".to_owned(),
        // the traceback's text comes from `exc_info` alone
        record: record
            .replace("'exc_text': 'Traceback:\\n  x'", "'exc_text': None")
            .replace("'exc_text': 'x\\n'", "'exc_text': None"),
        validate: true,
        stock: true,
        ..Ask::default()
    });
    check_class(&["logstash_async"], asks);
}
