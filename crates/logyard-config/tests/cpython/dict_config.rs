//! Whole JSON, YAML and TOML files against dictConfig.

use std::path::Path;

use logyard_config::{Severity, Source, load, render_all};
use serde_json::json;

use crate::plan::plan_as_json;
use crate::python::{ask, ask_yaml, options};

/// A file of `tests/dicts`: name, suffix as Python's readers have it, text. Names begin with `good-`, `bad-`
/// or, where the verdicts are known to be different, `differs-`.
fn files() -> Vec<(String, String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dicts");
    let mut files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let suffix = path.extension().unwrap().to_string_lossy().into_owned();
            (name, suffix, std::fs::read_to_string(&path).unwrap())
        })
        .collect::<Vec<_>>();
    files.sort();
    files
}

#[test]
fn whole_files_have_the_verdict_and_the_plan_of_dict_config() {
    compare(false, 15);
}

#[test]
fn whole_yaml_files_have_the_verdict_and_the_plan_of_dict_config() {
    compare(true, 40);
}

fn compare(yaml: bool, least: usize) {
    let mut files = files();
    files.retain(|(_, suffix, _)| (suffix == "yaml") == yaml);
    let asked = files.iter().map(|(_, suffix, text)| json!({ "text": text, "suffix": suffix }));
    let asked = json!({ "dict": asked.collect::<Vec<_>>(), "cwd": "/" });
    let Some(answer) = (if yaml { ask_yaml(&asked) } else { ask(&asked) }) else { return };
    assert!(files.len() >= least, "only {} files", files.len());
    let mut differ = String::new();
    for ((name, suffix, text), expected) in files.iter().zip(answer["dict"].as_array().unwrap()) {
        let here = tempfile::tempdir().unwrap();
        let here = here.path().canonicalize().unwrap();
        std::fs::create_dir_all(here.join("logs")).unwrap();
        let path = here.join(format!("logging.{suffix}"));
        let source = Source { name: name.as_str().into(), path, text: text.clone() };
        let (plan, diagnostics) = load(&source, &options(&here));
        let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
        assert_eq!(plan.is_none(), errors > 0, "{name}");
        let got = plan.as_ref().map(|plan| plan_as_json(plan, &here));
        let same = match &got {
            Some(got) => *got == expected["plan"],
            None => expected["plan"].is_null(),
        };
        let as_named = match name.split('-').next() {
            Some("good") => same && got.is_some(),
            Some("bad") => same && got.is_none(),
            _ => !same,
        };
        if !as_named {
            let told = render_all(&diagnostics, &source, false);
            let got = got.map_or(String::new(), |got| format!("{got:#}"));
            differ += &format!("{name}\n  logyard: {got}\n{told}  CPython: {expected:#}\n");
        }
    }
    assert!(differ.is_empty(), "{differ}");
}
