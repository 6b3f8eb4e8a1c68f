//! The keys of `logyard.toml` and what they may hold.

use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;

use logyard_config::expr::{Kind, Value};
use logyard_config::tree::{self, Syntax};
use logyard_config::{ClassMap, Diagnostic, Source, nearest};
use logyard_libc::Zone;

use super::{NamedZone, Settings};

/// All keys, each documented in docs/settings.md.
const KEYS: [&str; 17] = [
    "listen",
    "allow_remote",
    "state",
    "journal",
    "ack",
    "web",
    "web_token_file",
    "web_host",
    "tz",
    "apply_logger_levels",
    "rotate",
    "compat",
    "repair",
    "base",
    "debug",
    "define",
    "map",
];

/// Reads the text of the file. What has an error is left out of the settings; there are none when the
/// text is no TOML.
pub(super) fn read(source: &Source) -> (Option<Settings>, Vec<Diagnostic>) {
    let (root, mut problems) = match tree::read(Syntax::Toml, &source.text) {
        Ok(read) => read,
        Err(problem) => return (None, vec![problem]),
    };
    let mut settings = Settings::default();
    // a TOML document is a table
    if let Kind::Dict(pairs) = &root.kind {
        for (key, value) in pairs {
            problems.extend(settings.set(key, value, source).err().unwrap_or_default());
        }
    }
    (Some(settings), problems)
}

/// The keys below `[journal]`.
const JOURNAL_KEYS: [&str; 5] = ["folder", "sync", "max_size", "max_age", "history"];

type Read<T> = Result<T, Vec<Diagnostic>>;

impl Settings {
    fn set(&mut self, key: &Value, value: &Value, source: &Source) -> Read<()> {
        let name = key.as_str().unwrap_or_default();
        let setting = Setting { name, value };
        match name {
            "listen" => {
                self.listen_at = value.at.clone();
                self.listen = setting.list("127.0.0.1:9020")?;
            }
            "allow_remote" => self.allow_remote = Some(setting.flag()?),
            "state" => self.state = Some(setting.folder()?),
            "journal" => return self.set_journal(&setting),
            "ack" => self.ack = Some(setting.parsed("written")?),
            "web" => self.web.addresses = setting.list("127.0.0.1:9021")?,
            "web_token_file" => self.web.token_file = Some(setting.folder()?),
            "web_host" => self.web.hosts = setting.list("logs.example.org")?,
            "tz" => self.tz = Some(setting.zone()?),
            "apply_logger_levels" => self.apply_logger_levels = Some(setting.flag()?),
            "rotate" => self.rotate = setting.list("/etc/logrotate.d/shop")?,
            "compat" => self.compat = Some(setting.parsed("3.14")?),
            "repair" => self.repair = setting.list("restart-clock")?,
            "base" => self.base = Some(setting.parsed("gunicorn")?),
            "debug" => self.debug = Some(setting.flag()?),
            "map" => {
                let (map, problems) = ClassMap::read(value, source);
                self.map = map;
                return if problems.is_empty() { Ok(()) } else { Err(problems) };
            }
            "define" => {
                self.define_at = key.at.clone();
                self.define = setting.texts()?;
            }
            _ => return Err(vec![unknown(name, key, &KEYS)]),
        }
        Ok(())
    }
}

impl Settings {
    /// `[journal]`, or the name of its folder alone.
    fn set_journal(&mut self, setting: &Setting<'_>) -> Read<()> {
        let Kind::Dict(pairs) = &setting.value.kind else {
            self.journal = Some(setting.folder()?);
            return Ok(());
        };
        let mut problems = Vec::new();
        let options = &mut self.journal_options;
        for (key, value) in pairs {
            let name = key.as_str().unwrap_or_default();
            let setting = Setting { name, value };
            let done = match name {
                "folder" => setting.folder().map(|folder| self.journal = Some(folder)),
                "sync" => setting.parsed("interval").map(|sync| options.sync = Some(sync)),
                "max_size" => setting.amount("10G").map(|size| options.max_size = Some(size)),
                "max_age" => setting.amount("7d").map(|age| options.max_age = Some(age)),
                "history" => setting.flag().map(|history| options.history = Some(history)),
                _ => Err(vec![unknown(name, key, &JOURNAL_KEYS)]),
            };
            problems.extend(done.err().unwrap_or_default());
        }
        if self.journal.is_none() && problems.is_empty() {
            let problem = setting.bad("`journal` has no folder");
            problems
                .push(problem.help("write folder = \"/var/lib/logyard/journal\" below [journal]"));
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }
}

fn unknown(name: &str, key: &Value, known: &[&'static str]) -> Diagnostic {
    let what = format!("there is no setting `{name}`");
    let diagnostic = Diagnostic::error("unknown-setting", what).at(key.at.clone(), "");
    match nearest(&name.replace('-', "_"), known.iter().copied()) {
        Some(close) => diagnostic.help(format!("did you mean {close}?")),
        None => diagnostic.help(format!("the settings are {}", known.join(", "))),
    }
}

/// One key's value.
struct Setting<'v> {
    name: &'v str,
    value: &'v Value,
}

impl Setting<'_> {
    fn bad(&self, what: impl Into<String>) -> Diagnostic {
        Diagnostic::error("bad-setting", what).at(self.value.at.clone(), "")
    }

    fn wrong_type(&self, expected: &str, help: impl Into<String>) -> Diagnostic {
        let is = match self.value.kind {
            Kind::Bool(_) => "true or false",
            Kind::Int(_) | Kind::Float(_) => "a number",
            Kind::Str(_) => "a text",
            Kind::List(_) => "a list",
            Kind::Dict(_) => "a table",
            _ => "a date or a time",
        };
        self.bad(format!("`{}` must be {expected}, not {is}", self.name)).help(help)
    }

    fn flag(&self) -> Read<bool> {
        match self.value.kind {
            Kind::Bool(flag) => Ok(flag),
            _ => Err(vec![self.wrong_type("true or false", "write true or false, unquoted")]),
        }
    }

    fn text(&self, example: &str) -> Result<&str, Diagnostic> {
        // define.name is written as `name` below [define]
        let key = self.name.rsplit('.').next().unwrap_or(self.name);
        let wrong = || self.wrong_type("a text", format!("write {key} = \"{example}\""));
        self.value.as_str().ok_or_else(wrong)
    }

    /// A text that stands for something.
    fn parsed<T: FromStr<Err: Display>>(&self, example: &str) -> Read<T> {
        let text = self.text(example).map_err(|problem| vec![problem])?;
        text.parse().map_err(|error: T::Err| vec![self.bad(error.to_string())])
    }

    /// A number, or a text with a number and a unit.
    fn amount<T: FromStr<Err: Display>>(&self, example: &str) -> Read<T> {
        match self.value.kind {
            Kind::Int(number) => number
                .to_string()
                .parse()
                .map_err(|error: T::Err| vec![self.bad(error.to_string())]),
            _ => self.parsed(example),
        }
    }

    /// One such text, or a list of them.
    fn list<T: FromStr<Err: Display>>(&self, example: &str) -> Read<Vec<T>> {
        let items = match &self.value.kind {
            Kind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(self.value),
        };
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for value in items {
            match (Setting { name: self.name, value }).parsed(example) {
                Ok(parsed) => good.push(parsed),
                Err(problems) => bad.extend(problems),
            }
        }
        if bad.is_empty() { Ok(good) } else { Err(bad) }
    }

    fn folder(&self) -> Read<PathBuf> {
        match self.text("/var/lib/logyard") {
            Ok("") => {
                let problem = self.bad(format!("`{}` is empty", self.name));
                Err(vec![problem.help("write the name of a folder, or take the line out")])
            }
            Ok(text) => Ok(PathBuf::from(text)),
            Err(problem) => Err(vec![problem]),
        }
    }

    fn zone(&self) -> Read<NamedZone> {
        let read = || {
            let name = self.text("Europe/Berlin")?;
            let zone = Zone::named(name).map_err(|error| self.bad(error.to_string()))?;
            Ok(NamedZone { name: name.to_owned(), zone })
        };
        read().map_err(|problem| vec![problem])
    }

    /// A table of texts.
    fn texts(&self) -> Read<Vec<(String, String)>> {
        let Kind::Dict(pairs) = &self.value.kind else {
            let help = format!("write [{}] and below it lines such as name = \"value\"", self.name);
            return Err(vec![self.wrong_type("a table", help)]);
        };
        all(pairs.iter().map(|(name, value)| {
            let name = name.as_str().unwrap_or_default();
            let full = format!("{}.{name}", self.name);
            let item = Setting { name: &full, value };
            let text = item.text("value")?;
            Ok((name.to_owned(), text.to_owned()))
        }))
    }
}

/// All values, or all problems.
fn all<T>(results: impl Iterator<Item = Result<T, Diagnostic>>) -> Read<Vec<T>> {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(value) => good.push(value),
            Err(problem) => bad.push(problem),
        }
    }
    if bad.is_empty() { Ok(good) } else { Err(bad) }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn the_examples_of_the_documentation_are_good() {
        for page in
            [include_str!("../../../../docs/settings.md"), include_str!("../../../../README.md")]
        {
            let examples = page.split("```toml\n").skip(1);
            let examples = examples.map(|rest| rest.split_once("```").unwrap().0);
            let examples = examples.collect::<Vec<_>>();
            assert!(!examples.is_empty());
            for text in examples {
                let source = Source { name: "".into(), path: "".into(), text: text.to_owned() };
                let (settings, problems) = read(&source);
                assert!(settings.is_some() && problems.is_empty(), "{text}{problems:?}");
            }
        }
    }

    #[test]
    fn each_setting_is_a_flag_and_documented() {
        let documented = include_str!("../../../../docs/settings.md");
        let command = Cli::command();
        let serve = command.find_subcommand("serve").unwrap();
        for key in KEYS {
            let flag = key.replace('_', "-");
            let known = serve.get_arguments().any(|argument| argument.get_long() == Some(&flag));
            assert!(known || key == "map", "serve has no --{flag}");
            assert!(documented.contains(&format!("| `{key}` |")), "docs/settings.md lacks {key}");
        }
    }
}
