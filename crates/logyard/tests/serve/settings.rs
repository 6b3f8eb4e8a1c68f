//! `logyard.toml`, by the whole binary: which file is read, what is wrong in it, and what it does.

use std::path::Path;
use std::process::{Command, Stdio};

use insta::assert_snapshot;

use crate::server::{Server, frame, wait_until};

const CONFIGURATION: &str = "\
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
args = ('%(logs)s/app.log',)
formatter = line
[formatter_line]
format = %(levelname)s %(name)s: %(message)s
";

/// A folder with these files.
pub(crate) fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// Runs logyard and gives exit code, stdout and stderr, with the folder's name as `[tmp]`.
pub(crate) fn run(folder: &Path, arguments: &[&str], env: &[(&str, &str)]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_logyard"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("TZ", "UTC")
        .envs(env.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let folder = folder.canonicalize().unwrap();
    let text =
        |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&*folder.to_string_lossy(), "[tmp]");
    let (code, out, err) =
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr));
    format!("exit {code}\n--- stdout\n{out}--- stderr\n{err}")
}

#[test]
fn check_shows_the_settings_beside_the_configuration() {
    let settings = "\
listen = ['127.0.0.1:9021', 'unix:///run/l.sock']
allow_remote = false
state = 'state'
tz = 'Europe/Berlin'
apply_logger_levels = true
[define]
logs = 'here'
";
    let folder = folder(&[("etc/logging.ini", CONFIGURATION), ("etc/logyard.toml", settings)]);
    assert_snapshot!(run(folder.path(), &["check", "etc/logging.ini"], &[]));
}

#[test]
fn a_flag_counts_before_the_variable_and_the_variable_before_the_default() {
    let folder = folder(&[
        ("logging.ini", CONFIGURATION),
        ("logyard.toml", "define = {logs = 'by-default'}"),
        ("variable.toml", "define = {logs = 'by-variable'}"),
        ("flag.toml", "define = {logs = 'by-flag'}"),
    ]);
    let said = |arguments: &[&str], env: &[(&str, &str)]| {
        let told = run(folder.path(), &[&["check", "logging.ini"], arguments].concat(), env);
        let line = told.lines().find_map(|line| line.trim().strip_prefix("writes to [tmp]/"));
        line.unwrap_or(&told).to_owned()
    };
    let variable = [("LOGYARD_SETTINGS", "variable.toml")];
    assert_eq!(said(&[], &[]), "by-default/app.log");
    assert_eq!(said(&[], &variable), "by-variable/app.log");
    assert_eq!(said(&["--settings", "flag.toml"], &variable), "by-flag/app.log");
    assert_eq!(said(&["--define", "logs=by-define"], &variable), "by-define/app.log");
}

#[test]
fn all_that_is_wrong_comes_in_one_go() {
    let settings = "\
listen = ['127.0.0.1:9021', 9022, 'http://x']
lissten = 'localhost:1'
allow-remote = true
state = ''
tz = 'No/Where'
apply_logger_levels = 'yes'
frobnicate = 1979-05-27
[define]
logs = 1
[journal]
sync = 'often'
max_size = 3
max_age = [1]
maxsize = '1G'
";
    let broken = CONFIGURATION.replace("FileHandler", "FilHandler");
    let folder = folder(&[("logging.ini", &broken), ("logyard.toml", settings)]);
    assert_snapshot!(run(folder.path(), &["check", "logging.ini"], &[]));
    let served = run(folder.path(), &["serve", "logging.ini", "--state", "s"], &[]);
    assert!(served.starts_with("exit 2\n") && served.contains("logyard.toml:1:"), "{served}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn what_is_no_toml_and_what_is_not_there() {
    let folder = folder(&[("logging.ini", CONFIGURATION), ("logyard.toml", "listen = [\n")]);
    let broken = run(folder.path(), &["check", "logging.ini"], &[]);
    let missing = run(folder.path(), &["check", "logging.ini", "--settings", "none.toml"], &[]);
    assert_snapshot!(broken + "\n" + &missing);
}

#[test]
fn check_tells_of_addresses_that_serve_refuses() {
    let configuration = CONFIGURATION.replace("%(logs)s/", "");
    let settings = "listen = ['127.0.0.1:1', '0.0.0.0:2']\n";
    let folder = folder(&[("logging.ini", &configuration), ("logyard.toml", settings)]);
    assert_snapshot!(run(folder.path(), &["check", "logging.ini"], &[]));
    let refused = run(folder.path(), &["serve", "logging.ini", "--state", "state"], &[]);
    assert!(refused.starts_with("exit 64\n"), "{refused}");
    std::fs::write(
        folder.path().join("logyard.toml"),
        settings.to_owned() + "allow_remote = true\n",
    )
    .unwrap();
    let told = run(folder.path(), &["check", "logging.ini"], &[]);
    assert!(told.starts_with("exit 0\n") && !told.contains("remote-address"), "{told}");
}

#[test]
fn definitions_fill_an_ini_only() {
    let dict = "{\"version\": 1, \"root\": {\"handlers\": []}}";
    let settings = "\n[define]\nlogs = 'x'\n";
    let folder = folder(&[("logging.json", dict), ("logyard.toml", settings)]);
    assert_snapshot!(run(folder.path(), &["check", "logging.json", "--define", "a=b"], &[]));
}

#[test]
fn a_dict_of_this_very_name_is_the_configuration() {
    let folder = folder(&[("logyard.toml", "version = 1\n[root]\nlevel = 'INFO'\n")]);
    let told = run(folder.path(), &["check", "logyard.toml"], &[]);
    assert!(told.starts_with("exit 0\n"), "{told}");
}

#[test]
fn the_server_runs_by_its_settings_and_a_reload_reads_them_again() {
    let settings = "\
listen = '127.0.0.1:0'
state = 'own'
tz = 'Asia/Tokyo'
[define]
logs = 'one'
";
    let configuration = CONFIGURATION.replace("%(levelname)s", "%(asctime)s") + "datefmt = %z\n";
    let folder = folder(&[("etc/logging.ini", &configuration), ("etc/logyard.toml", settings)]);
    let server = Server::run(folder, &["etc/logging.ini"]);
    assert!(server.told().contains("the settings are those of etc/logyard.toml"));
    assert!(server.folder.path().join("own").is_dir());
    server.send(&frame("app", "first"));
    let written = |file: &str, text: &str| wait_until(file, || server.read(file) == text);
    let told = |text: &str| wait_until(text, || server.told().contains(text));
    written("one/app.log", "+0900 app: first\n");
    std::fs::write(
        server.folder.path().join("etc/logyard.toml"),
        "listen = '127.0.0.1:1'\nstate = 'other'\n[define]\nlogs = 'two'\n",
    )
    .unwrap();
    server.signal("HUP");
    told("the new configuration is in force");
    for key in ["listen", "state", "tz"] {
        let count = format!("the new `{key}` of the settings will count when");
        assert!(server.told().contains(&count), "{}", server.told());
    }
    assert!(!server.told().contains("the new `allow_remote`"));
    server.send(&frame("app", "second"));
    written("two/app.log", "+0900 app: second\n");
    // a bad file changes nothing
    std::fs::write(server.folder.path().join("etc/logyard.toml"), "define = 1\n").unwrap();
    server.signal("HUP");
    told("the old configuration stays in force");
    assert!(server.told().contains("logyard.toml:1:10"), "{}", server.told());
    server.send(&frame("app", "third"));
    written("two/app.log", "+0900 app: second\n+0900 app: third\n");
    assert_eq!(server.stop().0, 0);
}
