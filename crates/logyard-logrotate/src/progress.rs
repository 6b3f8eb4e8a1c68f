//! How far a large log is: a bar on a terminal, else lines for `-v`.

use std::cell::Cell;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::amount::bytes;
use crate::messages::Messages;

/// What is smaller is done before anybody wonders.
const LARGE: u64 = 64 << 20;

/// From one look of the bar to the next, and from one line to the next.
const BAR: Duration = Duration::from_millis(200);
const LINE: Duration = Duration::from_secs(10);

/// Characters of the bar, and of a name before it.
const WIDTH: u64 = 30;
const NAME: usize = 40;

/// One log that is copied or compressed.
pub(crate) struct Progress<'a> {
    told: &'a Messages,
    what: &'static str,
    name: String,
    size: u64,
    last: Cell<Instant>,
    drawn: Cell<bool>,
}

impl<'a> Progress<'a> {
    /// For a log of `size` bytes, with which `what` is done: "copying".
    pub(crate) fn new(told: &'a Messages, what: &'static str, log: &Path, size: u64) -> Self {
        let name = log.file_name().unwrap_or_default().display().to_string();
        let (last, drawn) = (Cell::new(Instant::now()), Cell::new(false));
        Progress { told, what, name, size, last, drawn }
    }

    /// So many bytes are done.
    pub(crate) fn at(&self, done: u64) {
        if self.size < LARGE {
            return;
        }
        let bar = self.told.is_for_somebody() && std::io::stderr().is_terminal();
        if self.last.get().elapsed() < if bar { BAR } else { LINE } {
            return;
        }
        self.last.set(Instant::now());
        let (what, size) = (self.what, bytes(self.size));
        let percent = percent(done, self.size);
        if bar {
            self.drawn.set(true);
            let name: String = self.name.chars().take(NAME).collect();
            let text = format!("\r\x1b[K{what} {name} {} {percent:>3} % of {size}", draw(percent));
            let _ = std::io::stderr().write_all(text.as_bytes()); // nobody looks
        } else {
            self.told.debug(&format!("{what} {}: {percent} % of {size}\n", self.name));
        }
    }
}

impl Drop for Progress<'_> {
    /// Takes the bar away.
    fn drop(&mut self) {
        if self.drawn.get() {
            let _ = std::io::stderr().write_all(b"\r\x1b[K"); // as above
        }
    }
}

fn percent(done: u64, size: u64) -> u64 {
    let hundredth = u128::from(done.min(size)) * 100 / u128::from(size.max(1));
    u64::try_from(hundredth).unwrap_or(100)
}

fn draw(percent: u64) -> String {
    let full = usize::try_from(percent * WIDTH / 100).unwrap_or(0);
    let width = usize::try_from(WIDTH).unwrap_or(0);
    format!("[{}{}]", "#".repeat(full), ".".repeat(width.saturating_sub(full)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_grows_from_nothing_to_all() {
        for (done, percent_of_it, bar) in [
            (0, 0, "[..............................]"),
            (1 << 40, 50, "[###############...............]"),
            (1 << 41, 100, "[##############################]"),
            (1 << 42, 100, "[##############################]"),
        ] {
            let percent = percent(done, 1 << 41);
            assert_eq!((percent, draw(percent).as_str()), (percent_of_it, bar), "{done}");
        }
    }
}
