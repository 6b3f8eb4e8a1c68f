//! A case, as README.md describes it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;

/// `case.toml`
#[derive(Debug, Deserialize)]
pub(crate) struct Case {
    #[serde(skip)]
    folder: PathBuf,
    #[serde(default = "utc")]
    pub(crate) tz: String,
    #[serde(default = "newest")]
    clients: Vec<String>,
    #[serde(default)]
    pub(crate) define: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) env: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) folders: Vec<String>,
    #[serde(default)]
    pub(crate) dropped: u64,
    #[serde(rename = "step")]
    pub(crate) steps: Vec<Step>,
}

/// One `[[step]]`.
#[derive(Debug, Deserialize)]
pub(crate) struct Step {
    at: Option<f64>,
    pub(crate) log: Option<String>,
    #[serde(default)]
    pub(crate) restart: bool,
    #[serde(default)]
    pub(crate) mkdir: Vec<String>,
    #[serde(default)]
    pub(crate) remove: Vec<String>,
    #[serde(default)]
    pub(crate) rename: Vec<[String; 2]>,
    #[serde(default)]
    pub(crate) write: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) mtime: BTreeMap<String, i64>,
}

fn utc() -> String {
    "UTC".into()
}

fn newest() -> Vec<String> {
    vec!["3.13".into()]
}

impl Case {
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Case> {
        let path = folder.join("case.toml");
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let mut case: Case = toml::from_str(&text).with_context(|| path.display().to_string())?;
        case.folder = folder.to_owned();
        Ok(case)
    }

    /// The clock of a step: its own, or the one of the step before.
    pub(crate) fn at(&self, index: usize) -> f64 {
        self.steps.iter().take(index + 1).rev().find_map(|step| step.at).unwrap_or(0.0)
    }

    /// What the clients send in a step, one after the other.
    pub(crate) fn frames(&self, index: usize) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        if self.steps[index].log.is_some() {
            for client in &self.clients {
                let path = self.folder.join(format!("frames/{index:02}-{client}.bin"));
                bytes.extend(std::fs::read(&path).with_context(|| path.display().to_string())?);
            }
        }
        Ok(bytes)
    }
}
