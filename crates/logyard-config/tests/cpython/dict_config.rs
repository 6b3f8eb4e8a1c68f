//! Whole JSON, YAML and TOML files against dictConfig.

use std::path::Path;

use logyard_config::{Severity, Source, load, render_all};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::plan::plan_as_json;
use crate::python::{ask, ask_yaml, cases, options, samples};

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

/// Why this crate may refuse what CPython takes: each is in the list of known differences.
const STRICTER: [&str; 11] = [
    "needs-python",
    "too-large",
    "unsupported-handler",
    "unsupported-style",
    "unsupported-formatter",
    "unsupported-filter",
    "unsupported-attribute",
    "unsupported-target",
    "unsupported-tag",
    "bad-defaults",
    "is-directory",
];

/// Good YAML files with one to three lines dropped, doubled, or taken from another file.
fn damaged() -> impl Strategy<Value = String> {
    let yaml = files().into_iter().filter(|(_, suffix, _)| suffix == "yaml").collect::<Vec<_>>();
    let good = yaml.iter().filter(|(name, ..)| name.starts_with("good-"));
    let good = good.map(|(.., text)| text.clone()).collect::<Vec<_>>();
    // a line of a file whose verdict is known to differ may make this one differ, too
    let alike = yaml.iter().filter(|(name, ..)| !name.starts_with("differs-"));
    let lines = alike
        .flat_map(|(.., text)| text.lines().map(str::to_owned).collect::<Vec<_>>())
        // CPython does not look at these
        .filter(|line| !line.starts_with("logyard"))
        .collect::<Vec<_>>();
    let change = (any::<prop::sample::Index>(), 0..4usize, prop::sample::select(lines));
    (prop::sample::select(good), prop::collection::vec(change, 1..4)).prop_map(|(text, changes)| {
        let mut lines = text.lines().map(str::to_owned).collect::<Vec<_>>();
        for (index, what, other) in changes {
            let at = index.index(lines.len());
            match what {
                0 if lines.len() > 1 => drop(lines.remove(at)),
                1 => lines.insert(at, lines[at].clone()),
                2 => lines.insert(at, other),
                _ => lines[at] = other,
            }
        }
        lines.join("\n") + "\n"
    })
}

#[test]
fn damaged_files_have_the_verdict_of_dict_config() {
    let texts = samples(damaged());
    let texts = &texts[..cases() / 4];
    let asked = texts.iter().map(|text| json!({ "text": text, "suffix": "yaml" }));
    let asked = json!({ "dict": asked.collect::<Vec<_>>(), "cwd": "/" });
    let Some(answer) = ask_yaml(&asked) else { return };
    let (mut good, mut bad) = (0, 0);
    let mut differ = Vec::new();
    for (text, expected) in texts.iter().zip(answer["dict"].as_array().unwrap()) {
        let here = tempfile::tempdir().unwrap();
        let here = here.path().canonicalize().unwrap();
        std::fs::create_dir_all(here.join("logs")).unwrap();
        let path = here.join("logging.yaml");
        let source = Source { name: "x".into(), path, text: text.clone() };
        let (plan, diagnostics) = load(&source, &options(&here));
        let has = |id: &str| diagnostics.iter().any(|diagnostic| diagnostic.id == id);
        let known = match &plan {
            Some(_) => has("missing-directory") || has("unknown-errors"),
            None => STRICTER.iter().any(|id| has(id)),
        };
        let got = plan.as_ref().map_or(Json::Null, |plan| plan_as_json(plan, &here));
        if got != expected["plan"] && !known {
            let told = render_all(&diagnostics, &source, false);
            differ.push(format!("{text}\n  logyard: {got:#}\n{told}  CPython: {expected:#}\n"));
        }
        good += usize::from(plan.is_some());
        bad += usize::from(plan.is_none());
    }
    let shown = differ[..differ.len().min(5)].concat();
    assert!(differ.is_empty(), "{} differ\n{shown}", differ.len());
    assert!(good * 10 > texts.len() && bad * 10 > texts.len(), "{good} good, {bad} bad");
}
