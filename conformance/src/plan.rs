//! A case's configuration, loaded.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use logyard_config::{Disk, Options, Plan, Settings, Source, load};
use logyard_server::{check_codec, check_format};

use crate::Case;

/// The plan of a case whose configuration is this file, for a receiver in this working folder and with
/// this environment.
pub fn plan(
    case: &Case,
    file: &Path,
    cwd: PathBuf,
    env: BTreeMap<String, String>,
) -> anyhow::Result<Plan> {
    let source = match Source::read(file, &cwd) {
        Ok(source) => source,
        Err(problem) => bail!("{}", problem.message),
    };
    let options = Options {
        settings: Settings {
            defines: case.define.clone().into_iter().collect(),
            compat: case.compat()?,
            debug: case.debug,
            ..Settings::default()
        },
        cwd,
        env,
        files: &Disk,
        check_format: &check_format,
        check_codec: &check_codec,
    };
    let (plan, problems) = load(&source, &options);
    plan.with_context(|| logyard_config::render_all(&problems, &source, false))
}
