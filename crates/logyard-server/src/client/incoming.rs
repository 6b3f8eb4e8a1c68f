use std::ops::ControlFlow;

use logyard_pickle::{Limits, Step, next_frame};

use super::message::{self, Message};

/// What a client sends, and what has been taken of it.
#[derive(Debug, Default)]
pub(crate) struct Incoming {
    /// The number of the last record that was taken.
    pub(crate) last: u64,
    /// Bytes of batches that were looked at since this was asked last.
    pub(crate) bytes: usize,
    /// The rest of a batch that was interrupted, and the number of its first record.
    rest: Vec<u8>,
    next: u64,
    /// Why the connection must end.
    pub(crate) problem: Option<String>,
}

impl Incoming {
    /// What comes behind the record numbered `last` is new.
    pub(crate) fn new(last: u64) -> Incoming {
        Incoming { last, ..Incoming::default() }
    }

    /// Whether a batch was interrupted: [`Incoming::go_on`] comes before the next message.
    pub(crate) fn is_interrupted(&self) -> bool {
        !self.rest.is_empty()
    }

    /// Takes a message: calls `each` with the records in it that are new, as long as it wants more.
    pub(crate) fn message(
        &mut self,
        payload: &[u8],
        limits: &Limits,
        each: impl FnMut(&[u8]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.bytes += payload.len();
        match message::read(payload) {
            Ok(Message::Batch { first, count, records }) => {
                if let Err(problem) = check(records, count, limits) {
                    return self.end(problem);
                }
                self.records(first, records, limits, each)
            }
            Ok(Message::Hello(_)) => self.end("a second hello".into()),
            Err(problem) => self.end(problem),
        }
    }

    /// Goes on with a batch that was interrupted.
    pub(crate) fn go_on(
        &mut self,
        limits: &Limits,
        each: impl FnMut(&[u8]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let rest = std::mem::take(&mut self.rest);
        self.records(self.next, &rest, limits, each)
    }

    fn records(
        &mut self,
        first: u64,
        mut records: &[u8],
        limits: &Limits,
        mut each: impl FnMut(&[u8]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut number = first;
        while let Ok(Step::Frame { payload, rest }) = next_frame(records, limits) {
            records = rest;
            let is_new = number > self.last;
            self.last = self.last.max(number);
            number += 1;
            if is_new && each(payload).is_break() {
                self.rest = records.to_vec();
                self.next = number;
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    fn end(&mut self, problem: String) -> ControlFlow<()> {
        self.problem = Some(problem);
        ControlFlow::Break(())
    }
}

/// Whether a batch holds as many records as it says, and nothing else.
fn check(mut records: &[u8], count: u32, limits: &Limits) -> Result<(), String> {
    for _ in 0..count {
        match next_frame(records, limits) {
            Ok(Step::Frame { rest, .. }) => records = rest,
            Ok(Step::More { .. }) => return Err("a batch that ends within a record".into()),
            Err(error) => return Err(format!("a batch with a record that can't be: {error}")),
        }
    }
    if records.is_empty() { Ok(()) } else { Err("a batch with more in it than it says".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(first: u64, records: &[&[u8]]) -> Vec<u8> {
        let mut message = vec![0xE3];
        message.extend(first.to_be_bytes());
        message.extend((records.len() as u32).to_be_bytes());
        for record in records {
            message.extend((record.len() as u32).to_be_bytes());
            message.extend_from_slice(record);
        }
        message
    }

    #[test]
    fn each_record_is_taken_once_and_in_pieces() {
        let limits = Limits::default();
        let mut incoming = Incoming::new(2);
        let mut taken = Vec::new();
        let mut each = |record: &[u8]| {
            taken.push(record.to_vec());
            ControlFlow::Break(())
        };
        let message = batch(1, &[b"1", b"2", b"3", b"4"]);
        assert!(incoming.message(&message, &limits, &mut each).is_break());
        assert_eq!((incoming.last, incoming.is_interrupted()), (3, true));
        assert!(incoming.go_on(&limits, &mut each).is_break());
        assert_eq!((incoming.last, incoming.is_interrupted()), (4, false));
        assert!(incoming.message(&message, &limits, &mut each).is_continue(), "all known");
        assert!(incoming.message(&batch(7, &[b"7"]), &limits, &mut each).is_break());
        assert_eq!(taken, [b"3", b"4", b"7"]);
        assert_eq!((incoming.last, &incoming.problem), (7, &None));
    }

    #[test]
    fn a_batch_that_is_not_as_it_says_ends_the_connection() {
        let good = batch(1, &[b"1", b"2"]);
        let mut more = good.clone();
        more[12] = 1;
        let less = &good[..good.len() - 1];
        for bad in [&more[..], less, b"\xe1logyard/1 {}", b"N."] {
            let mut incoming = Incoming::new(0);
            let done = incoming.message(bad, &Limits::default(), |_| panic!("a record"));
            assert!(done.is_break() && incoming.problem.is_some(), "{bad:?}");
        }
    }
}
