use rustix::io::Errno;

use crate::encoding::{Codec, EncodeError, Errors, State, next_code_point};
use crate::run::{Notice, Run};

/// Encoded bytes that are gathered for one write. Large enough that the call is cheap beside the
/// copy, small enough to stay in the cache.
const CHUNK: usize = 64 << 10;

/// A text stream's encoder and what it remembers: Python's `TextIOWrapper` without its buffers.
#[derive(Debug)]
pub(crate) struct Text {
    codec: Codec,
    errors: Errors,
    /// The encoder's, after what has been written.
    state: State,
    /// Whether the next line starts with the codec's mark.
    mark: bool,
    /// Encoded lines on their way.
    chunk: Vec<u8>,
    /// The lines in `chunk`.
    parts: Vec<Part>,
    /// Lines that can't be encoded, and where they end in the run's text.
    bad: Vec<(usize, usize, EncodeError)>,
    /// The rest of a character of which only some bytes could be written.
    tail: Vec<u8>,
    /// Whether the file ends within a line.
    broken: bool,
    /// Whether nothing is in the file yet.
    fresh: bool,
}

/// A line, or the rest of one, in `chunk`.
#[derive(Clone, Copy, Debug)]
struct Part {
    /// Where it starts and ends in the run's text.
    start: usize,
    end: usize,
    /// Where it ends in `chunk`.
    encoded_end: usize,
    /// Whether it starts with the codec's mark.
    mark: bool,
    /// The encoder's before it.
    state: State,
}

/// Takes some of the bytes and says how many: one `write(2)`.
pub(crate) type Sink<'s> = &'s mut dyn FnMut(&[u8]) -> Result<usize, Errno>;

/// A write that stopped: how much of the run's text is done, and why.
pub(crate) struct Stopped {
    pub(crate) written: usize,
    pub(crate) errno: Errno,
}

impl Text {
    pub(crate) fn new(codec: Codec, errors: Errors) -> Text {
        Text {
            codec,
            errors,
            state: State::of_stream(None),
            mark: false,
            chunk: Vec::new(),
            parts: Vec::new(),
            bad: Vec::new(),
            tail: Vec::new(),
            broken: false,
            fresh: false,
        }
    }

    /// To be called when the stream has been opened; `position` is None if it can't seek.
    pub(crate) fn opened(&mut self, position: Option<u64>) {
        self.mark = self.codec.writes_mark(position);
        self.state = State::of_stream(position);
        self.fresh = position == Some(0);
    }

    /// To be called when the stream was moved to `position`, its end. What an earlier write left
    /// unfinished stays to be done.
    pub(crate) fn sought(&mut self, position: u64) {
        if self.tail.is_empty() && !self.broken {
            let state = self.state.sought(position);
            self.opened(Some(position));
            self.state = state;
        }
    }

    /// Whether the bytes written are the run's own, so that their number is known without encoding.
    pub(crate) fn is_verbatim(&self, text: &[u8]) -> bool {
        self.codec.is_utf8() && !self.mark && self.tail.is_empty() && !has_surrogate(text)
    }

    /// Whether the encoder begins anew when the stream is opened anew.
    pub(crate) fn has_state(&self) -> bool {
        self.codec.has_state()
    }

    /// Writes what is not done yet of the run's lines `first..last`.
    pub(crate) fn write(
        &mut self,
        sink: Sink,
        run: &Run,
        first: usize,
        last: usize,
        notice: &mut dyn FnMut(Notice),
    ) -> Result<(), Stopped> {
        let start = run.start(first).max(run.done);
        if first >= last && self.tail.is_empty() {
            return Ok(());
        }
        self.resume(sink, run.start(first) < start)
            .map_err(|errno| Stopped { written: start, errno })?;
        let text = run.part(start, run.start(last));
        if self.is_verbatim(text) {
            return write_all(sink, text).map_err(|(taken, errno)| {
                let written = start + self.stop_within(text, taken, false);
                self.broken = run.splits_line(written);
                Stopped { written, errno }
            });
        }
        let done = self.write_encoded(sink, run, first, last, notice);
        self.chunk.shrink_to(2 * CHUNK);
        done
    }

    /// Ends what an earlier write left unfinished: a character, and if the run does not go on
    /// within that line, the line.
    fn resume(&mut self, sink: Sink, within_line: bool) -> Result<(), Errno> {
        if std::mem::take(&mut self.fresh) && !within_line {
            // The line that was given up is in another file.
            self.tail.clear();
            self.broken = false;
        }
        if self.broken && !within_line {
            self.codec.encode(u32::from(b'\n'), &mut self.state, &mut self.tail);
        }
        self.broken = within_line;
        match write_all(sink, &self.tail) {
            Ok(()) => {
                self.tail.clear();
                self.broken = false;
                Ok(())
            }
            Err((taken, errno)) => {
                self.tail.drain(..taken);
                Err(errno)
            }
        }
    }

    fn write_encoded(
        &mut self,
        sink: Sink,
        run: &Run,
        first: usize,
        last: usize,
        notice: &mut dyn FnMut(Notice),
    ) -> Result<(), Stopped> {
        for index in first..last {
            let (start, end) = (run.start(index).max(run.done), run.end(index));
            let mark = std::mem::take(&mut self.mark);
            let (before, state) = (self.chunk.len(), self.state);
            if mark {
                self.chunk.extend_from_slice(self.codec.mark());
            }
            let line = run.part(start, end);
            match self.codec.encode_line(line, self.errors, &mut self.state, &mut self.chunk) {
                Ok(()) => {
                    let encoded_end = self.chunk.len();
                    self.parts.push(Part { start, end, encoded_end, mark, state });
                }
                Err(reason) => {
                    self.chunk.truncate(before);
                    self.bad.push((index, end, reason));
                }
            }
            if self.chunk.len() >= CHUNK {
                self.hand_over(sink, run, notice)?;
            }
        }
        self.hand_over(sink, run, notice)
    }

    /// Writes `chunk`. Bad lines are reported once they are passed, so that a retry, which meets
    /// those behind the stop again, reports each once.
    fn hand_over(
        &mut self,
        sink: Sink,
        run: &Run,
        notice: &mut dyn FnMut(Notice),
    ) -> Result<(), Stopped> {
        let stopped = write_all(sink, &self.chunk).err().map(|(taken, errno)| {
            let next = self.parts.partition_point(|part| part.encoded_end <= taken);
            let written = self.parts.get(next).copied().map_or(run.text.len(), |part| {
                let before = next.checked_sub(1).and_then(|i| self.parts.get(i));
                let taken = taken - before.map_or(0, |part| part.encoded_end);
                let line = run.part(part.start, part.end);
                self.state = part.state;
                let written = part.start + self.stop_within(line, taken, part.mark);
                self.broken = run.splits_line(written);
                if taken == 0 {
                    self.mark = part.mark;
                }
                written
            });
            Stopped { written, errno }
        });
        let passed = stopped.as_ref().map_or(usize::MAX, |stopped| stopped.written);
        for (index, end, reason) in self.bad.drain(..) {
            if end <= passed {
                notice(Notice::BadLine { index, reason });
            }
        }
        self.chunk.clear();
        self.parts.clear();
        stopped.map_or(Ok(()), Err)
    }

    /// `taken` bytes of the encoded `text` are written: gives how much of `text` that is, up to the
    /// end of a character, and keeps the rest of that character's bytes for the next write.
    fn stop_within(&mut self, text: &[u8], taken: usize, mark: bool) -> usize {
        let (mut encoded, mut at) = (0, 0);
        let mut bytes = Vec::new();
        if mark {
            bytes.extend_from_slice(self.codec.mark());
        }
        while encoded < taken {
            let rest = text.get(at..).unwrap_or_default();
            let Some((code_point, len)) = next_code_point(rest) else {
                self.codec.finish(&mut self.state, &mut bytes);
                self.keep_rest(&bytes, taken - encoded);
                break;
            };
            at += len;
            let rest = text.get(at..).unwrap_or_default();
            match self.codec.encode_pair(code_point, rest, &mut self.state, &mut bytes) {
                Some(len) => at += len,
                None => {
                    // It was encoded before, so it can be: the result is not needed.
                    let (state, errors) = (&mut self.state, self.errors);
                    let _ = self.codec.encode_or_replace(code_point, errors, state, &mut bytes);
                }
            }
            self.keep_rest(&bytes, taken - encoded);
            encoded += bytes.len();
            bytes.clear();
        }
        at
    }

    /// Keeps what is not written of a character's bytes.
    fn keep_rest(&mut self, bytes: &[u8], taken: usize) {
        self.tail.extend_from_slice(bytes.get(taken..).unwrap_or_default());
    }
}

/// Whether WTF-8 text holds a lone surrogate: `ED A0..BF xx`, which UTF-8 hasn't.
fn has_surrogate(text: &[u8]) -> bool {
    memchr::memchr_iter(0xED, text).any(|at| text.get(at + 1).is_some_and(|&next| next >= 0xA0))
}

/// Writes all of `bytes`, or gives how many went out before the error.
fn write_all(sink: Sink, bytes: &[u8]) -> Result<(), (usize, Errno)> {
    let mut taken = 0;
    while let Some(rest) = bytes.get(taken..).filter(|rest| !rest.is_empty()) {
        match sink(rest) {
            // The kernel gives 0 for no regular file or stream; trying for ever would be worse.
            Ok(0) => return Err((taken, Errno::IO)),
            Ok(count) => taken += count,
            Err(Errno::INTR) => {}
            Err(errno) => return Err((taken, errno)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
