//! The same input through CPython and through this crate: INI documents, expressions, whole files.
//!
//! `LOGYARD_PYTHON` names the interpreter; else the newest of `~/.pyenv/versions` or `python3` is taken.
//! Without one of 3.12 or newer the tests say `skipped` and pass.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use logyard_config::expr::{self, ErrorKind, Kind, Object, Value};
use logyard_config::ini::{self, InterpolationErrorKind, ParseErrorKind};
use logyard_config::{
    Disk, HandlerKind, LoggerPlan, Mode, Options, Plan, Severity, Source, Stream, When, load,
    render_all,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value as Json, json};

/// How many random inputs each test makes; all go to one Python process. `LOGYARD_CASES` sets another.
fn cases() -> usize {
    std::env::var("LOGYARD_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(4000)
}

fn interpreter() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("LOGYARD_PYTHON") {
        return Some(path.into());
    }
    let versions = Path::new(&std::env::var_os("HOME")?).join(".pyenv/versions");
    let number = |path: &Path| {
        let name = path.file_name()?.to_str()?.to_owned();
        name.split('.').map(|part| part.parse::<u32>().ok()).collect::<Option<Vec<_>>>()
    };
    let listed = std::fs::read_dir(versions).into_iter().flatten().flatten();
    let newest =
        listed.map(|entry| entry.path()).filter_map(|path| Some((number(&path)?, path))).max();
    Some(newest.map_or("python3".into(), |(_, path)| path.join("bin/python")))
}

/// Asks Python, or says why not.
fn ask(question: &Json) -> Option<Json> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cpython.py");
    let child = Command::new(interpreter()?)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!("skipped: no Python found; set LOGYARD_PYTHON");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    let text = question.to_string();
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "cpython.py failed");
    let answer: Json = serde_json::from_slice(&output.stdout).unwrap();
    if answer["version"][1].as_u64() < Some(12) {
        eprintln!("skipped: Python {} is older than 3.12", answer["version"]);
        return None;
    }
    Some(answer)
}

/// Random inputs, the same ones in every run.
fn samples<S: Strategy>(strategy: S) -> Vec<S::Value> {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    (0..cases()).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

fn options<'a>(cwd: &Path) -> Options<'a> {
    let env = [("HOME", "/home/u"), ("APP", "shop")];
    Options {
        defines: Vec::new(),
        cwd: cwd.to_owned(),
        env: env.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        files: &Disk,
        check_format: &|_| Ok(()),
        check_codec: &|_| Ok(()),
    }
}

// ---- INI ----

fn ini_document() -> impl Strategy<Value = String> {
    let blank = prop::sample::select(vec!["", " ", "  ", "\t", "\u{a0}", "\x0c", "\x1c", "    "]);
    let key = prop::sample::select(vec!["a", "B", "b c", "ключ", "x#y", "İ", "defined", ""]);
    let mark = prop::sample::select(vec!["=", ":", " = ", " : ", "\t=\u{a0}", ""]);
    let value = prop::sample::select(vec![
        "",
        "1",
        "text # no comment",
        "; x",
        "%(a)s",
        "%(b)s/%(B)s",
        "%%",
        "%",
        "%(nope)s",
        "%(a",
        "%()s",
        "%(defined)s",
        "100%% %(b c)s",
        "a=b:c",
        "[x]",
        "\u{2028}",
        "\"q\"",
        "%(ключ)s",
    ]);
    let header = prop::sample::select(vec![
        "[a]",
        "[b]",
        "[DEFAULT]",
        "[default]",
        "[a]b] x",
        "[]",
        "[ s ]",
        "[c",
        "[d];e",
    ]);
    let option = (key, mark, value.clone()).prop_map(|(k, m, v)| format!("{k}{m}{v}"));
    let line = prop_oneof![
        6 => option,
        2 => header.prop_map(str::to_owned),
        2 => value.prop_map(str::to_owned),
        1 => prop::sample::select(vec!["# c", ";c", "#", ""]).prop_map(str::to_owned),
    ];
    let end = prop::sample::select(vec!["\n", "\n", "\n", "\r\n", "\r", "\n\n"]);
    let start = prop_oneof![4 => Just("[s]\n"), 1 => Just("")];
    (start, prop::collection::vec((blank, line, end), 0..9)).prop_map(|(start, lines)| {
        let text = lines.iter().map(|(blank, line, end)| format!("{blank}{line}{end}"));
        start.to_owned() + &text.collect::<String>()
    })
}

/// The error that configparser raises: the first that stops it, else what it has collected.
fn ini_error(errors: &[ini::ParseError]) -> Option<&'static str> {
    let names = errors.iter().map(|error| match error.kind {
        ParseErrorKind::MissingSectionHeader => "MissingSectionHeaderError",
        ParseErrorKind::DuplicateSection { .. } => "DuplicateSectionError",
        ParseErrorKind::DuplicateOption { .. } => "DuplicateOptionError",
        ParseErrorKind::NoDelimiter | ParseErrorKind::NoKey => "ParsingError",
    });
    let all = names.collect::<Vec<_>>();
    all.iter().find(|name| **name != "ParsingError").or(all.first()).copied()
}

fn ini_answer(text: &str) -> Json {
    let (mut document, errors) = ini::parse(text);
    document.define("defined", "from outside");
    if let Some(name) = ini_error(&errors) {
        return json!({ "error": name });
    }
    let mut sections = serde_json::Map::new();
    for section in document.sections() {
        let mut values = serde_json::Map::new();
        for key in document.keys(section) {
            let mut value = match document.get(section, key) {
                Ok(text) => json!({ "value": text.unwrap().as_str() }),
                Err(error) => json!({ "error": match error.kind {
                    InterpolationErrorKind::Syntax => "InterpolationSyntaxError",
                    InterpolationErrorKind::Missing { .. } => "InterpolationMissingOptionError",
                    InterpolationErrorKind::Depth => "InterpolationDepthError",
                    InterpolationErrorKind::TooLong => "too long",
                }}),
            };
            value["raw"] = document.raw(section, key).unwrap().value.as_str().into();
            values.insert(key.to_owned(), value);
        }
        sections.insert(section.name.clone(), Json::Object(values));
    }
    let names = document.sections().iter().map(|section| section.name.clone()).collect::<Vec<_>>();
    json!({ "names": names, "sections": sections })
}

#[test]
fn ini_documents_read_as_configparser_reads_them() {
    let texts = samples(ini_document());
    let Some(answer) = ask(&json!({ "ini": texts })) else { return };
    let mut good = 0;
    for (text, expected) in texts.iter().zip(answer["ini"].as_array().unwrap()) {
        assert_eq!(&ini_answer(text), expected, "{text:?}");
        good += usize::from(expected["error"].is_null());
    }
    assert!(good > cases() / 20, "only {good} documents were well-formed");
}

// ---- expressions ----

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

fn encode(value: &Value) -> Json {
    let all = |items: &[Value]| items.iter().map(encode).collect::<Vec<_>>();
    match &value.kind {
        Kind::None => Json::Null,
        Kind::Bool(b) => json!(b),
        Kind::Str(text) => json!(text),
        Kind::Int(i) => json!(["int", i.to_string()]),
        Kind::Float(f) => json!(["float", format!("{:016x}", f.to_bits())]),
        Kind::Bytes(b) => {
            json!(["bytes", b.iter().map(|b| format!("{b:02x}")).collect::<String>()])
        }
        Kind::Tuple(items) => json!(["tuple", all(items)]),
        Kind::List(items) => json!(["list", all(items)]),
        Kind::Dict(pairs) => {
            let pairs = pairs.iter().map(|(k, v)| json!([encode(k), encode(v)]));
            json!(["dict", pairs.collect::<Vec<_>>()])
        }
        Kind::Object(Object::Stdout) => json!(["object", "stdout"]),
        Kind::Object(Object::Stderr) => json!(["object", "stderr"]),
        Kind::Object(Object::Time(t)) => json!(["time", t.hour, t.minute, t.second, t.microsecond]),
        Kind::Object(_) => json!(["other", value.type_name()]),
    }
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

// ---- whole files ----

/// The files of `tests/data`. A first line `# differs: WHY` marks one where the verdicts are known to be
/// different; `# define: NAME=VALUE` lines are `--define`.
fn files() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect::<Vec<_>>();
    files.sort();
    files
}

fn defines(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("# define: "));
    lines.filter_map(|line| line.split_once('=')).map(|(k, v)| (k.into(), v.into())).collect()
}

fn logger(plan: &Plan, logger: &LoggerPlan) -> Json {
    let names = logger.handlers.iter().map(|index| plan.handlers[*index].name.as_str());
    json!({
        "level": logger.level,
        "propagate": logger.propagate,
        "handlers": names.collect::<Vec<_>>(),
    })
}

fn plan_as_json(plan: &Plan, here: &Path) -> Json {
    let mut handlers = serde_json::Map::new();
    for handler in &plan.handlers {
        let mut out = json!({ "class": handler.kind.class(), "level": handler.level });
        out["formatter"] = match handler.formatter.map(|index| &plan.formatters[index]) {
            Some(formatter) => {
                let fmt = formatter.fmt.as_deref().filter(|fmt| !fmt.is_empty());
                let default = match formatter.style {
                    '{' => "{message}",
                    '$' => "${message}",
                    _ => "%(message)s",
                };
                json!([fmt.unwrap_or(default), formatter.datefmt])
            }
            None => Json::Null,
        };
        if let Some(file) = handler.kind.file() {
            out["path"] = json!(file.path.strip_prefix(here).unwrap_or(&file.path));
            out["mode"] = json!(match file.mode {
                Mode::Append => "a",
                Mode::Truncate => "w",
                Mode::Exclusive => "x",
            });
            out["encoding"] = json!(file.encoding);
            out["errors"] = json!(file.errors);
            out["delay"] = json!(file.delay);
        }
        match &handler.kind {
            HandlerKind::Stream(stream) => {
                out["stream"] = json!(if *stream == Stream::Stdout { "stdout" } else { "stderr" });
            }
            HandlerKind::RotatingFile { max_bytes, backup_count, .. } => {
                out["maxBytes"] = json!(max_bytes);
                out["backupCount"] = json!(backup_count);
            }
            HandlerKind::TimedRotatingFile {
                when, interval, backup_count, utc, at_time, ..
            } => {
                out["when"] = json!(match when {
                    When::W(day) => format!("W{day}"),
                    other => format!("{other:?}").to_uppercase(),
                });
                out["interval"] = json!(interval);
                out["backupCount"] = json!(backup_count);
                out["utc"] = json!(utc);
                let time = |t: &logyard_config::AtTime| {
                    json!(["time", t.hour, t.minute, t.second, t.microsecond])
                };
                out["atTime"] = json!(at_time.as_ref().map(time));
            }
            HandlerKind::Memory { capacity, flush_level, target, flush_on_close } => {
                out["capacity"] = json!(capacity);
                out["flushLevel"] = json!(flush_level);
                out["target"] = json!(target.map(|index| &plan.handlers[index].name));
                out["flushOnClose"] = json!(flush_on_close);
            }
            HandlerKind::Queue { handlers, respect_handler_level } => {
                let names = handlers.iter().map(|index| &plan.handlers[*index].name);
                out["handlers"] = json!(names.collect::<Vec<_>>());
                out["respect_handler_level"] = json!(respect_handler_level);
            }
            HandlerKind::File(_) | HandlerKind::WatchedFile(_) | HandlerKind::Null => {}
        }
        handlers.insert(handler.name.clone(), out);
    }
    let loggers = plan.loggers.iter().map(|one| (one.name.clone(), logger(plan, one)));
    json!({
        "handlers": handlers,
        "root": logger(plan, &plan.root),
        "loggers": loggers.collect::<serde_json::Map<_, _>>(),
    })
}

#[test]
fn whole_files_have_the_verdict_and_the_plan_of_file_config() {
    let files = files();
    let asked = files.iter().map(|(_, text)| {
        let defines = defines(text).into_iter().map(|(k, v)| (k, json!(v)));
        json!({ "text": text, "defines": defines.collect::<serde_json::Map<_, _>>() })
    });
    let env = json!({ "HOME": "/home/u", "APP": "shop" });
    let asked = json!({ "conf": asked.collect::<Vec<_>>(), "env": env, "cwd": "/" });
    let Some(answer) = ask(&asked) else { return };
    let (mut good, mut bad) = (0, 0);
    let mut differ = String::new();
    for ((name, text), expected) in files.iter().zip(answer["conf"].as_array().unwrap()) {
        let here = tempfile::tempdir().unwrap();
        let here = here.path().canonicalize().unwrap();
        std::fs::create_dir_all(here.join("logs")).unwrap();
        let source = Source {
            name: name.as_str().into(),
            path: here.join("logging.ini"),
            text: text.clone(),
        };
        let options = Options { defines: defines(text), ..options(&here) };
        let (plan, diagnostics) = load(&source, &options);
        let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
        assert_eq!(plan.is_none(), errors > 0, "{name}");
        let known = text.trim_start_matches('\u{feff}').starts_with("# differs: ");
        let got = plan.as_ref().map(|plan| plan_as_json(plan, &here));
        let same = match &got {
            Some(got) => *got == expected["plan"],
            None => expected["plan"].is_null(),
        };
        if same == known {
            let got = got
                .clone()
                .map_or_else(|| render_all(&diagnostics, &source, false), |got| format!("{got:#}"));
            differ +=
                &format!("{name} (differs: {known})\n  logyard: {got}\n  CPython: {expected:#}\n");
        }
        good += usize::from(got.is_some());
        bad += usize::from(got.is_none());
    }
    assert!(differ.is_empty(), "{differ}");
    assert!(good >= 25 && bad >= 30, "{good} good and {bad} bad files are too few");
}

/// Why this crate may refuse what CPython takes: each is in the list of known differences.
const STRICTER: [&str; 5] = [
    "needs-python",
    "too-large",
    "unsupported-handler",
    "unsupported-formatter",
    "args-not-a-tuple",
];

/// Good files with one to three lines dropped, doubled, or taken from another file.
fn damaged() -> impl Strategy<Value = String> {
    let good = files()
        .into_iter()
        .filter(|(name, _)| name.starts_with("good-") && name != "good-crlf.ini");
    let good = good.map(|(_, text)| text).collect::<Vec<_>>();
    let lines = files()
        .iter()
        .filter(|(name, _)| !name.contains("byte-order"))
        .flat_map(|(_, text)| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect::<Vec<_>>();
    let change = (any::<prop::sample::Index>(), 0..4usize, prop::sample::select(lines));
    (prop::sample::select(good), prop::collection::vec(change, 1..4)).prop_map(|(text, changes)| {
        let mut lines = text.lines().map(str::to_owned).collect::<Vec<_>>();
        for (index, what, other) in changes {
            let at = index.index(lines.len());
            match what {
                0 if lines.len() > 1 => drop(lines.remove(at)),
                1 => lines.insert(at, lines[at].clone()),
                2 => lines.insert(at, other),
                _ => lines[at] = other,
            }
        }
        lines.join("\n") + "\n"
    })
}

#[test]
fn damaged_files_have_the_verdict_of_file_config() {
    let texts = samples(damaged());
    let texts = &texts[..cases() / 8];
    let asked = texts.iter().map(|text| json!({ "text": text, "defines": {} }));
    let env = json!({ "HOME": "/home/u", "APP": "shop" });
    let asked = json!({ "conf": asked.collect::<Vec<_>>(), "env": env, "cwd": "/" });
    let Some(answer) = ask(&asked) else { return };
    let (mut good, mut bad) = (0, 0);
    let mut differ = Vec::new();
    for (text, expected) in texts.iter().zip(answer["conf"].as_array().unwrap()) {
        let here = tempfile::tempdir().unwrap();
        let here = here.path().canonicalize().unwrap();
        std::fs::create_dir_all(here.join("logs")).unwrap();
        let source =
            Source { name: "x".into(), path: here.join("logging.ini"), text: text.clone() };
        let (plan, diagnostics) = load(&source, &options(&here));
        let has = |id: &str| diagnostics.iter().any(|diagnostic| diagnostic.id == id);
        let known = match &plan {
            Some(_) => has("not-in-cpython") || has("missing-directory") || has("unknown-errors"),
            None => STRICTER.iter().any(|id| has(id)),
        };
        let got = plan.as_ref().map_or(Json::Null, |plan| plan_as_json(plan, &here));
        if got != expected["plan"] && !known {
            let told = render_all(&diagnostics, &source, false);
            differ.push(format!("{text}\n  logyard: {got:#}\n{told}  CPython: {expected:#}\n"));
        }
        good += usize::from(plan.is_some());
        bad += usize::from(plan.is_none());
    }
    assert!(
        differ.is_empty(),
        "{} differ\n{}",
        differ.len(),
        differ[..differ.len().min(5)].concat()
    );
    assert!(good * 10 > texts.len() && bad * 10 > texts.len(), "{good} good, {bad} bad");
}
