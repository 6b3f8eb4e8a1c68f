//! `[map]`: each folder of `tests/maps` is a configuration with its logyard.toml. What is told, and what
//! would run, as a snapshot.

use std::path::{Path, PathBuf};

use logyard_config::expr::Kind;
use logyard_config::tree::{Syntax, read};
use logyard_config::{ClassMap, Disk, Options, Settings, Source, describe, load, render_all};

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
