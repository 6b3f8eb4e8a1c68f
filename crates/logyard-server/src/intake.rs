use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use logyard_format::{FormatError, Scratch, TEXT_LIMIT};
use logyard_libc::Zone;
use logyard_pickle::{Limits, Machine};
use logyard_receivers::ReadBuffer;
use logyard_record::{Received, Record};

use crate::batch::{Batch, Line, Pool};
use crate::client::is_hello;
use crate::client_zones::{BadZone, ClientZones};
use crate::dead_letters::{Body, Letter};
use crate::handler_routes::HandlerRoute;
use crate::layout::Place;
use crate::metrics::Counted;
use crate::queued::{QueueRoute, Queued};
use crate::running::Running;
use crate::trouble::Trouble;

/// Text after which a read is interrupted and handed over: what is formatted can be far larger than
/// the frames it comes from.
const ENOUGH_TEXT: usize = 1 << 20;

/// Text that one read makes at the most with one handler: the last record's may come on top.
pub(crate) const MOST_TEXT: usize = ENOUGH_TEXT + TEXT_LIMIT;

/// How long one connection may keep a worker with records that come to nothing. (What becomes text
/// is bounded by the text.)
const SLICE: Duration = Duration::from_millis(5);

/// What one worker thread decodes and formats with. Reused for every connection.
pub(crate) struct Intake {
    pub(crate) buffer: ReadBuffer,
    work: Work,
}

struct Work {
    machine: Machine,
    queued: Queued,
    output: Output,
    /// The frames of the records that were read, for the journal.
    frames: Frames,
    /// When this read began.
    started: Instant,
}

/// Frames as they came, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    pub(crate) bytes: Vec<u8>,
    pub(crate) records: u32,
}

/// What a buffer for frames may keep of its size: one huge record should not hold memory for ever.
const FRAMES_KEPT: usize = 1 << 20;

/// The text that one read makes.
#[derive(Default)]
struct Output {
    scratch: Scratch,
    client_zones: ClientZones,
    /// That of the record at hand, if it brings one.
    client_zone: Option<Zone>,
    /// By lane.
    batches: Vec<Batch>,
    /// The texts of the record at hand, by formatter.
    texts: Vec<Text>,
    bytes: usize,
}

/// Where the text of the record at hand by one formatter lies, without its newline.
#[derive(Clone, Copy)]
struct Text {
    formatter: u16,
    lane: u16,
    start: u32,
    end: u32,
}

/// A record, and the frame that it came in.
#[derive(Clone, Copy)]
struct Incoming<'r, 'a> {
    record: &'r Record<'a>,
    frame: &'r [u8],
}

/// What is known of the connection that frames come from.
pub(crate) struct Source<'a> {
    pub(crate) peer: &'a str,
    pub(crate) trouble: &'a Trouble,
    /// Bytes of dead letters that this connection may still cause by what it sends.
    pub(crate) quota: usize,
    /// What `makeLogRecord` fills in where the sender is silent.
    pub(crate) received: Received,
    /// Whether the frames are wanted, for the journal or for those who watch.
    pub(crate) keeps_frames: bool,
    /// Records that came.
    pub(crate) records: u64,
    /// What is counted of those that could be read.
    pub(crate) counted: Counted,
    /// How often one of them was set aside.
    pub(crate) aside: u64,
    /// What came in place of a record from a client that speaks the acknowledged protocol.
    pub(crate) hello: Option<Vec<u8>>,
}

impl Intake {
    pub(crate) fn new(limits: &Limits) -> Intake {
        Intake {
            buffer: ReadBuffer::default(),
            work: Work {
                machine: Machine::new(limits.clone()),
                queued: Queued::new(limits),
                output: Output::default(),
                frames: Frames::default(),
                started: Instant::now(),
            },
        }
    }

    /// The buffer to read with, and what to call with each frame.
    pub(crate) fn parts<'i>(
        &'i mut self,
        running: &'i Running,
        pool: &Pool,
        source: &'i mut Source<'_>,
    ) -> (&'i mut ReadBuffer, impl FnMut(&[u8]) -> ControlFlow<()> + 'i) {
        let Intake { buffer, work } = self;
        work.started = Instant::now();
        work.output.begin(running.lanes.len(), pool);
        let on_frame = move |frame: &[u8]| {
            // A mistake in logyard costs the record that showed it, and is told of.
            catch_unwind(AssertUnwindSafe(|| work.frame(running, source, frame))).unwrap_or_else(
                |_| {
                    work.output.repair();
                    let detail = "a mistake in logyard; please report it, with this record";
                    source.set_aside("panic", detail, None, frame);
                    ControlFlow::Continue(())
                },
            )
        };
        (buffer, on_frame)
    }

    /// Takes out the frames that were kept.
    pub(crate) fn take_frames(&mut self) -> Frames {
        std::mem::take(&mut self.work.frames)
    }

    /// Gives a buffer back, which any of the intakes may have had.
    pub(crate) fn give_back(&mut self, mut frames: Frames) {
        if frames.bytes.capacity() <= FRAMES_KEPT && self.work.frames.bytes.is_empty() {
            frames.bytes.clear();
            self.work.frames = Frames { records: 0, ..frames };
        }
    }

    /// Takes out what has gathered, with the lanes it is for.
    pub(crate) fn take_batches(&mut self) -> Vec<(u16, Batch)> {
        let mut full = Vec::new();
        for (lane, batch) in self.work.output.batches.iter_mut().enumerate() {
            if !batch.is_empty() {
                full.push((lane as u16, std::mem::take(batch)));
            }
        }
        full
    }
}

impl Work {
    /// `logging.getLogger(name).handle(logging.makeLogRecord(pickle.loads(payload)))`
    fn frame(
        &mut self,
        running: &Running,
        source: &mut Source<'_>,
        frame: &[u8],
    ) -> ControlFlow<()> {
        source.records += 1;
        let aside = source.aside;
        self.record(running, source, frame);
        let enough = source.hello.is_some()
            || self.output.bytes > ENOUGH_TEXT
            || (source.aside != aside && self.started.elapsed() > SLICE);
        if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn record(&mut self, running: &Running, source: &mut Source<'_>, frame: &[u8]) {
        let Work { machine, queued, output, frames, .. } = self;
        let value = match machine.load(frame) {
            Ok(value) => value,
            Err(_) if is_hello(frame) => {
                source.records -= 1;
                source.hello = Some(frame.to_vec());
                return;
            }
            Err(error) => {
                return source.set_aside("not-a-pickle", &error.to_string(), None, frame);
            }
        };
        match Record::new(value, &source.received) {
            Ok(record) => {
                source.counted.add(&record, frame.len());
                if source.keeps_frames {
                    frames.push(frame);
                }
                output.call_handlers(running, source, queued, &record, frame);
            }
            Err(error) => source.set_aside("not-a-record", &error.to_string(), None, frame),
        }
    }
}

impl Frames {
    fn push(&mut self, frame: &[u8]) {
        self.bytes.extend_from_slice(&(frame.len() as u32).to_be_bytes()); // it came so
        self.bytes.extend_from_slice(frame);
        self.records += 1;
    }
}

impl Output {
    fn begin(&mut self, lanes: usize, pool: &Pool) {
        self.bytes = 0;
        self.batches.resize_with(lanes, Batch::default);
        for batch in &mut self.batches {
            if batch.text.capacity() == 0 {
                *batch = pool.take();
            }
        }
    }

    /// Takes back what a record that was not finished has left.
    fn repair(&mut self) {
        for batch in &mut self.batches {
            batch.text.truncate(batch.lines.last().map_or(0, |line| line.end as usize));
        }
    }

    /// `Logger.handle` and `Logger.callHandlers`
    fn call_handlers(
        &mut self,
        running: &Running,
        source: &mut Source<'_>,
        queued: &mut Queued,
        record: &Record<'_>,
        frame: &[u8],
    ) {
        let incoming = Incoming { record, frame };
        let found = running.router.route(record.name());
        let level = record.levelno();
        let below = running.apply_logger_levels && level < found.route.level;
        if below || !found.passes(record.name()) {
            return;
        }
        self.begin_record();
        self.client_zone = self.client_zones.of(record).unwrap_or_else(|BadZone| {
            source.trouble.complain("bad-zone", || {
                let peer = source.peer;
                format!("{peer} sends a `logyard_tz` that is no time zone; the server's holds")
            });
            None
        });
        if found.route.handlers.is_empty() && running.per_logger.is_none() {
            let last_resort = &running.last_resort;
            self.offer(running, source, last_resort, last_resort.place, incoming);
        }
        let at = |number: &u16| running.handlers.get(usize::from(*number));
        let queue = |number: &u16| at(number)?.behind.map(|behind| behind.queue);
        for run in found.route.handlers.chunk_by(|a, b| queue(a) == queue(b)) {
            let handlers = run.iter().filter_map(at);
            let queue = run.first().and_then(queue);
            match queue.and_then(|queue| running.queues.get(usize::from(queue))) {
                Some(queue) if !queue.is_transparent(record, handlers.clone()) => {
                    self.call_behind(running, source, queued, queue, handlers, incoming);
                }
                _ => {
                    for handler in handlers {
                        self.offer(running, source, handler, handler.place, incoming);
                    }
                }
            }
        }
        if let Some((files, handler)) = &running.per_logger {
            let slot = files.slot_of(record.name());
            let place = handler.place.map(|place| Place { slot, ..place });
            self.offer(running, source, handler, place, incoming);
        }
    }

    /// `QueueHandler.handle`, and what its listener does with the handlers behind it.
    fn call_behind<'r>(
        &mut self,
        running: &Running,
        source: &mut Source<'_>,
        queued: &mut Queued,
        queue: &QueueRoute,
        handlers: impl Iterator<Item = &'r HandlerRoute> + Clone,
        incoming: Incoming<'_, '_>,
    ) {
        let Incoming { record, frame } = incoming;
        if !handlers.clone().any(|handler| handler.takes(record)) {
            return;
        }
        let zone = self.client_zone.as_ref().unwrap_or(&running.zone);
        let text = queued.format(running, queue, record, zone, &mut self.scratch);
        match text.and_then(|()| queued.prepare(frame, &source.received)) {
            Ok(record) => {
                self.begin_record();
                for handler in handlers {
                    let prepared = Incoming { record: &record, frame };
                    self.offer(running, source, handler, handler.place, prepared);
                }
                self.begin_record();
            }
            Err(error) => {
                let (reason, detail) = (error.reason(), error.to_string());
                source.set_aside(reason, &detail, Some(&queue.name), frame);
            }
        }
        queued.done();
    }

    /// Forgets the texts of the record before.
    fn begin_record(&mut self) {
        self.scratch.next_record();
        self.texts.clear();
    }

    /// Gives a record to a handler, if that takes it; a text that can't be had is a dead letter.
    fn offer(
        &mut self,
        running: &Running,
        source: &mut Source<'_>,
        handler: &HandlerRoute,
        place: Option<Place>,
        incoming: Incoming<'_, '_>,
    ) {
        let Incoming { record, frame } = incoming;
        let Some(place) = place else { return }; // a NullHandler keeps nothing
        if handler.takes(record)
            && let Err(error) = self.handle(running, handler, place, record)
        {
            source.set_aside(error.reason(), &error.to_string(), Some(&handler.name), frame);
        }
    }

    /// `Handler.handle`: the record's text goes to the lane that owns the handler.
    fn handle(
        &mut self,
        running: &Running,
        handler: &HandlerRoute,
        place: Place,
        record: &Record<'_>,
    ) -> Result<(), FormatError> {
        let Some(batch) = self.batches.get_mut(usize::from(place.lane)) else { return Ok(()) };
        let start = batch.text.len();
        match self.texts.iter().find(|text| text.formatter == handler.formatter).copied() {
            Some(text) => self.copy(text, place.lane),
            None => {
                let Some(formatter) = running.formatters.get(usize::from(handler.formatter)) else {
                    return Ok(());
                };
                let zone = formatter.zone.as_ref().or(self.client_zone.as_ref());
                let zone = zone.unwrap_or(&running.zone);
                let formatter = &formatter.formatter;
                formatter.format(record, zone, &mut self.scratch, &mut batch.text)?;
                self.texts.push(Text {
                    formatter: handler.formatter,
                    lane: place.lane,
                    start: start as u32,
                    end: batch.text.len() as u32,
                });
            }
        }
        let Some(batch) = self.batches.get_mut(usize::from(place.lane)) else { return Ok(()) };
        batch.text.extend_from_slice(&handler.terminator);
        batch.lines.push(Line {
            end: batch.text.len() as u32,
            slot: place.slot,
            level: record.levelno().clamp(i32::MIN.into(), i32::MAX.into()) as i32,
        });
        self.bytes += batch.text.len() - start;
        Ok(())
    }

    /// A text that another handler of this record has needed already.
    fn copy(&mut self, text: Text, lane: u16) {
        let range = text.start as usize..text.end as usize;
        let (from, to) = (usize::from(text.lane), usize::from(lane));
        if from == to {
            self.batches[to].text.extend_from_within(range);
        } else if let Ok([from, to]) = self.batches.get_disjoint_mut([from, to]) {
            to.text.extend_from_slice(&from.text[range]);
        }
    }
}

impl Source<'_> {
    /// A record that can't be read, or that one handler's formatter can't print (where CPython would
    /// print a traceback on stderr). What one connection may fill the dead-letter file with is
    /// bounded; the rest is counted.
    fn set_aside(
        &mut self,
        reason: &'static str,
        detail: &str,
        handler: Option<&str>,
        frame: &[u8],
    ) {
        self.aside += 1;
        let peer = Some(self.peer);
        match self.quota.checked_sub(frame.len() + 256) {
            Some(left) => {
                self.quota = left;
                let letter = Letter { reason, detail, peer, handler, body: Body::Frame(frame) };
                self.trouble.dead_letter(&letter, self.received.created);
            }
            None => self.trouble.lost(reason, 1, || {
                format!("{} has used up its share of the dead-letter file, its other records that fail are counted only: {detail}", self.peer)
            }),
        }
    }
}
