//! How long a large configuration takes: 500 loggers and 100 handlers, in each syntax.

use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;
use logyard_config::{Disk, Options, Settings, Source, load, render_all};
use logyard_server::{check_codec, check_format};

/// Reads and checks a configuration as `logyard serve` does before it opens anything, again and again, and
/// prints a Markdown table of milliseconds.
#[derive(Parser)]
struct Arguments {
    #[arg(long, default_value_t = 500)]
    loggers: usize,
    #[arg(long, default_value_t = 100)]
    handlers: usize,
    /// How often each is read
    #[arg(long, default_value_t = 101)]
    rounds: usize,
}

/// Handlers have one of these; with them come arguments for fileConfig, and keys for dictConfig.
const CLASSES: [(&str, &str, &str); 4] = [
    ("FileHandler", " 'a', 'utf-8'", "encoding = 'utf-8'"),
    ("handlers.WatchedFileHandler", "", "mode = 'a'"),
    ("handlers.RotatingFileHandler", " 'a', 1000000, 5", "maxBytes = 1000000\nbackupCount = 5"),
    (
        "handlers.TimedRotatingFileHandler",
        " 'midnight', 1, 7",
        "when = 'midnight'\nbackupCount = 7",
    ),
];
const FORMATTERS: usize = 20;
const FORMAT: &str = "%(asctime)s %(levelname)-8s %(process)d %(name)s:%(lineno)d %(message)s";

#[expect(clippy::print_stdout, reason = "the table")]
fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir()?;
    std::fs::create_dir(folder.path().join("logs"))?;
    println!("| configuration | bytes | median, ms | slowest, ms |\n| --- | ---: | ---: | ---: |");
    for (suffix, text) in texts(&arguments)? {
        let path = folder.path().join(format!("logging.{suffix}"));
        std::fs::write(&path, &text)?;
        let mut times = Vec::new();
        for _ in 0..arguments.rounds {
            let start = Instant::now();
            read(&path, folder.path(), &arguments)?;
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
        times.sort_by(f64::total_cmp);
        let (median, slowest) = (times.get(times.len() / 2), times.last());
        let (median, slowest) = (median.context("no rounds")?, slowest.context("no rounds")?);
        println!("| .{suffix} | {} | {median:.1} | {slowest:.1} |", text.len());
    }
    Ok(())
}

fn read(path: &Path, cwd: &Path, arguments: &Arguments) -> Result<()> {
    let source = Source::read(path, cwd).map_err(|problem| anyhow::anyhow!(problem.message))?;
    let options = Options {
        settings: Settings::default(),
        cwd: cwd.to_owned(),
        env: std::env::vars().collect(),
        files: &Disk,
        check_format: &check_format,
        check_codec: &check_codec,
    };
    let (plan, problems) = load(&source, &options);
    let plan = plan.with_context(|| render_all(&problems, &source, false))?;
    let all = (plan.loggers.len(), plan.handlers.len());
    anyhow::ensure!(all == (arguments.loggers, arguments.handlers) && problems.is_empty());
    Ok(())
}

fn numbers(prefix: &str, count: usize) -> String {
    (0..count).map(|number| format!("{prefix}{number}")).collect::<Vec<_>>().join(", ")
}

/// The same configuration in each syntax, by its file's suffix.
fn texts(arguments: &Arguments) -> Result<Vec<(&'static str, String)>> {
    let &Arguments { loggers, handlers, .. } = arguments;
    let (mut ini, mut toml) = (String::new(), String::from("version = 1\n"));
    writeln!(ini, "[loggers]\nkeys = root, {}", numbers("l", loggers))?;
    writeln!(ini, "[handlers]\nkeys = {}", numbers("h", handlers))?;
    writeln!(ini, "[formatters]\nkeys = {}", numbers("f", FORMATTERS))?;
    for f in 0..FORMATTERS {
        writeln!(ini, "[formatter_f{f}]\nformat = {f} {FORMAT}")?;
        writeln!(toml, "[formatters.f{f}]\nformat = '{f} {FORMAT}'")?;
    }
    for (h, (class, args, keys)) in (0..handlers).zip(CLASSES.iter().cycle()) {
        let f = h % FORMATTERS;
        writeln!(ini, "[handler_h{h}]\nclass = {class}\nlevel = INFO")?;
        writeln!(ini, "args = ('logs/{h}.log',{args})\nformatter = f{f}")?;
        writeln!(toml, "[handlers.h{h}]\nclass = 'logging.{class}'\nlevel = 'INFO'")?;
        writeln!(toml, "filename = 'logs/{h}.log'\nformatter = 'f{f}'\n{keys}")?;
    }
    writeln!(ini, "[logger_root]\nlevel = WARNING\nhandlers = h0")?;
    writeln!(toml, "[root]\nlevel = 'WARNING'\nhandlers = ['h0']")?;
    for l in 0..loggers {
        let (a, b, name) =
            (l % handlers, (l + 1) % handlers, format!("service.part{}.m{l}", l % 50));
        writeln!(ini, "[logger_l{l}]\nqualname = {name}\nlevel = INFO")?;
        writeln!(ini, "handlers = h{a}, h{b}\npropagate = 0")?;
        writeln!(toml, "[loggers.'{name}']\nlevel = 'INFO'")?;
        writeln!(toml, "handlers = ['h{a}', 'h{b}']\npropagate = false")?;
    }
    let value: toml::Value = toml::from_str(&toml)?;
    let json = serde_json::to_string_pretty(&value)?;
    Ok(vec![("ini", ini), ("toml", toml), ("json", json.clone()), ("yaml", yaml(&value, 0))])
}

/// Block style, as people write it.
fn yaml(value: &toml::Value, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    match value {
        toml::Value::Table(table) => table.iter().fold(String::from("\n"), |text, (key, value)| {
            format!("{text}{indent}{key}: {}", yaml(value, depth + 1))
        }),
        toml::Value::Array(items) => items.iter().fold(String::from("\n"), |text, item| {
            format!("{text}{indent}- {}", yaml(item, depth + 1))
        }),
        plain => format!("{plain}\n"),
    }
}
