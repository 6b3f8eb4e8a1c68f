//! `logyard rotate` beside the real logrotate: the same files, state, configuration and time, and
//! then the same folder, exit code and messages. The cases are data, in `cases/`; README.md there
//! tells how they are written.
#![allow(missing_docs, reason = "tests")]

mod case;
mod coverage;
mod foretold;
mod random;
mod reference;
mod run;
mod tree;

use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Trial};

use case::Case;
use reference::Reference;

fn main() {
    let arguments = Arguments::from_args();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logrotate/cases");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    let cases: Vec<Case> = files.iter().flat_map(|file| case::read(file)).collect();
    let reference = Reference::find();
    let foretold = cases.iter().filter(|case| foretold::fits(case)).map(|case| {
        let (case, reference) = (case.clone(), reference.clone());
        let ignored = reference.is_err() || skipped(&case, &reference).is_some();
        Trial::test(format!("foretold::{}", case.name), move || match &reference {
            Ok(reference) => foretold::compare(&case, reference),
            Err(why) => Err(why.clone().into()),
        })
        .with_ignored_flag(ignored)
    });
    let foretold: Vec<Trial> = foretold.collect();
    let all = cases.clone();
    let covered = Trial::test("each directive has a case", move || coverage::check(&all));
    let random = random::cases().map(|case| {
        let reference = reference.clone();
        let why = skipped(&case, &reference);
        Trial::test(case.name.clone(), move || {
            run::compare(&case, reference.as_ref().ok()).map_err(|failed| {
                format!("{}\n{}", random::show(&case), failed.message().unwrap_or_default()).into()
            })
        })
        .with_ignored_flag(why.is_some())
    });
    let random: Vec<Trial> = random.collect();
    let trials = cases
        .into_iter()
        .map(|case| {
            let reference = reference.clone();
            let why = skipped(&case, &reference);
            if let Some(why) = &why {
                eprintln!("skipped: logrotate {}: {why}", case.name);
            }
            Trial::test(case.name.clone(), move || run::compare(&case, reference.as_ref().ok()))
                .with_ignored_flag(why.is_some())
        })
        .chain(foretold)
        .chain(random)
        .chain([covered])
        .collect();
    libtest_mimic::run(&arguments, trials).exit();
}

fn skipped(case: &Case, reference: &Result<Reference, String>) -> Option<String> {
    let version = match reference {
        Ok(reference) => &reference.version,
        Err(why) => return Some(why.clone()),
    };
    if let Some(since) = case.since.as_ref().filter(|since| *since > version) {
        return Some(format!("logrotate {version} does otherwise than {since}"));
    }
    (case.root && !rustix::process::getuid().is_root()).then(|| "only root can do this".into())
}
