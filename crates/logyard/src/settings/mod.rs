//! `logyard.toml`: the server's own settings. A flag counts before a variable, and a variable before
//! the file.

mod change;
mod describe;
mod read;
mod web;

use std::path::{Path, PathBuf};

use logyard_compat::Compat;
use logyard_config::{Base, ClassMap, Diagnostic, Repairs, Rules, Severity, Source};
use logyard_libc::Zone;
use logyard_server::{Ack, Address, JournalSetup};

use crate::cli::{Configuration, Serve};
use crate::journal;
use crate::tell::{tell, tell_one};

use web::Web;

pub(crate) use change::after_a_restart;

/// The name of the file that is read when no other is given.
const FILE: &str = "logyard.toml";

/// What the file says; nothing where it is silent, or where there is no file.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// The file.
    pub(crate) source: Option<Source>,
    pub(crate) listen: Vec<Address>,
    /// Where its value stands in the file.
    listen_at: std::ops::Range<usize>,
    pub(crate) allow_remote: Option<bool>,
    pub(crate) state: Option<PathBuf>,
    pub(crate) journal: Option<PathBuf>,
    pub(crate) journal_options: journal::Options,
    pub(crate) ack: Option<Ack>,
    pub(crate) web: Web,
    pub(crate) tz: Option<NamedZone>,
    pub(crate) apply_logger_levels: Option<bool>,
    /// Configurations of logrotate.
    rotate: Vec<PathBuf>,
    pub(crate) compat: Option<Compat>,
    /// In the order of the file.
    pub(crate) repair: Vec<Repairs>,
    pub(crate) base: Option<Base>,
    pub(crate) debug: Option<bool>,
    pub(crate) map: ClassMap,
    pub(crate) define: Vec<(String, String)>,
    /// Where `define` stands in the file.
    pub(crate) define_at: std::ops::Range<usize>,
}

/// A zone and how the file calls it.
#[derive(Debug, Clone)]
pub(crate) struct NamedZone {
    pub(crate) name: String,
    pub(crate) zone: Zone,
}

impl Settings {
    /// Whose rules hold: a flag or variable counts before the file, for repairs all together.
    pub(crate) fn rules(&self, given: &Configuration) -> Rules {
        let repair = if given.repair.is_empty() { &self.repair } else { &given.repair };
        Rules {
            compat: given.compat.or(self.compat).unwrap_or_default(),
            repairs: repair.iter().copied().fold(Repairs::default(), Repairs::and),
        }
    }

    /// Which journal to keep, if any: a flag or variable counts before the file, one by one.
    pub(crate) fn journal(&self, given: &Serve) -> Option<JournalSetup> {
        // an empty variable is as good as none
        let given_folder = given.journal.clone().filter(|folder| !folder.as_os_str().is_empty());
        let folder = given_folder.or_else(|| self.journal.clone())?;
        Some(given.journal_options.or(self.journal_options).setup(folder))
    }

    /// The configurations of logrotate to carry out: of flags or the variable, else of the file.
    pub(crate) fn rotate(&self, given: &Serve) -> Vec<PathBuf> {
        let given: Vec<_> =
            given.rotate.iter().filter(|conf| !conf.as_os_str().is_empty()).cloned().collect();
        if given.is_empty() { self.rotate.clone() } else { given }
    }

    /// Tells of addresses that `logyard serve` refuses unless a flag or a variable allows them.
    pub(crate) fn tell_of_remote(&self) {
        let Some(source) = self.source.as_ref().filter(|_| self.allow_remote != Some(true)) else {
            return;
        };
        if let Some(address) = self.listen.iter().find(|address| !address.is_local()) {
            let what = format!("{address} can be reached from other machines");
            let warning = Diagnostic::warning("remote-address", what)
                .at(self.listen_at.clone(), "serve refuses it without --allow-remote")
                .help(
                    "listen on 127.0.0.1, or write allow_remote = true if the network is trusted",
                );
            tell(&[warning], source);
        }
    }

    /// The file's name, as in messages.
    pub(crate) fn name(&self) -> Option<&str> {
        self.source.as_ref().map(|source| &*source.name)
    }
}

/// Reads the settings and tells on stderr everything that is wrong with them. Those that can't be used
/// come back as far as they were understood, if they were at all.
pub(crate) fn load(configuration: &Configuration) -> Result<Settings, Option<Box<Settings>>> {
    let Some(path) = find(configuration) else { return Ok(Settings::default()) };
    let cwd = std::env::current_dir().unwrap_or_default(); // without one, only absolute names work
    let source = Source::read(&path, &cwd).map_err(|problem| {
        tell_one(&problem);
        None
    })?;
    let (settings, problems) = read::read(&source);
    tell(&problems, &source);
    let settings = settings.map(|settings| Settings { source: Some(source), ..settings });
    match problems.iter().any(|problem| problem.severity == Severity::Error) {
        true => Err(settings.map(Box::new)),
        false => settings.ok_or(None),
    }
}

/// The settings as far as they can be read, in silence: for `logyard run`, whose server tells what is wrong.
pub(crate) fn glance(configuration: &Configuration) -> Settings {
    let read = || {
        let cwd = std::env::current_dir().unwrap_or_default();
        read::read(&Source::read(&find(configuration)?, &cwd).ok()?).0
    };
    read().unwrap_or_default()
}

/// The file of `--settings`; else `logyard.toml` beside the configuration, or in the current folder
/// when there is none.
fn find(configuration: &Configuration) -> Option<PathBuf> {
    if let Some(path) = &configuration.settings {
        return Some(path.clone());
    }
    let folder = configuration.path.as_deref().and_then(Path::parent);
    let path = folder.unwrap_or(Path::new("")).join(FILE);
    // a dictConfig may have this very name; a link that leads nowhere is worth a word
    let own = configuration.path.as_ref() != Some(&path);
    (own && path.symlink_metadata().is_ok()).then_some(path)
}
