//! Does each directive have a case?

use std::collections::BTreeSet;

use libtest_mimic::Failed;

use crate::case::Case;

/// Where directives become something: each is an arm of one `match`.
const SOURCE: &str = include_str!("../../../logyard-logrotate/src/conf/directives.rs");

/// Those that the reader carries out itself.
const OTHERS: [&str; 9] = [
    "include",
    "tabooext",
    "taboopat",
    "errors",
    "firstaction",
    "prerotate",
    "postrotate",
    "lastaction",
    "preremove",
];

pub(crate) fn check(cases: &[Case]) -> Result<(), Failed> {
    let (apply, _) = SOURCE.split_once("\n}\n").ok_or("there is a function")?;
    let arms =
        apply.lines().filter_map(|line| line.strip_prefix("        \"")?.split_once("\" =>"));
    let mut missing: BTreeSet<&str> = arms.map(|(keyword, _)| keyword).chain(OTHERS).collect();
    assert!(missing.len() > 70, "the directives are not where they were: {missing:?}");
    for text in cases.iter().flat_map(|case| case.conf.iter().chain(case.files.values())) {
        for line in text.lines() {
            let word = line.trim_start().split([' ', '\t', '=']).next().unwrap_or_default();
            missing.remove(word);
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(format!("no case has {missing:?}").into()) }
}
