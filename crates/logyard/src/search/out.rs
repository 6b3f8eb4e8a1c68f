use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use logyard_history::Progress;
use logyard_query::View;
use logyard_view::Entry;

use super::files::Line;
use crate::paint::Painter;

/// How often it is told how far the search is.
const TELL: Duration = Duration::from_millis(200);

/// Standard output; and on a terminal, how far the search is, on standard error.
pub(crate) struct Out {
    json: bool,
    /// Whether records around those that were found are shown, too.
    context: bool,
    painter: Painter,
    out: io::BufWriter<io::Stdout>,
    tells: bool,
    told: Instant,
    /// Whether there is a line to be wiped out.
    line: bool,
    any: bool,
}

impl Out {
    pub(crate) fn new(json: bool, context: bool) -> Out {
        let is_terminal = io::stdout().is_terminal();
        let colour = is_terminal && std::env::var_os("NO_COLOR").is_none();
        Out {
            json,
            context,
            painter: Painter::new(colour),
            out: io::BufWriter::new(io::stdout()),
            tells: io::stderr().is_terminal(),
            told: Instant::now(),
            line: false,
            any: false,
        }
    }

    /// A record, which was found, or stands around one that was.
    pub(crate) fn entry(&mut self, entry: &Entry, found: bool) -> io::Result<()> {
        self.wipe();
        self.any |= found;
        if self.json {
            serde_json::to_writer(&mut self.out, entry)?;
            return self.out.write_all(b"\n");
        }
        let text = self.painter.entry(entry);
        self.text(&text, found)
    }

    fn text(&mut self, text: &str, found: bool) -> io::Result<()> {
        if !self.context {
            return self.out.write_all(text.as_bytes());
        }
        for (at, line) in text.lines().enumerate() {
            let mark = if found && at == 0 { "> " } else { "  " };
            writeln!(self.out, "{mark}{line}")?;
        }
        Ok(())
    }

    /// A record of a text file.
    pub(crate) fn line(&mut self, line: &Line, file: &Path, found: bool) -> io::Result<()> {
        self.wipe();
        self.any |= found;
        if self.json {
            let micros = line.micros().map(|micros| micros as f64 / 1e6);
            let text = |bytes: Option<&[u8]>| {
                bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            };
            let (level, levelname) = (line.level(), text(line.level_name()));
            let (logger, text) = (text(line.logger()), line.text());
            let record = serde_json::json!({
                "file": file, "created": micros, "level": level, "levelname": levelname,
                "logger": logger, "text": text,
            });
            return writeln!(self.out, "{record}");
        }
        let text = self.painter.text(&line.text(), line.level());
        self.text(&text, found)
    }

    /// Between records that are not neighbours.
    pub(crate) fn gap(&mut self) -> io::Result<()> {
        match self.any && self.context && !self.json {
            true => writeln!(self.out, "--"),
            false => Ok(()),
        }
    }

    /// How far it is. What was found until now is shown.
    pub(crate) fn progress(&mut self, progress: &Progress) -> io::Result<()> {
        if !self.out.buffer().is_empty() {
            self.out.flush()?;
        }
        if self.tells && self.told.elapsed() >= TELL {
            self.told = Instant::now();
            let (searched, of) = (size(progress.searched), size(progress.of));
            eprint!("\r\x1b[2Ksearched {searched} of {of}");
            self.line = true;
        }
        Ok(())
    }

    /// What is no record.
    pub(crate) fn note(&mut self, what: &str) -> io::Result<()> {
        self.out.flush()?;
        self.wipe();
        crate::tell::say(&format!("logyard: {what}\n"));
        Ok(())
    }

    pub(crate) fn end(&mut self, searched: u64) -> io::Result<()> {
        self.out.flush()?;
        self.wipe();
        if !self.any && self.tells {
            crate::tell::say(&format!("nothing found in {} of records\n", size(searched)));
        }
        Ok(())
    }

    fn wipe(&mut self) {
        if std::mem::take(&mut self.line) {
            eprint!("\r\x1b[2K");
        }
    }
}

/// `12.3 GB`
fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["bytes", "kB", "MB", "GB", "TB"];
    let (mut size, mut unit) = (bytes as f64, 0);
    while size >= 1000.0 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    let unit = UNITS.get(unit).copied().unwrap_or_default();
    if unit == "bytes" { format!("{bytes} bytes") } else { format!("{size:.1} {unit}") }
}
