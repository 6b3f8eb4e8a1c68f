use std::collections::HashMap;

use logyard_journal::{Block, entries};
use logyard_pickle::{Limits, Machine, Step, Value, next_frame};
use logyard_query::{Field, RecordView, Scratch, View, tokens};
use logyard_record::{Attr, Record};

use crate::bloom;
use crate::groups::has_exception;
use crate::index::{Flags, Head, Index, Known, Times};
use crate::scan::received;

/// Loggers of a segment that are listed.
const MOST_LOGGERS: usize = 4096;

/// Levels of a block that are listed.
const MOST_LEVELS: usize = 64;

/// Length of the longest value that is looked for as a whole.
pub(crate) const MOST_VALUE: usize = 256;

/// The attributes that are looked for by their values. Those of time, and those that are prose, are not.
pub(crate) const ATTRIBUTES: [Attr; 12] = [
    Attr::Name,
    Attr::LevelName,
    Attr::LevelNo,
    Attr::PathName,
    Attr::FileName,
    Attr::Module,
    Attr::LineNo,
    Attr::FuncName,
    Attr::Thread,
    Attr::ThreadName,
    Attr::ProcessName,
    Attr::Process,
];

/// Marks a field of a block as having a value that can't be looked for.
pub(crate) const OPAQUE: &[u8] = b"\x01opaque";

/// Makes the index of a segment, block by block.
pub(crate) struct Builder {
    index: Index,
    loggers: HashMap<Vec<u8>, u32>,
    machine: Machine,
    scratch: Scratch,
    limits: Limits,
    hashes: Vec<u64>,
    word: Vec<u8>,
    /// The last value of each attribute: mostly the next one is the same.
    last: Vec<Vec<u8>>,
}

impl Builder {
    pub(crate) fn new() -> Builder {
        let limits = Limits::default();
        Builder {
            index: Index::default(),
            loggers: HashMap::new(),
            machine: Machine::new(limits.clone()),
            scratch: Scratch::default(),
            limits,
            hashes: Vec::new(),
            word: Vec::new(),
            last: vec![Vec::new(); ATTRIBUTES.len()],
        }
    }

    /// A block that can't be read.
    pub(crate) fn damaged(&mut self, block: &Block) {
        let mut flags = Flags::DAMAGED;
        flags.set(Flags::MADE_TEXTS);
        self.index.blocks.push((*block, Known { flags, ..Known::default() }));
    }

    pub(crate) fn add(&mut self, block: &Block, plain: &[u8]) {
        let mut known = Known::default();
        self.hashes.clear();
        self.last.iter_mut().for_each(Vec::clear);
        for (number, batch) in entries(plain) {
            let mut number = number;
            let mut frames = batch.frames;
            while let Ok(Step::Frame { payload, rest }) = next_frame(frames, &self.limits) {
                frames = rest;
                if known.numbers.0 == 0 {
                    known.numbers.0 = number;
                }
                known.numbers.1 = number;
                number += 1;
                if let Ok(value) = self.machine.load(payload)
                    && let Ok(record) = Record::new(value, &received(batch.micros))
                {
                    let mut tokens = Tokens {
                        hashes: &mut self.hashes,
                        word: &mut self.word,
                        last: &mut self.last,
                    };
                    let view = RecordView::new(&record, &mut self.scratch);
                    tokens.take(&view, payload, &mut known);
                    let loggers = &mut self.loggers;
                    add_logger(loggers, &mut self.index.loggers, &view, &mut known);
                }
            }
        }
        let from = self.index.filters.len();
        bloom::filter(&mut self.hashes, &mut self.index.filters);
        known.filter = (from, self.index.filters.len());
        self.index.blocks.push((*block, known));
    }

    pub(crate) fn finish(mut self, packed_bytes: u64) -> Index {
        let blocks = &self.index.blocks;
        let plain_bytes = blocks.iter().map(|(block, _)| block.bytes).sum();
        let mut head = Head { packed_bytes, plain_bytes, ..Head::default() };
        for (_, known) in blocks {
            head.micros.add(known.micros);
            if head.numbers.0 == 0 {
                head.numbers.0 = known.numbers.0;
            }
            head.numbers.1 = head.numbers.1.max(known.numbers.1);
            // what can't be told of a block can't be told of the segment
            if known.flags.has(Flags::UNTIMED) || known.flags.has(Flags::DAMAGED) {
                head.micros = Times { first: i64::MIN, last: i64::MAX };
            }
        }
        self.index.head = head;
        self.index
    }
}

fn add_logger(
    known_names: &mut HashMap<Vec<u8>, u32>,
    names: &mut Vec<Vec<u8>>,
    view: &RecordView<'_>,
    known: &mut Known,
) {
    let name = view.logger().unwrap_or_default();
    let place = match known_names.get(name) {
        Some(place) => *place,
        None if names.len() < MOST_LOGGERS && name.len() <= MOST_VALUE => {
            let place = names.len() as u32;
            names.push(name.to_vec());
            known_names.insert(name.to_vec(), place);
            place
        }
        None => return known.flags.set(Flags::ANY_LOGGER),
    };
    *known.loggers.entry(place).or_default() += 1;
}

struct Tokens<'b> {
    hashes: &'b mut Vec<u64>,
    word: &'b mut Vec<u8>,
    last: &'b mut [Vec<u8>],
}

impl Tokens<'_> {
    fn take(&mut self, view: &RecordView<'_>, payload: &[u8], known: &mut Known) {
        match view.micros() {
            Some(micros) => known.micros.add(Times { first: micros, last: micros }),
            None => known.flags.set(Flags::UNTIMED),
        }
        let level = view.level().unwrap_or_default();
        if known.levels.len() < MOST_LEVELS || known.levels.contains_key(&level) {
            *known.levels.entry(level).or_default() += 1;
        } else {
            known.flags.set(Flags::ANY_LEVEL);
        }
        if has_exception(view) {
            known.flags.set(Flags::TRACEBACKS);
        }
        let frame = payload.as_ptr_range();
        view.any_text(&mut |text| {
            if !text.is_empty() && !frame.contains(&text.as_ptr()) {
                known.flags.set(Flags::MADE_TEXTS);
            }
            tokens(text, self.word, &mut |word| self.hashes.push(bloom::hash(&[word])));
            false
        });
        for (attr, last) in ATTRIBUTES.iter().zip(self.last.iter_mut()) {
            let Some(field) = view.field(attr.key()) else { continue };
            self.word.clear();
            field.canonical(self.word);
            if self.word != last {
                push_pair(self.hashes, attr.key().as_bytes(), self.word);
                std::mem::swap(self.word, last);
            }
        }
        for (key, value) in view.extras() {
            self.word.clear();
            match value {
                // their texts may be long to make
                Value::List(_)
                | Value::Tuple(_)
                | Value::Dict(_)
                | Value::Set(_)
                | Value::FrozenSet(_) => self.word.resize(MOST_VALUE + 1, 0),
                value => Field::from(value).canonical(self.word),
            }
            push_pair(self.hashes, key, self.word);
        }
    }
}

fn push_pair(hashes: &mut Vec<u64>, key: &[u8], value: &[u8]) {
    let value = if value.len() > MOST_VALUE { OPAQUE } else { value };
    hashes.push(bloom::hash(&[key, value]));
}
