//! What a configuration would do, in words, and what in it is surely not meant: `logyard check`.

mod conflicts;
mod recognise;
mod words;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use logyard_libc::Zone;
use logyard_rotate::Clock;

pub use recognise::is_logrotate;

use crate::conf;
use crate::finding::Finding;
use crate::messages::{Level, Messages, Teller};
use crate::moment::Moment;
use crate::options::{CopyTruncate, Lock, Options};
use crate::plan::Origin;
use crate::run::preview::{Now, Previewer};

/// What is to be said of a configuration.
#[derive(Clone, Debug, Default)]
pub struct Explanation {
    /// Each block in words, with its logs, and what the next run does with them.
    pub text: String,
    /// What is wrong, or surely not meant.
    pub findings: Vec<Finding>,
    /// Whether a run now would end with exit code 1.
    pub bad: bool,
    /// The logs, and where the block of each begins.
    pub logs: Vec<(PathBuf, Origin)>,
}

/// Explains configurations and folders of them, read in order as a run would. `state` is the state file.
/// Nothing is changed.
pub fn explain(configurations: &[PathBuf], state: &Path, clock: &Clock, zone: Zone) -> Explanation {
    let options = Options {
        configurations: configurations.to_vec(),
        debug: true,
        force: false,
        verbose: false,
        state: state.to_owned(),
        log: None,
        mail: String::new(),
        lock: Lock::Skip,
        copy_truncate: CopyTruncate::LossFree,
    };
    let heard = Arc::new(Mutex::new(Vec::new()));
    let teller: Teller = Arc::new({
        let heard = Arc::clone(&heard);
        move |level, text| {
            heard.lock().unwrap_or_else(PoisonError::into_inner).push((level, text.to_owned()));
        }
    });
    let complaints = || std::mem::take(&mut *heard.lock().unwrap_or_else(PoisonError::into_inner));
    let told = Messages::after(Default::default(), false, None, Some(teller));
    let now = Moment::new(clock.now(), zone);
    let configuration = conf::read(&options.configurations, true, &told);
    let mut explanation = Explanation { bad: configuration.bad, ..Explanation::default() };
    let unplaced = complaints().into_iter().filter(|(_, text)| !configuration.told.contains(text));
    explanation.findings.extend(unplaced.map(|(level, text)| complaint(level, None, text)));
    explanation.findings.extend(configuration.problems);

    let (mut engine, state_bad) = Previewer::new(&options, &told, now.clone());
    // a run by somebody else may read it
    let denied = std::fs::File::open(state)
        .is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied);
    explanation.bad |= state_bad && !denied;
    let level = if denied { Level::Warning } else { Level::Error };
    explanation
        .findings
        .extend(complaints().into_iter().map(|(_, text)| complaint(level, None, text)));
    for block in &configuration.blocks {
        let mut previews = Vec::with_capacity(block.files.len());
        for log in &block.files {
            let preview = engine.of(block, log);
            let fails =
                preview.now == Now::Fail || (preview.now == Now::Rotate && preview.then.is_none());
            explanation.bad |= fails;
            let folder = preview.unsafe_folder && block.directives.su.is_none();
            for (_, text) in complaints() {
                let level = if fails { Level::Error } else { Level::Warning };
                // that is told once for the block
                if !(folder && preview.now == Now::Fail) {
                    explanation.findings.push(complaint(level, Some(&block.at), text));
                }
            }
            previews.push((log.as_path(), preview));
        }
        explanation.findings.extend(conflicts::of(block, &previews, &now));
        explanation.text += &words::of(block, &previews, &now);
        explanation.logs.extend(block.files.iter().map(|log| (log.clone(), block.at.clone())));
    }
    if configuration.blocks.is_empty() && !explanation.bad {
        explanation.text += "no logs are named: nothing is rotated\n";
    }
    explanation
}

fn complaint(level: Level, at: Option<&Origin>, what: String) -> Finding {
    Finding { level, id: "logrotate", at: at.cloned(), what, help: None }
}
