use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

/// One case: a folder, and what is run in it. `{dir}` in any text is that folder.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// Files and their contents; they were modified on 2026-11-20 at 9:00.
    #[serde(default)]
    pub(crate) files: BTreeMap<String, String>,
    /// The configuration; without it there is none.
    pub(crate) conf: Option<String>,
    /// Lines of the state file, without its first; without it there is no state file.
    pub(crate) state: Option<String>,
    /// The time zone in place of UTC; `now` is in it, too.
    pub(crate) tz: Option<String>,
    /// Only root can do this.
    #[serde(default)]
    pub(crate) root: bool,
    #[serde(default)]
    pub(crate) setup: String,
    #[serde(default)]
    pub(crate) flags: String,
    #[serde(default = "now")]
    pub(crate) now: String,
    /// More runs, in the same folder.
    #[serde(default)]
    pub(crate) then: Vec<Step>,
    /// The first logrotate that is a reference here, such as 3.22: earlier ones do otherwise.
    pub(crate) since: Option<String>,
    /// Why the real logrotate is not asked: `expect` has what is right.
    pub(crate) instead: Option<String>,
    pub(crate) expect: Option<Expected>,
    /// Why the messages differ. Everything else is compared.
    pub messages_differ: Option<String>,
}

impl Case {
    /// All runs, in order.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let (setup, flags, now) = (self.setup.clone(), self.flags.clone(), self.now.clone());
        let mut steps = vec![Step { setup, flags, now }];
        steps.extend(self.then.iter().cloned());
        steps
    }
}

/// One run.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// Shell commands before it, in the folder.
    #[serde(default)]
    pub(crate) setup: String,
    #[serde(default)]
    pub(crate) flags: String,
    /// The time, UTC.
    #[serde(default = "now")]
    pub(crate) now: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    pub(crate) code: i32,
    /// All files but `conf` and `state`.
    pub(crate) files: BTreeMap<String, String>,
    /// Parts of standard error.
    #[serde(default)]
    pub(crate) says: Vec<String>,
}

fn now() -> String {
    "2026-11-22 10:00:00".into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

/// The cases of one file; their names begin with its name.
pub(crate) fn read(path: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut file: File =
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    for case in &mut file.case {
        case.name = format!("{}::{}", path.file_stem().unwrap().display(), case.name);
    }
    file.case
}
