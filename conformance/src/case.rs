//! A case, as README.md describes it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use logyard_compat::Compat;
use serde::Deserialize;

/// `case.toml`
#[derive(Debug, Deserialize)]
pub struct Case {
    #[serde(skip)]
    folder: PathBuf,
    /// What it is about, in a line.
    pub about: String,
    /// The CPython of the receiver, where a case is about that version's rules.
    receiver: Option<String>,
    /// Django's `DEBUG`.
    #[serde(default)]
    pub debug: bool,
    /// `TZ` of the receiver.
    #[serde(default = "utc")]
    pub tz: String,
    /// The CPythons of the clients, `3.13`.
    #[serde(default = "newest")]
    pub clients: Vec<String>,
    /// Defaults of fileConfig.
    #[serde(default)]
    pub define: BTreeMap<String, String>,
    /// Environment of the receiver.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Made before all else.
    #[serde(default)]
    pub folders: Vec<String>,
    /// How many times CPython drops a record.
    #[serde(default)]
    pub dropped: u64,
    /// CPython refuses the configuration; then there are no steps.
    #[serde(default)]
    pub refused: bool,
    /// What happens, in order.
    #[serde(default, rename = "step")]
    pub steps: Vec<Step>,
}

/// One `[[step]]`.
#[derive(Debug, Deserialize)]
pub struct Step {
    at: Option<f64>,
    /// Python for the clients, which the recorder ran.
    pub log: Option<String>,
    /// A script in `scripts/` for the clients, after `log`.
    pub run: Option<String>,
    /// The receiver ends and a new one starts.
    #[serde(default)]
    pub restart: bool,
    /// Folders to make.
    #[serde(default)]
    pub mkdir: Vec<String>,
    /// Files to remove.
    #[serde(default)]
    pub remove: Vec<String>,
    /// Files to rename: old and new name.
    #[serde(default)]
    pub rename: Vec<[String; 2]>,
    /// Files to write, and their text.
    #[serde(default)]
    pub write: BTreeMap<String, String>,
    /// Times to set, in seconds.
    #[serde(default)]
    pub mtime: BTreeMap<String, i64>,
}

fn utc() -> String {
    "UTC".into()
}

fn newest() -> Vec<String> {
    vec!["3.13".into()]
}

impl Step {
    /// Whether the clients send records.
    pub fn sends(&self) -> bool {
        self.log.is_some() || self.run.is_some()
    }

    /// Whether others do something to the files.
    pub fn meddles(&self) -> bool {
        let Step { remove, rename, write, mtime, .. } = self;
        !(remove.is_empty() && rename.is_empty() && write.is_empty() && mtime.is_empty())
    }
}

impl Case {
    /// Reads `case.toml` in a case's folder.
    pub fn read(folder: &Path) -> anyhow::Result<Case> {
        let path = folder.join("case.toml");
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let mut case: Case = toml::from_str(&text).with_context(|| path.display().to_string())?;
        case.folder = folder.to_owned();
        Ok(case)
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The CPython of the receiver that recorded it, `3.13`: from `recorded.toml`.
    pub fn recorded_by(&self) -> anyhow::Result<String> {
        #[derive(Deserialize)]
        struct Recorded {
            receiver: String,
        }
        let path = self.folder.join("recorded.toml");
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let recorded: Recorded = toml::from_str(&text)?;
        let (minor, _) = recorded.receiver.rsplit_once('.').context("a version has three parts")?;
        Ok(minor.to_owned())
    }

    /// The name of the receiver's configuration file.
    pub fn configuration(&self) -> anyhow::Result<&'static str> {
        let names = ["logging.ini", "logging.json", "logging.yaml", "logging.toml"];
        let found = names.into_iter().find(|name| self.folder.join(name).exists());
        found.with_context(|| format!("no configuration in {}", self.folder.display()))
    }

    /// Makes a receiver's working folder: the configuration, whose path is given, and the folders.
    pub fn lay_out(&self, work: &Path) -> anyhow::Result<PathBuf> {
        let name = self.configuration()?;
        let file = work.join(name);
        std::fs::copy(self.folder.join(name), &file)?;
        for path in &self.folders {
            std::fs::create_dir_all(work.join(path))?;
        }
        Ok(file)
    }

    /// The compat level: that of the receiver, where the case names one.
    pub fn compat(&self) -> anyhow::Result<Compat> {
        Ok(self.receiver.as_deref().map_or(Ok(Compat::default()), str::parse)?)
    }

    /// The clock of a step: its own, or the one of the step before.
    pub fn at(&self, index: usize) -> f64 {
        self.steps.iter().take(index + 1).rev().find_map(|step| step.at).unwrap_or(0.0)
    }

    /// What the clients send in a step, one after the other.
    pub fn frames(&self, index: usize) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        if self.steps[index].sends() {
            for client in &self.clients {
                let path = self.folder.join(format!("frames/{index:02}-{client}.bin"));
                bytes.extend(std::fs::read(&path).with_context(|| path.display().to_string())?);
            }
        }
        Ok(bytes)
    }
}
