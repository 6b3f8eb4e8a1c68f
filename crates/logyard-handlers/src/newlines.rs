//! `newline` of Python's `open`, for writing: what becomes of each `\n`.

use logyard_config::Newline;

use crate::run::Run;

/// A run with its newlines translated.
#[derive(Debug, Default)]
pub(crate) struct Translated {
    text: Vec<u8>,
    ends: Vec<u32>,
    done: usize,
    /// How much longer each newline is.
    more: usize,
}

impl Translated {
    /// None if nothing is to be translated.
    pub(crate) fn new(run: &Run, newline: Newline) -> Option<Translated> {
        let new: &[u8] = match newline {
            Newline::Lf => return None,
            Newline::Cr => b"\r",
            Newline::CrLf => b"\r\n",
        };
        let mut all = Translated { more: new.len() - 1, ..Translated::default() };
        for index in 0..run.ends.len() {
            for piece in run.part(run.start(index), run.end(index)).split_inclusive(|&b| b == b'\n')
            {
                match piece.strip_suffix(b"\n") {
                    Some(line) => {
                        all.text.extend_from_slice(line);
                        all.text.extend_from_slice(new);
                    }
                    None => all.text.extend_from_slice(piece),
                }
            }
            all.ends.push(u32::try_from(all.text.len()).unwrap_or(u32::MAX));
        }
        let before = run.part(0, run.done);
        all.done = run.done + all.more * before.iter().filter(|&&b| b == b'\n').count();
        Some(all)
    }

    pub(crate) fn run<'b>(&'b self, of: &Run<'b>) -> Run<'b> {
        Run { text: &self.text, ends: &self.ends, levels: of.levels, done: self.done }
    }

    /// The offset in the run itself. One within a newline is before it: it is written again.
    pub(crate) fn back(&self, offset: usize, run: &Run) -> usize {
        let mut there = 0;
        let at = run.text.iter().position(|&byte| {
            let next = there + 1 + if byte == b'\n' { self.more } else { 0 };
            let reached = next > offset;
            there = next;
            reached
        });
        at.unwrap_or(run.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_lead_back() {
        let run = Run { done: 3, ..Run::new(b"a\nb\n\nc\n", &[2, 5, 7], &[]) };
        let translated = Translated::new(&run, Newline::CrLf).unwrap();
        let there = translated.run(&run);
        assert_eq!(there.text, b"a\r\nb\r\n\r\nc\r\n");
        assert_eq!((there.ends, there.done), (&[3, 8, 11][..], 4));
        let back: Vec<usize> = (0..=11).map(|offset| translated.back(offset, &run)).collect();
        assert_eq!(back, [0, 1, 1, 2, 3, 3, 4, 4, 5, 6, 6, 7]);
        assert!(Translated::new(&run, Newline::Lf).is_none());
    }
}
