//! Whole INI files against fileConfig.

use std::path::Path;

use logyard_config::{Options, Settings, Severity, Source, load, render_all};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::plan::plan_as_json;
use crate::python::{ask, cases, options, samples};

/// The files of `tests/data`. A first line `# differs: WHY` marks one where the verdicts are known to be
/// different; `# define: NAME=VALUE` lines are `--define`.
fn files() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect::<Vec<_>>();
    files.sort();
    files
}

fn defines(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("# define: "));
    lines.filter_map(|line| line.split_once('=')).map(|(k, v)| (k.into(), v.into())).collect()
}

#[test]
fn whole_files_have_the_verdict_and_the_plan_of_file_config() {
    let files = files();
    let asked = files.iter().map(|(_, text)| {
        let defines = defines(text).into_iter().map(|(k, v)| (k, json!(v)));
        json!({ "text": text, "defines": defines.collect::<serde_json::Map<_, _>>() })
    });
    let env = json!({ "HOME": "/home/u", "APP": "shop" });
    let asked = json!({ "conf": asked.collect::<Vec<_>>(), "env": env, "cwd": "/" });
    let Some(answer) = ask(&asked) else { return };
    let (mut good, mut bad) = (0, 0);
    let mut differ = String::new();
    for ((name, text), expected) in files.iter().zip(answer["conf"].as_array().unwrap()) {
        let here = tempfile::tempdir().unwrap();
        let here = here.path().canonicalize().unwrap();
        std::fs::create_dir_all(here.join("logs")).unwrap();
        let source = Source {
            name: name.as_str().into(),
            path: here.join("logging.ini"),
            text: text.clone(),
        };
        let options = Options {
            settings: Settings { defines: defines(text), ..Default::default() },
            ..options(&here)
        };
        let (plan, diagnostics) = load(&source, &options);
        let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
        assert_eq!(plan.is_none(), errors > 0, "{name}");
        let known = text.trim_start_matches('\u{feff}').starts_with("# differs: ");
        let got = plan.as_ref().map(|plan| plan_as_json(plan, &here));
        let same = match &got {
            Some(got) => *got == expected["plan"],
            None => expected["plan"].is_null(),
        };
        if same == known {
            let got = got
                .clone()
                .map_or_else(|| render_all(&diagnostics, &source, false), |got| format!("{got:#}"));
            differ +=
                &format!("{name} (differs: {known})\n  logyard: {got}\n  CPython: {expected:#}\n");
        }
        good += usize::from(got.is_some());
        bad += usize::from(got.is_none());
    }
    assert!(differ.is_empty(), "{differ}");
    assert!(good >= 25 && bad >= 30, "{good} good and {bad} bad files are too few");
}

/// Why this crate may refuse what CPython takes: each is in the list of known differences.
const STRICTER: [&str; 9] = [
    "needs-python",
    "too-large",
    "unsupported-handler",
    "unsupported-formatter",
    "args-not-a-tuple",
    // the sections for logyard, which CPython does not look at
    "unknown-section",
    "unknown-setting",
    "bad-setting",
    "idle-setting",
];

/// Good files with one to three lines dropped, doubled, or taken from another file.
fn damaged() -> impl Strategy<Value = String> {
    let good = files()
        .into_iter()
        .filter(|(name, _)| name.starts_with("good-") && name != "good-crlf.ini");
    let good = good.map(|(_, text)| text).collect::<Vec<_>>();
    let lines = files()
        .iter()
        .filter(|(name, _)| !name.contains("byte-order"))
        .flat_map(|(_, text)| text.lines().map(str::to_owned).collect::<Vec<_>>())
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
fn damaged_files_have_the_verdict_of_file_config() {
    let texts = samples(damaged());
    let texts = &texts[..cases() / 8];
    let asked = texts.iter().map(|text| json!({ "text": text, "defines": {} }));
    let env = json!({ "HOME": "/home/u", "APP": "shop" });
    let asked = json!({ "conf": asked.collect::<Vec<_>>(), "env": env, "cwd": "/" });
    let Some(answer) = ask(&asked) else { return };
    let (mut good, mut bad) = (0, 0);
    let mut differ = Vec::new();
    for (text, expected) in texts.iter().zip(answer["conf"].as_array().unwrap()) {
        let here = tempfile::tempdir().unwrap();
        let here = here.path().canonicalize().unwrap();
        std::fs::create_dir_all(here.join("logs")).unwrap();
        let source =
            Source { name: "x".into(), path: here.join("logging.ini"), text: text.clone() };
        let (plan, diagnostics) = load(&source, &options(&here));
        let has = |id: &str| diagnostics.iter().any(|diagnostic| diagnostic.id == id);
        let known = match &plan {
            Some(_) => has("not-in-cpython") || has("missing-directory") || has("unknown-errors"),
            None => {
                // `StreamHandler('x')` loads in CPython, and fails at each record
                let mut messages = diagnostics.iter().map(|diagnostic| &diagnostic.message);
                STRICTER.iter().any(|id| has(id))
                    || messages.any(|message| message.starts_with("`stream` must be a stream"))
            }
        };
        let got = plan.as_ref().map_or(Json::Null, |plan| plan_as_json(plan, &here));
        if got != expected["plan"] && !known {
            let told = render_all(&diagnostics, &source, false);
            differ.push(format!("{text}\n  logyard: {got:#}\n{told}  CPython: {expected:#}\n"));
        }
        good += usize::from(plan.is_some());
        bad += usize::from(plan.is_none());
    }
    assert!(
        differ.is_empty(),
        "{} differ\n{}",
        differ.len(),
        differ[..differ.len().min(5)].concat()
    );
    assert!(good * 10 > texts.len() && bad * 10 > texts.len(), "{good} good, {bad} bad");
}
