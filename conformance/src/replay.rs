//! Replays one case on logyard: `logyard-replay CASE_FOLDER`, in a working folder that holds the
//! case's configuration. The last line on stderr is the number of dead letters.
//!
//! The clock is the step's, and a file that has changed gets it for its mtime after each step, as
//! the recorder does it (README.md).

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::Context;
use logyard_conformance::{Case, Mtimes, Step, plan};
use logyard_rotate::Clock;
use logyard_server::Embedded;

fn main() -> anyhow::Result<()> {
    let folder = std::env::args().nth(1).context("usage: logyard-replay CASE_FOLDER")?;
    let case = Case::read(Path::new(&folder))?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let dead_letters = runtime.block_on(replay(&case))?;
    eprintln!("\n{dead_letters}");
    Ok(())
}

async fn replay(case: &Case) -> anyhow::Result<u64> {
    let micros = Arc::new(AtomicI64::new(0));
    let mut mtimes = Mtimes::default();
    let mut server = None;
    let mut dead_letters = 0;
    let letters = tempfile::tempdir()?; // not where the case's own files are counted
    for (index, step) in case.steps.iter().enumerate() {
        micros.store((case.at(index) * 1e6).round() as i64, Ordering::SeqCst);
        happen(step, &mut mtimes, &micros)?;
        let frames = case.frames(index)?;
        if step.restart {
            dead_letters += close(server.take()).await;
        }
        if server.is_none() && (step.restart || step.sends()) {
            let clock = Clock::Manual(Arc::clone(&micros));
            let letters = letters.path().join("letters");
            let cwd = std::env::current_dir()?;
            let file = Path::new(case.configuration()?);
            let plan = plan(case, file, cwd, std::env::vars().collect())?;
            server = Some(Embedded::start(&plan, clock, letters).await?);
            mtimes.sweep(&micros)?;
        }
        if let Some(server) = &server {
            server.feed(&frames).await?;
        }
        mtimes.sweep(&micros)?;
    }
    Ok(dead_letters + close(server).await)
}

async fn close(server: Option<Embedded>) -> u64 {
    match server {
        Some(server) => server.close().await.values().sum(),
        None => 0,
    }
}

/// What happens to the files behind the server's back.
fn happen(step: &Step, mtimes: &mut Mtimes, micros: &AtomicI64) -> anyhow::Result<()> {
    for path in &step.mkdir {
        std::fs::create_dir_all(path)?;
    }
    for path in &step.remove {
        std::fs::remove_file(path).with_context(|| format!("remove {path}"))?;
    }
    for [old, new] in &step.rename {
        std::fs::rename(old, new).with_context(|| format!("rename {old}"))?;
    }
    for (path, text) in &step.write {
        std::fs::write(path, text)?;
    }
    mtimes.sweep(micros)?;
    for (path, seconds) in &step.mtime {
        mtimes.set(Path::new(path), *seconds)?;
    }
    Ok(())
}
