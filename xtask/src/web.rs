//! The page in a real browser: its tests, and the pictures of the README.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::steps::{Steps, cargo, root, target};
use crate::test::debug_binary;

/// What drives the browser.
const PACKAGE: &str = "playwright-core@1.65.1";

/// The page, function by function; screenshots go to `target/screenshots`.
pub(crate) fn tests(steps: &mut Steps) {
    run(steps, "the page in a browser", debug_binary(), |node| {
        node.arg("--test").arg("--test-reporter=spec").arg(root().join("tests/web/page.test.mjs"));
    });
}

/// `cargo xtask screenshots`
pub(crate) fn screenshots() -> anyhow::Result<Steps> {
    let mut steps = Steps::default();
    let folder = root().join("docs/images");
    std::fs::create_dir_all(&folder)?;
    let built = cargo(&["build", "--locked", "-p", "logyard"]).status();
    let binary = debug_binary().filter(|_| built.is_ok_and(|status| status.success()));
    run(&mut steps, "the README's pictures", binary, |node| {
        node.arg(root().join("tests/web/shots.mjs")).arg(&folder);
    });
    Ok(steps)
}

fn run(
    steps: &mut Steps,
    name: &str,
    binary: Option<PathBuf>,
    arguments: impl FnOnce(&mut Command),
) {
    let modules = match tools() {
        Ok(modules) => modules,
        Err(why) => return steps.skip(name, why),
    };
    let Some(binary) = binary else {
        return steps.skip(name, "logyard does not compile".into());
    };
    let mut node = Command::new("node");
    arguments(&mut node);
    node.env("LOGYARD_NODE_MODULES", modules);
    node.env("LOGYARD_BIN", binary);
    steps.run(name, &mut node);
}

/// Chromium, node, and the package; or why they can't be had.
fn tools() -> Result<PathBuf, String> {
    if !works("chromium") && !works("google-chrome") {
        let installed = Command::new("apt-get").args(["install", "-qy", "chromium"]).status();
        if !installed.is_ok_and(|status| status.success()) || !works("chromium") {
            return Err(
                "there is no Chromium, and Debian's package `chromium` can't be installed here"
                    .into(),
            );
        }
    }
    if !works("node") {
        return Err("there is no node".into());
    }
    let folder = target().join("web-tests");
    let wanted = PACKAGE.rsplit('@').next().unwrap_or_default();
    let about = folder.join("node_modules/playwright-core/package.json");
    let is_there = std::fs::read_to_string(about)
        .is_ok_and(|about| about.contains(&format!("\"version\": \"{wanted}\"")));
    let installed = is_there
        || Command::new("npm")
            .args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"])
            .arg(&folder)
            .arg(PACKAGE)
            .status()
            .is_ok_and(|status| status.success());
    if installed { Ok(folder) } else { Err(format!("npm can't install {PACKAGE}")) }
}

fn works(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
