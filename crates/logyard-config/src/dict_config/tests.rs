use crate::testing::options;
use crate::{Source, describe, explain, load, render_all};

fn source(suffix: &str, text: &str) -> Source {
    Source {
        name: format!("logging.{suffix}").into(),
        path: format!("/srv/app/logging.{suffix}").into(),
        text: text.to_owned(),
    }
}

fn told(suffix: &str, text: &str) -> String {
    let source = source(suffix, text);
    let (_, diagnostics) = load(&source, &options());
    render_all(&diagnostics, &source, false)
}

#[test]
fn filters_and_queues_in_words() {
    let text = "\
version: 1
filters: {app: {name: app}, all: {}}
handlers:
  console: {class: logging.StreamHandler, level: ERROR, filters: [app]}
  file: {class: logging.FileHandler, filename: logs/x.log}
  queue: {class: logging.handlers.QueueHandler, handlers: [console, file], respect_handler_level: yes}
  other: {class: logging.handlers.QueueHandler, handlers: [file], level: INFO, filters: [app, all]}
loggers:
  app: {handlers: [queue], filters: [app, all], propagate: no}
root: {handlers: [other]}
";
    let source = source("yaml", text);
    let (plan, _) = load(&source, &options());
    let plan = plan.unwrap();
    let names = ["app", "app.web", "x"].map(|name| explain(&plan, name));
    insta::assert_snapshot!(format!("{}\n{}", describe(&plan), names.join("\n")));
}

#[test]
fn documents_that_are_too_much() {
    let deep = format!("{{\"version\": {}1{}}}", "[".repeat(70), "]".repeat(70));
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..9 {
        bomb += &format!(
            "a{n}: &a{n} [*a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}]\n",
            n - 1
        );
    }
    let nest = (0..40).fold(String::new(), |text, n| match n {
        0 => "a0: &a0 [[1]]\n".to_owned(),
        n => format!("{text}a{n}: &a{n} [[*a{}]]\n", n - 1),
    });
    let all = [
        told("json", &deep),
        told("json", "{\"version\": 123456789012345678901234567890, \"x\": \"\\ud800\"}"),
        told("json", "{\"version\": 1, \"x\": \"\\ud800\"}"),
        told("yaml", &format!("version: {}1{}", "[".repeat(70), "]".repeat(70))),
        told("yaml", &bomb),
        told("yaml", &nest),
        told("yaml", "a: &a [*a]\n"),
        told("yaml", "version: 1\n# \u{2028}\n"),
        told("yaml", "version: 1\nroot: {level: !!set {a}}\n"),
        told("yaml", "<<: [1]\n"),
        told("yaml", "? [a]\n: 1\n"),
        told("toml", "version = 1\nversion = 2\n"),
    ];
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn what_the_server_cannot_do_yet() {
    let all = [
        told("yaml", "version: 1\nhandlers:\n  a: {(): logging.handlers.QueueHandler, queue: x}\n"),
        told(
            "yaml",
            "version: 1\nhandlers:\n  a: {class: logging.NullHandler}\n  b: {class: logging.handlers.QueueHandler, handlers: [a], formatter: f}\n  c: {class: logging.handlers.QueueHandler, handlers: [b]}\n  d: {class: logging.handlers.MemoryHandler, capacity: 1, target: b}\n  e: {class: logging.handlers.QueueHandler}\nformatters: {f: {}}\n",
        ),
        told("yaml", "version: 1\nhandlers: {a: {(): myapp.make, class: x}, b: {class: 5}}\n"),
        told("yaml", "version: 1\nhandlers: {a: {class: logging.StreamHandler, '.': [x]}}\n"),
        told(
            "yaml",
            "version: 1\nfilters: {a: {(): logging.Filter, nam: x}, b: {(): logging.Filter, '.': {name: x}}}\n",
        ),
        told("yaml", "version: 1\nroot: 5\n"),
    ];
    insta::assert_snapshot!(all.join("\n"));
}
