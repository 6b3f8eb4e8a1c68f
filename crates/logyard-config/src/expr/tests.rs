use super::*;
use crate::testing::options;

fn value(text: &str) -> Kind {
    evaluate(text, &options()).unwrap_or_else(|error| panic!("{text}: {error:?}")).value.kind
}

fn text(expression: &str) -> String {
    match value(expression) {
        Kind::Str(text) => text,
        other => panic!("{expression}: {other:?}"),
    }
}

fn error(text: &str) -> ExprError {
    evaluate(text, &options()).expect_err(text)
}

#[test]
fn arguments_as_files_have_them() {
    let Kind::Tuple(items) = value("('./logs/serving.log', 'midnight', 1, 30,)") else { panic!() };
    assert_eq!(items.len(), 4);
    assert_eq!(items[3].as_int(), Some(30));
    assert_eq!(items[3].at, 38..40);
    assert_eq!(value("handlers.DEFAULT_TCP_LOGGING_PORT"), Kind::Int(9020));
    assert_eq!(value("(sys.stdout)"), Kind::Object(Object::Stdout));
    assert_eq!(value("10 * 1024 * 1024"), Kind::Int(10_485_760));
    assert_eq!(value("{'a': 1, 'a': 2} | dict(b=3) == {'b': 3, 'a': 2}"), Kind::Bool(true));
    assert_eq!(text("os.path.join('/var', 'log', '/srv', 'x.log')"), "/srv/x.log");
    assert_eq!(text("os.environ['HOME'] + '/x-%03d.log' % 7"), "/home/u/x-007.log");
    assert_eq!(text("'{}/{name:>4}'.format('a', name='b')"), "a/   b");
    assert_eq!(text("os.getenv('NOPE') or 'default'"), "default");
    assert_eq!(value("0 << 99"), Kind::Int(0));
    assert_eq!(error("0 << -1").message, "negative shift count");
    assert_eq!(
        value("__import__('datetime').time(4, 30)"),
        value("datetime.time(hour=4, minute=30)")
    );
}

#[test]
fn nesting_and_size_are_bounded() {
    let deep = format!("{}1{}", "(".repeat(5000), ")".repeat(5000));
    for text in [
        deep.as_str(),
        &"-".repeat(5000),
        &format!("1{}", "+1".repeat(5000)),
        &"not ".repeat(5000),
        "'a' * 10 ** 9",
        "'%999999999d' % 1",
        "'{:999999999}'.format(1)",
        "(1, 2) * 10 ** 9",
        "2 ** 99999",
        "1 << 99",
        "99999999999999999999",
        "'a'.replace('', 'b' * 60000)",
    ] {
        let error = error(text);
        assert!(
            matches!(error.kind, ErrorKind::Limit | ErrorKind::Raises("SyntaxError")),
            "{error:?}"
        );
    }
}

#[test]
fn what_needs_python_says_so() {
    for text in [
        "open('x')",
        "f'{x}'",
        "lambda: 1",
        "[x for x in (1, 2)]",
        "os.getpid()",
        "time.strftime('%Y')",
        "(*a, 1)",
        "getattr(os, 'system')('true')",
        "os.system('true')",
        "__import__('subprocess')",
    ] {
        assert_eq!(error(text).kind, ErrorKind::Unsupported, "{text}");
    }
    assert_eq!(error("StreamHandlr").kind, ErrorKind::Raises("NameError"));
    assert_eq!(error("sys.stdout, info").help, ["did you mean INFO?"]);
}
