use std::time::{Duration, Instant};

use logyard_handlers::{Failed, HandlerError, Notice, Run, Writer};

use crate::dead_letters::{Body, Letter};
use crate::journal::{self, LaneProgress, Progress};
use crate::metrics::HandlerCounts;
use crate::trouble::Trouble;

/// What one handler may hold while its file can't be written: some minutes of an ordinary service.
/// What comes after goes to the dead-letter file.
const WAITING_BYTES: usize = 8 << 20;

/// First and longest pause between two attempts to write.
const RETRY: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));

/// One handler in its lane: its writer, and the lines that wait while the writer fails.
pub(crate) struct Slot {
    pub(crate) name: String,
    /// A MemoryHandler's target, in the same lane.
    pub(crate) target: Option<u16>,
    /// How many MemoryHandlers lie between this and the final target.
    pub(crate) depth: u16,
    writer: Writer,
    waiting: Waiting,
    failing: Option<Failing>,
    /// With a journal.
    progress: Option<Progress>,
}

/// Lines that could not be written yet.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    text: Vec<u8>,
    ends: Vec<u32>,
    /// Bytes of the first line that are in the file already.
    done: usize,
    /// Why they wait.
    why: String,
}

struct Failing {
    next_try: Instant,
    pause: Duration,
}

impl Slot {
    pub(crate) fn new(name: String, writer: Writer) -> Slot {
        Slot {
            name,
            target: None,
            depth: 0,
            writer,
            waiting: Waiting::default(),
            failing: None,
            progress: None,
        }
    }

    /// A MemoryHandler before its target, which is `depth` - 1 away from the end.
    pub(crate) fn with_target(mut self, target: Option<u16>, depth: u16) -> Slot {
        (self.target, self.depth) = (target, depth);
        self
    }

    /// Takes up where the handler was when the server was killed. To be called before it opens.
    pub(crate) fn follow(&mut self, lane: &mut LaneProgress) {
        let (progress, resume) = lane.of_handler(&self.name, self.writer.path());
        self.progress = Some(progress);
        self.writer.set_durable(lane.is_durable());
        if let Some(resume) = resume {
            self.writer.resume(resume);
        }
    }

    /// What the constructor of the Python class does: opens the file unless `delay` says not to.
    pub(crate) fn open(&mut self, trouble: &Trouble) {
        if let Err(error) = self.writer.open() {
            self.fail(error, RETRY.0, trouble);
        }
        if let Some(progress) = &mut self.progress {
            progress.begun(self.writer.place());
        }
    }

    /// Goes on with what the same handler of the configuration before could not write.
    pub(crate) fn take_over(&mut self, waiting: Waiting) {
        self.waiting = waiting;
        self.failing = Some(Failing { next_try: Instant::now(), pause: RETRY.0 });
    }

    /// Writes lines of the journal's entry `number`, or lets them wait.
    pub(crate) fn write(&mut self, run: &Run<'_>, number: u64, trouble: &Trouble, now: f64) {
        let mut run = *run;
        if let Some(progress) = &mut self.progress {
            let Some(rest) = progress.skip(&run, number) else { return };
            run = rest;
        }
        if self.failing.is_some() {
            return self.wait(&run, trouble, now);
        }
        if let Err(Failed { written, error }) = self.try_write(&run, trouble, now) {
            self.fail(error, RETRY.0, trouble);
            self.wait(&Run { done: written, ..run }, trouble, now);
        }
    }

    /// The lines of a MemoryHandler that are to go to its target now.
    pub(crate) fn due(&mut self) -> Option<Run<'_>> {
        self.writer.memory()?.due()
    }

    /// The target has taken all that was due.
    pub(crate) fn forget_due(&mut self) {
        if let Some(memory) = self.writer.memory() {
            memory.forget();
        }
    }

    /// Whether all lines that it was given are done.
    pub(crate) fn is_settled(&mut self) -> bool {
        self.waiting.is_empty() && self.writer.memory().is_none_or(|memory| memory.is_empty())
    }

    /// All up to the journal's record `number` is done. With `durable`, the file is synced first.
    pub(crate) fn checkpoint(&mut self, number: u64, durable: bool) -> Result<(), HandlerError> {
        let Some(progress) = &mut self.progress else { return Ok(()) };
        self.writer.end_resume();
        let place = self.writer.place();
        if durable && place != progress.place() {
            self.writer.sync()?;
        }
        progress.set(number, place);
        Ok(())
    }

    /// Lets be known how the handler's file stands.
    pub(crate) fn note(&self, counts: &HandlerCounts) {
        counts.note(&self.writer);
    }

    /// How many records wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.ends.len()
    }

    /// When to call [`Slot::retry`] and [`Slot::care`], if at all.
    pub(crate) fn next_care(&self) -> Option<Instant> {
        let next_try = self.failing.as_ref().map(|failing| failing.next_try);
        [next_try, self.writer.next_care()].into_iter().flatten().min()
    }

    /// Lets the handler look after its files, if it is time to.
    pub(crate) fn care(&mut self, trouble: &Trouble) {
        if self.writer.next_care().is_none_or(|at| at > Instant::now()) {
            return;
        }
        let name = &self.name;
        self.writer.care(&mut |notice| {
            if let Notice::Upkeep(error) = notice {
                upkeep_failed(name, &error, trouble);
            }
        });
    }

    /// Tries again to write what waits, when it is time to.
    pub(crate) fn retry(&mut self, trouble: &Trouble, now: f64) {
        let Some(failing) = self.failing.take_if(|failing| failing.next_try <= Instant::now())
        else {
            return;
        };
        let waiting = std::mem::take(&mut self.waiting);
        let run = waiting.run();
        let outcome = match self.writer.open() {
            Ok(()) => self.try_write(&run, trouble, now),
            Err(error) => Err(Failed { written: run.done, error }),
        };
        match outcome {
            Ok(()) => {
                if let Some(progress) = &mut self.progress {
                    progress.none_waits();
                }
                let records = run.ends.len();
                tracing::info!(
                    "handler `{}` writes again; {records} records had waited",
                    self.name
                );
            }
            Err(Failed { written, error }) => {
                self.fail(error, (failing.pause * 2).min(RETRY.1), trouble);
                self.wait(&Run { done: written, ..run }, trouble, now);
            }
        }
    }

    /// SIGUSR1: go on in a fresh file of the same name.
    pub(crate) fn reopen(&mut self, trouble: &Trouble) {
        if let Err(error) = self.writer.reopen() {
            self.fail(error, RETRY.0, trouble);
        }
    }

    /// The last chance of what waits; what is left is given back.
    pub(crate) fn close(&mut self, trouble: &Trouble, now: f64) -> Waiting {
        if let Some(failing) = &mut self.failing {
            failing.next_try = Instant::now();
        }
        self.retry(trouble, now);
        self.writer.close();
        std::mem::take(&mut self.waiting)
    }

    fn try_write(&mut self, run: &Run<'_>, trouble: &Trouble, now: f64) -> Result<(), Failed> {
        let (name, progress) = (&self.name, &mut self.progress);
        let before = journal::first(run);
        let done = self.writer.write(run, &mut |notice| match notice {
            Notice::Opened { place, lines } => {
                let Some(progress) = progress else { return };
                if let Err(error) = progress.opened(place, lines.saturating_sub(before)) {
                    trouble.complain("cursor-not-kept", || {
                        format!("the cursor of handler `{name}` can't be kept: {error}")
                    });
                }
            }
            Notice::BadLine { index, reason } => {
                let detail = reason.to_string();
                keep_line(name, "encode-error", &detail, line(run, index), trouble, now);
            }
            Notice::Upkeep(error) => upkeep_failed(name, &error, trouble),
            Notice::Rollover { error, rolled: true } => trouble.complain("rollover-left", || {
                format!("handler `{name}` has rolled over, but an old file stays: {error}")
            }),
            Notice::Rollover { error, rolled: false } => {
                trouble.complain("rollover-failed", || {
                    format!(
                        "the rollover of handler `{name}` failed, it goes on in its file: {error}"
                    )
                })
            }
        });
        if let Some(progress) = &mut self.progress {
            let written = done.as_ref().map_or_else(|failed| failed.written, |()| run.text.len());
            progress.done(journal::first(&Run { done: written, ..*run }) - before);
        }
        done
    }

    fn fail(&mut self, error: HandlerError, pause: Duration, trouble: &Trouble) {
        self.waiting.why = error.to_string();
        trouble.complain("handler-failed", || {
            format!("handler `{}` can't write, its records wait: {error}", self.name)
        });
        self.failing = Some(Failing { next_try: Instant::now() + pause, pause });
    }

    /// Keeps the lines of `run` that are not done; those beyond the bound, in the dead-letter file.
    fn wait(&mut self, run: &Run<'_>, trouble: &Trouble, now: f64) {
        let first = run.ends.partition_point(|&end| end as usize <= run.done);
        if self.waiting.ends.is_empty() {
            self.waiting.done = run.done - start(run, first).min(run.done);
        }
        for index in first..run.ends.len() {
            let line = line(run, index);
            if self.waiting.text.len() + line.len() > WAITING_BYTES {
                if let Some(progress) = &mut self.progress {
                    progress.done_behind(run.ends.len() - index);
                }
                return set_aside(&self.name, run, index, &self.waiting.why, trouble, now);
            }
            self.waiting.text.extend_from_slice(line);
            self.waiting.ends.push(self.waiting.text.len() as u32); // at most WAITING_BYTES
        }
    }
}

impl Waiting {
    fn run(&self) -> Run<'_> {
        Run { text: &self.text, ends: &self.ends, levels: &[], done: self.done }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All of them become dead letters of the handler.
    pub(crate) fn set_aside(&self, handler: &str, trouble: &Trouble, now: f64) {
        set_aside(handler, &self.run(), 0, &self.why, trouble, now);
    }
}

fn upkeep_failed(handler: &str, error: &HandlerError, trouble: &Trouble) {
    trouble.complain("upkeep-failed", || format!("handler `{handler}`: {error}"));
}

/// The lines from `first` on become dead letters.
fn set_aside(handler: &str, run: &Run<'_>, first: usize, why: &str, trouble: &Trouble, now: f64) {
    for index in first..run.ends.len() {
        keep_line(handler, "not-written", why, line(run, index), trouble, now);
    }
}

fn start(run: &Run<'_>, index: usize) -> usize {
    index.checked_sub(1).and_then(|before| run.ends.get(before)).map_or(0, |&end| end as usize)
}

fn line<'b>(run: &Run<'b>, index: usize) -> &'b [u8] {
    let end = run.ends.get(index).map_or(run.text.len(), |&end| end as usize);
    run.text.get(start(run, index)..end).unwrap_or_default()
}

/// Text that a handler could not write becomes a dead letter.
pub(crate) fn keep_line(
    handler: &str,
    reason: &'static str,
    detail: &str,
    text: &[u8],
    trouble: &Trouble,
    now: f64,
) {
    let body = Body::Text(text);
    let letter = Letter { reason, detail, peer: None, handler: Some(handler), body };
    trouble.dead_letter(&letter, now);
}
