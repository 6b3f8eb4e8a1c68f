use super::{Split, Wishes, check_half, split};
use crate::testing::options;
use crate::{Settings, Source, render_all};

fn source(name: &str, text: &str) -> Source {
    Source { name: name.into(), path: format!("/srv/app/{name}").into(), text: text.to_owned() }
}

fn how(suffix: &str) -> Split {
    Split {
        wishes: Wishes::default(),
        address: ("127.0.0.1".to_owned(), Some(9020)),
        names: (format!("logging.workers.{suffix}"), format!("logging.server.{suffix}")),
        python: false,
    }
}

/// Both halves with the decisions, or what is told.
fn halves(name: &str, text: &str, how: &Split) -> String {
    let source = source(name, text);
    let options = crate::Options {
        settings: Settings {
            defines: vec![("folder".into(), "/var/log".into())],
            ..Settings::default()
        },
        ..options()
    };
    match split(&source, &options, how) {
        Err(problems) => render_all(&problems, &source, false),
        Ok(halves) => {
            let half = self::source(&how.names.1, &halves.server);
            let told = check_half(&half, &options).into_iter();
            let told = told.map(|problem| format!("{} {}\n", problem.id, problem.message));
            let told = told.collect::<String>();
            format!(
                "==== decisions\n{}\n==== workers\n{}\n==== server\n{}\n==== what the server is told\n{told}",
                halves.decisions.join("\n"),
                halves.workers,
                halves.server
            )
        }
    }
}

const INI: &str = "\
; logging of the shop
[app:main]
debug = false

# who logs
[loggers]
keys = root, shop, old
[handlers]
keys = console, all, mail, memory, mine
[formatters]
keys = line, mine, unused

[logger_root]
level = INFO
handlers = console, all, mail
[logger_shop]
qualname = shop
level = DEBUG
# both
handlers = memory,
   mine
[logger_old]
qualname = shop
handlers = all

[handler_console]
class = StreamHandler
formatter = line

# all that happens
[handler_all]
class = handlers.TimedRotatingFileHandler
level = INFO
formatter = line
# each night
args = ('%(folder)s/100%%.log', 'midnight')

[logyard:all]
compress = gz

[handler_mail]
class = handlers.SMTPHandler
level = ERROR
args = ('localhost', 'a@b', ['c@d'], 'Oh')

[handler_memory]
class = handlers.MemoryHandler
args = (10,)
target = mine

[handler_mine]
class = FileHandler
args = (open('name').read(),)
formatter = mine

[formatter_line]
format = %(asctime)s %(message)s
[formatter_mine]
format = %(message)s
[formatter_unused]
format = %(message)s
";

#[test]
fn an_ini_keeps_its_text() {
    insta::assert_snapshot!(halves("logging.ini", INI, &how("ini")));
}

#[test]
fn a_configuration_of_windows_keeps_its_line_ends() {
    let crlf = |text: &str| text.replace('\n', "\r\n");
    let told = halves("logging.ini", &crlf(INI), &how("ini"));
    let (_, files) = told.split_once("==== workers\n").unwrap();
    let (workers, rest) = files.split_once("\n==== server\n").unwrap();
    let (server, _) = rest.split_once("\n==== what").unwrap();
    for half in [workers, server] {
        assert_eq!(half.matches('\n').count(), half.matches("\r\n").count(), "{half:?}");
    }
}

const YAML: &str = "\
# logging of the shop
version: 1
disable_existing_loggers: false
x-file: &file
  class: logging.handlers.RotatingFileHandler   # rolled by size
  # ten of them
  backupCount: 10
  maxBytes: 1_000_000
formatters:
  json: {(): myapp.logs.Json, indent: 2}
  # on each line
  line: {format: \"it's %(asctime)s\\n%(message)s\", style: '%'}
filters:
  request: {(): asgi_correlation_id.CorrelationIdFilter, uuid_length: 8}
  web: {name: web}
handlers:
  all: {<<: *file, filename: logs/all.log, filters: [request], level: INFO, formatter: line}
  errors: {<<: *file, filename: logs/errors.log, filters: [web], level: 35, formatter: json}
  sentry: {class: sentry_sdk.integrations.logging.EventHandler, level: ERROR}
  task: {class: logging.FileHandler, filename: task.log, formatter: task}
  console: {class: logging.StreamHandler, stream: ext://sys.stdout, filters: [request]}
loggers:
  web: {handlers: [errors], level: DEBUG, filters: [web]}
  jobs: {handlers: [task, all], propagate: no}
root: {handlers: [all, sentry, console], level: INFO}
logyard:
  handlers:
    all: {compress: gz}
    task: {fsync: never}
";

#[test]
fn a_yaml_keeps_its_comments() {
    let task = "formatters:\n  task: {(): celery.app.log.TaskFormatter}\n";
    let text = YAML.replace("formatters:\n", task);
    insta::assert_snapshot!(halves("logging.yaml", &text, &how("yaml")));
}

#[test]
fn wishes_of_the_user() {
    let wishes =
        Wishes { to_server: vec!["console".to_owned()], to_workers: vec!["errors".to_owned()] };
    let address = ("/run/logyard/logyard.sock".to_owned(), None);
    let how = Split { wishes, address, ..how("yaml") };
    let text = YAML.replace(", formatter: task", "");
    insta::assert_snapshot!(halves("logging.yaml", &text, &how));
}

#[test]
fn filters_that_ask_for_djangos_debug() {
    let text = "version: 1\nfilters: {d: {(): django.utils.log.RequireDebugFalse}}\nhandlers: {a: {class: \
                logging.FileHandler, filename: a, filters: [d]}}\nloggers: {django: {handlers: [a]}}\n";
    insta::assert_snapshot!(halves("logging.yaml", text, &how("yaml")));
}

#[test]
fn python_code_for_the_workers() {
    let text = "{\"version\": 1, \"handlers\": {\"a\": {\"class\": \"logging.FileHandler\", \"filename\": \"é\\\"\\n\", \
                \"mode\": \"w\"}, \"c\": {\"class\": \"logging.StreamHandler\", \"stream\": null, \"level\": 5}}, \
                \"loggers\": {}, \"root\": {\"handlers\": [\"a\", \"c\"], \"propagate\": false}}";
    let how = Split { python: true, ..how("json") };
    insta::assert_snapshot!(halves("logging.json", text, &how));
}

#[test]
fn what_can_not_be_split() {
    let bad = |text: &str| halves("logging.yaml", text, &how("yaml"));
    let known = YAML.replace(", formatter: task", "");
    let wished = |name: &str| {
        let wishes = Wishes { to_server: vec![name.to_owned()], to_workers: Vec::new() };
        halves("logging.yaml", &known, &Split { wishes, ..how("yaml") })
    };
    let toml = "version = 1\n[handlers.a]\nclass = \"logging.FileHandler\"\nfilename = \"a\"\n[root]\nhandlers = [\"a\"]\n";
    let unix = Split { address: ("/run/x".to_owned(), None), ..how("toml") };
    let all = [
        bad(
            "version: 1\nhandlers: {a: {class: logging.StreamHandler}, b: {class: logging.FileHandler, filename: b}}\nroot: {handlers: [a]}\n",
        ),
        bad("version: 1\nincremental: yes\n"),
        bad(
            "version: 1\nhandlers: {a: {class: logging.FileHandler, filename: b}}\nroot: {handlers: [b], level: INFOO}\n",
        ),
        wished("consol"),
        wished("sentry"),
        wished("nothing"),
        halves("logging.toml", toml, &unix),
    ];
    insta::assert_snapshot!(all.join("\n"));
}

mod documents {
    use proptest::prelude::*;

    use super::super::emit::{Comments, Form, emit};
    use crate::expr::{Kind, Value};
    use crate::tree::{Syntax, read};

    fn value() -> impl Strategy<Value = Value> {
        let texts =
            prop_oneof!["[ -~]{0,12}", "\\PC{0,6}", "[a-z0-9.:_-]{1,8}", "[\\x00-\\xa0]{0,4}"];
        let leaf = prop_oneof![
            any::<bool>().prop_map(Kind::Bool),
            any::<i64>().prop_map(Kind::Int),
            (-1e300..1e300).prop_map(Kind::Float),
            (-9.0..9.0).prop_map(Kind::Float),
            texts.prop_map(Kind::Str),
        ];
        let leaf = leaf.prop_map(|kind| Value { kind, at: 0..0 });
        leaf.prop_recursive(4, 30, 5, |inner| {
            let list = prop::collection::vec(inner.clone(), 0..4).prop_map(Kind::List);
            prop_oneof![list, dict(inner)].prop_map(|kind| Value { kind, at: 0..0 })
        })
    }

    fn dict(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Kind> {
        prop::collection::btree_map("[ -~]{1,6}", inner, 0..5).prop_map(|items| {
            let key = |name| Value { kind: Kind::Str(name), at: 0..0 };
            Kind::Dict(items.into_iter().map(|(name, value)| (key(name), value)).collect())
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        #[test]
        fn are_read_as_they_were(kind in dict(value())) {
            let Kind::Dict(pairs) = &kind else { unreachable!() };
            let written = Value { kind: kind.clone(), at: 0..0 };
            for (form, syntax) in [(Form::Json, Syntax::Json), (Form::Yaml, Syntax::Yaml), (Form::Toml, Syntax::Toml)] {
                let text = emit(form, pairs, Comments::new(None));
                match read(syntax, &text) {
                    // an empty YAML file is no dict
                    Ok((got, _)) => prop_assert!(got.equals(&written) || pairs.is_empty(), "{text}"),
                    Err(problem) => prop_assert!(false, "{}\n{text}", problem.message),
                }
            }
        }
    }
}

mod places {
    use proptest::prelude::*;

    use super::super::decide::{Wishes, decide};
    use super::super::model::{Handler, Logger, Model, Role};

    const LOGGERS: [&str; 7] = ["root", "a", "a.b", "a.b.c", "a.b.c.d", "b", "b.c.d"];
    const HANDLERS: [&str; 7] = ["file", "other", "console", "null", "memory", "queue", "second"];

    fn model() -> impl Strategy<Value = Model> {
        let logger = (any::<bool>(), any::<bool>(), prop::collection::vec(0..HANDLERS.len(), 0..3));
        prop::collection::vec(logger, LOGGERS.len()).prop_map(|loggers| {
            let roles = [
                Role::File,
                Role::File,
                Role::Stream,
                Role::Null,
                Role::Memory(Some("other".to_owned())),
                Role::Queue(vec!["console".to_owned(), "file".to_owned()]),
                Role::Queue(vec!["console".to_owned()]),
            ];
            let handlers = HANDLERS.into_iter().zip(roles).map(|(name, role)| Handler {
                name: name.to_owned(),
                role,
                level: 0,
                filters: Vec::new(),
                given: Vec::new(),
                formatter: None,
                blocked: None,
            });
            let mut model = Model { handlers: handlers.collect(), ..Model::default() };
            for (name, (there, propagate, mut handlers)) in LOGGERS.into_iter().zip(loggers) {
                handlers.dedup();
                let handlers = handlers.into_iter().map(|index| HANDLERS[index].to_owned());
                if there || name == "root" {
                    let (name, handlers) = (name.to_owned(), handlers.collect());
                    model.loggers.push(Logger { name, handlers, propagate });
                }
            }
            model
        })
    }

    /// The handlers that a record of the logger reaches, in order: `Logger.callHandlers`.
    fn reached(
        model: &Model,
        name: &str,
        handlers: &dyn Fn(&Logger) -> Vec<String>,
    ) -> Vec<String> {
        let mut found = Vec::new();
        let mut rest = name;
        loop {
            if let Some(logger) = model.logger(rest) {
                found.extend(handlers(logger));
                if !logger.propagate {
                    return found;
                }
            }
            if rest == "root" {
                return found;
            }
            rest = rest.rsplit_once('.').map_or("root", |(parent, _)| parent);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn each_record_is_sent_once(model in model()) {
            let decisions = decide(&model, &Wishes::default());
            let mut server = model.clone();
            server.loggers.retain(|logger| decisions.loggers.contains(&logger.name));
            for name in LOGGERS.into_iter().chain(["a.x", "a.b.c.d.e", "c", "b.c"]) {
                let here = reached(&model, name, &|logger| decisions.for_server(&logger.handlers));
                let there = reached(&server, name, &|logger| decisions.for_server(&logger.handlers));
                if !here.is_empty() {
                    prop_assert_eq!(&here, &there, "{} in {:?}", name, model);
                }
                let kept = reached(&model, name, &|logger| decisions.for_workers(&model, logger, "logyard"));
                let through = kept.iter().flat_map(|name| match model.handler(name) {
                    Some(queue) => decisions.behind_queue(queue, "logyard"),
                    None => vec![name.clone()],
                });
                let sent = through.filter(|name| name == "logyard").count();
                prop_assert_eq!(sent, usize::from(!here.is_empty()), "{} in {:?}", name, model);
            }
        }
    }
}
