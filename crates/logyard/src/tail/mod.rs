//! `logyard tail`

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use logyard_query::{Clock, parse_time};
use logyard_view::{Entry, level_named};
use logyard_web::client::{AskError, Place, Reply, encode};
use serde_json::Value;

use crate::exit;
use crate::paint::Painter;
use crate::watched::{self, Server};

/// How often a server that has gone is looked for.
const AGAIN: Duration = Duration::from_secs(1);

/// `logyard tail`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    server: Server,

    /// What to look for, in the language of `logyard search`: 'level>=ERROR logger:orders* "timed out"'
    #[arg(value_name = "QUERY")]
    query: Option<String>,

    /// Only this logger and those below it, or those that a pattern such as 'orders.*' fits; may be
    /// repeated
    #[arg(short, long, value_name = "LOGGER")]
    logger: Vec<String>,

    /// Only records of this level and above
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    level: Option<i64>,

    /// Only records with this regular expression in message or traceback; may be repeated
    #[arg(short, long, value_name = "REGEX")]
    grep: Vec<String>,

    /// Only records with such a field: user_id=42, status>=500; may be repeated
    #[arg(short, long, value_name = "NAME=VALUE")]
    field: Vec<String>,

    /// Begin with what came since then, as far as the server still has it in memory: 10m, 12:30
    #[arg(long, value_name = "TIME")]
    since: Option<String>,

    /// How many records that came before are shown [default: 10, or all of --since]
    #[arg(short = 'n', long, value_name = "NUMBER")]
    lines: Option<u32>,

    /// Show what came before only, and end
    #[arg(long)]
    no_follow: bool,

    /// Print each record as a JSON object on a line
    #[arg(long)]
    json: bool,
}

fn level(text: &str) -> Result<i64, String> {
    level_named(text).map_err(|error| error.to_string())
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let place = match arguments.server.place() {
        Ok(place) => place,
        Err(why) => return exit::run_time(&why),
    };
    let query = match query(arguments) {
        Ok(query) => query,
        Err(why) => return exit::bad_usage(clap::error::ErrorKind::ValueValidation, &why),
    };
    let mut out = Out::new(arguments.json);
    let done = watched::block_on(async {
        let mut after = None;
        loop {
            let ended = attend(&place, &query, &mut after, &mut out).await?;
            if ended || arguments.no_follow {
                return Ok(());
            }
            out.note("the server has ended; waiting for the next one")?;
            while place.get("/healthz").await.is_err() {
                tokio::time::sleep(AGAIN).await;
            }
        }
    });
    match done.unwrap_or_else(|error| Err(Failed::Output(error))) {
        Ok(()) => ExitCode::SUCCESS,
        // `logyard tail | head`
        Err(Failed::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => exit::run_time(&error.to_string()),
    }
}

#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error("can't write the output: {0}")]
    Output(#[from] io::Error),
}

/// Shows what the server sends; true when all was shown that was asked for.
async fn attend(
    place: &Place,
    query: &str,
    after: &mut Option<u64>,
    out: &mut Out,
) -> Result<bool, Failed> {
    let again = after.map(|number| format!("&after={number}")).unwrap_or_default();
    let mut reply = place.get(&format!("/api/v1/live?{query}{again}")).await?;
    loop {
        match next(&mut reply).await {
            Ok(Some(line)) => out.line(&line, after)?,
            Ok(None) => return Ok(query.contains("follow=false")),
            // it was stopped in the middle
            Err(AskError::Broken(_)) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        if !reply.has_line() {
            out.flush()?;
        }
    }
}

async fn next(reply: &mut Reply) -> Result<Option<String>, AskError> {
    reply.line().await
}

fn query(arguments: &Arguments) -> Result<String, String> {
    let mut query = vec!["format=ndjson".to_owned()];
    let mut add = |name: &str, value: &str| query.push(format!("{name}={}", encode(value)));
    if let Some(text) = &arguments.query {
        // told here, with its place, before any server is asked
        crate::search::parse(text, &Clock::system())?;
        add("q", text);
    }
    arguments.logger.iter().for_each(|logger| add("logger", logger));
    if let Some(level) = arguments.level {
        add("level", &level.to_string());
    }
    arguments.grep.iter().for_each(|pattern| add("grep", pattern));
    arguments.field.iter().for_each(|field| add("field", field));
    if let Some(since) = &arguments.since {
        let since = parse_time(since, &Clock::system())
            .map_err(|help| format!("--since: `{since}` is no time; {help}"))?;
        add("since", &(since as f64 / 1e6).to_string());
    }
    match (arguments.lines, &arguments.since) {
        (Some(lines), _) => add("history", &lines.to_string()),
        (None, None) => add("history", "10"),
        (None, Some(_)) => {}
    }
    if arguments.no_follow {
        add("follow", "false");
    }
    Ok(query.join("&"))
}

/// Standard output.
struct Out {
    json: bool,
    painter: Painter,
    out: io::BufWriter<io::Stdout>,
}

impl Out {
    fn new(json: bool) -> Out {
        let colour = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Out { json, painter: Painter::new(colour), out: io::BufWriter::new(io::stdout()) }
    }

    /// A line of the server's: a record, or how many were skipped.
    fn line(&mut self, line: &str, after: &mut Option<u64>) -> io::Result<()> {
        if let Ok(entry) = serde_json::from_str::<Entry>(line) {
            *after = Some(entry.number);
            return match self.json {
                true => writeln!(self.out, "{line}"),
                false => self.out.write_all(self.painter.entry(&entry).as_bytes()),
            };
        }
        let told: Value = serde_json::from_str(line).unwrap_or_default();
        match told.get("skipped").and_then(Value::as_u64) {
            Some(_) if self.json => writeln!(self.out, "{line}"),
            Some(skipped) => self.out.write_all(self.painter.skipped(skipped).as_bytes()),
            None => Ok(()),
        }
    }

    /// What is no record goes where it disturbs no program that reads them.
    fn note(&mut self, what: &str) -> io::Result<()> {
        self.flush()?;
        crate::tell::say(&format!("logyard: {what}\n"));
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
