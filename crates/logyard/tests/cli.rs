//! The whole binary: what it prints and how it exits.

use std::path::Path;
use std::process::{Command, Stdio};

use insta::assert_snapshot;

/// Runs logyard in `folder` and gives exit code, stdout and stderr, with the folder's name as `[tmp]`.
fn run(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_logyard"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("TZ", "UTC")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let folder = folder.canonicalize().unwrap();
    let text =
        |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&*folder.to_string_lossy(), "[tmp]");
    format!(
        "exit {}\n--- stdout\n{}--- stderr\n{}",
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr)
    )
}

fn folder_with(configuration: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("logging.ini"), configuration).unwrap();
    folder
}

const GOOD: &str = "\
[loggers]
keys = root, serving
[handlers]
keys = console, serving
[formatters]
keys = line
[logger_root]
level = INFO
handlers = console
[logger_serving]
handlers = serving
qualname = serving
[handler_console]
class = StreamHandler
args = (sys.stdout,)
[handler_serving]
class = handlers.RotatingFileHandler
args = ('serving.log', 'a', 200000, 5)
level = WARNING
formatter = line
[formatter_line]
format = %(asctime)s-%(levelname)s: %(message)s
";

#[test]
fn check_tells_what_would_run() {
    let folder = folder_with(GOOD);
    assert_snapshot!(run(folder.path(), &["check", "logging.ini"]));
}

#[test]
fn the_suffix_tells_the_kind_of_a_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        (
            "logging.yaml",
            "version: 1\nfilters: {a: {name: app}}\nhandlers:\n  file: {class: logging.FileHandler, \
             filename: x.log, filters: [a]}\nroot: {handlers: [file]}\n",
        ),
        ("logging.json", "{\"version\": 1, \"root\": {\"level\": \"INFOO\"}}\n"),
        ("logging.toml", "version = 1\n[root]\nhandlers = [\"file\"]\n"),
        ("logging.conf", "version = 1\n"),
    ];
    let told = files.map(|(name, text)| {
        std::fs::write(folder.path().join(name), text).unwrap();
        run(folder.path(), &["check", name])
    });
    assert_snapshot!(told.join("\n"));
}

#[test]
fn check_follows_one_logger() {
    let folder = folder_with(GOOD);
    assert_snapshot!(run(
        folder.path(),
        &["check", "logging.ini", "--explain", "serving.model.v2"]
    ));
}

#[test]
fn all_problems_come_in_one_go() {
    let folder = folder_with(
        &GOOD
            .replace("level = INFO", "level = INFOO")
            .replace("'a', 200000", "'q', 200000")
            .replace("%(levelname)s", "%(levelname)")
            .replace("class = StreamHandler", "class = StremHandler"),
    );
    assert_snapshot!(run(folder.path(), &["check", "logging.ini"]));
}

#[test]
fn serve_opens_nothing_when_the_configuration_is_bad() {
    let folder =
        folder_with(&GOOD.replace("keys = console, serving", "keys = console, serving, x"));
    let output = run(folder.path(), &["serve", "logging.ini", "--state", "state"]);
    assert!(output.starts_with("exit 2\n"), "{output}");
    assert!(output.contains("logging.ini:4:"), "{output}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_missing_configuration_is_told() {
    let folder = tempfile::tempdir().unwrap();
    assert_snapshot!(run(folder.path(), &["check", "nowhere.ini"]));
}

#[test]
fn bad_usage_is_64() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["serve", "--listen", "http://x"][..],
        &["serve", "--tz", "No/Where"],
        &["check"],
        &["frobnicate"],
        &[],
        &["serve", "--listen", "0.0.0.0:0", "--state", "state"],
    ] {
        let output = run(folder.path(), arguments);
        assert!(output.starts_with("exit 64\n"), "{arguments:?}: {output}");
    }
    assert!(run(folder.path(), &["--version"]).starts_with("exit 0\n"));
}

#[test]
fn a_base_fills_in_sections_of_a_dict() {
    let folder = folder_with(GOOD);
    let shop = r#"{"loggers": {"shop": {"level": "INFO", "handlers": ["console"]}}}"#;
    std::fs::write(folder.path().join("logging.json"), shop).unwrap();
    let check = |arguments: &[&str]| run(folder.path(), &[&["check"], arguments].concat());
    assert_snapshot!("check_base_of_a_dict", check(&["logging.json", "--base", "gunicorn"]));
    assert_snapshot!("check_without_the_base", check(&["logging.json"]));
    assert_snapshot!("check_base_of_an_ini", check(&["logging.ini", "--base", "gunicorn"]));
    let lacking = r#"{"handlers": {"console": {"class": "logging.StreamHandler"}}}"#;
    std::fs::write(folder.path().join("lacking.json"), lacking).unwrap();
    assert_snapshot!("check_base_lacks_a_handler", check(&["lacking.json", "--base", "gunicorn"]));
    assert_snapshot!("check_unknown_base", check(&["logging.json", "--base", "uvicorn"]));
}

#[test]
fn djangos_filters_go_by_debug() {
    let folder = tempfile::tempdir().unwrap();
    let django = r#"{"version": 1,
        "filters": {"on": {"()": "django.utils.log.RequireDebugTrue"},
                    "off": {"()": "django.utils.log.RequireDebugFalse"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["on"]},
                     "other": {"class": "logging.StreamHandler", "filters": ["off"]}},
        "root": {"handlers": ["console", "other"]}}"#;
    std::fs::write(folder.path().join("logging.json"), django).unwrap();
    assert_snapshot!("check_debug_off", run(folder.path(), &["check", "logging.json"]));
    std::fs::write(folder.path().join("logyard.toml"), "debug = true").unwrap();
    assert_snapshot!("check_debug_on", run(folder.path(), &["check", "logging.json"]));
    std::fs::write(folder.path().join("logyard.toml"), "debug = 1\nbase = \"nginx\"").unwrap();
    assert_snapshot!("check_debug_wrong", run(folder.path(), &["check", "logging.json"]));
}

#[test]
fn the_level_is_a_flag_or_a_variable() {
    let configuration = GOOD.replace("200000, 5)", "200000, 5, None, False, 'replace')");
    let folder = folder_with(&configuration);
    let told = run(folder.path(), &["check", "--compat", "3.8", "logging.ini"]);
    assert!(told.contains("RotatingFileHandler has no argument `errors` in Python 3.8"), "{told}");
    assert!(run(folder.path(), &["check", "logging.ini"]).starts_with("exit 0"));
    let arguments = ["check", "--compat", "3.9", "--repair", "restart-clock", "logging.ini"];
    let told = run(folder.path(), &arguments);
    assert!(told.contains("\nRules\n  CPython 3.9\n  repair: restart-clock\n"), "{told}");
    let told = run(folder.path(), &["check", "--compat", "3.7", "logging.ini"]);
    assert!(told.contains("there is no compat level `3.7`"), "{told}");
    let told = run(folder.path(), &["check", "--repair", "clock", "logging.ini"]);
    assert!(told.contains("there is no repair `clock`"), "{told}");
    std::fs::write(folder.path().join("logyard.toml"), "compat = '3.8'\nrepair = 'x'\n").unwrap();
    let told = run(folder.path(), &["check", "logging.ini"]);
    assert!(told.contains("there is no repair `x`"), "{told}");
    assert!(told.contains("in Python 3.8"), "{told}");
    let told = run(folder.path(), &["check", "--compat", "3.14", "logging.ini"]);
    assert!(!told.contains("in Python 3.8"), "{told}");
}

#[test]
fn a_file_that_is_not_utf_8_is_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("logging.ini"), b"[loggers]\nkeys = caf\xe9\n").unwrap();
    assert_snapshot!(run(folder.path(), &["check", "logging.ini"]));
}

#[test]
fn everything_wrong_with_an_ini_comes_in_one_go() {
    let folder = folder_with(include_str!("broken/logging.ini"));
    assert_snapshot!(run(folder.path(), &["check", "logging.ini"]));
}

#[test]
fn everything_wrong_with_a_yaml_comes_in_one_go() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("logging.yaml");
    std::fs::write(path, include_str!("broken/logging.yaml")).unwrap();
    assert_snapshot!(run(folder.path(), &["check", "logging.yaml"]));
}

#[test]
fn classes_of_other_packages_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let classes = r#"{"version": 1,
        "formatters": {
            "access": {"()": "uvicorn.logging.AccessFormatter", "fmt": "%(levelprefix)s %(request_line)s"},
            "colour": {"()": "colorlog.ColoredFormatter"},
            "levels": {"()": "colorlog.LevelFormatter", "fmt": {"INFO": "%(message)s", "ERROR": "%(red)s!"}},
            "server": {"()": "django.utils.log.ServerFormatter", "format": "[{server_time}]", "style": "{"},
            "ecs": {"()": "ecs_logging.StdlibFormatter"},
            "json": {"()": "pythonjsonlogger.json.JsonFormatter", "fmt": "%(message)s%(name)s"}},
        "handlers": {
            "1": {"class": "logging.StreamHandler", "formatter": "access"},
            "2": {"class": "logging.StreamHandler", "formatter": "colour"},
            "3": {"class": "logging.StreamHandler", "formatter": "levels"},
            "4": {"class": "logging.StreamHandler", "formatter": "server"},
            "5": {"class": "logging.StreamHandler", "formatter": "ecs"},
            "6": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["1", "2", "3", "4", "5", "6"]}}"#;
    std::fs::write(folder.path().join("logging.json"), classes).unwrap();
    assert_snapshot!("check_classes", run(folder.path(), &["check", "logging.json"]));
}

/// By size, so that no date is in what is told.
const LOGROTATE: &str =
    "[tmp]/serving.log {\n  size 1k\n  daily\n  size 2k\n  rotate 3\n  nofoo\n}\n";

fn folder_with_both() -> tempfile::TempDir {
    let folder = folder_with(GOOD);
    let name = folder.path().canonicalize().unwrap().display().to_string();
    std::fs::write(folder.path().join("serving.log"), "x").unwrap();
    std::fs::create_dir(folder.path().join("some")).unwrap();
    let path = folder.path().join("some/app");
    std::fs::write(&path, LOGROTATE.replace("[tmp]", &name)).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(&path, mode).unwrap();
    folder
}

#[test]
fn check_explains_logrotates_configurations() {
    let folder = folder_with_both();
    let by_content = run(folder.path(), &["check", "some/app"]);
    assert_snapshot!("check_logrotate", by_content);
    for same in [&["check", "some"][..], &["check", "--rotate", "some/app"]] {
        assert_eq!(run(folder.path(), same), by_content);
    }
    let twice = run(folder.path(), &["check", "some/app", "some/app"]);
    assert!(twice.starts_with("exit 2\n") && twice.contains("duplicate log entry"), "{twice}");
}

#[test]
fn check_tells_of_logs_that_are_rotated_twice() {
    let folder = folder_with_both();
    let both = run(folder.path(), &["check", "logging.ini", "--rotate", "some"]);
    assert!(both.starts_with("exit 0\n--- stdout\nLoggers\n"), "{both}");
    assert!(both.contains(
        "[rotated-twice]: [tmp]/serving.log is rotated twice: the handler serving does it, too"
    ));
    let wrong = run(folder.path(), &["check", "logging.ini", "some"]);
    assert!(
        wrong.starts_with("exit 64\n") && wrong.contains("unexpected argument 'some'"),
        "{wrong}"
    );
}
