use std::ops::Range;

use crate::condition::Condition;
use crate::error::QueryError;
use crate::parse::parse;
use crate::time::Clock;
use crate::view::View;

/// A query that was read. The default one matches every record.
#[derive(Clone, Debug, Default)]
pub struct Query {
    conditions: Vec<Condition>,
    spans: Vec<Range<usize>>,
    /// Steps with one truth value, which each condition replaces. Jumps go forward only.
    steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The condition with this index.
    Ask(usize),
    Not,
    /// To the step with this index, if it is false: the rest of an `and` doesn't count.
    IfFalse(usize),
    /// The same for `or`.
    IfTrue(usize),
}

/// What may be said of many records: that the condition holds for one, and that it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct May {
    /// For some of them it may hold.
    pub hold: bool,
    /// For some of them it may not hold.
    pub fail: bool,
}

impl May {
    /// Nothing is known.
    pub const ANY: May = May { hold: true, fail: true };
    /// It holds for none of them.
    pub const NEVER: May = May { hold: false, fail: true };
    /// It holds for all of them.
    pub const ALWAYS: May = May { hold: true, fail: false };
    const NOWHERE: May = May { hold: false, fail: false };

    fn and(self, other: May) -> May {
        May { hold: self.hold || other.hold, fail: self.fail || other.fail }
    }
}

impl Query {
    /// Reads a query. An empty one matches every record. The clock is for times such as `yesterday`.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong, with its place.
    pub fn parse(text: &str, clock: &Clock) -> Result<Query, QueryError> {
        parse(text, clock)
    }

    pub(crate) fn new(
        conditions: Vec<Condition>,
        spans: Vec<Range<usize>>,
        steps: Vec<Step>,
    ) -> Query {
        Query { conditions, spans, steps }
    }

    /// The query that matches what both do. Spans are those of their own texts.
    pub fn and(mut self, other: Query) -> Query {
        if self.steps.is_empty() {
            return other;
        }
        if other.steps.is_empty() {
            return self;
        }
        let (conditions, steps) = (self.conditions.len(), self.steps.len() + 1);
        self.steps.push(Step::IfFalse(steps + other.steps.len()));
        self.steps.extend(other.steps.iter().map(|step| match *step {
            Step::Ask(index) => Step::Ask(index + conditions),
            Step::Not => Step::Not,
            Step::IfFalse(to) => Step::IfFalse(to + steps),
            Step::IfTrue(to) => Step::IfTrue(to + steps),
        }));
        self.conditions.extend(other.conditions);
        self.spans.extend(other.spans);
        self
    }

    /// The query that asks for one condition.
    pub fn one(condition: Condition) -> Query {
        let nowhere = Range::default();
        Query { conditions: vec![condition], spans: vec![nowhere], steps: vec![Step::Ask(0)] }
    }

    /// Whether it matches every record.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// All its conditions.
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// Where in the query each of the conditions is.
    pub fn spans(&self) -> &[Range<usize>] {
        &self.spans
    }

    /// Whether a record is one that is looked for.
    pub fn matches(&self, record: &dyn View) -> bool {
        let mut holds = true;
        let mut at = 0;
        while let Some(step) = self.steps.get(at) {
            at += 1;
            match *step {
                Step::Ask(index) => {
                    holds = self.conditions.get(index).is_some_and(|asked| asked.is(record));
                }
                Step::Not => holds = !holds,
                Step::IfFalse(to) if !holds => at = to,
                Step::IfTrue(to) if holds => at = to,
                Step::IfFalse(_) | Step::IfTrue(_) => {}
            }
        }
        holds
    }

    /// Whether one of many records may match; `may` says for each condition, by its index, what is
    /// known of it.
    pub fn may_match(&self, may: &mut dyn FnMut(usize, &Condition) -> May) -> bool {
        // what the truth value may be, when it comes to each step and to the end
        let mut arriving = [May::NOWHERE; MOST_STEPS + 1];
        let mut now = May::ALWAYS;
        for (at, step) in self.steps.iter().enumerate() {
            let Some(jumped) = arriving.get(at) else { return true };
            now = now.and(*jumped);
            match *step {
                Step::Ask(index) if now != May::NOWHERE => {
                    now = self.conditions.get(index).map_or(May::ANY, |asked| may(index, asked));
                }
                Step::Ask(_) => {}
                Step::Not => now = May { hold: now.fail, fail: now.hold },
                Step::IfFalse(to) => {
                    let Some(there) = arriving.get_mut(to) else { return true };
                    there.fail |= now.fail;
                    now.fail = false;
                }
                Step::IfTrue(to) => {
                    let Some(there) = arriving.get_mut(to) else { return true };
                    there.hold |= now.hold;
                    now.hold = false;
                }
            }
        }
        now.hold || arriving.get(self.steps.len()).is_none_or(|jumped| jumped.hold)
    }
}

/// Steps of the longest query: each condition, the jump before it, and a `not` for each of its terms.
pub(crate) const MOST_STEPS: usize = 512;
