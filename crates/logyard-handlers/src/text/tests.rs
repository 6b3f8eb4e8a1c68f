use proptest::prelude::*;

use super::*;
use crate::encoding::{State, lookup};

/// A device that takes as many bytes as it is told, and then has no room.
struct Device {
    bytes: Vec<u8>,
    room: usize,
}

impl Device {
    fn take(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        let count = bytes.len().min(self.room);
        if count == 0 {
            return Err(Errno::NOSPC);
        }
        self.bytes.extend_from_slice(&bytes[..count]);
        self.room -= count;
        Ok(count)
    }
}

struct Lines {
    text: Vec<u8>,
    ends: Vec<u32>,
}

fn lines(lines: &[&[u32]]) -> Lines {
    let (mut text, mut ends) = (Vec::new(), Vec::new());
    for line in lines {
        for &code_point in *line {
            // The codec's own `surrogatepass` makes WTF-8.
            let mut state = State::of_stream(None);
            Codec::UTF_8.encode_or_replace(
                code_point,
                Errors::SurrogatePass,
                &mut state,
                &mut text,
            );
        }
        text.push(b'\n');
        ends.push(text.len() as u32);
    }
    Lines { text, ends }
}

/// Writes with `rooms` bytes of room, one after the other, and then with room for all; gives the
/// bytes and the bad lines' numbers.
fn write(lines: &Lines, codec: &str, errors: Errors, rooms: &[usize]) -> (Vec<u8>, Vec<usize>) {
    let mut text = Text::new(lookup(codec).unwrap(), errors);
    text.opened(Some(0));
    let mut device = Device { bytes: Vec::new(), room: 0 };
    let mut run = Run::new(&lines.text, &lines.ends, &[]);
    let mut bad = Vec::new();
    for &room in rooms.iter().chain([&usize::MAX]) {
        device.room = room;
        let mut notice = |notice| match notice {
            Notice::BadLine { index, .. } => bad.push(index),
            other => panic!("{other:?}"),
        };
        let mut sink = |bytes: &[u8]| device.take(bytes);
        let (first, last) = (run.first(), run.ends.len());
        match text.write(&mut sink, &run, first, last, &mut notice) {
            Ok(()) => break,
            Err(stopped) => {
                assert!(stopped.written >= run.done && stopped.errno == Errno::NOSPC);
                run.done = stopped.written;
            }
        }
    }
    (device.bytes, bad)
}

fn any_text() -> impl Strategy<Value = Vec<Vec<u32>>> {
    let code_point = prop_oneof![
        5 => 0x20_u32..0x7F,
        1 => 0x80_u32..0x800,
        // Characters that change the state, and such as have a code together.
        2 => proptest::sample::select(&[0x65E5_u32, 0xAC00, 0xE6, 0x300, 0x304B, 0x309A, 0xFF71]),
        1 => 0x800_u32..0x1_0000,
        1 => 0x1_0000_u32..0x11_0000,
        1 => 0xDC70_u32..0xDC90,
    ];
    proptest::collection::vec(proptest::collection::vec(code_point, 0..12), 1..8)
}

proptest! {
    /// Wherever the writing stops, going on there gives the bytes of a write that never stopped.
    #[test]
    fn a_retry_goes_on_where_it_stopped(
        text in any_text(),
        rooms in proptest::collection::vec(0_usize..40, 0..20),
        codec in proptest::sample::select(&[
            "utf-8", "utf-8-sig", "utf-16", "utf-32-be", "utf-7", "latin-1", "cp037", "gb18030",
            "iso2022_jp_2004", "iso2022_kr", "hz", "euc_jis_2004",
        ]),
        errors in proptest::sample::select(&[
            Errors::Strict, Errors::Ignore, Errors::BackslashReplace, Errors::NameReplace, Errors::SurrogateEscape,
        ]),
    ) {
        let text: Vec<&[u32]> = text.iter().map(Vec::as_slice).collect();
        let lines = lines(&text);
        let at_once = write(&lines, codec, errors, &[]);
        prop_assert_eq!(write(&lines, codec, errors, &rooms), at_once);
    }
}

#[test]
fn lines_that_are_given_up_are_ended() {
    let first = lines(&[&[0x61, 0x20AC, 0x62]]);
    let second = lines(&[&[0x63]]);
    for (room, want) in [(0, "c\n"), (1, "a\nc\n"), (2, "a€\nc\n"), (4, "a€\nc\n"), (5, "a€b\nc\n")]
    {
        let mut text = Text::new(Codec::UTF_8, Errors::Strict);
        text.opened(Some(0));
        let mut device = Device { bytes: Vec::new(), room };
        for (lines, fails) in [(&first, true), (&second, false)] {
            let mut sink = |bytes: &[u8]| device.take(bytes);
            let run = Run::new(&lines.text, &lines.ends, &[]);
            let done = text.write(&mut sink, &run, 0, 1, &mut |_| panic!("no notice"));
            assert_eq!(done.is_err(), fails);
            device.room = usize::MAX;
        }
        assert_eq!(String::from_utf8(device.bytes).unwrap(), want, "room for {room}");
    }
}

#[test]
fn only_surrogates_leave_the_fast_path() {
    assert!(!has_surrogate("퟿ 한국 \u{FFFD}\u{10FFFF}".as_bytes()));
    assert!(has_surrogate(b"a\xED\xA0\x80"));
    assert!(has_surrogate(b"\xED\x95\x9C\xED\xBF\xBF"));
    assert!(!has_surrogate(b"\xED"));
}
