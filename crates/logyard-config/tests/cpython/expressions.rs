//! Expressions against `eval`.

use std::path::Path;

use logyard_config::expr::{self, ErrorKind};
use proptest::prelude::*;
use serde_json::json;

use crate::plan::encode;
use crate::python::{ask, cases, options, samples};

fn expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "1",
        "0",
        "-7",
        "30",
        "0x1f",
        "0o17",
        "1_000",
        "2.5",
        "1e3",
        "1e-7",
        ".5",
        "10.0",
        "True",
        "False",
        "None",
        "'a'",
        "\"b c\"",
        "r'\\d'",
        "'x' 'y'",
        "'\\x41\\101\\u00e9\\n\\q'",
        "'''t'''",
        "b'by'",
        "u'u'",
        "''",
        "()",
        "[]",
        "{}",
        "INFO",
        "WARN",
        "sys.stdout",
        "sys.stderr",
        "handlers.SYSLOG_UDP_PORT",
        "os.sep",
        "nope",
        "010",
        "'%s-%d'",
        "'{}/{:>4}'",
        "'%(a)s %%'",
        "os.environ['APP']",
        "os.getenv('NOPE')",
        "'a,b'",
        "'~/x'",
        "'/a//b/../c/.'",
        "1.0e16",
        "handlers.SysLogHandler.LOG_LOCAL7",
        "__import__('datetime').time(4, 30)",
        "'é'",
        "1 2",
        "os.environ['NOPE']",
    ]);
    let leaf = leaf.prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 4, |inner| {
        let operator = prop::sample::select(vec![
            "+", "-", "*", "/", "//", "%", "|", "&", "^", "<<", ">>", "==", "!=", "<", ">=", "in", "not in", "and", "or",
        ]);
        let method = prop::sample::select(vec![
            ".lower()", ".upper()", ".strip()", ".strip('a')", ".replace('a', 'bb')", ".format(1, 'x')", ".title()",
            ".join(('p', 'q'))", ".startswith('a')", "[0]", "[-1]", "['a']", ".format(*())", ".capitalize()",
        ]);
        let function = prop::sample::select(vec![
            "os.path.join", "os.path.dirname", "os.path.basename", "os.path.normpath", "os.path.expanduser",
            "os.path.expandvars", "os.path.abspath", "str", "int", "tuple", "list", "os.environ.get", "os.getenv",
        ]);
        prop_oneof![
            3 => (inner.clone(), operator, inner.clone()).prop_map(|(a, o, b)| format!("{a} {o} {b}")),
            1 => (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("{a} if {b} else {c}")),
            1 => prop::sample::select(vec!["-", "not ", "~", "+"])
                .prop_flat_map({ let inner = inner.clone(); move |o| inner.clone().prop_map(move |a| format!("{o}{a}")) }),
            2 => inner.clone().prop_map(|a| format!("({a})")),
            2 => prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("({},)", items.join(", "))),
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(",\n "))),
            1 => prop::collection::vec((inner.clone(), inner.clone()), 0..3).prop_map(|pairs| {
                let pairs = pairs.iter().map(|(k, v)| format!("{k}: {v}"));
                format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
            }),
            2 => (inner.clone(), method).prop_map(|(a, m)| format!("({a}){m}")),
            2 => (function, prop::collection::vec(inner.clone(), 0..3))
                .prop_map(|(f, args)| format!("{f}({})", args.join(", "))),
            1 => inner.prop_map(|a| format!("dict(a={a})")),
        ]
    })
}

#[test]
fn expressions_have_the_values_of_eval() {
    let texts = samples(expression());
    let env = json!({ "HOME": "/home/u", "APP": "shop" });
    let Some(answer) = ask(&json!({ "expr": texts, "env": env, "cwd": "/" })) else { return };
    let options = options(Path::new("/"));
    let (mut values, mut refused) = (0, 0);
    let mut differ = Vec::new();
    for (text, expected) in texts.iter().zip(answer["expr"].as_array().unwrap()) {
        let got = match expr::evaluate(text, &options) {
            Ok(evaluated) => {
                values += 1;
                json!({ "value": encode(&evaluated.value) })
            }
            Err(error) => match error.kind {
                ErrorKind::Raises(name) => {
                    refused += 1;
                    json!({ "error": name, "message": expected["message"] })
                }
                ErrorKind::Unsupported | ErrorKind::Limit => continue,
            },
        };
        if got != *expected {
            differ.push(format!("{text}\n  logyard: {got}\n  CPython: {expected}\n"));
        }
    }
    assert!(
        differ.is_empty(),
        "{} differ\n{}",
        differ.len(),
        differ[..differ.len().min(20)].concat()
    );
    assert!(values > cases() / 4, "only {values} had a value");
    assert!(
        values + refused > cases() * 7 / 10,
        "{values} values and {refused} errors are too few"
    );
}
