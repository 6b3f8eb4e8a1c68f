//! `--journal` and its kin, and `logyard journal`.

mod amount;
mod command;

use std::path::PathBuf;

use clap::Args;
use clap::builder::FalseyValueParser;
use logyard_server::{JournalLimits, JournalSetup, Sync};

pub(crate) use amount::{Age, Size};
pub(crate) use command::{Arguments, run};

/// What a flag, a variable or `[journal]` of the settings says; nothing where it is silent.
#[derive(Args, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// When the journal is synced to the disk: never (it survives the server, not a power cut),
    /// interval (5 times a second) or always [default: interval]
    #[arg(
        long = "journal-sync",
        value_name = "WHEN",
        env = "LOGYARD_JOURNAL_SYNC",
        hide_env_values = true
    )]
    pub(crate) sync: Option<When>,

    /// How large the journal may grow, such as 10G: the oldest goes [default: 1G]
    #[arg(
        long = "journal-max-size",
        value_name = "SIZE",
        env = "LOGYARD_JOURNAL_MAX_SIZE",
        hide_env_values = true
    )]
    pub(crate) max_size: Option<Size>,

    /// How long it keeps what is in the files already, such as 7d [default: as long as there is room]
    #[arg(
        long = "journal-max-age",
        value_name = "AGE",
        env = "LOGYARD_JOURNAL_MAX_AGE",
        hide_env_values = true
    )]
    pub(crate) max_age: Option<Age>,

    /// Compress what is in the journal in the background, and keep an index of it for searches
    /// [default: true]
    #[arg(long = "journal-history", env = "LOGYARD_JOURNAL_HISTORY", hide_env_values = true, value_parser = FalseyValueParser::new(),
          num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "true|false")]
    pub(crate) history: Option<bool>,
}

/// [`Sync`], as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct When(pub(crate) Sync);

impl std::str::FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<When, String> {
        match text {
            "never" => Ok(When(Sync::Never)),
            "interval" => Ok(When(Sync::Interval)),
            "always" => Ok(When(Sync::Always)),
            _ => Err(format!("`{text}` is none of never, interval and always")),
        }
    }
}

impl std::fmt::Display for When {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            Sync::Never => "never",
            Sync::Interval => "interval",
            Sync::Always => "always",
        })
    }
}

impl Options {
    /// What these say, and where they are silent, the others.
    pub(crate) fn or(self, others: Options) -> Options {
        Options {
            sync: self.sync.or(others.sync),
            max_size: self.max_size.or(others.max_size),
            max_age: self.max_age.or(others.max_age),
            history: self.history.or(others.history),
        }
    }

    /// The journal in a folder.
    pub(crate) fn setup(self, folder: PathBuf) -> JournalSetup {
        let limits = JournalLimits::default();
        let total_bytes = self.max_size.map_or(limits.total_bytes, |size| size.0);
        JournalSetup {
            folder,
            limits: JournalLimits {
                total_bytes,
                age_micros: self.max_age.map(|age| age.0.saturating_mul(1_000_000)),
                // the last segment stays: a small journal has small ones
                segment_bytes: limits.segment_bytes.min(total_bytes / 4),
            },
            sync: self.sync.map_or_else(Sync::default, |when| when.0),
            // where the build can
            history: self.history.unwrap_or(cfg!(feature = "zst")),
        }
    }
}
