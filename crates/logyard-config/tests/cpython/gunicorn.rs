//! `--base gunicorn` against the merge of the real gunicorn.

use std::path::Path;

use logyard_config::{Base, Options, Plan, Settings, Source, load, render_all};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::plan::plan_as_json;
use crate::python::{cases, options, samples};

/// Sections of a user's dict, some of which refer to gunicorn's.
fn sections() -> impl Strategy<Value = Json> {
    let formatters = prop::sample::select(vec![
        json!({"generic": {"format": "%(message)s"}}),
        json!({"json": {"format": "{message}", "style": "{"}}),
        json!({}),
    ]);
    let handlers = prop::sample::select(vec![
        json!({"console": {"class": "logging.StreamHandler", "formatter": "generic"}}),
        json!({"file": {"class": "logging.FileHandler", "filename": "logs/x.log", "formatter": "json"}}),
        json!({"error_console": {"class": "logging.NullHandler"}, "console": {"class": "logging.NullHandler"}}),
    ]);
    let names = vec!["console", "error_console", "file"];
    let handler = prop::sample::select(names.clone());
    let loggers =
        (handler, prop::sample::select(vec!["shop", "gunicorn.access", "gunicorn.error"]))
            .prop_map(
                |(handler, logger)| json!({logger: {"level": "INFO", "handlers": [handler]}}),
            );
    let root = prop::sample::select(names)
        .prop_map(|handler| json!({"level": "WARNING", "handlers": [handler]}));
    let version = prop_oneof![8 => Just(json!(1)), 1 => Just(json!(2))];
    let maybe = prop::option::of::<BoxedStrategy<Json>>;
    (
        maybe(formatters.boxed()),
        maybe(handlers.boxed()),
        maybe(loggers.boxed()),
        maybe(root.boxed()),
        maybe(version.boxed()),
        maybe(prop::sample::select(vec![json!(true), json!(false)]).boxed()),
    )
        .prop_map(|(formatters, handlers, loggers, root, version, disable)| {
            let mut dict = json!({"filters": {}});
            for (key, value) in [
                ("formatters", formatters),
                ("handlers", handlers),
                ("loggers", loggers),
                ("root", root),
                ("version", version),
                ("disable_existing_loggers", disable),
            ] {
                if let Some(value) = value {
                    dict[key] = value;
                }
            }
            dict
        })
}

fn read(dict: &Json, base: Option<Base>, here: &Path) -> (Option<Plan>, String) {
    let settings = Settings { base, ..Settings::default() };
    let options = Options { settings, ..options(here) };
    let path = here.join("logging.json");
    let source = Source { name: "x".into(), path, text: dict.to_string() };
    let (plan, diagnostics) = load(&source, &options);
    (plan, render_all(&diagnostics, &source, false))
}

#[test]
fn sections_are_merged_as_gunicorn_merges_them() {
    let Some(python) = logyard_testing::with_packages(&["gunicorn"]) else { return };
    let dicts = samples(sections());
    let dicts = &dicts[..cases() / 8];
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cpython/gunicorn_merge.py");
    let asked = json!(dicts).to_string();
    let merged = logyard_testing::run(&python, script, &[], asked.as_bytes());
    let merged: Vec<Json> = serde_json::from_slice(&merged).expect("the script writes JSON");
    let here = tempfile::tempdir().unwrap();
    let here = here.path().canonicalize().unwrap();
    std::fs::create_dir_all(here.join("logs")).unwrap();
    let mut good = 0;
    for (dict, merged) in dicts.iter().zip(&merged) {
        let (ours, told) = read(dict, Some(Base::Gunicorn), &here);
        let (theirs, _) = read(merged, None, &here);
        let shown = |plan: &Option<Plan>| plan.as_ref().map(|plan| plan_as_json(plan, &here));
        assert_eq!(shown(&ours), shown(&theirs), "{dict}\n{merged}\n{told}");
        good += usize::from(ours.is_some());
    }
    assert!(good > dicts.len() / 8 && good < dicts.len(), "{good} of {}", dicts.len());
}
