//! `logyard search`

mod files;
mod journal;
mod out;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use clap::error::ErrorKind;
use jiff::tz::TimeZone;
use logyard_journal::JournalError;
use logyard_query::{Clock, Condition, Operator, Query, parse_time};
use logyard_server::{Address, servers};

use crate::cli::Configuration;
use crate::{configuration, exit, settings};
use out::Out;

/// `logyard search`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// What to look for: 'level>=ERROR logger:orders* "timed out" user_id=42'; all, if it is empty
    #[arg(value_name = "QUERY", default_value = "", hide_default_value = true)]
    query: String,

    /// Text files to look through, in place of the journal; each with what it was rotated to
    #[arg(value_name = "FILE", conflicts_with_all = ["journal", "server", "from"])]
    files: Vec<PathBuf>,

    /// Look through the files that this logging configuration writes, or those of them that are named, and
    /// read their lines by its formats
    #[arg(long, value_name = "CONFIG", conflicts_with_all = ["journal", "server", "from"])]
    config: Option<PathBuf>,

    /// A value for %(NAME)s in an INI configuration; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = crate::cli::definition, requires = "config")]
    define: Vec<(String, String)>,

    /// Only what was logged from then on: 10m, yesterday, 2026-11-21T14:30
    #[arg(long, value_name = "TIME")]
    since: Option<String>,

    /// Only what was logged before then
    #[arg(long, value_name = "TIME")]
    until: Option<String>,

    /// How many records are shown at the most
    #[arg(short = 'n', long, value_name = "NUMBER")]
    lines: Option<u64>,

    /// Show so many records around each one, too: those that came before and after it
    #[arg(short = 'C', long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(..=MOST_CONTEXT))]
    context: Option<u32>,

    /// Show so many of those that came before it
    #[arg(short = 'B', long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(..=MOST_CONTEXT))]
    before: Option<u32>,

    /// Show so many of those that came after it
    #[arg(short = 'A', long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(..=MOST_CONTEXT))]
    after: Option<u32>,

    /// The oldest first
    #[arg(long)]
    oldest_first: bool,

    /// Begin at the record of this number, without it: what --json shows as `number`
    #[arg(long, value_name = "NUMBER")]
    from: Option<u64>,

    /// Print each record as a JSON object on a line
    #[arg(long)]
    json: bool,

    /// Folder of the journal; its server may be running [default: that of the server that this user has]
    #[arg(long, value_name = "FOLDER", env = "LOGYARD_JOURNAL", hide_env_values = true)]
    journal: Option<PathBuf>,

    /// The server whose journal it is, by the address that it listens on, such as 127.0.0.1:9020
    #[arg(long, value_name = "ADDRESS", env = "LOGYARD_SERVER", hide_env_values = true)]
    server: Option<Address>,

    /// Folder in which the server keeps its state, if it was started with --state
    #[arg(long, value_name = "FOLDER", env = "LOGYARD_STATE", hide_env_values = true)]
    state: Option<PathBuf>,
}

/// Records around one: some screens.
const MOST_CONTEXT: i64 = 10_000;

/// Records around each one, in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Around {
    before: u32,
    after: u32,
}

impl Arguments {
    fn around(&self) -> Around {
        let both = self.context.unwrap_or_default();
        Around { before: self.before.unwrap_or(both), after: self.after.unwrap_or(both) }
    }

    /// Reads the configuration; tells why it can't be.
    fn configured(&self, path: &Path) -> Option<files::Configured> {
        let configuration = Configuration {
            path: Some(path.to_owned()),
            settings: None,
            compat: None,
            repair: Vec::new(),
            define: self.define.clone(),
            base: None,
            debug: None,
        };
        let settings = settings::load(&configuration).ok()?;
        let plan = configuration::glance(path, &configuration, &settings)?;
        // times are of the server's zone
        let named = settings.tz.as_ref().and_then(|zone| TimeZone::get(&zone.name).ok());
        Some(files::Configured { plan, zone: named.unwrap_or_else(TimeZone::system) })
    }
}

#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    File(#[from] files::FileError),
    #[error("can't write the output: {0}")]
    Output(#[from] io::Error),
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let query = match query(arguments) {
        Ok(query) => query,
        Err(why) => return exit::bad_usage(ErrorKind::ValueValidation, &why),
    };
    let around = arguments.around();
    let mut out = Out::new(arguments.json, around.before > 0 || around.after > 0);
    let done = if let Some(path) = &arguments.config {
        let Some(configured) = arguments.configured(path) else {
            return ExitCode::from(exit::CONFIGURATION);
        };
        files::search(arguments, &query, Some(&configured), &mut out)
    } else if arguments.files.is_empty() {
        match folder(arguments) {
            Ok(folder) => journal::search(arguments, &query, &folder, &mut out),
            Err(why) => return exit::run_time(&why),
        }
    } else {
        files::search(arguments, &query, None, &mut out)
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(exit::RUN_TIME), // it has told why
        // `logyard search | head`
        Err(Failed::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(Failed::File(error @ files::FileError::Unknown { .. })) => {
            exit::bad_usage(ErrorKind::ValueValidation, &error.to_string())
        }
        Err(Failed::File(files::FileError::CantBeAsked(why))) => {
            exit::bad_usage(ErrorKind::ValueValidation, &why)
        }
        Err(error) => exit::run_time(&error.to_string()),
    }
}

fn query(arguments: &Arguments) -> Result<Query, String> {
    let clock = Clock::system();
    let mut query = parse(&arguments.query, &clock)?;
    let times = [
        ("--since", &arguments.since, Operator::GreaterOrEqual),
        ("--until", &arguments.until, Operator::Less),
    ];
    for (flag, time, operator) in times {
        let Some(time) = time else { continue };
        let micros = parse_time(time, &clock)
            .map_err(|help| format!("{flag}: `{time}` is no time; {help}"))?;
        query = Query::one(Condition::Time(operator, micros)).and(query);
    }
    Ok(query)
}

/// Reads a query; what is wrong with it is shown below it.
pub(crate) fn parse(text: &str, clock: &Clock) -> Result<Query, String> {
    Query::parse(text, clock)
        .map_err(|error| format!("the query can't be read\n\n{}", error.render(text)))
}

/// Where the journal is, or why that is not known.
fn folder(arguments: &Arguments) -> Result<PathBuf, String> {
    if let Some(folder) = &arguments.journal {
        return Ok(folder.clone());
    }
    let all = servers(arguments.state.as_deref(), arguments.server.as_ref())
        .map_err(|error| error.to_string())?;
    let mut found: Vec<(String, PathBuf)> = all
        .into_iter()
        .filter_map(|place| {
            Some((place.name, std::fs::read_link(place.path.join("journal")).ok()?))
        })
        .filter(|(_, folder)| folder.is_dir())
        .collect();
    match (found.pop(), found.as_slice()) {
        (Some((_, folder)), []) => Ok(folder),
        (Some((last, _)), others) => {
            let names = others.iter().map(|(name, _)| name.as_str()).chain([last.as_str()]);
            let names = names.collect::<Vec<_>>().join(", ");
            Err(format!("several servers have a journal: {names}; say which by --server ADDRESS, or name its folder by --journal"))
        }
        (None, _) => Err(
            "no server of this user has a journal; name its folder by --journal FOLDER, or start the server with it: `logyard serve --journal FOLDER`"
                .into(),
        ),
    }
}
