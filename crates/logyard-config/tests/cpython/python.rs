//! The CPython child, and what all tests here share.

use std::path::Path;

use logyard_config::{Disk, Options};
use logyard_testing::Python;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::Value as Json;

/// How many random inputs each test makes; all go to one Python process.
pub(crate) fn cases() -> usize {
    logyard_testing::cases(4000) as usize
}

/// Asks Python, or says why not.
pub(crate) fn ask(question: &Json) -> Option<Json> {
    Some(ask_of(&logyard_testing::python((3, 12)..)?, question))
}

/// Asks a Python that has PyYAML, or says why not.
pub(crate) fn ask_yaml(question: &Json) -> Option<Json> {
    Some(ask_of(&logyard_testing::with_packages(&["yaml"])?, question))
}

fn ask_of(python: &Python, question: &Json) -> Json {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cpython/oracle.py");
    let output = logyard_testing::run(python, script, &[], question.to_string().as_bytes());
    serde_json::from_slice(&output).expect("oracle.py writes JSON")
}

/// Random inputs, the same ones in every run; others with another `PROPTEST_RNG_SEED`.
pub(crate) fn samples<S: Strategy>(strategy: S) -> Vec<S::Value> {
    let mut config = Config::default();
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(1);
    }
    let mut runner = TestRunner::new(config);
    (0..cases()).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

pub(crate) fn options<'a>(cwd: &Path) -> Options<'a> {
    let env = [("HOME", "/home/u"), ("APP", "shop")];
    Options {
        settings: Default::default(),
        cwd: cwd.to_owned(),
        env: env.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        files: &Disk,
        check_format: &|_, _| Ok(()),
        check_codec: &|_| Ok(()),
    }
}
