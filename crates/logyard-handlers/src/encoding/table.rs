//! Readers of the tables that `tables/generate.py` makes; that file tells their format.

/// Characters and their codes of 16 bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table(pub(super) &'static [u8]);

impl Table {
    /// The character's code.
    pub(super) fn get(self, char: u32) -> Option<u16> {
        let count = usize::from(u16_at(self.0, 0)?);
        let block = u16::try_from(char >> 4).ok()?;
        let at = search(count, block, |index| u16_at(self.0, 1 + 3 * index))?;
        let members = u16_at(self.0, 2 + 3 * at)?;
        let bit = 1_u16 << (char & 15);
        if members & bit == 0 {
            return None;
        }
        let before = (members & (bit - 1)).count_ones() as usize;
        u16_at(self.0, 1 + 3 * count + usize::from(u16_at(self.0, 3 + 3 * at)?) + before)
    }

    /// The character's code where this table has one, 0 for no code; else that of another.
    pub(super) fn or_else(self, char: u32, other: impl FnOnce() -> Option<u16>) -> Option<u16> {
        match self.get(char) {
            Some(0) => None,
            Some(code) => Some(code),
            None => other(),
        }
    }
}

/// A codec with a byte for each character.
#[derive(Clone, Copy, Debug)]
pub(super) struct Charmap {
    /// Whether ASCII is encoded as it is; it is not in the lists then.
    pub(super) ascii: bool,
    chars: &'static [u8],
    bytes: &'static [u8],
}

impl Charmap {
    /// Finds the codec of that name, Python's own.
    pub(super) fn lookup(name: &str) -> Option<Charmap> {
        let mut rest: &'static [u8] = include_bytes!("tables/charmaps.bin");
        loop {
            let (&len, after) = rest.split_first()?;
            let (found, after) = after.split_at_checked(len.into())?;
            let (&[ascii, less_one], after) = after.split_first_chunk()?;
            let count = usize::from(less_one) + 1;
            let (chars, after) = after.split_at_checked(2 * count)?;
            let (bytes, after) = after.split_at_checked(count)?;
            if found == name.as_bytes() {
                return Some(Charmap { ascii: ascii == 1, chars, bytes });
            }
            rest = after;
        }
    }

    /// The character's byte.
    pub(super) fn get(&self, char: u32) -> Option<u8> {
        match u8::try_from(char) {
            Ok(byte) if byte.is_ascii() && self.ascii => Some(byte),
            _ => {
                let char = u16::try_from(char).ok()?;
                let at = search(self.bytes.len(), char, |index| u16_at(self.chars, index))?;
                self.bytes.get(at).copied()
            }
        }
    }
}

/// The index of a number among `count` rising ones.
fn search(count: usize, wanted: u16, number: impl Fn(usize) -> Option<u16>) -> Option<usize> {
    let at = last_up_to(count, |index| number(index).is_some_and(|number| number <= wanted))?;
    (number(at)? == wanted).then_some(at)
}

/// The last of `count` indices that holds a condition, if all before it do and none behind it.
pub(super) fn last_up_to(count: usize, holds: impl Fn(usize) -> bool) -> Option<usize> {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low.midpoint(high);
        if holds(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low.checked_sub(1)
}

/// The number at an index into numbers of 16 bits.
pub(super) fn u16_at(data: &[u8], index: usize) -> Option<u16> {
    let bytes = data.get(2 * index..)?.first_chunk()?;
    Some(u16::from_le_bytes(*bytes))
}
