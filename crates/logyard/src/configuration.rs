use std::path::{Path, PathBuf};

use logyard_config::{
    Diagnostic, Disk, Files, FormatterPlan, HandlerKind, HandlerPlan, LoggerPlan, Options, Plan,
    Rules, Source, Stream, is_dict,
};
use logyard_server::{Loaded, check_codec, check_format};

use crate::cli::{Configuration, FromPython};
use crate::from_python;
use crate::settings::Settings;
use crate::tell::{say, tell, tell_one};

/// Reads the configuration and tells on stderr everything that is wrong with it; none when it
/// can't run.
pub(crate) fn load(configuration: &Configuration, settings: &Settings) -> Option<Loaded> {
    let Some(path) = &configuration.path else {
        unused_definitions("without a configuration", configuration, settings);
        let folder = PathBuf::from("logs");
        let parent = if folder.exists() { folder.as_path() } else { Path::new(".") };
        if let Err(error) = Disk.writable(parent) {
            say(&format!("error: logs can't be written to {}: {error}\n", folder.display()));
            return None;
        }
        let plan = default_plan(settings.rules(configuration));
        return Some(Loaded { plan, folder: Some(folder) });
    };
    let plan = read(path, configuration, settings)?;
    Some(Loaded { plan, folder: None })
}

/// As [`load`], for a file.
fn read(path: &Path, configuration: &Configuration, settings: &Settings) -> Option<Plan> {
    plan(&source(path)?, configuration, settings)
}

/// The text of a file; tells why it can't be had.
fn source(path: &Path) -> Option<Source> {
    Source::read(path, &cwd()?).map_err(|problem| tell_one(&problem)).ok()
}

/// The configuration that the command line names: a file, or Python code, then with lines for `[map]`.
pub(crate) fn named(path: Option<&Path>, from: &FromPython) -> Option<(Source, Vec<String>)> {
    match (&from.from_python, path) {
        (Some(target), _) => from_python::source(target, from.python.as_deref())
            .map_err(|failure| say(&format!("error: {failure}\n")))
            .ok(),
        (None, Some(path)) => Some((source(path)?, Vec::new())),
        (None, None) => None,
    }
}

/// Tells the lines for `[map]` of classes that are not mapped.
pub(crate) fn tell_map(lines: &[String], settings: &Settings) {
    let mapped = |line: &&String| {
        settings.map.pairs().any(|(class, _)| line.starts_with(&format!("\"{class}\" = ")))
    };
    let lines = lines.iter().filter(|line| !mapped(line)).collect::<Vec<_>>();
    if !lines.is_empty() {
        say(
            "help: these classes only set attributes; with this in logyard.toml they run:\n\n[map]\n",
        );
        lines.iter().for_each(|line| say(&format!("{line}\n")));
    }
}

/// What would run, and tells on stderr everything that is wrong with it.
pub(crate) fn plan(
    source: &Source,
    configuration: &Configuration,
    settings: &Settings,
) -> Option<Plan> {
    let base = configuration.base.or(settings.base);
    if is_dict(&source.path) {
        unused_definitions("with a dictConfig", configuration, settings);
    } else if base.is_some() {
        tell_one(
            &Diagnostic::warning("unused-base", "the base has no effect with an INI configuration")
                .help("it fills in sections of a dictConfig file"),
        );
    }
    let options = options(configuration, settings)?;
    let (plan, problems) = logyard_config::load(source, &options);
    tell(&problems, source);
    plan
}

/// What would run, for who only wants to know of its files: warnings are for who runs it.
pub(crate) fn glance(
    path: &Path,
    configuration: &Configuration,
    settings: &Settings,
) -> Option<Plan> {
    let source = source(path)?;
    let (plan, problems) = logyard_config::load(&source, &options(configuration, settings)?);
    if plan.is_none() {
        tell(&problems, &source);
    }
    plan
}

/// What a configuration is read with.
pub(crate) fn options(
    configuration: &Configuration,
    settings: &Settings,
) -> Option<Options<'static>> {
    let base = configuration.base.or(settings.base);
    let rules = settings.rules(configuration);
    Some(Options {
        settings: logyard_config::Settings {
            base,
            defines: settings.define.iter().chain(&configuration.define).cloned().collect(),
            compat: rules.compat,
            repairs: rules.repairs,
            debug: configuration.debug.or(settings.debug).unwrap_or(false),
            map: settings.map.clone(),
        },
        cwd: cwd()?,
        env: std::env::vars().collect(),
        files: &Disk,
        check_format: &check_format,
        check_codec: &check_codec,
    })
}

fn cwd() -> Option<PathBuf> {
    std::env::current_dir()
        .map_err(|error| say(&format!("error: the current folder can't be found: {error}\n")))
        .ok()
}

/// Definitions fill `%(name)s` in fileConfig's INI, and nothing else.
fn unused_definitions(when: &str, configuration: &Configuration, settings: &Settings) {
    let what = |given: &str| {
        Diagnostic::warning("unused-define", format!("{given} has no effect {when}"))
            .help("it gives values to %(name)s in an INI file")
    };
    if !configuration.define.is_empty() {
        tell_one(&what("--define"));
    }
    if let Some(source) = settings.source.as_ref().filter(|_| !settings.define.is_empty()) {
        tell(&[what("`define`").at(settings.define_at.clone(), "")], source);
    }
}

/// With no configuration: everything to the terminal; the server adds a file for each logger.
fn default_plan(rules: Rules) -> Plan {
    let formatter = FormatterPlan {
        name: "default".into(),
        fmt: Some("%(asctime)s %(levelname)s %(name)s: %(message)s".into()),
        ..FormatterPlan::default()
    };
    let terminal = HandlerPlan {
        name: "terminal".into(),
        formatter: Some(0),
        kind: HandlerKind::Stream(Stream::Stdout),
        ..HandlerPlan::default()
    };
    Plan {
        formatters: vec![formatter],
        handlers: vec![terminal],
        root: LoggerPlan { handlers: vec![0], ..LoggerPlan::default() },
        compat: rules.compat,
        repairs: rules.repairs,
        ..Plan::default()
    }
}
