use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use logyard_history::{Event, From, History, Hit, Request};
use logyard_query::{Query, RecordView, Scratch};
use logyard_record::Record;
use logyard_view::Entry;

use super::out::Out;
use super::{Arguments, Around, Failed};

/// Looks through a journal; false if a part of it could not be read, which is told.
pub(super) fn search(
    arguments: &Arguments,
    query: &Query,
    folder: &Path,
    out: &mut Out,
) -> Result<bool, Failed> {
    let history = History::new(folder);
    let from = match (arguments.from, arguments.oldest_first) {
        (None, false) => From::Newest,
        (None, true) => From::Oldest,
        (Some(number), false) => From::Before(number),
        (Some(number), true) => From::After(number),
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut shown = Shown {
        out,
        history: &history,
        query,
        scratch: Scratch::default(),
        around: arguments.around(),
        backward: !arguments.oldest_first,
        left: arguments.lines.unwrap_or(u64::MAX),
        last: None,
        whole: true,
        searched: 0,
    };
    if shown.left == 0 {
        return Ok(true);
    }
    let mut failed = None;
    history.search(&Request { query, from, threads }, &mut |event| match shown.take(event) {
        Ok(flow) => flow,
        Err(error) => {
            failed = Some(error);
            ControlFlow::Break(())
        }
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    let (whole, searched) = (shown.whole, shown.searched);
    out.end(searched)?;
    Ok(whole)
}

struct Shown<'s> {
    out: &'s mut Out,
    history: &'s History,
    query: &'s Query,
    scratch: Scratch,
    around: Around,
    backward: bool,
    /// How many more may be shown.
    left: u64,
    /// The number of the record that was shown last.
    last: Option<u64>,
    whole: bool,
    searched: u64,
}

impl Shown<'_> {
    fn take(&mut self, event: Event) -> Result<ControlFlow<()>, Failed> {
        match event {
            Event::Hit(hit) if self.is_alone() => self.show(&hit)?,
            Event::Hit(hit) => self.around(&hit)?,
            Event::Progress(progress) => {
                self.searched = progress.searched;
                self.out.progress(&progress)?;
                return Ok(ControlFlow::Continue(()));
            }
            Event::Damage(damage) => {
                self.whole = false;
                self.out.note(&damage)?;
                return Ok(ControlFlow::Continue(()));
            }
        }
        self.left -= 1;
        Ok(if self.left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    fn is_alone(&self) -> bool {
        self.around == Around { before: 0, after: 0 }
    }

    fn show(&mut self, hit: &Hit) -> io::Result<()> {
        self.last = Some(hit.number);
        let received = hit.received();
        // a hit has been decoded before
        let Ok(kept) = hit.decode() else { return Ok(()) };
        let Ok(record) = Record::new(kept.value(), &received) else { return Ok(()) };
        // of neighbours, too, some are what was looked for
        let found =
            self.is_alone() || self.query.matches(&RecordView::new(&record, &mut self.scratch));
        let entry = Entry::read(&record, hit.number, &hit.peer, hit.frame.len());
        self.out.entry(&entry, found)
    }

    /// A record with its neighbours, of which none is shown twice.
    fn around(&mut self, hit: &Hit) -> Result<(), Failed> {
        let mut before = self.neighbours(match self.backward {
            true => From::After(hit.number),
            false => From::Before(hit.number),
        })?;
        before.reverse();
        let is_new = |last: Option<u64>, number: u64, backward: bool| match last {
            None => true,
            Some(last) if backward => number < last,
            Some(last) => number > last,
        };
        before.retain(|near| is_new(self.last, near.number, self.backward));
        let first = before.first().map_or(hit.number, |near| near.number);
        if self.last.is_some_and(|last| last.abs_diff(first) > 1) {
            self.out.gap()?;
        }
        for near in before {
            self.show(&near)?;
        }
        // it may have been shown as a neighbour of the one before
        if is_new(self.last, hit.number, self.backward) {
            self.show(hit)?;
        }
        let behind = self.neighbours(match self.backward {
            true => From::Before(hit.number),
            false => From::After(hit.number),
        })?;
        for near in behind {
            if is_new(self.last, near.number, self.backward) {
                self.show(&near)?;
            }
        }
        Ok(())
    }

    /// The records next to a place, the nearest first.
    fn neighbours(&self, from: From) -> Result<Vec<Hit>, Failed> {
        let most = match from {
            From::After(_) => self.around.after,
            _ => self.around.before,
        };
        if most == 0 {
            return Ok(Vec::new());
        }
        let every = Query::default();
        let mut found = Vec::new();
        let request = Request { query: &every, from, threads: 1 };
        self.history.search(&request, &mut |event| {
            if let Event::Hit(hit) = event {
                found.push(hit);
            }
            match found.len() < most as usize {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        })?;
        Ok(found)
    }
}
