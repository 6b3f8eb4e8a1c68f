use std::collections::HashMap;

use logyard_pickle::Value;
use logyard_query::{RecordView, View};
use logyard_record::{Attr, write_str};

use crate::traceback::{Frame, Traceback};

/// Kinds of errors that are told apart; what more there are is counted together.
const MOST_GROUPS: usize = 1000;

/// Frames that tell kinds apart: the innermost of one's own code.
const FRAMES: usize = 8;

/// Length of the texts that are kept to show.
const MOST_SHOWN: usize = 500;

/// What makes records one kind of error.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Kind {
    /// The exception's type; empty for a record without a traceback.
    pub exception: String,
    /// The frames in the service's own code, as `file:function`, the innermost last.
    pub frames: Vec<String>,
    /// `msg` where the client sent it without merging its arguments; else where the logging call is, as
    /// `pathname:lineno`, which a stock client always tells.
    pub template: String,
}

/// The records of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What they have in common.
    pub kind: Kind,
    /// How many there are.
    pub count: u64,
    /// When the first and the last were made, in microseconds since 1970.
    pub first: i64,
    /// See `first`.
    pub last: i64,
    /// The number of the last one: to look around it.
    pub number: u64,
    /// The highest level.
    pub level: i64,
    /// The logger of the last one.
    pub logger: String,
    /// The message of the last one, or its beginning.
    pub message: String,
    /// How many in each bucket of the summary.
    pub counts: Vec<u64>,
}

#[derive(Default)]
pub(crate) struct Groups {
    groups: HashMap<Kind, Group>,
    /// Records of more kinds.
    pub(crate) others: u64,
}

impl Groups {
    /// Counts a record if it is an error: its level is ERROR at least, or it has a traceback.
    pub(crate) fn add(
        &mut self,
        view: &RecordView<'_>,
        number: u64,
        bucket: Option<usize>,
        of: usize,
    ) {
        let level = view.level().unwrap_or_default();
        if level < 40 && !has_exception(view) {
            return;
        }
        let kind = kind(view);
        if !self.groups.contains_key(&kind) && self.groups.len() >= MOST_GROUPS {
            self.others += 1;
            return;
        }
        let micros = view.micros().unwrap_or_default();
        let group = self.groups.entry(kind).or_insert_with_key(|kind| Group {
            kind: kind.clone(),
            count: 0,
            first: micros,
            last: micros,
            number,
            level,
            logger: String::new(),
            message: String::new(),
            counts: vec![0; of],
        });
        group.count += 1;
        group.first = group.first.min(micros);
        group.last = group.last.max(micros);
        group.level = group.level.max(level);
        if number >= group.number {
            group.number = number;
            group.logger = shown(view.logger().unwrap_or_default());
            group.message = shown(view.message());
        }
        if let Some(count) = bucket.and_then(|bucket| group.counts.get_mut(bucket)) {
            *count += 1;
        }
    }

    /// Those seen last come first.
    pub(crate) fn finish(self) -> (Vec<Group>, u64) {
        let mut groups: Vec<Group> = self.groups.into_values().collect();
        groups.sort_unstable_by_key(|group| std::cmp::Reverse((group.last, group.number)));
        (groups, self.others)
    }
}

/// Whether an exception was logged with it.
pub(crate) fn has_exception(view: &RecordView<'_>) -> bool {
    view.exc_text().is_some() || view.record().exception().is_some()
}

/// The exception by the traceback's text; where that is none, or another than Python's, as the client
/// tells of it.
fn traceback<'r>(view: &RecordView<'r>) -> Traceback<'r> {
    if let Some(traceback) = view.exc_text().and_then(Traceback::parse) {
        return traceback;
    }
    let Some(exception) = view.record().exception() else { return Traceback::default() };
    let frames = exception.frames().map(|(file, line, function)| Frame {
        file,
        line: u32::try_from(line).unwrap_or_default(),
        function,
    });
    Traceback { exception: exception.class, frames: frames.collect() }
}

fn kind(view: &RecordView<'_>) -> Kind {
    let traceback = traceback(view);
    let mut frames: Vec<String> = traceback
        .own_frames()
        .map(|frame| format!("{}:{}", shown(frame.file), shown(frame.function)))
        .collect();
    frames.drain(..frames.len().saturating_sub(FRAMES));
    let record = view.record();
    let merged = matches!(record.attr(Attr::Args), Value::None)
        || matches!(record.attr(Attr::Args), Value::Tuple(args) if args.is_empty());
    let mut template = Vec::new();
    if merged {
        for attr in [Attr::PathName, Attr::LineNo] {
            if !template.is_empty() {
                template.push(b':');
            }
            let _ = write_str(record.attr(attr), &mut template); // of a text without end, none
        }
    } else {
        let _ = write_str(record.attr(Attr::Msg), &mut template);
    }
    Kind { exception: shown(traceback.exception), frames, template: shown(&template) }
}

/// The beginning of a text.
fn shown(text: &[u8]) -> String {
    let text = text.get(..MOST_SHOWN).unwrap_or(text);
    String::from_utf8_lossy(text).trim_end_matches('\u{fffd}').to_owned()
}
