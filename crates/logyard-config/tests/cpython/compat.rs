//! Configurations that some CPythons take and others don't, at each compat level.

use std::path::Path;

use logyard_compat::Compat;
use logyard_config::{Options, Settings, Source, load};
use logyard_testing::{one_of_each, run};

use crate::python::options;

/// The last level that refuses the file is in its name. Where CPython takes what can't work, the name has
/// `differs`: that is refused up to that level.
#[test]
fn each_level_has_the_verdict_of_its_cpython() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compat");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cpython/verdict.py");
    let (mut taken, mut refused) = (0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let last: Compat = name.split('-').next().unwrap().parse().unwrap();
        let here = tempfile::tempdir().unwrap();
        let here = here.path().canonicalize().unwrap();
        for python in one_of_each(8..=14) {
            let compat: Compat = format!("3.{}", python.version.1).parse().unwrap();
            let source = Source::read(&path, &here).unwrap();
            let options =
                Options { settings: Settings { compat, ..Settings::default() }, ..options(&here) };
            let ours = load(&source, &options).0.is_some();
            let theirs = match name.contains("differs") {
                true => compat > last,
                false => verdict(&python, script, &path),
            };
            assert_eq!(ours, theirs, "{name} at {compat}");
            taken += u32::from(ours);
            refused += u32::from(!ours);
        }
    }
    assert!(taken == refused || (taken > 20 && refused > 20), "{taken} taken, {refused} refused");
}

fn verdict(python: &logyard_testing::Python, script: &str, path: &Path) -> bool {
    let said = run(python, script, &[path.to_str().unwrap()], b"");
    String::from_utf8(said).unwrap().trim() == "ok"
}
