//! The names of characters in Unicode 15.1, as CPython 3.13's `namereplace` gives them;
//! `tables/generate.py` tells the tables' format.

use super::table::last_up_to;

static WORDS: &[u8] = include_bytes!("tables/words.bin");
static WORD_INDEX: &[u8] = include_bytes!("tables/word_index.bin");
static NAMES: &[u8] = include_bytes!("tables/names.bin");
static NAME_INDEX: &[u8] = include_bytes!("tables/name_index.bin");
static NAME_RANGES: &[u8] = include_bytes!("tables/name_ranges.bin");

/// Words whose number takes one byte.
const COMMON: usize = 200;

/// The character's name. CPython's aliases, which it keeps in a private-use plane, are names too.
pub(super) fn name(char: u32) -> Option<String> {
    hangul(char).or_else(|| numbered(char)).or_else(|| listed(char))
}

fn hangul(char: u32) -> Option<String> {
    const INITIALS: [&str; 19] = [
        "G", "GG", "N", "D", "DD", "R", "M", "B", "BB", "S", "SS", "", "J", "JJ", "C", "K", "T",
        "P", "H",
    ];
    const MEDIALS: [&str; 21] = [
        "A", "AE", "YA", "YAE", "EO", "E", "YEO", "YE", "O", "WA", "WAE", "OE", "YO", "U", "WEO",
        "WE", "WI", "YU", "EU", "YI", "I",
    ];
    const LASTS: [&str; 28] = [
        "", "G", "GG", "GS", "N", "NJ", "NH", "D", "L", "LG", "LM", "LB", "LS", "LT", "LP", "LH",
        "M", "B", "BS", "S", "SS", "NG", "J", "C", "K", "T", "P", "H",
    ];
    let syllable = usize::try_from(char.checked_sub(0xAC00)?).ok()?;
    let initial = INITIALS.get(syllable / 588)?;
    let medial = MEDIALS.get(syllable / 28 % 21)?;
    let last = LASTS.get(syllable % 28)?;
    Some(format!("HANGUL SYLLABLE {initial}{medial}{last}"))
}

/// A name that is a word and the character's number.
fn numbered(char: u32) -> Option<String> {
    let mut rest = NAME_RANGES;
    loop {
        let (&[a, b, c, d, e, f, len], after) = rest.split_first_chunk()?;
        let (word, after) = after.split_at_checked(len.into())?;
        let range = u24([a, b, c])..=u24([d, e, f]);
        if range.contains(&char) {
            return Some(format!("{}{char:X}", String::from_utf8_lossy(word)));
        }
        rest = after;
    }
}

fn listed(char: u32) -> Option<String> {
    let group = |index: usize| NAME_INDEX.get(7 * index..)?.first_chunk::<7>();
    let first = |index| group(index).map(|&[a, b, c, ..]| u24([a, b, c]));
    let holds = |index| first(index).is_some_and(|first| first <= char);
    let at = last_up_to(NAME_INDEX.len() / 7, holds)?;
    let &[.., count, a, b, c] = group(at)?;
    let steps = char - first(at)?;
    if steps >= count.into() {
        return None;
    }
    let mut rest = NAMES.get(u24([a, b, c]) as usize..)?;
    let mut words: Vec<&[u8]> = Vec::new();
    for _ in 0..=steps {
        let (&head, mut after) = rest.split_first()?;
        words.truncate(usize::from(head >> 4));
        for _ in 0..head & 15 {
            let (&byte, next) = after.split_first()?;
            after = next;
            let mut number = usize::from(byte);
            if number >= COMMON {
                let (&low, next) = after.split_first()?;
                after = next;
                number = ((number - COMMON) << 8 | usize::from(low)) + COMMON;
            }
            words.push(word(number)?);
        }
        rest = after;
    }
    Some(String::from_utf8_lossy(&words.join(&b' ')).into_owned())
}

fn word(number: usize) -> Option<&'static [u8]> {
    let start = WORD_INDEX.get(number / 16 * 4..)?.first_chunk()?;
    let mut rest = WORDS.get(u32::from_le_bytes(*start) as usize..)?;
    for _ in 0..number % 16 {
        let (&len, after) = rest.split_first()?;
        rest = after.get(usize::from(len)..)?;
    }
    let (&len, after) = rest.split_first()?;
    after.get(..usize::from(len))
}

fn u24([a, b, c]: [u8; 3]) -> u32 {
    u32::from_le_bytes([a, b, c, 0])
}
