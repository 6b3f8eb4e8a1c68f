use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand};
use logyard_compat::Compat;
use logyard_config::{Base, Repairs};
use logyard_libc::Zone;
use logyard_server::{Ack, Address, AddressError};

use crate::from_python::Target;
use crate::journal;

/// A log server for Python's standard logging.
///
/// Stock SocketHandlers send their records to it; it writes the files that your logging
/// configuration describes, byte for byte as Python would.
#[derive(Debug, Parser)]
#[command(name = "logyard", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Receive records and write them
    ///
    /// Without a configuration, each logger gets logs/LOGGER.log, rolled at midnight, 30 kept, and
    /// records go to the terminal, too.
    Serve(Serve),
    /// Run a command with a server of its own, for containers
    ///
    /// Starts the server, then the command, with the server's address in LOGYARD_ADDRESS. Signals go to the
    /// command; when it has ended, the server writes what it has, and this ends with the command's status
    /// (128 + n if signal n ended it, 127 if there is no such command, 126 if it can't be run).
    Run(Run),
    /// Tell whether records arrive: sends some, and looks for them in the file
    ///
    /// Goes on until it is stopped, and writes metrics for Prometheus; or once. Exit codes: 0 all were found,
    /// once, in order and in time; 1 some were not; 64 bad usage.
    Canary(Canary),
    /// Tell what a configuration would do, and everything that is wrong with it
    ///
    /// Takes Python's logging configurations and logrotate's. Exit codes: 0 it can run, also with
    /// warnings; 2 it can't, or `logyard rotate` would end with 1.
    Check(Check),
    /// Make two configurations of the one that your service has: for its workers and for the server
    ///
    /// The workers keep levels, filters and what belongs where the record is made; a SocketHandler
    /// stands in the place of the handlers that write files, which the server runs. Why each handler
    /// goes or stays is printed, and told in the files' comments.
    Split(Split),
    /// Look at a journal: what `logyard serve --journal` keeps
    Journal(journal::Arguments),
    /// Tell how a running server does: what comes from whom, its files, what went wrong
    #[cfg(feature = "web")]
    Status(crate::status::Arguments),
    /// Follow the records that a running server takes in
    ///
    /// Each is shown with its whole traceback, and the time in your zone; control characters are
    /// shown, not sent to the terminal. If the terminal is too slow, records are skipped, and it is said
    /// how many: the server never waits.
    #[cfg(feature = "web")]
    Tail(crate::tail::Arguments),
    /// Look for records in the journal, the newest first
    ///
    /// docs/search.md has the language. Works while the server runs, and when it does not.
    Search(crate::search::Arguments),
    /// Rotate log files by a configuration of logrotate
    ///
    /// Takes the place of logrotate: the same configuration, state file, options and exit codes.
    Rotate(Rotate),
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) configuration: Configuration,

    /// Where to listen: HOST:PORT or unix:///PATH; may be given several times
    /// [default: 127.0.0.1:9020]
    /// [env: LOGYARD_LISTEN, with commas]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Vec<Address>,

    /// Listen also where other machines can connect; whoever can connect can write to your logs
    #[arg(long, env = "LOGYARD_ALLOW_REMOTE", hide_env_values = true, value_parser = FalseyValueParser::new(),
          num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "true|false")]
    pub(crate) allow_remote: Option<bool>,

    /// Folder for what the server keeps for itself, such as dead letters
    /// [default: $STATE_DIRECTORY, $XDG_STATE_HOME/logyard or ~/.local/state/logyard]
    #[arg(long, value_name = "FOLDER", env = "LOGYARD_STATE", hide_env_values = true)]
    pub(crate) state: Option<PathBuf>,

    /// Folder of the journal: what comes is kept there first, so that after a kill or a power cut each
    /// record is in its file, once
    #[arg(long, value_name = "FOLDER", env = "LOGYARD_JOURNAL", hide_env_values = true)]
    pub(crate) journal: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) journal_options: journal::Options,

    /// What clients that wait for it are told of their records: received, written (to the files) or
    /// synced (in the journal, on the disk) [default: synced with a journal that is, else written]
    #[arg(long, value_name = "WHEN", env = "LOGYARD_ACK", hide_env_values = true)]
    pub(crate) ack: Option<Ack>,

    /// Show the logs to browsers, and metrics to monitors, at this address: HOST:PORT or unix:///PATH;
    /// may be given several times
    /// [env: LOGYARD_WEB, with commas]
    #[cfg(feature = "web")]
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "LOGYARD_WEB",
        hide_env = true,
        value_delimiter = ','
    )]
    pub(crate) web: Vec<Address>,

    /// File with the token that --web demands of browsers and monitors; without one, only addresses that
    /// this machine alone can reach are taken
    #[cfg(feature = "web")]
    #[arg(long, value_name = "FILE", env = "LOGYARD_WEB_TOKEN_FILE", hide_env_values = true)]
    pub(crate) web_token_file: Option<PathBuf>,

    /// A name under which a proxy shows --web; may be repeated
    /// [env: LOGYARD_WEB_HOST, with commas]
    #[cfg(feature = "web")]
    #[arg(
        long,
        value_name = "NAME",
        env = "LOGYARD_WEB_HOST",
        hide_env = true,
        value_delimiter = ','
    )]
    pub(crate) web_host: Vec<String>,

    /// Time zone of the files, such as Europe/Berlin [default: $TZ or the system's]
    #[arg(long, value_name = "ZONE", env = "LOGYARD_TZ", hide_env_values = true, value_parser = zone)]
    pub(crate) tz: Option<Zone>,

    /// Rotate by a configuration of logrotate, or a folder of them, in place of cron: the files that the
    /// server writes and others; may be given several times
    /// [env: LOGYARD_ROTATE, with commas]
    #[arg(
        long,
        value_name = "CONF",
        env = "LOGYARD_ROTATE",
        hide_env = true,
        value_delimiter = ','
    )]
    pub(crate) rotate: Vec<PathBuf>,

    /// Drop records below the level of their logger, which the clients have applied already
    #[arg(long, env = "LOGYARD_APPLY_LOGGER_LEVELS", hide_env_values = true, value_parser = FalseyValueParser::new(),
          num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "true|false")]
    pub(crate) apply_logger_levels: Option<bool>,
}

impl Serve {
    /// The addresses of the flags, else of the variable; an empty one is as good as none.
    pub(crate) fn addresses(&self) -> Result<Vec<Address>, AddressError> {
        if !self.listen.is_empty() {
            return Ok(self.listen.clone());
        }
        let variable = std::env::var("LOGYARD_LISTEN").unwrap_or_default();
        let parts = variable.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(str::parse).collect()
    }
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) serve: Serve,

    /// The same as CONFIG
    #[arg(long, value_name = "CONFIG", conflicts_with = "path")]
    pub(crate) config: Option<PathBuf>,

    /// Take the command's stdout and stderr as records of the loggers LOGGER.stdout and LOGGER.stderr, one
    /// for each line [default LOGGER: run]
    #[arg(long, value_name = "LOGGER", num_args = 0..=1, require_equals = true, default_missing_value = "run")]
    pub(crate) capture: Option<String>,

    /// The levels of these records, of stdout's and stderr's
    #[arg(long, value_name = "OUT,ERR", requires = "capture", default_value = "INFO,WARNING", value_parser = levels)]
    pub(crate) capture_levels: [Level; 2],

    /// What to run, after --
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(crate) struct Canary {
    /// Where to send: HOST:PORT or unix:///PATH
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "LOGYARD_ADDRESS",
        hide_env_values = true,
        default_value = "127.0.0.1:9020"
    )]
    pub(crate) address: Address,

    /// Where the records are to be found: the file that the server writes for the logger, with %(message)s
    /// in its format
    #[arg(long, value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The logger of the records
    #[arg(long, value_name = "LOGGER", default_value = "logyard.canary")]
    pub(crate) logger: String,

    /// Their level
    #[arg(long, value_name = "LEVEL", default_value = "INFO")]
    pub(crate) level: Level,

    /// As a SocketHandler sends, or with acknowledgements
    #[arg(long, value_name = "PROTOCOL", default_value = "stock")]
    pub(crate) protocol: Protocol,

    /// Records in a round, at most 10000
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) count: u32,

    /// How long to look for them, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, value_parser = seconds)]
    pub(crate) timeout: f64,

    /// Time from one round to the next, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0, value_parser = seconds)]
    pub(crate) interval: f64,

    /// One round, and an exit code
    #[arg(long)]
    pub(crate) once: bool,

    /// Write the metrics to this file after each round, for node_exporter's textfile collector
    #[arg(long, value_name = "FILE")]
    pub(crate) textfile: Option<PathBuf>,
}

/// How records travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Protocol {
    /// As a SocketHandler sends them.
    Stock,
    /// docs/reference/protocol.md
    Acknowledged,
}

/// A level by Python's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    pub(crate) name: &'static str,
    pub(crate) number: u8,
}

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Level, String> {
        let levels =
            [("DEBUG", 10), ("INFO", 20), ("WARNING", 30), ("ERROR", 40), ("CRITICAL", 50)];
        let found = levels.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        match found {
            Some((name, number)) => Ok(Level { name, number: *number }),
            None => Err("the levels are DEBUG, INFO, WARNING, ERROR and CRITICAL".to_owned()),
        }
    }
}

fn levels(text: &str) -> Result<[Level; 2], String> {
    let (out, err) = text.split_once(',').ok_or("write two levels, such as INFO,WARNING")?;
    Ok([out.parse()?, err.parse()?])
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number > 0.0 && number <= 86_400.0 => Ok(number),
        _ => Err("seconds are a number from above 0 to 86400".to_owned()),
    }
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) configuration: Configuration,

    /// More configurations, and folders of them, if CONFIG is one of logrotate
    #[arg(value_name = "CONF")]
    pub(crate) more: Vec<PathBuf>,

    /// A configuration of logrotate, or a folder of them; may be repeated. CONFIG is seen to be one by its
    /// name or its text
    #[arg(long, value_name = "CONF")]
    pub(crate) rotate: Vec<PathBuf>,

    /// File that keeps when each log was rotated, for --rotate
    #[arg(long, value_name = "FILE", default_value = "/var/lib/logrotate/status")]
    pub(crate) rotate_state: PathBuf,

    #[command(flatten)]
    pub(crate) from: FromPython,

    /// Write the configuration of --from-python to a .json file, for `logyard serve FILE`
    #[arg(long, value_name = "FILE", requires = "from_python", conflicts_with = "path")]
    pub(crate) write: Option<PathBuf>,

    /// Follow the records of one logger
    #[arg(long, value_name = "LOGGER")]
    pub(crate) explain: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Split {
    #[command(flatten)]
    pub(crate) configuration: Configuration,

    #[command(flatten)]
    pub(crate) from: FromPython,

    /// Where the two files go [default: beside the configuration, or the current folder]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,

    /// Where the workers find the server: HOST:PORT or unix:///PATH
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9020")]
    pub(crate) connect: Address,

    /// A handler that is to go to the server, such as a console; may be repeated
    #[arg(long = "move", value_name = "HANDLER")]
    pub(crate) to_server: Vec<String>,

    /// A handler that is to stay with the workers; may be repeated
    #[arg(long = "keep", value_name = "HANDLER")]
    pub(crate) to_workers: Vec<String>,

    /// Overwrite files that are there
    #[arg(long)]
    pub(crate) force: bool,
}

// an option that is there twice: the last one counts, as with logrotate
#[derive(Debug, Args)]
#[command(args_override_self = true)]
pub(crate) struct Rotate {
    /// Configurations of logrotate, and folders of them; later ones go on with what earlier ones set
    #[arg(value_name = "CONF", required = true)]
    pub(crate) configurations: Vec<PathBuf>,

    /// Change nothing, only tell what would be done
    #[arg(short, long)]
    pub(crate) debug: bool,

    /// Rotate even what is not due
    #[arg(short, long)]
    pub(crate) force: bool,

    /// Tell what is done
    #[arg(short, long)]
    pub(crate) verbose: bool,

    /// Stay, and rotate what is due at the start and at each full minute, until SIGTERM; SIGHUP is a run at
    /// once
    #[arg(long, conflicts_with_all = ["debug", "force"])]
    pub(crate) daemon: bool,

    /// File that keeps when each log was rotated; /dev/null for none
    #[arg(short, long, value_name = "FILE", default_value = "/var/lib/logrotate/status")]
    pub(crate) state: PathBuf,

    /// Command that mails: it gets `-s SUBJECT ADDRESS`, and the log on its standard input
    #[arg(short, long, value_name = "COMMAND", default_value = "/usr/bin/mail")]
    pub(crate) mail: String,

    /// File for what --verbose tells; it is overwritten
    #[arg(short, long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,

    /// Don't lock the state file
    #[arg(long, conflicts_with = "wait_for_state_lock")]
    pub(crate) skip_state_lock: bool,

    /// Wait for another run to release the state file, in place of exit code 3
    #[arg(long)]
    pub(crate) wait_for_state_lock: bool,

    /// Leave a log of copytruncate alone where a line could be lost (a filesystem that can't remove
    /// the beginning of a file, and a writer)
    #[arg(long, conflicts_with = "classic_copytruncate")]
    pub(crate) strict: bool,

    /// Do copytruncate as logrotate does: what is written while the copy is made may be lost
    #[arg(long)]
    pub(crate) classic_copytruncate: bool,
}

/// A configuration in Python code, in place of a file.
#[derive(Clone, Debug, Args)]
pub(crate) struct FromPython {
    /// Take the dict from Python code, such as myproject.settings:LOGGING; a function is called.
    /// This imports the module, from the current folder, with your Python
    #[arg(long, value_name = "MODULE:NAME", conflicts_with = "path")]
    pub(crate) from_python: Option<Target>,

    /// The Python of --from-python [default: that of $VIRTUAL_ENV, or python3]
    #[arg(long, value_name = "PYTHON", requires = "from_python", conflicts_with = "path")]
    pub(crate) python: Option<PathBuf>,
}

/// The user's `logging` configuration.
#[derive(Clone, Debug, Args)]
pub(crate) struct Configuration {
    /// Your logging configuration: for logging.config.dictConfig if it is a .json, .yaml, .yml or
    /// .toml file, else for fileConfig
    #[arg(value_name = "CONFIG")]
    pub(crate) path: Option<PathBuf>,

    /// The server's own settings; a flag or variable counts before them
    /// [default: logyard.toml beside the configuration, or in the current folder without one]
    #[arg(long, value_name = "FILE", env = "LOGYARD_SETTINGS", hide_env_values = true)]
    pub(crate) settings: Option<PathBuf>,

    /// The CPython whose rules hold, 3.8 to 3.14 [default: 3.14]
    #[arg(long, value_name = "X.Y", env = "LOGYARD_COMPAT", hide_env_values = true)]
    pub(crate) compat: Option<Compat>,

    /// Do better than any CPython: restart-clock or blocked-rollover; may be repeated
    /// [env: LOGYARD_REPAIR, with commas]
    #[arg(
        long,
        value_name = "NAME",
        env = "LOGYARD_REPAIR",
        hide_env = true,
        value_delimiter = ','
    )]
    pub(crate) repair: Vec<Repairs>,

    /// A value for %(NAME)s in an INI configuration (the `defaults` of fileConfig); may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = definition)]
    pub(crate) define: Vec<(String, String)>,

    /// Fill the sections that a dictConfig file lacks with those of gunicorn's own configuration, as
    /// gunicorn's --log-config-json does
    #[arg(long, value_name = "gunicorn", env = "LOGYARD_BASE", hide_env_values = true)]
    pub(crate) base: Option<Base>,

    /// Django's DEBUG: RequireDebugTrue lets records pass, and RequireDebugFalse none
    #[arg(long, env = "LOGYARD_DEBUG", hide_env_values = true, value_parser = FalseyValueParser::new(),
          num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "true|false")]
    pub(crate) debug: Option<bool>,
}

pub(crate) fn definition(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}

fn zone(name: &str) -> Result<Zone, String> {
    Zone::named(name).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_of_the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
