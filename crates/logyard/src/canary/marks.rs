use std::io::{self, Read};
use std::time::Instant;

use memchr::memmem;

/// Digits of the random part, and of the number.
const RANDOM: usize = 16;
const DIGITS: usize = 5;

/// The marks of one round, and where they were seen.
pub(super) struct Marks {
    /// `canary-0123456789abcdef-`
    prefix: String,
    /// For each number, in the order of sending.
    pub(super) all: Vec<Mark>,
    /// The highest number that was seen so far.
    highest: Option<usize>,
    /// Those that were seen for the first time after a higher number.
    pub(super) out_of_order: u64,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mark {
    pub(super) sent: Option<Instant>,
    pub(super) seen: Option<Instant>,
    pub(super) times: u64,
}

impl Marks {
    pub(super) fn new(count: usize) -> io::Result<Marks> {
        let mut random = [0; RANDOM / 2];
        std::fs::File::open("/dev/urandom")?.read_exact(&mut random)?;
        let random: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let prefix = format!("canary-{random}-");
        Ok(Marks { prefix, all: vec![Mark::default(); count], highest: None, out_of_order: 0 })
    }

    /// The message of a record.
    pub(super) fn text(&self, number: usize) -> String {
        format!("{}{number:0DIGITS$}", self.prefix)
    }

    /// Bytes of a mark, less one: what to keep of a piece of the file to find one that goes on in the next.
    pub(super) fn overlap(&self) -> usize {
        self.prefix.len() + DIGITS - 1
    }

    /// Notes all marks in a piece of the file.
    pub(super) fn note(&mut self, piece: &[u8]) {
        let now = Instant::now();
        for number in self.find(piece) {
            let mark = &mut self.all[number];
            mark.times += 1;
            if mark.seen.is_none() {
                mark.seen = Some(now);
                if self.highest.is_some_and(|highest| highest > number) {
                    self.out_of_order += 1;
                }
                self.highest = self.highest.max(Some(number));
            }
        }
    }

    /// Notes those that were not seen elsewhere: of a file that may hold what was seen already.
    pub(super) fn note_missing(&mut self, piece: &[u8]) {
        let now = Instant::now();
        for number in self.find(piece) {
            let mark = &mut self.all[number];
            if mark.seen.is_none() {
                (mark.seen, mark.times) = (Some(now), 1);
            }
        }
    }

    fn find(&self, piece: &[u8]) -> Vec<usize> {
        let number = |at: usize| {
            let digits = piece.get(at + self.prefix.len()..)?.get(..DIGITS)?;
            let number: usize = str::from_utf8(digits).ok()?.parse().ok()?;
            (number < self.all.len()).then_some(number)
        };
        memmem::find_iter(piece, self.prefix.as_bytes()).filter_map(number).collect()
    }

    /// Whether one that was sent was not seen.
    pub(super) fn any_missing(&self) -> bool {
        self.all.iter().any(|mark| mark.sent.is_some() && mark.seen.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_times_are_counted() {
        let mut marks = Marks::new(4).unwrap();
        let text: String =
            [0, 2, 1, 2].iter().map(|number| format!("INFO {}\n", marks.text(*number))).collect();
        marks.note(text.as_bytes());
        let times: Vec<u64> = marks.all.iter().map(|mark| mark.times).collect();
        assert_eq!(times, [1, 1, 2, 0]);
        assert_eq!(marks.out_of_order, 1);
        marks.note_missing(format!("{}{}", marks.text(2), marks.text(3)).as_bytes());
        assert_eq!(marks.all[2].times, 2);
        assert_eq!(marks.all[3].times, 1);
    }
}
