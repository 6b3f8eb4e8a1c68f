use logyard_journal::entries;
use logyard_pickle::{Kept, Limits, Machine, PickleError, Step, next_frame};
use logyard_query::{Condition, May, Query, RecordView, Scratch};
use logyard_record::{Received, Record};

/// A record that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Its number in the journal: its place, which never changes.
    pub number: u64,
    /// When it was received, in microseconds since 1970.
    pub micros: u64,
    /// From where, as the server names it.
    pub peer: String,
    /// Its pickle.
    pub frame: Vec<u8>,
}

impl Hit {
    /// Decodes it; [`Record::new`] makes the record of its value.
    ///
    /// # Errors
    ///
    /// None for a hit of a search, which has been decoded before.
    pub fn decode(&self) -> Result<Kept, PickleError> {
        Kept::load(self.frame.clone(), Limits::default())
    }

    /// What its record lacks.
    pub fn received(&self) -> Received {
        received(self.micros)
    }
}

pub(crate) fn received(micros: u64) -> Received {
    let created = micros as f64 / 1e6;
    Received { created, msecs: (micros % 1_000_000 / 1000) as f64, started: created, pid: 0 }
}

/// Which records, by their numbers: from the first up to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) first: u64,
    pub(crate) last: u64,
}

impl Range {
    pub(crate) fn has(self, number: u64) -> bool {
        (self.first..=self.last).contains(&number)
    }
}

/// Looks through blocks, one after the other.
pub(crate) struct Scanner {
    machine: Machine,
    scratch: Scratch,
    limits: Limits,
    frames: Vec<Place>,
}

/// Where a frame is in the block.
#[derive(Clone, Copy)]
struct Place {
    number: u64,
    micros: u64,
    start: usize,
    end: usize,
    peer: (usize, usize),
    /// The conditions that may hold, as far as one can see without decoding it.
    seen: u128,
}

impl Scanner {
    pub(crate) fn new() -> Scanner {
        let limits = Limits::default();
        let machine = Machine::new(limits.clone());
        Scanner { machine, scratch: Scratch::default(), limits, frames: Vec::new() }
    }

    /// Calls `each` with the records of a block that the query matches, as they come. With
    /// `texts_lie_there`, texts are in the frames as they are, so that most frames need no decoding.
    pub(crate) fn scan(
        &mut self,
        block: &[u8],
        query: &Query,
        range: Range,
        texts_lie_there: bool,
        each: &mut dyn FnMut(Found<'_>),
    ) {
        self.find_frames(block, range);
        let texts = if texts_lie_there { Texts::of(query) } else { Texts::none() };
        texts.mark(block, &mut self.frames);
        for place in &self.frames {
            if texts.may_skip(query, place.seen) {
                continue;
            }
            let Some(payload) = block.get(place.start..place.end) else { continue };
            let Ok(value) = self.machine.load(payload) else { continue };
            let Ok(record) = Record::new(value, &received(place.micros)) else { continue };
            let view = RecordView::new(&record, &mut self.scratch);
            if query.matches(&view) {
                let (number, micros) = (place.number, place.micros);
                let peer = block.get(place.peer.0..place.peer.1).unwrap_or_default();
                each(Found { number, micros, peer, payload, view: &view });
            }
        }
    }

    fn find_frames(&mut self, block: &[u8], range: Range) {
        self.frames.clear();
        for (number, batch) in entries(block) {
            let mut number = number;
            let mut frames = batch.frames;
            let peer = batch.origin.peer;
            let peer_start = peer.as_ptr() as usize - block.as_ptr() as usize;
            let peer = (peer_start, peer_start + peer.len());
            while let Ok(Step::Frame { payload, rest }) = next_frame(frames, &self.limits) {
                frames = rest;
                if range.has(number) {
                    let start = payload.as_ptr() as usize - block.as_ptr() as usize;
                    let (end, micros) = (start + payload.len(), batch.micros);
                    self.frames.push(Place { number, micros, start, end, peer, seen: 0 });
                }
                number += 1;
            }
        }
    }
}

/// A record that matches, while it is looked at.
pub(crate) struct Found<'f> {
    pub(crate) number: u64,
    pub(crate) micros: u64,
    peer: &'f [u8],
    payload: &'f [u8],
    pub(crate) view: &'f RecordView<'f>,
}

impl Found<'_> {
    pub(crate) fn hit(&self) -> Hit {
        Hit {
            number: self.number,
            micros: self.micros,
            peer: String::from_utf8_lossy(self.peer).into_owned(),
            frame: self.payload.to_vec(),
        }
    }
}

/// The conditions that can be looked for in a block's bytes, as a set of their indexes.
struct Texts<'q> {
    conditions: Vec<(usize, &'q regex::bytes::Regex)>,
    /// Whether a record in which none of them is found may match.
    needless: bool,
}

impl<'q> Texts<'q> {
    fn none() -> Texts<'q> {
        Texts { conditions: Vec::new(), needless: true }
    }

    fn of(query: &'q Query) -> Texts<'q> {
        let conditions = query.conditions().iter().enumerate();
        let conditions: Vec<_> = conditions
            .filter_map(|(index, condition)| match condition {
                Condition::Text(text) if index < u128::BITS as usize => {
                    Some((index, text.anywhere()?))
                }
                _ => None,
            })
            .collect();
        let mut texts = Texts { conditions, needless: true };
        texts.needless = texts.conditions.is_empty() || !texts.may_skip_by(query, 0);
        if texts.needless {
            texts.conditions.clear();
        }
        texts
    }

    fn mark(&self, block: &[u8], frames: &mut [Place]) {
        for (index, regex) in &self.conditions {
            let mut at = frames.first().map_or(0, |first| first.start);
            while let Some(found) = regex.find_at(block, at) {
                let next = frames.partition_point(|frame| frame.end <= found.start());
                let Some(frame) = frames.get_mut(next) else { break };
                frame.seen |= 1 << index;
                // what reaches over the end may hide what begins there
                at = frame.end;
            }
        }
    }

    fn may_skip(&self, query: &Query, seen: u128) -> bool {
        if self.needless {
            return false;
        }
        // nothing was found; or something was, and if it is one condition it is that
        seen == 0 || (self.conditions.len() > 1 && self.may_skip_by(query, seen))
    }

    fn may_skip_by(&self, query: &Query, seen: u128) -> bool {
        !query.may_match(&mut |index, _| {
            let looked_for = self.conditions.iter().any(|(looked_for, _)| *looked_for == index);
            if looked_for && seen & (1 << index) == 0 { May::NEVER } else { May::ANY }
        })
    }
}
