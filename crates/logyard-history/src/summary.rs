use std::collections::BTreeMap;
use std::ops::ControlFlow;

use logyard_journal::JournalError;
use logyard_query::{Condition, Operator, Query, View};

use crate::groups::{Group, Groups};
use crate::index::{Flags, Index, Known};
use crate::plan::{Job, Plan, Progress};
use crate::scan::{Range, Scanner};
use crate::search::History;

/// The levels that are counted: each with those from its number up to the next one's.
pub const LEVELS: [i64; 6] = [i64::MIN, 10, 20, 30, 40, 50];

/// Loggers that are counted by name; the others are counted together as the empty name.
const MOST_LOGGERS: usize = 10_000;

/// Buckets of a summary: more than a screen has columns.
const MOST_BUCKETS: usize = 10_000;

/// What is counted.
#[derive(Clone, Copy, Debug)]
pub struct SummaryRequest<'q> {
    /// Which records.
    pub query: &'q Query,
    /// Those made from then on, in microseconds since 1970.
    pub since: i64,
    /// Those made before then.
    pub until: i64,
    /// Those before the one of this number.
    pub before: u64,
    /// Into how many equal parts that time is divided: from 1 to 10,000.
    pub buckets: usize,
    /// Whether kinds of errors are wanted, for which tracebacks have to be read.
    pub groups: bool,
}

/// Levels over time, loggers, and kinds of errors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The parts of the time, in order.
    pub buckets: Vec<Bucket>,
    /// Records of each logger.
    pub loggers: BTreeMap<String, u64>,
    /// Kinds of errors, those seen last first.
    pub groups: Vec<Group>,
    /// Errors of kinds that are too many to be told apart.
    pub other_errors: u64,
    /// Records in all.
    pub count: u64,
    /// Whether everything was looked through: it was not stopped.
    pub complete: bool,
}

/// A part of the time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// When it begins, in microseconds since 1970.
    pub since: i64,
    /// Records by level, as in [`LEVELS`].
    pub levels: [u64; LEVELS.len()],
}

impl History {
    /// Counts what the query matches in a time. `go_on` is told how far it is, and may end it.
    ///
    /// # Errors
    ///
    /// The folder or a segment can't be read.
    pub fn summarize(
        &self,
        request: &SummaryRequest<'_>,
        go_on: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Summary, JournalError> {
        let query = Query::one(Condition::Time(Operator::GreaterOrEqual, request.since))
            .and(Query::one(Condition::Time(Operator::Less, request.until)))
            .and(request.query.clone());
        let Some(last) = request.before.checked_sub(1) else { return Ok(Summary::default()) };
        let range = Range { first: 0, last };
        let mut plan = Plan::new(self.folder(), &query, range, false)?;
        let mut progress = Progress { of: plan.of, ..Progress::default() };
        let mut counts = Counts::new(request);
        let mut scanner = Scanner::new();
        let (mut packed, mut plain) = (Vec::new(), Vec::new());
        let complete = loop {
            let job = match plan.next()? {
                Ok(job) => job,
                Err(passed) => {
                    progress.searched += passed;
                    let _ = go_on(progress); // it is at its end
                    break true;
                }
            };
            progress.searched += job.passed + job.block.bytes;
            if !counts.take_known(request, &job) {
                progress.read += job.block.bytes;
                if job.file.load(&job.block, &mut packed, &mut plain)? {
                    let lie_there = job.texts_lie_there();
                    scanner.scan(&plain, &query, range, lie_there, &mut |found| {
                        counts.take(found.view, found.number, request.groups);
                    });
                }
            }
            if go_on(progress).is_break() {
                break false;
            }
        };
        Ok(Summary { complete, ..counts.finish() })
    }
}

struct Counts {
    summary: Summary,
    loggers: BTreeMap<Vec<u8>, u64>,
    groups: Groups,
    since: i64,
    until: i64,
    of: usize,
}

impl Counts {
    fn new(request: &SummaryRequest<'_>) -> Counts {
        let of = request.buckets.clamp(1, MOST_BUCKETS);
        let (since, until) = (request.since, request.until);
        let begin = |at: usize| {
            let span = i128::from(until) - i128::from(since);
            (i128::from(since) + span * at as i128 / of as i128) as i64 // between the two
        };
        let buckets = (0..of).map(|at| Bucket { since: begin(at), ..Bucket::default() });
        Counts {
            summary: Summary { buckets: buckets.collect(), ..Summary::default() },
            loggers: BTreeMap::new(),
            groups: Groups::default(),
            since,
            until,
            of,
        }
    }

    fn bucket(&self, micros: i64) -> Option<usize> {
        if !(self.since..self.until).contains(&micros) {
            return None;
        }
        let behind = self.summary.buckets.partition_point(|bucket| bucket.since <= micros);
        behind.checked_sub(1)
    }

    fn count(&mut self, bucket: Option<usize>, level: i64, records: u64) {
        self.summary.count += records;
        let class = LEVELS.partition_point(|least| *least <= level).saturating_sub(1);
        let bucket = bucket.and_then(|bucket| self.summary.buckets.get_mut(bucket));
        if let Some(count) = bucket.and_then(|bucket| bucket.levels.get_mut(class)) {
            *count += records;
        }
    }

    fn count_logger(&mut self, name: &[u8], records: u64) {
        if let Some(count) = self.loggers.get_mut(name) {
            *count += records;
        } else {
            let name = if self.loggers.len() < MOST_LOGGERS { name } else { b"" };
            *self.loggers.entry(name.to_vec()).or_default() += records;
        }
    }

    fn take(&mut self, view: &logyard_query::RecordView<'_>, number: u64, groups: bool) {
        let bucket = view.micros().and_then(|micros| self.bucket(micros));
        self.count(bucket, view.level().unwrap_or_default(), 1);
        self.count_logger(view.logger().unwrap_or_default(), 1);
        if groups {
            self.groups.add(view, number, bucket, self.of);
        }
    }

    /// Takes the counts of a block from the index, if these tell all that is asked.
    fn take_known(&mut self, request: &SummaryRequest<'_>, job: &Job) -> bool {
        let (Some(known), Some((index, _))) = (job.known(), &job.known) else { return false };
        let in_one = self.bucket(known.micros.first).zip(self.bucket(known.micros.last));
        let Some((bucket, _)) = in_one.filter(|(first, last)| first == last) else { return false };
        let unclear = [Flags::UNTIMED, Flags::ANY_LEVEL, Flags::ANY_LOGGER, Flags::DAMAGED];
        let has_errors = known.flags.has(Flags::TRACEBACKS)
            || known.levels.last_key_value().is_some_and(|(level, _)| *level >= 40);
        if !request.query.is_empty()
            || unclear.iter().any(|flag| known.flags.has(*flag))
            || (request.groups && has_errors)
        {
            return false;
        }
        self.take_all(known, index, bucket);
        true
    }

    fn take_all(&mut self, known: &Known, index: &Index, bucket: usize) {
        for (level, records) in &known.levels {
            self.count(Some(bucket), *level, (*records).into());
        }
        for (logger, records) in &known.loggers {
            let name = index.loggers.get(*logger as usize).map(Vec::as_slice);
            self.count_logger(name.unwrap_or_default(), (*records).into());
        }
    }

    fn finish(self) -> Summary {
        let (groups, other_errors) = self.groups.finish();
        let loggers = self.loggers.into_iter();
        let loggers =
            loggers.map(|(name, count)| (String::from_utf8_lossy(&name).into_owned(), count));
        Summary { loggers: loggers.collect(), groups, other_errors, ..self.summary }
    }
}
