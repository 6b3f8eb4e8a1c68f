//! A stock record is the same on its short way and on the general one, whatever is done to it.
use logyard_pickle::{Limits, Machine, PickleError, USUAL_KEYS, Value};
use proptest::collection::vec;
use proptest::prelude::*;

mod dump;

/// What a pickle has for one pair.
#[derive(Clone, Debug)]
enum Item {
    /// A key that is expected at this place.
    Usual,
    Name(String),
}

/// A value as one of its pickles.
#[derive(Clone, Debug)]
enum Plain {
    Text(String),
    /// The bytes of a value that no pickler memoizes.
    Bytes(Vec<u8>),
    /// Something that was there before.
    Again(u8),
}

fn plain() -> impl Strategy<Value = Plain> {
    let bytes = |bytes: &[u8]| Just(Plain::Bytes(bytes.to_vec()));
    let with = |code: u8| move |operand: Vec<u8>| Plain::Bytes([&[code], &operand[..]].concat());
    prop_oneof![
        4 => "[a-z /.%]{0,40}".prop_map(Plain::Text),
        1 => ".{0,300}".prop_map(Plain::Text),
        2 => bytes(b"N"),
        1 => vec(any::<u8>(), 1).prop_map(with(b'K')),
        1 => vec(any::<u8>(), 2).prop_map(with(b'M')),
        1 => vec(any::<u8>(), 4).prop_map(with(b'J')),
        1 => vec(any::<u8>(), 8).prop_map(with(b'G')),
        1 => "[0-9_-]{0,22}L?\n".prop_map(|line| Plain::Bytes([b"L", line.as_bytes()].concat())),
        1 => prop_oneof!["0?[01]", "[0-9]{1,4}"]
            .prop_map(|line| Plain::Bytes(format!("I{line}\n").into_bytes())),
        1 => vec(any::<u8>(), 0..11)
            .prop_map(|int| Plain::Bytes([&[0x8a, int.len() as u8], &int[..]].concat())),
        1 => prop_oneof![bytes(b"\x88"), bytes(b"\x89")],
        // not plain: containers, calls, raw bytes
        1 => prop_oneof![
            bytes(b"]"),
            bytes(b")"),
            bytes(b"}"),
            bytes(b"(K\x01K\x02t"),
            bytes(b"cdecimal\nDecimal\n)R"),
            bytes(b"C\x02ab"),
            bytes(b"K\x01\x85")
        ],
        1 => (0u8..30).prop_map(Plain::Again),
    ]
}

fn item() -> impl Strategy<Value = (Item, Plain)> {
    let name = prop_oneof![
        3 => "[a-c]{1,2}".prop_map(Item::Name),
        1 => (0..USUAL_KEYS.len()).prop_map(|at| Item::Name(USUAL_KEYS[at].to_owned())),
        1 => "[a-c]{60,70}".prop_map(Item::Name),
    ];
    (name, plain())
}

/// As picklers write it.
fn pickle(protocol: u8, items: &[(Item, Plain)]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut memoized = 0;
    let mut put = |out: &mut Vec<u8>| match protocol {
        4.. => out.push(0x94),
        _ => {
            out.extend([b'q', memoized]);
            memoized += 1;
        }
    };
    let text = |out: &mut Vec<u8>, text: &str| {
        match (protocol, u8::try_from(text.len())) {
            (4.., Ok(len)) => out.extend([0x8c, len]),
            _ => {
                out.push(b'X');
                out.extend((text.len() as u32).to_le_bytes());
            }
        }
        out.extend(text.as_bytes());
    };
    out.push(b'}');
    put(&mut out);
    out.push(b'(');
    for (number, (item, value)) in items.iter().enumerate() {
        let key = match item {
            Item::Usual => USUAL_KEYS[number],
            Item::Name(name) => name,
        };
        text(&mut out, key);
        put(&mut out);
        match value {
            Plain::Text(value) => {
                text(&mut out, value);
                put(&mut out);
            }
            Plain::Bytes(bytes) => out.extend(bytes),
            Plain::Again(number) => out.extend([b'h', *number]),
        }
    }
    out.extend(b"u.");
    match protocol {
        1 => out,
        2 | 3 => [&[0x80, protocol], &out[..]].concat(),
        _ => [&[0x80, protocol, 0x95], &(out.len() as u64).to_le_bytes()[..], &out].concat(),
    }
}

/// Damage: a byte is put in, taken out or replaced, or the pickle ends.
#[derive(Clone, Debug)]
enum Damage {
    Insert(u8),
    Remove,
    Replace(u8),
    End,
}

fn damage() -> impl Strategy<Value = (prop::sample::Index, Damage)> {
    let byte =
        prop_oneof![any::<u8>(), prop::sample::select(&b"}(u.qhXNKsIL0\x8c\x94\xed\xff"[..])];
    let damage = (byte, 0..7).prop_map(|(byte, kind)| match kind {
        0 | 1 => Damage::Insert(byte),
        2 => Damage::Remove,
        3 => Damage::End,
        _ => Damage::Replace(byte),
    });
    (any::<prop::sample::Index>(), damage)
}

fn apply(pickle: &mut Vec<u8>, at: prop::sample::Index, damage: Damage) {
    if pickle.is_empty() {
        return;
    }
    let at = at.index(pickle.len());
    match damage {
        Damage::Insert(byte) => pickle.insert(at, byte),
        Damage::Remove => drop(pickle.remove(at)),
        Damage::Replace(byte) => pickle[at] = byte,
        Damage::End => pickle.truncate(at),
    }
}

/// The value's text, where a record's attributes are, and the error.
fn seen(machine: &mut Machine, pickle: &[u8]) -> Result<(String, Vec<String>), PickleError> {
    let value = machine.load(pickle)?;
    let Value::Dict(dict) = value else { return Ok((dump::dump(value), Vec::new())) };
    let (usual, others) = dict.usual_slots();
    let usual = USUAL_KEYS.iter().map(|key| key.as_bytes()).zip(usual);
    let mut slots: Vec<_> = usual
        .chain(others)
        .map(|(key, slot)| {
            let value = dict.at(slot).expect("a slot has a value");
            let named = dict.get(key).expect("a key has a value");
            assert_eq!(dump::dump(value), dump::dump(named), "{}", key.escape_ascii());
            format!("{}: {}", key.escape_ascii(), dump::dump(value))
        })
        .collect();
    slots.sort();
    Ok((dump::dump(value), slots))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_ways_give_the_same(
        protocol in 1u8..6,
        usual in prop_oneof![vec(plain(), 0..22), vec(plain(), 20..22)],
        extras in prop_oneof![9 => vec(item(), 0..5), 1 => vec(item(), 14..20)],
        damages in prop_oneof![3 => vec(damage(), 0), 2 => vec(damage(), 1..3)],
        small in 0u32..20,
    ) {
        let usual = usual.into_iter().map(|value| (Item::Usual, value));
        let items: Vec<_> = usual.chain(extras).collect();
        let mut pickle = pickle(protocol, &items);
        for (at, damage) in damages {
            apply(&mut pickle, at, damage);
        }
        // now and then the limits are what ends it
        let limits = match small {
            0 => Limits { nodes: 60, ..Limits::default() },
            1 => Limits { memo: 40, ..Limits::default() },
            _ => Limits::default(),
        };
        let general = seen(&mut Machine::without_shortcut(limits.clone()), &pickle);
        let mut machine = Machine::new(limits);
        prop_assert_eq!(&seen(&mut machine, &pickle), &general);
        prop_assert_eq!(&seen(&mut machine, &pickle), &general, "in a used machine");
    }
}
