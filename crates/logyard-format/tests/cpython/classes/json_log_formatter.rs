use logyard_format::Class;
use logyard_format::classes::json_log_formatter::Variant;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::record;
use crate::check_class;
use crate::python::Ask;
use crate::strategies::value;

fn extras() -> impl Strategy<Value = String> {
    let odd = select(vec![
        "datetime(2024, 2, 29, 12, 30, 1, 5)",
        "datetime(2024, 2, 29, tzinfo=timezone(timedelta(hours=5.5)))",
        "[datetime(2024, 2, 29, 12, 30), date(2024, 2, 29)]",
        "SimpleNamespace(a=1, b=[Decimal('1.5')])",
        "ValueError('x')",
        "{(1, 2): 3}",
        "{'a': {(1, 2): 3}, 'b': {1, }}",
        "{1: {None: 2}, True: 3, 2.5: 4}",
        "{'nested': [{'a': (1, b'x')}]}",
        "UUID(int=7)",
        "HTTPStatus.NOT_FOUND",
    ]);
    let names =
        vec!["status", "time", "message", "asctime", "exc_info", "é", "b", "request", "x y"];
    let content = prop_oneof![3 => value(), 2 => odd.prop_map(str::to_owned)];
    let pairs = vec((select(names), content), 0..5);
    let odd_key =
        prop_oneof![12 => Just(""), 1 => Just("(1, 2): 3, "), 1 => Just("4: 5, None: 6, ")];
    (pairs, odd_key).prop_map(|(pairs, odd_key)| {
        let mut seen = Vec::new();
        let mut extras = String::new();
        for (name, value) in pairs {
            if !seen.contains(&name) && name != "exc_info" {
                extras += &format!("'{name}': {value}, ");
                seen.push(name);
            }
        }
        extras + odd_key
    })
}

#[test]
fn json_log_formatters() {
    let message = select(vec![
        "'msg': 'hi %s é', 'args': ('x',)",
        "'msg': '\\ud800', 'args': None",
        "'msg': 5, 'args': ()",
    ]);
    let traceback = select(vec![
        "",
        "",
        "'exc_info': caught(2, ValueError('a\\nb')), ",
        "'exc_info': (KeyError, KeyError('x'), None), ",
    ]);
    let own = (extras(), traceback, message)
        .prop_map(|(extras, traceback, message)| format!("{extras}{traceback}{message}"));
    let variant = select(vec![
        (Variant::Plain, "JSONFormatter"),
        (Variant::Verbose, "VerboseJSONFormatter"),
        (Variant::Flat, "FlatJSONFormatter"),
    ]);
    let asks = (variant, record(own)).prop_map(|((variant, class), record)| Ask {
        make: Some(format!("module('json_log_formatter').{class}()")),
        class: Class::JsonLogFormatter(variant),
        // the traceback's text comes from `exc_info` alone
        record: record
            .replace("'exc_text': 'Traceback:\\n  x'", "'exc_text': None")
            .replace("'exc_text': 'x\\n'", "'exc_text': None"),
        validate: true,
        stock: true,
        ..Ask::default()
    });
    // The `__dict__` of a class has addresses in it.
    let asks = asks.prop_filter("no classes", |ask| {
        ![": int", "[int", "(int", ", int"].iter().any(|class| ask.record.contains(class))
    });
    check_class(&["json_log_formatter"], asks);
}
