//! `[map]`: each folder of `tests/maps` is a configuration with its logyard.toml. What is told, and what
//! would run, as a snapshot.

use std::path::{Path, PathBuf};

use logyard_config::expr::Kind;
use logyard_config::tree::{Syntax, read};
use logyard_config::{
    ClassMap, Disk, Files, Options, Settings, Source, describe, load, render_all,
};

/// The mappings of a logyard.toml, and what is told of them.
fn map(path: &Path, text: &str) -> (ClassMap, String) {
    let source = Source { name: "logyard.toml".into(), path: path.into(), text: text.to_owned() };
    let (root, _) = read(Syntax::Toml, text).unwrap();
    let Kind::Dict(pairs) = root.kind else { panic!("TOML is a table") };
    let table = &pairs.iter().find(|(key, _)| key.as_str() == Some("map")).unwrap().1;
    let (map, problems) = ClassMap::read(table, &source);
    (map, render_all(&problems, &source, false))
}

fn told(folder: &Path, cwd: &Path) -> String {
    let settings = folder.join("logyard.toml");
    let (map, mut told) = match std::fs::read_to_string(&settings) {
        Ok(text) => map(&settings, &text),
        Err(_) => Default::default(),
    };
    let options = Options {
        settings: Settings { map, ..Settings::default() },
        cwd: cwd.to_owned(),
        env: Default::default(),
        files: &Disk,
        check_format: &|_, _| Ok(()),
        check_codec: &|_| Ok(()),
    };
    let name = ["logging.ini", "logging.yaml"].into_iter().find(|name| folder.join(name).exists());
    let text = std::fs::read_to_string(folder.join(name.unwrap())).unwrap();
    let source = Source { name: name.unwrap().into(), path: cwd.join(name.unwrap()), text };
    let (plan, problems) = load(&source, &options);
    told += &render_all(&problems, &source, false);
    if let Some(plan) = plan {
        told += &describe(&plan);
    }
    told.replace(&*cwd.to_string_lossy(), "[tmp]")
}

#[test]
fn what_each_map_is_told() {
    let tmp = tempfile::tempdir().unwrap();
    let cwd = tmp.path().canonicalize().unwrap();
    std::fs::create_dir(cwd.join("logs")).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/maps");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut folders = entries.collect::<Vec<PathBuf>>();
    folders.sort();
    let all = folders.iter().map(|folder| {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        format!("==== {name}\n{}\n", told(folder, &cwd))
    });
    insta::assert_snapshot!(all.collect::<String>());
}

const HANDLERS: [&str; 8] = [
    "logging.handlers.TimedRotatingFileHandler",
    "logging.handlers.RotatingFileHandler",
    "logging.handlers.WatchedFileHandler",
    "logging.handlers.MemoryHandler",
    "logging.handlers.QueueHandler",
    "logging.StreamHandler",
    "logging.FileHandler",
    "logging.NullHandler",
];

/// The class of the user that stands for one of `logging`.
fn own(class: &str) -> String {
    format!("myapp.logs.{}", class.rsplit('.').next().unwrap())
}

/// A configuration with classes of the user in the place of those of `logging`.
fn with_own_classes(name: &str, text: &str) -> String {
    let all = HANDLERS.into_iter().chain(["logging.Formatter", "logging.Filter"]);
    if !name.ends_with(".ini") {
        return all.fold(text.to_owned(), |text, class| text.replace(class, &own(class)));
    }
    let line = |line: &str| {
        let class = line.strip_prefix("class").map(|rest| rest.trim_start_matches([' ', '=', ':']));
        let found = all.clone().find(|known| {
            let short = known.strip_prefix("logging.").unwrap();
            class.is_some_and(|class| class.trim_end() == *known || class.trim_end() == short)
        });
        found.map_or(line.to_owned(), |found| format!("class = {}", own(found)))
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_mapped_class_is_as_good_as_the_class_itself() {
    let mut toml = String::from("[map]\n");
    for class in HANDLERS {
        toml += &format!("\"{}\" = {{ handler = \"{class}\" }}\n", own(class));
    }
    toml += "\"myapp.logs.Formatter\" = { formatter = \"logging.Formatter\" }\n";
    toml += "\"myapp.logs.Filter\" = { filter = \"logging.Filter\" }\n";
    let (map, told) = map(Path::new("logyard.toml"), &toml);
    assert_eq!(told, "");
    let mut compared = 0;
    for folder in ["tests/data", "tests/dicts"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            let changed = with_own_classes(&name, &text);
            if changed == text || !name.starts_with("good-") {
                continue;
            }
            let run = |text: String, map: ClassMap| {
                let options = Options {
                    settings: Settings { map, ..Settings::default() },
                    cwd: "/".into(),
                    env: [("HOME".to_owned(), "/root".to_owned())].into(),
                    files: &Anything,
                    check_format: &|_, _| Ok(()),
                    check_codec: &|_| Ok(()),
                };
                let source = Source { name: name.as_str().into(), path: path.clone(), text };
                let (plan, problems) = load(&source, &options);
                let problems = problems.iter().filter(|problem| problem.id != "unused-mapping");
                let problems = problems.map(|problem| problem.message.clone()).collect::<Vec<_>>();
                (plan.as_ref().map(describe), problems)
            };
            assert_eq!(run(changed, map.clone()), run(text, ClassMap::default()), "{name}");
            compared += 1;
        }
    }
    assert!(compared > 60, "{compared}");
}

/// A disk where each file can be written.
struct Anything;

impl Files for Anything {
    fn kind(&self, path: &Path) -> std::io::Result<Option<logyard_config::Kind>> {
        let folder = path.extension().is_none();
        Ok(folder.then_some(logyard_config::Kind::Directory))
    }

    fn writable(&self, _: &Path) -> std::io::Result<()> {
        Ok(())
    }

    fn realpath(&self, path: &Path) -> PathBuf {
        path.to_owned()
    }

    fn user(&self, _: &str) -> Option<u32> {
        Some(0)
    }

    fn group(&self, _: &str) -> Option<u32> {
        Some(0)
    }
}
