use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use logyard_journal::{Block, JournalError, Segment, SegmentFile, index_path, segments};
use logyard_query::{Condition, LevelTest, May, Operator, Query, Wanted};
use logyard_record::Attr;

use crate::bloom;
use crate::build::{ATTRIBUTES, MOST_VALUE, OPAQUE};
use crate::index::{Flags, Head, Index, Known, Times};
use crate::scan::Range;

/// How far a search is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of records that have been looked through, or could be passed over.
    pub searched: u64,
    /// Bytes in all.
    pub of: u64,
    /// Bytes of those that were looked through.
    pub read: u64,
}

/// A block that has to be looked through.
pub(crate) struct Job {
    pub(crate) file: Arc<SegmentFile>,
    pub(crate) block: Block,
    /// What is known of it, with the segment's index.
    pub(crate) known: Option<(Arc<Index>, usize)>,
    /// Bytes that were passed over before it.
    pub(crate) passed: u64,
}

impl Job {
    pub(crate) fn known(&self) -> Option<&Known> {
        let (index, at) = self.known.as_ref()?;
        index.blocks.get(*at).map(|(_, known)| known)
    }

    /// Whether what is looked for can be looked for in its bytes.
    pub(crate) fn texts_lie_there(&self) -> bool {
        self.known().is_some_and(|known| !known.flags.has(Flags::MADE_TEXTS))
    }
}

/// Goes through the blocks that a query can't pass over.
pub(crate) struct Plan {
    folder: PathBuf,
    query: Query,
    hashes: Hashes,
    range: Range,
    backward: bool,
    segments: VecDeque<(Segment, u64)>,
    blocks: VecDeque<Block>,
    /// Of the segment whose blocks these are.
    open: Option<(Arc<SegmentFile>, Option<Arc<Index>>)>,
    at: usize,
    pub(crate) of: u64,
    passed: u64,
}

impl Plan {
    pub(crate) fn new(
        folder: &Path,
        query: &Query,
        range: Range,
        backward: bool,
    ) -> Result<Plan, JournalError> {
        let all = segments(folder)?;
        let mut chosen: VecDeque<(Segment, u64)> = VecDeque::new();
        for (at, segment) in all.iter().enumerate() {
            let next = all.get(at + 1).map_or(u64::MAX, |next| next.first);
            if next > range.first && segment.first <= range.last {
                let bytes = plain_bytes(folder, segment)?;
                chosen.push_back((segment.clone(), bytes));
            }
        }
        if backward {
            chosen.make_contiguous().reverse();
        }
        let of = chosen.iter().map(|(_, bytes)| bytes).sum();
        Ok(Plan {
            folder: folder.to_owned(),
            query: query.clone(),
            hashes: Hashes::of(query),
            range,
            backward,
            segments: chosen,
            blocks: VecDeque::new(),
            open: None,
            at: 0,
            of,
            passed: 0,
        })
    }

    /// The next block; none at the end, where the bytes that were passed over last are given.
    pub(crate) fn next(&mut self) -> Result<Result<Job, u64>, JournalError> {
        loop {
            let block =
                if self.backward { self.blocks.pop_back() } else { self.blocks.pop_front() };
            let Some(block) = block else {
                match self.segments.pop_front() {
                    Some((segment, bytes)) => self.enter(&segment, bytes)?,
                    None => return Ok(Err(std::mem::take(&mut self.passed))),
                }
                continue;
            };
            let at = if self.backward { self.blocks.len() } else { self.at };
            self.at += 1;
            let Some((file, index)) = &self.open else { continue };
            if let Some(index) = index
                && let Some((_, known)) = index.blocks.get(at)
                && !self.may_match(index, known)
            {
                self.passed += block.bytes;
                continue;
            }
            let known = index.as_ref().map(|index| (Arc::clone(index), at));
            let passed = std::mem::take(&mut self.passed);
            return Ok(Ok(Job { file: Arc::clone(file), block, known, passed }));
        }
    }

    fn enter(&mut self, segment: &Segment, bytes: u64) -> Result<(), JournalError> {
        (self.open, self.at) = (None, 0);
        let path = index_path(&self.folder, segment.first);
        if let Some(head) = Head::read(&path)
            && head.plain_bytes == bytes
            && !self.may_match_segment(&head)
        {
            self.passed += bytes;
            return Ok(());
        }
        let Some(file) = SegmentFile::open(segment)? else {
            self.passed += bytes;
            return Ok(());
        };
        // an index that can't be read is as good as none
        let index = match file.segment().packed {
            true => Index::read(&path).ok().flatten(),
            false => None,
        };
        let index = index.filter(|index| index.head.packed_bytes == file.segment().bytes);
        self.blocks = match &index {
            Some(index) => index.blocks.iter().map(|(block, _)| *block).collect(),
            None => file.blocks()?.into(),
        };
        self.open = Some((Arc::new(file), index.map(Arc::new)));
        Ok(())
    }

    /// By its times.
    fn may_match_segment(&self, head: &Head) -> bool {
        self.query.may_match(&mut |_, condition| match condition {
            Condition::Time(operator, wanted) => time(*operator, *wanted, head.micros),
            _ => May::ANY,
        })
    }

    fn may_match(&self, index: &Index, known: &Known) -> bool {
        if known.flags.has(Flags::DAMAGED) {
            return true;
        }
        if known.numbers.1 < self.range.first || known.numbers.0 > self.range.last {
            return false;
        }
        let (from, to) = known.filter;
        let filter = index.filters.get(from..to).unwrap_or_default();
        self.query.may_match(&mut |at, condition| match condition {
            Condition::Time(operator, wanted) if !known.flags.has(Flags::UNTIMED) => {
                time(*operator, *wanted, known.micros)
            }
            Condition::Level(LevelTest::Number(operator, wanted))
                if !known.flags.has(Flags::ANY_LEVEL) =>
            {
                let test = LevelTest::Number(*operator, *wanted);
                of_all(known.levels.keys().map(|level| test.is(Some(*level), None)))
            }
            Condition::Logger(test) if !known.flags.has(Flags::ANY_LOGGER) => {
                let names = known.loggers.keys().map(|at| index.loggers.get(*at as usize));
                of_all(names.map(|name| name.is_some_and(|name| test.is(name))))
            }
            _ => match self.hashes.may(at, filter) {
                true => May::ANY,
                false => May::NEVER,
            },
        })
    }
}

/// Bytes of a segment, uncompressed.
fn plain_bytes(folder: &Path, segment: &Segment) -> Result<u64, JournalError> {
    if !segment.packed {
        return Ok(segment.bytes);
    }
    match Head::read(&index_path(folder, segment.first)) {
        Some(head) if head.packed_bytes == segment.bytes => Ok(head.plain_bytes),
        _ => {
            let Some(file) = SegmentFile::open(segment)? else { return Ok(0) };
            Ok(file.blocks()?.iter().map(|block| block.bytes).sum())
        }
    }
}

fn time(operator: Operator, wanted: i64, times: Times) -> May {
    if times.first > times.last {
        return May::NEVER; // there is no record
    }
    let condition = |micros: i64| operator.holds(micros.cmp(&wanted));
    match operator {
        Operator::Equal | Operator::NotEqual => May::ANY,
        // what holds for both ends holds between them
        _ => of_all([condition(times.first), condition(times.last)].into_iter()),
    }
}

/// Of a block with these kinds of records.
fn of_all(are: impl Iterator<Item = bool>) -> May {
    let (mut hold, mut fail) = (false, false);
    are.for_each(|is| if is { hold = true } else { fail = true });
    May { hold, fail: fail || !hold }
}

/// For each condition, tokens that a block must have: of each group at least one.
struct Hashes(Vec<Vec<Vec<u64>>>);

impl Hashes {
    fn of(query: &Query) -> Hashes {
        Hashes(query.conditions().iter().map(groups).collect())
    }

    /// Whether the condition at this index may hold in a block with this filter.
    fn may(&self, at: usize, filter: &[u8]) -> bool {
        let groups = self.0.get(at).map(Vec::as_slice).unwrap_or_default();
        groups.iter().all(|one_of| one_of.iter().any(|hash| bloom::may_have(filter, *hash)))
    }
}

fn groups(condition: &Condition) -> Vec<Vec<u64>> {
    let words = |words: &[Vec<u8>]| -> Vec<Vec<u64>> {
        words.iter().map(|word| vec![bloom::hash(&[word])]).collect()
    };
    match condition {
        Condition::Text(text) => words(text.words()),
        Condition::Field { name, wanted: Wanted::Words(text) }
            if ["message", "exc_text", "stack_info"].contains(&name.as_str()) =>
        {
            words(text.words())
        }
        Condition::Field { name, wanted } if is_indexed(name) => {
            let Some(values) = wanted.one_of() else { return Vec::new() };
            let key = name.as_bytes();
            let mut one_of = vec![bloom::hash(&[key, OPAQUE])];
            let short = values.iter().filter(|value| value.len() <= MOST_VALUE);
            one_of.extend(short.map(|value| bloom::hash(&[key, value])));
            vec![one_of]
        }
        _ => Vec::new(),
    }
}

/// Whether a field's values are in the filters.
fn is_indexed(name: &str) -> bool {
    match Attr::from_key(name.as_bytes()) {
        Some(attr) => ATTRIBUTES.contains(&attr),
        // those with dots may lie in a dict
        None => !name.contains('.') && name != "message",
    }
}
