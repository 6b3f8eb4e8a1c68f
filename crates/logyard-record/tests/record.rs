//! `Record` against what `logging.makeLogRecord` of CPython 3.13 gives for the same dict.

use logyard_pickle::{Limits, Machine, Value};
use logyard_record::{Attr, NotARecord, Received, Record, write_repr};

const RECEIVED: Received =
    Received { created: 1_700_000_000.25, msecs: 250.0, started: 1_700_000_000.0, pid: 42 };

fn repr(value: Value<'_>) -> String {
    let mut out = Vec::new();
    write_repr(value, &mut out).expect("short");
    String::from_utf8(out).expect("plain values")
}

fn with<T>(pickle: &[u8], look: impl FnOnce(Result<Record<'_>, NotARecord>) -> T) -> T {
    let mut machine = Machine::new(Limits::default());
    look(Record::new(machine.load(pickle).expect("well-formed"), &RECEIVED))
}

/// A dict in protocol 0, of keys and already pickled values.
fn dict(pairs: &[(&str, &str)]) -> Vec<u8> {
    let mut pickle = String::from("(d");
    for (key, value) in pairs {
        pickle.push_str(&format!("V{key}\n{value}s"));
    }
    pickle.push('.');
    pickle.into_bytes()
}

#[test]
fn what_the_dict_has_not_got() {
    let expected = [
        "None",
        "''",
        "()",
        "'Level None'",
        "10",
        "''",
        "''",
        "''",
        "None",
        "None",
        "None",
        "0",
        "None",
        "1700000000.25",
        "250.0",
        "250.0",
        "42",
        "'MainThread'",
        "'MainProcess'",
        "42",
        "None",
    ];
    with(&dict(&[("levelno", "I10\n")]), |record| {
        let record = record.expect("a record");
        for (attr, expected) in Attr::ALL.into_iter().zip(expected) {
            assert_eq!(repr(record.attr(attr)), expected, "{attr:?}");
        }
        assert_eq!(record.name(), b"");
        assert_eq!(record.created(), Some(1_700_000_000.25));
    });
}

#[test]
fn what_the_dict_has() {
    let pickle = dict(&[
        ("name", "Vapp.db\n"),
        ("levelno", "I30\n"),
        ("msg", "Vhello\n"),
        ("created", "F5.5\n"),
        ("user", "Vzo\n"),
        ("taskName", "N"),
        ("args", "N"),
    ]);
    with(&pickle, |record| {
        let record = record.expect("a record");
        assert_eq!(record.name(), b"app.db");
        assert_eq!(record.levelno(), 30);
        assert_eq!(record.created(), Some(5.5));
        assert_eq!(repr(record.attr(Attr::Args)), "None");
        assert_eq!(record.get(b"user").map(repr), Some("'zo'".into()));
        assert_eq!(record.get(b"msg").map(repr), Some("'hello'".into()));
        assert_eq!(record.get(b"filename").map(repr), Some("''".into()));
        assert!(record.get(b"nothing").is_none());
        assert_eq!(record.pairs().len(), 7);
    });
}

#[test]
fn levels_compare_as_in_python() {
    let cases = [
        ("I01\n", 1),
        ("F20.5\n", 20),
        ("F-0.5\n", -1),
        ("F1e300\n", i64::MAX),
        ("L99999999999999999999L\n", i64::MAX),
        ("L-99999999999999999999L\n", i64::MIN),
        ("Fnan\n", i64::MIN),
    ];
    for (value, level) in cases {
        with(&dict(&[("levelno", value)]), |record| {
            assert_eq!(record.map(|record| record.levelno()), Ok(level), "{value:?}");
        });
    }
}

#[test]
fn no_record() {
    let error = |pickle: &[u8]| with(pickle, |record| record.err().map(|error| error.to_string()));
    assert_eq!(
        error(b"(lp0\n.").as_deref(),
        Some("the payload is of type list, not a dict of a record's attributes")
    );
    assert_eq!(
        error(&dict(&[("name", "I1\n"), ("levelno", "I10\n")])).as_deref(),
        Some("`name` is of type int, not str")
    );
    assert_eq!(
        error(&dict(&[("levelno", "VINFO\n")])).as_deref(),
        Some("`levelno` is of type str, not a number")
    );
    assert_eq!(
        error(&dict(&[("levelno", "N")])).as_deref(),
        Some("`levelno` is of type NoneType, not a number")
    );
    assert_eq!(error(&dict(&[])).as_deref(), Some("there is no `levelno`"));
    assert_eq!(error(&dict(&[("name", "N"), ("levelno", "I10\n")])), None);
}

#[test]
fn what_a_client_sends_beside_the_dict_is_no_attribute_of_the_record() {
    let mut pickle = dict(&[("levelno", "I10\n"), ("msg", "V%s\n")]);
    pickle.pop();
    let mut two = b"(".to_vec();
    two.extend_from_slice(&pickle);
    two.extend_from_slice(
        b"(dVmessage\nVthe text\nsVexception\n(dVtype\nVa.Error\nsVmessage\nVno\nsst.",
    );
    with(&two, |record| {
        let record = record.expect("a record");
        assert_eq!(record.message(), Some(&b"the text"[..]));
        let exception = record.exception().expect("an exception");
        assert_eq!((exception.class, exception.message), (&b"a.Error"[..], &b"no"[..]));
        assert_eq!(record.pairs().len(), 2);
        assert_eq!(record.get(b"message").map(repr), None);
    });
    // anything else that is no dict is no record
    for bad in [&b"(t."[..], b"((d(d(dt.", b"((dI1\nt.", b"(I1\n(dt."] {
        with(bad, |record| assert!(matches!(record, Err(NotARecord::NotADict { .. })), "{bad:?}"));
    }
}
