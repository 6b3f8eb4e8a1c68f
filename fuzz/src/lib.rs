//! What the targets of whole configurations share.

use std::io;
use std::path::{Path, PathBuf};

use logyard_config::{Files, Kind, Options, Source, describe, explain, load, render_all};

/// No real disk: one folder, nothing else.
struct Nothing;

impl Files for Nothing {
    fn kind(&self, path: &Path) -> io::Result<Option<Kind>> {
        Ok((path == Path::new("/x")).then_some(Kind::Directory))
    }

    fn writable(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn realpath(&self, path: &Path) -> PathBuf {
        path.to_path_buf()
    }

    fn user(&self, name: &str) -> Option<u32> {
        (name == "u").then_some(1)
    }

    fn group(&self, name: &str) -> Option<u32> {
        (name == "g").then_some(1)
    }
}

/// A whole configuration in a file of this name: it is read, checked and explained, and every diagnostic
/// is drawn.
pub fn configuration(name: &str, data: &[u8]) {
    let path = Path::new("/x").join(name);
    let Ok(source) = Source::from_bytes("f".into(), path, data.to_vec()) else { return };
    let options = Options {
        settings: Default::default(),
        cwd: "/x".into(),
        env: [("HOME".to_owned(), "/h".to_owned())].into(),
        files: &Nothing,
        check_format: &|_, _| Ok(()),
        check_codec: &|_| Ok(()),
    };
    let (plan, diagnostics) = load(&source, &options);
    for label in diagnostics.iter().flat_map(|diagnostic| &diagnostic.labels) {
        assert!(source.text.get(label.range.clone()).is_some());
    }
    render_all(&diagnostics, &source, true);
    if let Some(plan) = plan {
        describe(&plan);
        explain(&plan, &plan.loggers.first().unwrap_or(&plan.root).name);
    }
}
