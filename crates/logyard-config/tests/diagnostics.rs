//! What each file of `tests/data` is told, as a snapshot: every diagnostic has one.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use logyard_compat::Compat;
use logyard_config::{Files, Kind, Options, Settings, Source, load, render_all};

/// A disk with a folder for the logs; one that can't be written, one in which only a file can, and one that
/// can't be looked into.
struct Fake;

impl Files for Fake {
    fn kind(&self, path: &Path) -> io::Result<Option<Kind>> {
        Ok(match path.to_str().unwrap() {
            "/" | "/srv" | "/srv/app" | "/srv/app/logs" | "/ro" | "/half" => Some(Kind::Directory),
            "/srv/app/logs/there.log" | "/ro/full.log" | "/half/old.log" => Some(Kind::File),
            path if path.starts_with("/srv/app/logs/there.log/") => {
                return Err(io::ErrorKind::NotADirectory.into());
            }
            path if path.starts_with("/secret/") => {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            _ => None,
        })
    }

    fn writable(&self, path: &Path) -> io::Result<()> {
        match path.starts_with("/ro") || path == Path::new("/half") {
            true => Err(io::ErrorKind::ReadOnlyFilesystem.into()),
            false => Ok(()),
        }
    }

    fn realpath(&self, path: &Path) -> PathBuf {
        path.to_path_buf()
    }

    fn user(&self, name: &str) -> Option<u32> {
        (name == "www").then_some(33)
    }

    fn group(&self, name: &str) -> Option<u32> {
        (name == "adm").then_some(4)
    }
}

fn told(name: &str, text: String, compat: Compat) -> String {
    let defines = text.lines().filter_map(|line| line.strip_prefix("# define: "));
    let defines = defines.filter_map(|line| line.split_once('='));
    let env = [("HOME", "/home/u"), ("APP", "shop")];
    let options = Options {
        settings: Settings {
            defines: defines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            compat,
            ..Default::default()
        },
        cwd: "/srv/app".into(),
        env: env.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        files: &Fake,
        check_format: &|_, _| Ok(()),
        check_codec: &|_| Ok(()),
    };
    let path = Path::new("/srv/app").join(name);
    let source = Source { name: name.into(), path, text };
    let (_, diagnostics) = load(&source, &options);
    for diagnostic in &diagnostics {
        assert!(!diagnostic.message.ends_with('.'), "{}", diagnostic.message);
        assert!(!diagnostic.labels.is_empty(), "{} has no place", diagnostic.id);
    }
    render_all(&diagnostics, &source, false)
}

/// All files of a folder, each with what it is told; `called` gives what the file is called to the reader.
fn all(folder: &str, called: &dyn Fn(&str) -> String) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut names = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect::<Vec<_>>();
    names.sort();
    let mut all = String::new();
    for name in names {
        // in `tests/compat` the level stands before the name
        let level = name.split('-').next().unwrap().parse().unwrap_or_default();
        let text = std::fs::read_to_string(folder.join(&name)).unwrap();
        let told = told(&called(&name), text, level);
        all.push_str(&format!("==== {name}\n{told}\n"));
    }
    all
}

#[test]
fn what_each_file_is_told() {
    insta::assert_snapshot!(all("tests/data", &|_| "logging.ini".to_owned()));
}

#[test]
fn what_each_dict_is_told() {
    insta::assert_snapshot!(all("tests/dicts", &|name| {
        format!("logging.{}", name.rsplit('.').next().unwrap())
    }));
}

/// What only newer CPythons have, at a level before them.
#[test]
fn what_each_level_is_told() {
    insta::assert_snapshot!(all("tests/compat", &|name| {
        format!("logging.{}", name.rsplit('.').next().unwrap())
    }));
}

/// Classes of other packages.
#[test]
fn what_each_configuration_with_classes_is_told() {
    insta::assert_snapshot!(all("tests/classes", &|name| {
        format!("logging.{}", name.rsplit('.').next().unwrap())
    }));
}

/// What only a disk can be wrong with: the one of this test.
#[test]
fn what_each_file_is_told_of_the_disk() {
    insta::assert_snapshot!(all("tests/disk", &|_| "logging.ini".to_owned()));
}

/// Every id in the sources is in a snapshot of this crate or of the command line: `error[ID]`.
#[test]
fn every_diagnostic_has_a_snapshot() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let read = |folder: &str, ends: &str| {
        let mut texts = Vec::new();
        let mut folders = vec![crates.join(folder)];
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                let name = path.file_name().unwrap().to_str().unwrap();
                if path.is_dir() {
                    folders.push(path);
                } else if name.ends_with(ends) && name != "tests.rs" && name != "encoding.rs" {
                    texts.push(std::fs::read_to_string(path).unwrap());
                }
            }
        }
        texts
    };
    // an id has words with hyphens, as no other text in the sources has; or it is the first argument
    let is_id = |text: &str| {
        let words = text.split('-').collect::<Vec<_>>();
        let word = |word: &&str| word.starts_with(|c: char| c.is_ascii_lowercase());
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        words.len() > 1 && words.iter().all(word) && text.chars().all(plain)
    };
    let mut ids = BTreeSet::new();
    for text in read("logyard-config/src", ".rs") {
        ids.extend(text.split('"').filter(|part| is_id(part)).map(str::to_owned));
    }
    for text in [read("logyard-config/src", ".rs"), read("logyard/src", ".rs")].concat() {
        for call in ["Diagnostic::error(", "Diagnostic::warning("] {
            for after in text.split(call).skip(1) {
                if let Some(id) = after.trim_start().strip_prefix('"') {
                    ids.insert(id.split('"').next().unwrap().to_owned());
                }
            }
        }
    }
    assert!(ids.len() > 80, "only {} ids are found: has their form changed?", ids.len());
    let folders = ["logyard-config/src", "logyard-config/tests", "logyard/tests"];
    let snapshots = folders.map(|folder| read(folder, ".snap")).concat();
    let shown = |id: &String| snapshots.iter().any(|text| text.contains(&format!("[{id}]: ")));
    let missing = ids.into_iter().filter(|id| !shown(id)).collect::<Vec<_>>();
    assert!(missing.is_empty(), "in no snapshot: {}", missing.join(", "));
}
