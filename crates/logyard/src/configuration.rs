use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use logyard_config::{
    Disk, Files, FormatterPlan, HandlerKind, HandlerPlan, LoggerPlan, Options, Plan, Settings,
    Source, Stream,
};
use logyard_server::{Loaded, check_codec, check_format};

use crate::cli::Configuration;

/// Reads the configuration and tells on stderr everything that is wrong with it; none when it
/// can't run.
pub(crate) fn load(configuration: &Configuration) -> Option<Loaded> {
    match &configuration.path {
        None => {
            let folder = PathBuf::from("logs");
            let parent = if folder.exists() { folder.as_path() } else { Path::new(".") };
            if let Err(error) = Disk.writable(parent) {
                tell(&format!("error: logs can't be written to {}: {error}\n", folder.display()));
                return None;
            }
            Some(Loaded { plan: default_plan(), folder: Some(folder) })
        }
        Some(path) => {
            let plan = read(path, &configuration.define)?;
            Some(Loaded { plan, folder: None })
        }
    }
}

/// As [`load`], for a file.
pub(crate) fn read(path: &Path, define: &[(String, String)]) -> Option<Plan> {
    let cwd = match std::env::current_dir() {
        Ok(cwd) => cwd,
        Err(error) => {
            tell(&format!("error: the current folder can't be found: {error}\n"));
            return None;
        }
    };
    let source = match Source::read(path, &cwd) {
        Ok(source) => source,
        Err(problem) => {
            let nowhere = Source { name: "".into(), path: PathBuf::new(), text: String::new() };
            tell(&problem.render(&nowhere, colour()));
            return None;
        }
    };
    let options = Options {
        settings: Settings { defines: define.to_vec(), ..Settings::default() },
        cwd,
        env: std::env::vars().collect(),
        files: &Disk,
        check_format: &check_format,
        check_codec: &check_codec,
    };
    let (plan, problems) = logyard_config::load(&source, &options);
    tell(&logyard_config::render_all(&problems, &source, colour()));
    plan
}

fn colour() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

fn tell(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes()); // nobody is there to be told
}

/// With no configuration: everything to the terminal; the server adds a file for each logger.
fn default_plan() -> Plan {
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
        ..Plan::default()
    }
}
