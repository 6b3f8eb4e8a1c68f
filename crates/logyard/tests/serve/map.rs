//! `[map]`, by the whole binary.

use std::path::Path;

use insta::assert_snapshot;
use logyard_testing::{Python, newest, run as run_python, with_packages};

use crate::server::{Server, wait_until};
use crate::settings::{folder, run};

const DICT: &str = include_str!("own_classes/logging.json");
const MAP: &str = include_str!("own_classes/logyard.toml");

#[test]
fn mapped_classes_write_what_the_real_ones_write() {
    let Some(python) = newest((3, 9)) else { return };
    let files = [
        "dated.log",
        "large.log",
        "large.log.1",
        "named.log",
        "request.log",
        "rolling.log",
        "rolling.log.1",
        "rolling.log.2",
    ];
    compare(&python, DICT, MAP, &files);
}

#[test]
fn a_mapped_json_formatter_writes_what_the_real_one_writes() {
    let Some(python) = with_packages(&["pythonjsonlogger"]) else { return };
    let dict = r#"{
        "version": 1,
        "formatters": {
            "json": {"()": "myapp.logs.Json"},
            "renamed": {"()": "myapp.logs.Json", "rename_fields": {"message": "text"}, "datefmt": "%Y"}
        },
        "handlers": {
            "json": {"class": "logging.FileHandler", "filename": "json.log", "formatter": "json"},
            "renamed": {"class": "logging.FileHandler", "filename": "renamed.log", "formatter": "renamed"}
        },
        "root": {"handlers": ["json", "renamed"]}
    }"#;
    let map = r#"
        [map."myapp.logs.Json"]
        formatter = "pythonjsonlogger.json.JsonFormatter"
        fmt = "%(asctime)s %(levelname)s %(message)s"
        rename_fields = { levelname = "level" }
        static_fields = { app = "shop" }
    "#;
    compare(&python, dict, map, &["json.log", "renamed.log"]);
}

/// Runs a configuration with the real classes in Python and with the mapped ones in the server; both make
/// these files, with the same bytes.
fn compare(python: &Python, dict: &str, map: &str, files: &[&str]) {
    let reference = folder(&[("logging.json", dict)]);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/serve/own_classes/reference.py");
    run_python(python, script, &[reference.path().to_str().unwrap()], b"");
    let frames = std::fs::read(reference.path().join("frames.bin")).unwrap();
    let folder = folder(&[("logging.json", dict), ("logyard.toml", map)]);
    let server =
        Server::run(folder, &["logging.json", "--listen", "127.0.0.1:0", "--state", "state"]);
    server.send(&frames);
    let mut names = std::fs::read_dir(reference.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains(".log"))
        .collect::<Vec<_>>();
    names.sort();
    assert_eq!(names, files);
    for name in &names {
        let read = |folder: &Path| std::fs::read(folder.join(name)).unwrap_or_default();
        let expected = read(reference.path());
        assert!(!expected.is_empty(), "{name}");
        wait_until(name, || read(server.folder.path()) == expected);
    }
    assert_eq!(server.stop().0, 0);
}

#[test]
fn check_shows_what_classes_stand_for() {
    let unused = "\n[map.\"myapp.logs.Gone\"]\nformatter = \"logging.Formatter\"\n";
    let settings = MAP.to_owned() + unused;
    let folder = folder(&[("logging.json", DICT), ("logyard.toml", &settings)]);
    assert_snapshot!(run(folder.path(), &["check", "logging.json"], &[]));
}

#[test]
fn problems_of_both_files_come_in_one_go() {
    let settings = MAP
        .replace("backupCount = 2", "backupCount = 2.5")
        .replace("filter = \"none\"", "filter = \"myapp.logs.Context\"")
        .replace(", ignore = [\"app\"]", "")
        .replace("%(levelname)s", "%(levelname)d");
    let dict = DICT.replace("\"rolling\"]", "\"roling\"]");
    let folder = folder(&[("logging.json", &dict), ("logyard.toml", &settings)]);
    assert_snapshot!(run(folder.path(), &["check", "logging.json"], &[]));
}

#[test]
fn a_reload_reads_the_map_again() {
    let ini = "\
[loggers]
keys = root
[handlers]
keys = file
[formatters]
keys = line
[logger_root]
handlers = file
[handler_file]
class = FileHandler
args = ('app.log',)
formatter = line
[formatter_line]
class = myapp.Line
";
    let map = |fmt: &str| {
        format!("[map]\n'myapp.Line' = {{formatter = 'logging.Formatter', fmt = '{fmt}'}}\n")
    };
    let folder = folder(&[("logging.ini", ini), ("logyard.toml", &map("one %(message)s"))]);
    let server =
        Server::run(folder, &["logging.ini", "--listen", "127.0.0.1:0", "--state", "state"]);
    server.send(&crate::server::frame("a", "x"));
    wait_until("the first line", || server.read("app.log") == "one x\n");
    std::fs::write(server.folder.path().join("logyard.toml"), map("two %(message)s")).unwrap();
    server.signal("HUP");
    wait_until("the reload", || server.told().contains("the new configuration is in force"));
    server.send(&crate::server::frame("a", "x"));
    wait_until("the second line", || server.read("app.log") == "one x\ntwo x\n");
    assert_eq!(server.stop().0, 0);
}
