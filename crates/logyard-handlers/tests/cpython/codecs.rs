//! All codecs on all characters.

use logyard_handlers::encoding::{Codec, CodecError, Errors, State, lookup};
use logyard_testing::Child;

use crate::script::hex;
use crate::{ERRORS, STATEFUL, start};

/// Every name that Python knows is the same codec here, but for those that can't write lines.
#[test]
fn codec_names() {
    let Some(python) = start() else { return };
    let names = python.borrow_mut().ask("names");
    assert!(names.split(' ').count() > 400);
    for pair in names.split(' ') {
        let (name, theirs) = pair.split_once('=').unwrap();
        let name = name.replace('~', " ");
        match lookup(&name) {
            Ok(codec) => assert_eq!(codec.name(), theirs, "{name}"),
            Err(CodecError::Unknown(_)) => assert_eq!(theirs, "-", "{name}"),
            Err(error) => {
                assert_eq!(error, CodecError::NotForLines(name.clone()));
                assert!(["idna", "punycode", "undefined"].contains(&theirs), "{name}");
            }
        }
    }
}

/// Every character in every codec: the same bytes, or refused by both.
#[test]
fn codecs_on_all_characters() {
    let Some(python) = start() else { return };
    let mut python = python.borrow_mut();
    let texts: Vec<Vec<u8>> = sample().map(|code_point| wtf8(&[code_point])).collect();
    let codecs = codecs(&mut python);
    assert!(codecs.len() > 100, "{} codecs", codecs.len());
    for codec in codecs {
        compare(&mut python, codec, "strict", &texts);
    }
}

/// Many characters in every codec by every error handler, many in a line.
#[test]
fn error_handlers_on_many_characters() {
    let Some(python) = start() else { return };
    let mut python = python.borrow_mut();
    let all: Vec<u32> = sample().step_by(5).collect();
    for codec in codecs(&mut python) {
        // So that lines are not all refused: what the codec has, and surrogates.
        let has = |code_point: &u32| {
            let text = wtf8(&[*code_point]);
            encode(codec, Errors::Strict, &text).is_some() || (0xDC80..0xDD00).contains(code_point)
        };
        let known: Vec<u32> = all.iter().copied().filter(has).collect();
        for errors in ERRORS {
            let refuses = ["strict", "surrogateescape", "surrogatepass"].contains(&errors);
            let texts: Vec<Vec<u8>> = if refuses {
                known.chunks(16).map(wtf8).collect()
            } else {
                all.chunks(100).map(wtf8).collect()
            };
            compare(&mut python, codec, errors, &texts);
        }
    }
}

/// All pairs of some characters: those with codes for two, and those that change the state.
#[test]
fn characters_side_by_side() {
    let Some(python) = start() else { return };
    let mut python = python.borrow_mut();
    let chars: Vec<u32> = "a-+~\\/0\t¥‾éæɔʌəɚ˥˩ÊêかきㇷカセツトｱＡ日语丂가갂½Ωж😀𠂉𠀋"
        .chars()
        .chain("\u{300}\u{301}\u{304}\u{30C}\u{309A}".chars())
        .map(u32::from)
        .chain([0xDC80, 0xD800])
        .collect();
    let texts: Vec<Vec<u8>> = chars
        .iter()
        .flat_map(|&a| chars.iter().map(move |&b| wtf8(&[a, b, a, 0x65E5, b])))
        .collect();
    for codec in codecs(&mut python) {
        for errors in ["strict", "replace", "namereplace", "surrogateescape"] {
            // CPython's `hz` loses the second `~` of two where its buffer is full.
            let whole = |text: &&Vec<u8>| codec.name() != "hz" || !text.contains(&b'~');
            let texts: Vec<Vec<u8>> = texts.iter().filter(whole).cloned().collect();
            compare(&mut python, codec, errors, &texts);
        }
    }
}

/// Every name of a character.
#[test]
fn names_of_all_characters() {
    let Some(python) = start() else { return };
    let all: Vec<u32> = (0x80..0x11_0000).collect();
    let texts: Vec<Vec<u8>> = all.chunks(64).map(wtf8).collect();
    compare(&mut python.borrow_mut(), lookup("ascii").unwrap(), "namereplace", &texts);
}

/// A line that is refused leaves no state behind. CPython's next line would be in that state.
#[test]
fn a_refused_line_changes_no_state() {
    for name in STATEFUL {
        let codec = lookup(name).unwrap();
        let (mut state, mut out) = (State::of_stream(Some(0)), Vec::new());
        let before = state;
        for text in ["日\u{10FFFF}\n", "가\u{10FFFF}\n"] {
            codec.encode_line(text.as_bytes(), Errors::Strict, &mut state, &mut out).unwrap_err();
            assert_eq!(state, before, "{name}");
        }
    }
}

/// The Basic Multilingual Plane with its surrogates, and some of each page beyond it.
fn sample() -> impl Iterator<Item = u32> {
    (0..0x1_0000).chain((0x1_0000..0x11_0000).step_by(1021)).chain((0x2_0000..0x2_FA20).step_by(37))
}

/// All that logyard has of Python's.
fn codecs(python: &mut Child) -> Vec<Codec> {
    let names = python.ask("names");
    let mut names: Vec<&str> =
        names.split(' ').map(|pair| pair.split_once('=').unwrap().1).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().filter_map(|name| lookup(name).ok()).collect()
}

/// Encodes each text as a line by both.
fn compare(python: &mut Child, codec: Codec, errors: &str, texts: &[Vec<u8>]) {
    let lines = texts.iter().map(|text| [text, &b"\n"[..]].concat());
    let question: String = lines.clone().map(|line| format!(" {}", hex(&line))).collect();
    let theirs = python.ask(&format!("encode {} {errors}{question}", codec.name()));
    let ours = Errors::lookup(errors).unwrap();
    assert_eq!(theirs.split(' ').count(), texts.len());
    // `utf-16` and the like begin with a mark, which is the stream's affair here.
    let mark = match codec.name() {
        "utf-16" => 4,
        "utf-32" => 8,
        "utf-8-sig" => 6,
        _ => 0,
    };
    for (line, theirs) in lines.zip(theirs.split(' ')) {
        let ours = encode(codec, ours, &line).map_or_else(|| "-".to_owned(), |line| hex(&line));
        let theirs = if theirs == "-" { theirs } else { &theirs[mark..] };
        assert_eq!(ours, theirs, "{} in {}, {errors}", line.escape_ascii(), codec.name());
    }
}

fn encode(codec: Codec, errors: Errors, line: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    codec.encode_line(line, errors, &mut State::of_stream(None), &mut out).ok()?;
    Some(out)
}

fn wtf8(code_points: &[u32]) -> Vec<u8> {
    let mut text = Vec::new();
    for &code_point in code_points {
        match char::from_u32(code_point) {
            Some(char) => text.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
            None => {
                let [low, high] = (code_point as u16).to_le_bytes();
                let middle = 0x80 | (high & 0x0F) << 2 | low >> 6;
                text.extend_from_slice(&[0xE0 | high >> 4, middle, 0x80 | low & 0x3F]);
            }
        }
    }
    text
}
