//! Numeric conversions of numpy's scalars; the expected texts are numpy 2.4's.

use logyard_format::{FormatError, message};
use logyard_pickle::{Limits, Machine};
use logyard_record::{Received, Record};

/// `'%d'`, `'%x'` and `'%f'` of a scalar, pickled as numpy does (protocol 3).
fn texts(code: &str, raw: &[u8], order: &str) -> [String; 3] {
    ["%d", "%x", "%f"].map(|format| {
        let mut pickle = b"\x80\x03}(".to_vec();
        let text = |pickle: &mut Vec<u8>, text: &str| {
            pickle.push(b'X');
            pickle.extend((text.len() as u32).to_le_bytes());
            pickle.extend(text.bytes());
        };
        text(&mut pickle, "msg");
        text(&mut pickle, format);
        text(&mut pickle, "levelno");
        pickle.extend(b"K\x14");
        text(&mut pickle, "args");
        pickle.extend(b"cnumpy._core.multiarray\nscalar\ncnumpy\ndtype\n");
        text(&mut pickle, code);
        pickle.extend(b"\x89\x88\x87R");
        if !order.is_empty() {
            pickle.extend(b"(K\x03");
            text(&mut pickle, order);
            pickle.extend(b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb");
        }
        pickle.extend([b'C', raw.len() as u8]);
        pickle.extend(raw);
        pickle.extend(b"\x86R\x85u.");
        let mut machine = Machine::new(Limits::default());
        let value = machine.load(&pickle).expect("numpy's pickle");
        let received = Received { created: 0.0, msecs: 0.0, started: 0.0, pid: 1 };
        let record = Record::new(value, &received).expect("a record");
        let mut out = Vec::new();
        match message(&record, &mut out) {
            Ok(()) => String::from_utf8(out).expect("ASCII"),
            Err(FormatError::BadArguments(error)) => error.text.to_string(),
            Err(error) => panic!("{error}"),
        }
    })
}

#[test]
fn integers() {
    let largest = ["18446744073709551615", "ffffffffffffffff", "18446744073709551616.000000"];
    assert_eq!(texts("u8", &[0xff; 8], "<"), largest);
    assert_eq!(texts("i1", b"\xfe", "|"), ["-2", "-2", "-2.000000"]);
    assert_eq!(texts("u2", b"\xff\xfe", ">"), ["65534", "fffe", "65534.000000"]);
}

#[test]
fn others_have_no_index() {
    let no_index = |class: &str| format!("%x format: an integer is required, not numpy.{class}");
    let check = |code: &str, raw: &[u8], class: &str, int: &str, float: &str| {
        assert_eq!(texts(code, raw, "<"), [int, &no_index(class), float]);
    };
    check("b1", b"\x01", "bool", "1", "1.000000");
    check("f4", &0.1_f32.to_le_bytes(), "float32", "0", "0.100000");
    check("f8", &2.75_f64.to_le_bytes(), "float64", "2", "2.750000");
    check("c8", b"\x00\x00\xc0?\x00\x00\x00@", "complex64", "1", "1.500000");
}

#[test]
fn a_dtype_may_have_no_state() {
    assert_eq!(texts("b1", b"\x00", ""), ["0", &texts("b1", b"\x00", "|")[1], "0.000000"]);
    assert_eq!(texts("i2", b"\x05\x00", ""), ["5", "5", "5.000000"]);
}
