//! What each file of `tests/data` is told, as a snapshot: every diagnostic has one.

use std::io;
use std::path::{Path, PathBuf};

use logyard_compat::Compat;
use logyard_config::{Files, Kind, Options, Settings, Source, load, render_all};

/// A disk with a folder for the logs.
struct Fake;

impl Files for Fake {
    fn kind(&self, path: &Path) -> io::Result<Option<Kind>> {
        let known = ["/", "/srv", "/srv/app", "/srv/app/logs"];
        Ok(known.iter().any(|known| path == Path::new(known)).then_some(Kind::Directory))
    }

    fn writable(&self, _: &Path) -> io::Result<()> {
        Ok(())
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
