//! Pickles made to harm: they stay data, they end in an error or a value, and they cost little.

use logyard_pickle::{Limits, Machine, Problem, Value};
use proptest::prelude::*;

mod dump;

fn load(pickle: &[u8]) -> Result<String, Problem> {
    let mut machine = Machine::new(Limits::default());
    machine.load(pickle).map(dump::dump).map_err(|error| error.problem)
}

fn repeat(part: &[u8], count: usize) -> Vec<u8> {
    part.repeat(count)
}

#[test]
fn calls_stay_data() {
    let mut machine = Machine::new(Limits::default());
    let Ok(Value::Object(object)) = machine.load(b"cos\nsystem\n(S'echo hacked'\ntR.") else {
        panic!("not an object")
    };
    let class = object.class().unwrap();
    assert_eq!((class.module, class.name), (&b"os"[..], &b"system"[..]));
    assert!(matches!(object.arg(0), Some(Value::Str(b"echo hacked"))));
    assert_eq!(object.args_len(), 1);
}

#[test]
fn nests_of_400_000() {
    const DEPTH: usize = 400_000;
    let nests: [Vec<u8>; 5] = [
        [repeat(b"]", DEPTH), b"N".to_vec(), repeat(b"a", DEPTH), b".".to_vec()].concat(),
        [repeat(b"(", DEPTH), repeat(b"t", DEPTH), b".".to_vec()].concat(),
        [b"N".to_vec(), repeat(b"\x85", DEPTH), b".".to_vec()].concat(),
        [repeat(b"}N", DEPTH), b"N".to_vec(), repeat(b"s", DEPTH), b".".to_vec()].concat(),
        [repeat(b"(", DEPTH), repeat(b"l", DEPTH), b".".to_vec()].concat(),
    ];
    // more than the limit allows, so that depth is what is tested
    let mut machine = Machine::new(Limits { nodes: 1 << 20, ..Limits::default() });
    for nest in &nests {
        let value = machine.load(nest).unwrap();
        // walked as well, and dropped with its machine
        assert!(dump::dump(value).len() > DEPTH);
    }
    // objects take more of the budget
    let objects = [repeat(b"cm\nC\n(", 100_000), repeat(b"tR", 100_000), b".".to_vec()].concat();
    assert!(machine.load(&objects).is_ok());
}

#[test]
fn sharing_is_not_copied() {
    // a billion laughs: 40 lists, each twice in the next
    let mut pickle = b"(lp0\n".to_vec();
    for level in 1..40 {
        pickle.extend_from_slice(format!("(lp{level}\ng{0}\nag{0}\na", level - 1).as_bytes());
    }
    pickle.push(b'.');
    assert!(load(&pickle).unwrap().len() < 1000);

    // sets of one long list: each is a copy, so the budget ends it
    let list = [b"(".to_vec(), repeat(b"K\x01", 10_000), b"lq\0".to_vec()].concat();
    let sets = repeat(b"c__builtin__\nset\nh\0\x85R0", 10_000);
    assert_eq!(load(&[list, sets, b".".to_vec()].concat()), Err(Problem::Nodes));

    // conversions of one long text: each fills the scratch
    let mut text = b"X\0\0\x08\0".to_vec();
    text.extend(repeat("é".as_bytes(), 1 << 18));
    text.extend_from_slice(b"q\0Vlatin1\nq\x01c_codecs\nencode\nq\x02");
    let calls = repeat(b"h\x02h\0h\x01\x86R0", 10_000);
    assert_eq!(load(&[text, calls, b".".to_vec()].concat()), Err(Problem::Scratch));

    // calls that look at all of a long text and leave it
    let text = |end: &str| {
        let mut text = b"X\0\0\x10\0".to_vec();
        text.extend(repeat(b"a", (1 << 20) - end.len()));
        text.extend_from_slice(end.as_bytes());
        text.extend_from_slice(b"q\0Vlatin1\nq\x01c_codecs\nencode\nq\x02");
        text
    };
    let calls = repeat(b"h\x02h\0h\x01\x86R0", 20_000);
    for text in [text("a"), text("\u{100}")] {
        let pickle = [&text[..], &calls, b"."].concat();
        assert_eq!(load(&pickle), Err(Problem::Nodes));
    }

    // classes of one long name
    let name = [&b"X\0\0\x10\0"[..], &repeat(b"a", 1 << 20), b"q\0Vx\nq\x01"].concat();
    let classes = repeat(b"h\x01h\0\x930", 50_000);
    assert!(load(&[name, classes, b".".to_vec()].concat()).is_ok());

    // dicts of two long keys that differ at the end, again and again
    let key = |end: u8| {
        let mut key = b"X\0\0\x10\0".to_vec();
        key.extend(repeat(b"k", (1 << 20) - 9));
        key.push(end);
        key.extend_from_slice(b"samesame");
        key
    };
    let keys = [key(b'a'), b"q\0".to_vec(), key(b'b'), b"q\x01".to_vec()].concat();
    let dicts = repeat(b"}(h\0Nh\x01Nu0", 200_000);
    assert_eq!(load(&[keys, dicts, b".".to_vec()].concat()), Err(Problem::Nodes));
}

#[test]
fn announcements_take_no_memory() {
    let gigabyte: [&[u8]; 8] = [
        b"X\0\0\0\x40",
        b"\x8d\0\0\0\x40\0\0\0\0",
        b"B\0\0\0\x40",
        b"\x8e\0\0\0\0\0\0\0\x80",
        b"\x96\0\0\0\x40\0\0\0\0",
        b"\x8b\0\0\0\x40",
        b"T\0\0\0\x40",
        b"\x95\0\0\0\x40\0\0\0\0",
    ];
    for announcement in gigabyte {
        assert_eq!(load(&[announcement, b"abc."].concat()), Err(Problem::Truncated));
    }
    for key in [&b"Nr\xff\xff\xff\xff."[..], b"Np4294967295\n.", b"Np-1\n.", b"Nr\0\0\x10\0."] {
        assert_eq!(load(key), Err(Problem::MemoKey));
    }
    // a short pickle has no high key, a long one may
    assert!(load(b"Nr\xff\x03\0\0.").is_ok());
    assert_eq!(load(b"Nr\xff\xff\x07\0."), Err(Problem::MemoKey));
    assert!(load(&[&repeat(b"N0", 1 << 18)[..], b"Nr\xff\xff\x07\0."].concat()).is_ok());
}

#[test]
fn each_limit_ends_the_pickle() {
    let pickle = [b"(".to_vec(), repeat(b"N", 100), b"l.".to_vec()].concat();
    let load = |limits, pickle: &[u8]| {
        Machine::new(limits).load(pickle).map(|_| ()).map_err(|error| error.problem)
    };
    assert_eq!(load(Limits { nodes: 102, ..Limits::default() }, &pickle), Ok(()));
    assert_eq!(load(Limits { nodes: 101, ..Limits::default() }, &pickle), Err(Problem::Nodes));
    let limits = Limits { frame_bytes: 102, ..Limits::default() };
    assert_eq!(load(limits, &pickle), Err(Problem::TooLong));
    let limits = Limits { memo: 1, ..Limits::default() };
    assert_eq!(load(limits.clone(), b"X\0\0\0\0q\0."), Ok(()));
    assert_eq!(load(limits.clone(), b"X\0\0\0\0q\0X\0\0\0\0q\x01."), Err(Problem::MemoKey));
    assert_eq!(load(limits, b"N\x94\x94."), Err(Problem::MemoKey));
    let limits = Limits { scratch_bytes: 2, ..Limits::default() };
    assert_eq!(load(limits.clone(), b"U\x01\xe9."), Ok(()));
    assert_eq!(load(limits, b"U\x02\xe9\xe9."), Err(Problem::Scratch));
}

/// All that a record of CPython 3.13 has, and types that need classes, in protocol 1.
fn sample() -> Vec<u8> {
    let mut pickle =
        b"}q\0(X\x04\0\0\0nameq\x01X\x07\0\0\0servingq\x02X\x04\0\0\0argsq\x03N".to_vec();
    pickle.extend_from_slice(b"X\x07\0\0\0createdq\x04GA\xda\x90\0\0\0\0\0X\x06\0\0\0threadq\x05");
    pickle.extend_from_slice(b"L140735340871680L\nX\x02\0\0\0okq\x06I01\nX\x01\0\0\0wq\x07");
    pickle
        .extend_from_slice(b"cdecimal\nDecimal\nq\x08(X\x05\0\0\x0019.99q\ttq\nRq\x0bh\x07(K\x01");
    pickle.extend_from_slice(b"K\x02F0.5\nS'a\\x41'\nV\\u00e9\ntq\x0cu.");
    pickle
}

#[test]
fn truncated_anywhere_is_an_error() {
    let pickle = sample();
    assert!(load(&pickle).is_ok());
    for end in 0..pickle.len() {
        let mut machine = Machine::new(Limits::default());
        let error = machine.load(&pickle[..end]).expect_err("it has no STOP");
        assert!(error.offset <= end);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damage_never_panics(edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut pickle = sample();
        for (at, byte) in edits {
            let at = at.index(pickle.len());
            pickle[at] = byte;
        }
        let _ = load(&pickle);
    }

    #[test]
    fn any_bytes_never_panic(pickle in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = load(&pickle);
    }

    #[test]
    fn opcodes_in_any_order_never_panic(
        codes in prop::collection::vec(prop::sample::select(&b"(.012NK\x01]})\x8f\x88la(eltdusR\x85\x86\x87\x81\x90\x91\x92\x94h\0q\0b\x93X\0\0\0\0"[..]), 0..120),
    ) {
        let _ = load(&codes);
    }
}
