//! Writes docs/conformance.md: what the recorded cases cover. `logyard-coverage --check` only says whether
//! the file is what would be written.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, ensure};
use logyard_config::{HandlerKind, Plan};
use logyard_conformance::{Case, plan};

/// More names than this are only counted: the list of all cases has them.
const NAMED: usize = 8;

const HEAD: &str = "\
# What the conformance cases cover

Each case is a configuration, the frames that real CPythons sent, and the files that a real CPython's receiver
made of them; logyard has to make the same bytes ([how](../conformance/README.md)). This page is written by
`cargo run -p logyard-conformance --bin logyard-coverage` from the cases; the tests check that it is up to date.
";

fn main() -> anyhow::Result<()> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = top.join("../docs/conformance.md");
    let text = page(&top.join("cases"))?;
    if std::env::args().nth(1).as_deref() == Some("--check") {
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        let how = "cargo run -p logyard-conformance --bin logyard-coverage";
        ensure!(there == text, "docs/conformance.md is not up to date: run `{how}`");
        return Ok(());
    }
    std::fs::write(&path, text).with_context(|| path.display().to_string())
}

fn page(folder: &Path) -> anyhow::Result<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)?
        .flatten()
        .filter(|entry| entry.path().join("case.toml").exists())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let mut coverage = Coverage::default();
    let mut list = String::new();
    let mut area = "";
    for name in &names {
        let case = Case::read(&folder.join(name))?;
        coverage.add(name, &case).with_context(|| name.clone())?;
        if area != area_of(name) {
            area = area_of(name);
            writeln!(list, "\n### {area}\n")?;
        }
        writeln!(list, "- `{name}`: {}", case.about)?;
    }
    let count = names.len();
    Ok(format!("{HEAD}\n{count} cases.\n{}\n## All cases\n{list}", coverage.tables()))
}

/// The first word of a case's name.
fn area_of(name: &str) -> &str {
    name.split('-').next().unwrap_or(name)
}

/// Tables in order, each from its rows to the cases; both sorted.
#[derive(Default)]
struct Coverage {
    tables: BTreeMap<(u8, &'static str), BTreeMap<String, Vec<String>>>,
}

impl Coverage {
    fn add(&mut self, name: &str, case: &Case) -> anyhow::Result<()> {
        let configuration = case.configuration()?;
        let cwd = tempfile::tempdir()?;
        let file = case.lay_out(cwd.path())?;
        for folder in case.steps.iter().flat_map(|step| &step.mkdir) {
            std::fs::create_dir_all(cwd.path().join(folder))?;
        }
        self.put((0, "area"), area_of(name), name);
        let clients = if case.refused { &[] } else { &case.clients[..] };
        for client in clients {
            self.put((1, "client's CPython"), client, name);
        }
        self.put((2, "receiver's CPython"), &case.recorded_by()?, name);
        let syntax = configuration.rsplit('.').next().unwrap_or_default();
        let loader = if syntax == "ini" { "fileConfig" } else { "dictConfig" };
        self.put((3, "configuration"), &format!("{loader}, .{syntax}"), name);
        if case.refused {
            self.put((9, "what goes wrong"), "CPython refuses the configuration", name);
            return Ok(());
        }
        let plan = plan(case, &file, cwd.path().to_owned(), case.env.clone())?;
        self.add_plan(name, &plan);
        for class in foreign_classes(&std::fs::read_to_string(&file)?) {
            self.put((6, "class from elsewhere"), class, name);
        }
        self.put((8, "time zone of the receiver"), &case.tz, name);
        if case.dropped > 0 {
            self.put((9, "what goes wrong"), "records that CPython drops", name);
        }
        if case.steps.iter().any(|step| step.restart) {
            self.put((9, "what goes wrong"), "the receiver restarts", name);
        }
        if case.steps.iter().any(|step| step.meddles()) {
            self.put((9, "what goes wrong"), "others move, remove or write the files", name);
        }
        Ok(())
    }

    fn add_plan(&mut self, name: &str, plan: &Plan) {
        for handler in &plan.handlers {
            self.put((4, "handler"), handler.kind.class(), name);
            if !handler.filters.is_empty() {
                self.put((4, "handler"), "with filters", name);
            }
            if let HandlerKind::TimedRotatingFile { when, .. } = &handler.kind {
                let when = format!("{when:?}").replace(['(', ')'], "");
                self.put((5, "`when` of a TimedRotatingFileHandler"), &when, name);
            }
            if let Some(file) = handler.kind.file() {
                let encoding = file.encoding.as_deref().unwrap_or("the locale's (utf-8)");
                self.put((7, "encoding of a file"), encoding, name);
            }
        }
        for formatter in &plan.formatters {
            self.put((6, "formatter"), &format!("style `{}`", formatter.style), name);
            if !formatter.defaults.is_empty() {
                self.put((6, "formatter"), "`defaults`", name);
            }
            if formatter.datefmt.is_some() {
                self.put((6, "formatter"), "`datefmt`", name);
            }
        }
        if plan.loggers.iter().chain([&plan.root]).any(|logger| !logger.filters.is_empty()) {
            self.put((6, "logger"), "with filters", name);
        }
    }

    fn put(&mut self, table: (u8, &'static str), row: &str, name: &str) {
        let names = self.tables.entry(table).or_default().entry(row.to_owned()).or_default();
        if names.last().map(String::as_str) != Some(name) {
            names.push(name.to_owned());
        }
    }

    fn tables(&self) -> String {
        let mut text = String::new();
        for ((_, title), rows) in &self.tables {
            text += &format!("\n| {title} | cases | which |\n|---|---:|---|\n");
            let mut rows: Vec<_> = rows.iter().collect();
            rows.sort_by_key(|(row, _)| version(row));
            for (row, names) in rows {
                let which = match names.len() <= NAMED {
                    true => {
                        names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
                    }
                    false => String::new(),
                };
                text += &format!("| {row} | {} | {which} |\n", names.len());
            }
        }
        text
    }
}

/// Versions in their order, 3.9 before 3.10; all else by its text.
fn version(row: &str) -> (Vec<u32>, &str) {
    let numbers: Option<Vec<u32>> = row.split('.').map(|part| part.parse().ok()).collect();
    (numbers.unwrap_or_default(), row)
}

/// The dotted names in a configuration that end like classes and are not logging's.
fn foreign_classes(text: &str) -> Vec<&str> {
    text.lines()
        .map(|line| line.trim_start())
        .filter(|line| !line.starts_with(['#', ';']))
        .flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '.' && c != '_'))
        .filter(|word| {
            let (module, class) = word.rsplit_once('.').unwrap_or_default();
            let ends = ["Formatter", "Handler", "Filter", "DebugTrue", "DebugFalse"];
            let own = ["", "logging", "logging.handlers", "handlers"];
            ends.iter().any(|end| class.ends_with(end)) && !own.contains(&module)
        })
        .collect()
}
