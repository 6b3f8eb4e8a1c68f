use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use logyard_journal::{Batch, Damage, Found, JournalError, Reader, segments};
use logyard_pickle::{Limits, Machine, Step, next_frame};
use logyard_record::write_repr;

use crate::exit;

/// `logyard journal`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List its segments
    Ls(Place),
    /// Print its records, each as the dict that came, on a line
    Cat {
        #[command(flatten)]
        place: Place,

        /// Only what is behind the record of this number
        #[arg(long, value_name = "NUMBER", default_value_t = 0)]
        after: u64,
    },
    /// Look at every byte of it, and tell what is damaged; exit code 1 if anything is
    Verify(Place),
}

#[derive(Args, Debug)]
struct Place {
    /// The journal's folder
    folder: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let done = match &arguments.action {
        Action::Ls(place) => ls(&place.folder, &mut out),
        Action::Cat { place, after } => cat(&place.folder, *after, &mut out),
        Action::Verify(place) => verify(&place.folder, &mut out),
    };
    match done.and_then(|good| out.flush().map(|()| good).map_err(Failed::Output)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(exit::RUN_TIME),
        // `logyard journal cat | head`
        Err(Failed::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("logyard: {error}");
            ExitCode::from(exit::RUN_TIME)
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("can't write the output: {0}")]
    Output(#[from] io::Error),
}

/// Tells whether nothing is damaged, as the others do.
fn ls(folder: &Path, out: &mut dyn Write) -> Result<bool, Failed> {
    let segments = segments(folder)?;
    writeln!(out, "{:>20}  {:>12}  segment", "first record", "bytes")?;
    for segment in &segments {
        let name = segment.path.file_name().unwrap_or_default().to_string_lossy();
        writeln!(out, "{:>20}  {:>12}  {name}", segment.first, segment.bytes)?;
    }
    Ok(true)
}

fn cat(folder: &Path, after: u64, out: &mut dyn Write) -> Result<bool, Failed> {
    let mut machine = Machine::new(Limits::default());
    let mut text = Vec::new();
    walk(folder, after, &mut |number, batch| {
        let mut frames = batch.frames;
        let mut number = number;
        while let Ok(Step::Frame { payload, rest }) = next_frame(frames, &Limits::default()) {
            frames = rest;
            text.clear();
            let read = match machine.load(payload) {
                Ok(value) => write_repr(value, &mut text).map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            if let Err(error) = read {
                text = format!("can't be shown: {error}").into_bytes();
            }
            write!(out, "{number} {} ", batch.origin.peer)?;
            out.write_all(&text)?;
            writeln!(out)?;
            number += 1;
        }
        Ok(())
    })
}

fn verify(folder: &Path, out: &mut dyn Write) -> Result<bool, Failed> {
    let (mut records, mut last) = (0, 0);
    let good = walk(folder, 0, &mut |number, batch| {
        records += u64::from(batch.records);
        last = (number + u64::from(batch.records)).saturating_sub(1);
        Ok(())
    })?;
    let bytes: u64 = segments(folder)?.iter().map(|segment| segment.bytes).sum();
    writeln!(out, "{records} records in {bytes} bytes, the last is number {last}")?;
    Ok(good)
}

/// Calls `each` with all batches behind a record, and tells of damage on stderr.
fn walk(
    folder: &Path,
    after: u64,
    each: &mut dyn FnMut(u64, &Batch<'_>) -> io::Result<()>,
) -> Result<bool, Failed> {
    let mut reader = Reader::new(folder, after)?;
    let mut good = true;
    let mut tell = |damage: &Damage| {
        good = false;
        eprintln!("logyard: {damage}");
    };
    loop {
        match reader.read()? {
            Found::Batch { number, batch } => each(number, &batch)?,
            Found::Clients(_) => {}
            Found::Damage(damage) => tell(&damage),
            Found::End => break,
        }
    }
    if let Some(damage) = reader.tail() {
        tell(&damage);
    }
    Ok(good)
}
