//! Hostile values: sharing, depth and huge parts cost bounded time and text.

use logyard_pickle::{Limits, Machine};
use logyard_record::{DEPTH_LIMIT, TEXT_LIMIT, TextError, write_ascii, write_repr, write_str};

fn repr(pickle: &[u8]) -> Result<Vec<u8>, TextError> {
    let mut machine = Machine::new(Limits::default());
    let value = machine.load(pickle).expect("well-formed");
    let mut out = b"before".to_vec();
    let done = write_repr(value, &mut out);
    assert!(out.starts_with(b"before"));
    if done.is_err() {
        assert_eq!(out, b"before");
    }
    done.map(|_| out.split_off(6))
}

/// What `inner` leaves on the stack, in a list of ten, in a list of ten …
fn shared(inner: &[u8], levels: u8) -> Vec<u8> {
    let mut pickle = inner.to_vec();
    for level in 0..levels {
        pickle.extend([b'q', level, b'0', b'(']);
        pickle.extend([b'h', level].repeat(10));
        pickle.push(b'l');
    }
    pickle
}

fn text(len: usize) -> Vec<u8> {
    let mut pickle = b"X".to_vec();
    pickle.extend((len as u32).to_le_bytes());
    pickle.resize(pickle.len() + len, b'x');
    pickle
}

#[test]
fn sharing() {
    let bomb = [&shared(b"]", 30)[..], b"."].concat();
    assert_eq!(repr(&bomb), Err(TextError::TooLong));
    let fine = [&shared(b"]", 3)[..], b"."].concat();
    assert_eq!(repr(&fine).map(|text| text.len()), Ok(4220));
}

#[test]
fn depth() {
    let nest = |depth: usize| [&b"]".repeat(depth)[..], &b"a".repeat(depth - 1), b"."].concat();
    assert_eq!(repr(&nest(DEPTH_LIMIT)).map(|text| text.len()), Ok(2 * DEPTH_LIMIT));
    assert_eq!(repr(&nest(DEPTH_LIMIT + 1)), Err(TextError::TooDeep));
    assert_eq!(repr(&nest(400_000)), Err(TextError::TooDeep));
    let mut machine = Machine::new(Limits::default());
    let (pickle, mut out) = (nest(DEPTH_LIMIT + 1), b"before".to_vec());
    let value = machine.load(&pickle).expect("well-formed");
    assert_eq!(write_ascii(value, &mut out), Err(TextError::TooDeep));
    assert_eq!(out, b"before");
}

#[test]
fn long_text() {
    let long = [&text(TEXT_LIMIT - 100)[..], b"."].concat();
    assert!(repr(&long).is_ok());
    let twice = [&b"("[..], &text(TEXT_LIMIT / 2), &text(TEXT_LIMIT / 2 - 100), b"t."].concat();
    assert!(repr(&twice).is_ok());
    let bytes = shared(&text(1 << 20), 2);
    assert_eq!(repr(&[&bytes[..], b"."].concat()), Err(TextError::TooLong));
    let mut machine = Machine::new(Limits::default());
    let pickle = [&shared(&text(1 << 20), 2)[..], b"."].concat();
    let value = machine.load(&pickle).expect("well-formed");
    assert_eq!(write_str(value, &mut Vec::new()), Err(TextError::TooLong));
}

/// Objects that print little of what they hold, thousands of times.
#[test]
fn much_in_little_text() {
    let huge = text(1 << 20);
    let opaque = [&b"capp\nBig\n("[..], &huge, b"tR"].concat();
    let path = [&b"cpathlib\nPosixPath\n("[..], &huge, b"X\x01\x00\x00\x00/tR"].concat();
    let class = [&b"capp\n"[..], &b"x".repeat(1 << 20), b"\n)R"].concat();
    let uuid = [&b"cuuid\nUUID\n)R}("[..], &huge, b"K\x01X\x03\x00\x00\x00intK\x01ub"].concat();
    let mut counts = b"ccollections\nCounter\n(}(".to_vec();
    for n in 0..20_000_u32 {
        counts.push(b'J');
        counts.extend(n.to_le_bytes());
        counts.extend([b'K', (n % 251) as u8]);
    }
    counts.extend(b"utR");
    let in_opaque = [&b"capp\nBig\n("[..], &counts, b"tR"].concat();
    let name = [&b"capp\n"[..], &b"x".repeat(1 << 20), b"\n"].concat();
    let attribute =
        [&b"capp\nBig\n(cbuiltins\ngetattr\n("[..], &name, b"X\x01\0\0\0atRtR"].concat();
    for inner in [opaque, path, class, attribute, counts, in_opaque] {
        let hundred_thousand = [&shared(&inner, 5)[..], b"."].concat();
        assert_eq!(repr(&hundred_thousand), Err(TextError::TooLong));
    }
    // its state is looked at no further than a few keys
    let uuids = repr(&[&shared(&uuid, 5)[..], b"."].concat()).expect("4 MiB");
    assert!(uuids.len() > 100_000 * "UUID('00000000-0000-0000-0000-000000000001')".len());
}

/// What leaves no text is told, for those who print a value many times.
#[test]
fn work_without_text() {
    let path = [&b"cpathlib\nPosixPath\n("[..], &text(1 << 20), b"X\x01\x00\x00\x00/tR."].concat();
    let mut machine = Machine::new(Limits::default());
    let value = machine.load(&path).expect("well-formed");
    let mut out = Vec::new();
    assert!(write_str(value, &mut out).expect("short") > 1 << 20);
    assert_eq!(out, b"/");
}
