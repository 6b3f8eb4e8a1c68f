//! Each family of opcodes: pickle in, value or error out. Values are written as `dump` does.
use logyard_pickle::{Limits, Machine, Operand, Problem, Value};

mod dump;

fn load(pickle: &[u8]) -> Result<String, Problem> {
    let mut machine = Machine::new(Limits::default());
    machine.load(pickle).map(dump::dump).map_err(|error| error.problem)
}

fn check(cases: &[(&[u8], &str)]) {
    for (pickle, expected) in cases {
        let found = load(pickle);
        assert_eq!(found.as_deref(), Ok(*expected), "pickle {}", pickle.escape_ascii());
    }
}

fn refuse(cases: &[(&[u8], Problem)]) {
    for (pickle, expected) in cases {
        assert_eq!(load(pickle), Err(*expected), "pickle {}", pickle.escape_ascii());
    }
}

#[test]
fn constants_and_binary_numbers() {
    check(&[
        (b"N.", "None"),
        (b"\x88.", "True"),
        (b"\x89.", "False"),
        (b"K\xff.", "i255"),
        (b"M\xff\xff.", "i65535"),
        (b"J\xff\xff\xff\xff.", "i-1"),
        (b"G\x3f\xf8\0\0\0\0\0\0.", "f3ff8000000000000"),
        (b"\x8a\x00.", "i0"),
        (b"\x8a\x02\xff\x00.", "i255"),
        (b"\x8a\x01\xff.", "i-1"),
        (b"\x8a\x08\0\0\0\0\0\0\0\x80.", "i-9223372036854775808"),
        (b"\x8a\x09\0\0\0\0\0\0\0\x80\0.", "I000000000000008000"),
        // needless bytes go
        (b"\x8a\x0b\0\0\0\0\0\0\0\x80\0\0\0.", "I000000000000008000"),
        (b"\x8b\x02\0\0\0\x00\x80.", "i-32768"),
        (b"\x80\x05K\x01.", "i1"),
        (b"\x95\x02\0\0\0\0\0\0\0K\x01.", "i1"),
    ]);
    refuse(&[
        (b"\x80\x06K\x01.", Problem::Protocol(6)),
        (b"\x8b\xff\xff\xff\xff.", Problem::Length),
        (b"\x8b\xff\xff\xff\x7f.", Problem::Truncated),
        (b"\xff.", Problem::Opcode(0xff)),
        (b"", Problem::Truncated),
        (b"N", Problem::Truncated),
        (b".", Problem::StackEmpty),
    ]);
}

#[test]
fn textual_numbers() {
    check(&[
        (b"I00\n.", "False"),
        (b"I01\n.", "True"),
        (b"I1\n.", "i1"),
        (b"I-12\n.", "i-12"),
        (b"I+12\n.", "i12"),
        (b"I010\n.", "i8"),
        (b"I0x1F\n.", "i31"),
        (b"L140000000000000L\n.", "i140000000000000"),
        (b"L-5\n.", "i-5"),
        (b"L1_000L\n.", "i1000"),
        (b"L9223372036854775807L\n.", "i9223372036854775807"),
        (b"L-9223372036854775808L\n.", "i-9223372036854775808"),
        (b"L9223372036854775808L\n.", "I000000000000008000"),
        (b"F1.5\n.", "f3ff8000000000000"),
        (b"Finf\n.", "f7ff0000000000000"),
        (b"F-inf\n.", "ffff0000000000000"),
        (b"Fnan\n.", "fnan"),
        (b"F-0.0\n.", "f8000000000000000"),
    ]);
    refuse(&[
        (b"I\n.", Problem::Number),
        (b"I1x\n.", Problem::Number),
        (b"I--1\n.", Problem::Number),
        (b"L\n.", Problem::Number),
        (b"L1__0L\n.", Problem::Number),
        (b"L_1L\n.", Problem::Number),
        (b"L010L\n.", Problem::Number),
        (b"F\n.", Problem::Number),
        (b"F1e999\n.", Problem::Number),
        (b"F0x1p3\n.", Problem::Number),
        (b"I1", Problem::Truncated),
    ]);
    let digits = |count: usize| [b"L", "7".repeat(count).as_bytes(), b"L\n."].concat();
    assert!(load(&digits(4300)).is_ok());
    assert_eq!(load(&digits(4301)), Err(Problem::Digits));
    let binary = |count: u16| {
        let [low, high] = count.to_le_bytes();
        [&[0x8b, low, high, 0, 0][..], &vec![0x7f; count.into()], b"."].concat()
    };
    assert!(load(&binary(1786)).is_ok());
    assert_eq!(load(&binary(1787)), Err(Problem::Digits));
}

#[test]
fn text() {
    check(&[
        (b"X\x02\0\0\0\xc3\xa9.", "sc3a9"),
        (b"X\x03\0\0\0\xed\xa0\x80.", "seda080"),
        // both halves of a pair, each by itself, as Python keeps them
        (b"X\x06\0\0\0\xed\xa0\xbd\xed\xb8\x80.", "seda0bdedb880"),
        (b"\x8c\x01a.", "s61"),
        (b"\x8d\x01\0\0\0\0\0\0\0a.", "s61"),
        (b"Va\\u00e9\xe9\\U0001f600\\ud800\n.", "s61c3a9c3a9f09f9880eda080"),
        (b"V\\\\u0041\\n\\\n.", "s5c5c75303034315c6e5c"),
        (b"V\n.", "s"),
        (b"S'abc'\n.", "s616263"),
        (b"S\"it's\"\n.", "s69742773"),
        (b"S'\\x41\\101\\n\\\\\\'\\q\\0'\n.", "s41410a5c275c7100"),
        // Python 2 text: UTF-8 if it is that, else Latin-1
        (b"S'\\xc3\\xa9'\n.", "sc3a9"),
        (b"S'\\xe9'\n.", "sc3a9"),
        (b"U\x02\xc3\xa9.", "sc3a9"),
        (b"U\x01\xe9.", "sc3a9"),
        (b"T\x01\0\0\0a.", "s61"),
    ]);
    refuse(&[
        (b"X\x01\0\0\0\xff.", Problem::Text),
        (b"X\x02\0\0\0\xc0\x80.", Problem::Text),
        (b"X\x02\0\0\0\xed\xa0.", Problem::Text),
        (b"X\xff\xff\xff\xffa.", Problem::Truncated),
        (b"\x8d\xff\xff\xff\xff\xff\xff\xff\xffa.", Problem::Truncated),
        (b"T\xff\xff\xff\xffa.", Problem::Length),
        (b"Sabc\n.", Problem::Quotes),
        (b"S'\n.", Problem::Quotes),
        (b"S'abc\"\n.", Problem::Quotes),
        (b"S'\\x4'\n.", Problem::Escape),
        (b"V\\u12\n.", Problem::Escape),
        (b"V\\U00110000\n.", Problem::Escape),
    ]);
}

#[test]
fn bytes() {
    check(&[
        (b"C\x01\xff.", "bff"),
        (b"B\x01\0\0\0\xff.", "bff"),
        (b"\x8e\x01\0\0\0\0\0\0\0\xff.", "bff"),
        (b"\x96\x01\0\0\0\0\0\0\0\xff.", "Bff"),
        (b"C\x01\xff\x98.", "bff"),
        (b"c_codecs\nencode\n(V\\u00ff\nVlatin1\ntR.", "bff"),
        (b"c__builtin__\nbytes\n)R.", "b"),
        (b"c__builtin__\nbytearray\n(V\\u00ff\nVlatin-1\ntR.", "Bff"),
        (b"\x80\x03cbuiltins\nbytearray\nC\x01\xff\x85R.", "Bff"),
    ]);
    refuse(&[
        (b"\x97.", Problem::Buffer),
        (b"N\x98.", Problem::Operand(Operand::BytesLike)),
        (b"B\0\0\0\x40\xff.", Problem::Truncated),
    ]);
}

#[test]
fn containers() {
    check(&[
        (b").", "T[]"),
        (b"].", "L0[]"),
        (b"}.", "D0{}"),
        (b"\x8f.", "S0[]"),
        (b"(lK\x01aK\x02a.", "L0[i1,i2]"),
        (b"](K\x01K\x02eK\x03a.", "L0[i1,i2,i3]"),
        (b"(K\x01K\x02l.", "L0[i1,i2]"),
        (b"(K\x01K\x02t.", "T0[i1,i2]"),
        (b"K\x01\x85.", "T0[i1]"),
        (b"K\x01K\x02\x86.", "T0[i1,i2]"),
        (b"K\x01K\x02K\x03\x87.", "T0[i1,i2,i3]"),
        (b"(K\x01K\x02d.", "D0{i1:i2}"),
        (b"}K\x01K\x02s.", "D0{i1:i2}"),
        (b"}(K\x01K\x02K\x03K\x04u.", "D0{i1:i2,i3:i4}"),
        (b"\x8f(K\x01K\x02\x90.", "S0[i1,i2]"),
        (b"(K\x01K\x02\x91.", "F0[i1,i2]"),
        (b"c__builtin__\nset\n((lK\x01atR.", "S0[i1]"),
        (b"c__builtin__\nfrozenset\n((ltR.", "F[]"),
        (b"c__builtin__\ncomplex\n(F1.0\nK\x02tR.", "c3ff0000000000000,4000000000000000"),
        // an inner list that is filled between an outer one's items
        (b"]K\x01a]K\x02aK\x03aaK\x04a.", "L0[i1,L1[i2,i3],i4]"),
    ]);
    refuse(&[
        (b"t.", Problem::NoMark),
        (b"K\x01a.", Problem::StackEmpty),
        (b"K\x01K\x02a.", Problem::Operand(Operand::ListOrObject)),
        (b"](K\x01a.", Problem::StackEmpty),
        (b"}(K\x01u.", Problem::Odd),
        (b"(K\x01d.", Problem::Odd),
        (b"](K\x01K\x02u.", Problem::Operand(Operand::DictOrObject)),
        (b"](K\x01\x90.", Problem::Operand(Operand::SetOrObject)),
        (b"}]K\x02s.", Problem::Unhashable),
        (b"(]\x91.", Problem::Unhashable),
        (b"c__builtin__\nset\n((l(latR.", Problem::Unhashable),
        (b"K\x01(\x85.", Problem::StackEmpty),
    ]);
}

#[test]
fn equal_keys_are_one() {
    check(&[
        (b"}(K\x01Va\nK\x02Vb\n\x88Vc\nu.", "D0{i1:s63,i2:s62}"),
        (b"}K\x01Va\nsF1.0\nVc\ns.", "D0{i1:s63}"),
        (b"}(Va\nK\x01C\x01aK\x02Va\nK\x03u.", "D0{s61:i3,b61:i2}"),
        (b"\x8f(K\x01K\x02K\x01\x89K\x00\x90.", "S0[False,i1,i2]"),
        (b"}(Fnan\nK\x01Fnan\nK\x02u.", "D0{fnan:i1,fnan:i2}"),
        (b"}(NK\x01NK\x02u.", "D0{None:i2}"),
    ]);
    // more than the small table holds
    let mut pickle = b"}(".to_vec();
    for key in (0..200u8).chain(0..200) {
        pickle.extend_from_slice(&[b'K', key, b'K', key / 2]);
    }
    pickle.extend_from_slice(b"u.");
    let mut machine = Machine::new(Limits::default());
    let Ok(Value::Dict(dict)) = machine.load(&pickle) else { panic!() };
    assert_eq!(dict.len(), 200);
    for (number, (key, value)) in dict.iter().enumerate() {
        let (Value::Int(key), Value::Int(value)) = (key, value) else { panic!() };
        assert_eq!((key, value), (number as i64, number as i64 / 2));
    }
}

#[test]
fn stack_and_memo() {
    check(&[
        (b"K\x01K\x020.", "i1"),
        (b"K\x01(0.", "i1"),
        (b"K\x01(K\x02K\x031.", "i1"),
        (b"K\x012\x86.", "T0[i1,i1]"),
        (b"K\x01p0\n0g0\n.", "i1"),
        (b"K\x01q\x050h\x05.", "i1"),
        (b"K\x01r\x05\x01\0\x000j\x05\x01\0\0.", "i1"),
        (b"K\x01\x94K\x02\x9400h\x01.", "i2"),
        // MEMOIZE counts the entries in use, not the highest key
        (b"K\x07q\x09K\x08\x94h\x01\x86.", "T0[i8,i8]"),
        // a key used again
        (b"K\x01q\x00K\x02q\x00h\x00\x87.", "T0[i1,i2,i2]"),
        // filled after it was memoized
        (b"]q\x00h\x00\x86h\x00K\x01a\x86.", "T0[T1[L2[i1],@2],@2]"),
        // it contains itself
        (b"]q\x00h\x00a.", "L0[@0]"),
        (b"}q\x00K\x01h\x00s.", "D0{i1:@0}"),
        (b"]q\x00(h\x00tq\x01ah\x01.", "T0[L1[@0]]"),
    ]);
    refuse(&[
        (b"0.", Problem::StackEmpty),
        (b"1.", Problem::NoMark),
        (b"2.", Problem::StackEmpty),
        (b"q\x00.", Problem::StackEmpty),
        (b"h\x00.", Problem::MemoMissing),
        (b"K\x01q\x02h\x01.", Problem::MemoMissing),
        (b"g-1\n.", Problem::MemoKey),
        (b"gx\n.", Problem::Number),
        (b"K\x01p-1\n.", Problem::MemoKey),
        (b"K\x01p99999999999\n.", Problem::MemoKey),
        (b"K\x01p99999999999999999999999\n.", Problem::Number),
        (b"K\x01r\xff\xff\xff\xff.", Problem::MemoKey),
        (b"(.", Problem::StackEmpty),
        (b"K\x01(.", Problem::StackEmpty),
        (b"P1\n.", Problem::PersistentId),
        (b"K\x01Q.", Problem::PersistentId),
    ]);
}

/// `C<module.name>` as the dump has it.
fn class(module: &str, name: &str) -> String {
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("C<{}.{}>", hex(module), hex(name))
}

#[test]
fn classes() {
    let cases: &[(&[u8], &str, &str)] = &[
        (b"cdatetime\ndate\n.", "datetime", "date"),
        (b"c__builtin__\nobject\n.", "builtins", "object"),
        (b"c__builtin__\nunicode\n.", "builtins", "str"),
        (b"cexceptions\nValueError\n.", "builtins", "ValueError"),
        (b"cexceptions\nStandardError\n.", "builtins", "Exception"),
        (b"cexceptions\nMine\n.", "exceptions", "Mine"),
        (b"ccopy_reg\n_reconstructor\n.", "copyreg", "_reconstructor"),
        (b"cUserDict\nUserDict\n.", "collections", "UserDict"),
        (b"cQueue\nQueue\n.", "queue", "Queue"),
        // not from protocol 3 on
        (b"\x80\x03cQueue\nQueue\n.", "Queue", "Queue"),
        (b"\x80\x04\x8c\x01m\x8c\x03A.B\x93.", "m", "A.B"),
        (b"\x82\x05.", "copyreg", "extension_5"),
        (b"\x83\x05\x01.", "copyreg", "extension_261"),
        (b"\x84\x05\0\0\0.", "copyreg", "extension_5"),
    ];
    for (pickle, module, name) in cases {
        assert_eq!(load(pickle), Ok(class(module, name)), "pickle {}", pickle.escape_ascii());
    }
    check(&[
        (b"c__builtin__\nEllipsis\n.", "Ellipsis"),
        (b"c__builtin__\nNotImplemented\n.", "NotImplemented"),
    ]);
    refuse(&[
        (b"\x82\x00.", Problem::Extension),
        (b"\x84\xff\xff\xff\xff.", Problem::Extension),
        (b"c\nname\n.", Problem::Truncated),
        (b"cm\n\xff\n.", Problem::Text),
        (b"K\x01Va\n\x93.", Problem::Operand(Operand::TwoStr)),
    ]);
}

#[test]
fn objects() {
    let c = class("m", "C");
    let cases: &[(&[u8], String)] = &[
        (b"cm\nC\n(K\x01tR.", format!("O0{c}(i1)")),
        (b"(K\x01im\nC\n.", format!("O0{c}(i1)")),
        (b"(cm\nC\nK\x01o.", format!("O0{c}(i1)")),
        (b"(im\nC\n(dVa\nK\x01sb.", format!("O0{c}()sD1{{s61:i1}}")),
        (b"cm\nC\n)\x81.", format!("O0{c}()")),
        (b"cm\nC\n)}K\x01K\x02s\x92.", format!("O0{c}()k{{i1:i2}}")),
        (b"cm\nC\n)R(K\x01K\x02e(K\x03K\x04u.", format!("O0{c}()[i1,i2]{{i3:i4}}")),
        (b"cm\nC\n)RK\x01aK\x02K\x03s.", format!("O0{c}()[i1]{{i2:i3}}")),
        (b"cm\nC\n)R(K\x01\x90.", format!("O0{c}()[i1]")),
        // a result that is called
        (b"cm\nC\n)R(K\x01tR.", format!("O0O1{c}()(i1)")),
        (b"ccopy_reg\n_reconstructor\n(cm\nC\nc__builtin__\nobject\nNtR.", format!("O0{c}()")),
        (b"ccopy_reg\n_reconstructor\n(cm\nC\nc__builtin__\nint\nK\x05tR.", format!("O0{c}(i5)")),
        (b"ccopy_reg\n__newobj__\n(cm\nC\nK\x05tR.", format!("O0{c}(i5)")),
        // what can't be done as data stays a call
        (
            b"c_codecs\nencode\n(V\\u0100\nVlatin1\ntR.",
            format!("O0{}(sc480,s6c6174696e31)", class("_codecs", "encode")),
        ),
    ];
    for (pickle, expected) in cases {
        assert_eq!(load(pickle).as_ref(), Ok(expected), "pickle {}", pickle.escape_ascii());
    }
    refuse(&[
        (b"N)R.", Problem::Operand(Operand::Callable)),
        (b"cm\nC\nNR.", Problem::Operand(Operand::Args)),
        (b"cm\nC\n)N\x92.", Problem::Operand(Operand::Kwargs)),
        (b"]Nb.", Problem::Operand(Operand::Object)),
        (b"(o.", Problem::StackEmpty),
    ]);
}

#[test]
fn errors_tell_where() {
    let mut machine = Machine::new(Limits::default());
    let error = machine.load(b"K\x01K\x02a.").unwrap_err();
    assert_eq!((error.offset, error.opcode), (4, Some(b'a')));
    assert_eq!(
        error.to_string(),
        "pickle byte 4 (opcode APPEND): the operand has to be a list or an object"
    );
    let error = machine.load(b"K\x01").unwrap_err();
    assert_eq!((error.offset, error.opcode), (2, None));
    assert_eq!(error.to_string(), "pickle byte 2: the pickle ends early");
}

#[test]
fn what_follows_stop_is_ignored_and_the_machine_starts_afresh() {
    let mut machine = Machine::new(Limits::default());
    assert_eq!(dump::dump(machine.load(b"K\x01q\x00.\xff\xff").unwrap()), "i1");
    assert_eq!(machine.load(b"h\x00.").unwrap_err().problem, Problem::MemoMissing);
    assert!(machine.load(b"(((").is_err());
    assert_eq!(machine.load(b"t.").unwrap_err().problem, Problem::NoMark);
    assert_eq!(dump::dump(machine.load(b"cQueue\nQueue\n.").unwrap()), class("queue", "Queue"));
}
