//! Objects whose class is not known here; the pickles are CPython 3.13's, of protocols 1 and 4.

use logyard_pickle::{Limits, Machine};
use logyard_record::{write_repr, write_str};

/// `str` and `repr`, which must be equal unless the case says otherwise.
fn texts(pickle: &[u8]) -> (String, String) {
    let mut machine = Machine::new(Limits::default());
    let value = machine.load(pickle).expect("CPython loads it");
    let (mut str_text, mut repr_text) = (Vec::new(), Vec::new());
    write_str(value, &mut str_text).expect("short");
    write_repr(value, &mut repr_text).expect("short");
    (String::from_utf8(str_text).unwrap(), String::from_utf8(repr_text).unwrap())
}

#[track_caller]
fn check(pickle: &[u8], str_text: &str, repr_text: &str) {
    assert_eq!(texts(pickle), (str_text.to_owned(), repr_text.to_owned()));
}

#[track_caller]
fn check_both(pickle: &[u8], text: &str) {
    check(pickle, text, text);
}

#[test]
fn instances() {
    let user = "<app.User object {'id': 7, 'name': 'Zo'}>";
    check_both(
        b"ccopy_reg\n_reconstructor\nq\x00(capp\nUser\nq\x01c__builtin__\nobject\nq\x02Ntq\x03R\
          q\x04}q\x05(X\x02\x00\x00\x00idq\x06K\x07X\x04\x00\x00\x00nameq\x07X\x02\x00\x00\x00Zo\
          q\x08ub.",
        user,
    );
    check_both(
        b"\x80\x04\x95+\x00\x00\x00\x00\x00\x00\x00\x8c\x03app\x94\x8c\x04User\x94\x93\x94)\x81\
          \x94}\x94(\x8c\x02id\x94K\x07\x8c\x04name\x94\x8c\x02Zo\x94ub.",
        user,
    );
    let empty = b"\x80\x04\x8c\x03app\x94\x8c\x05Empty\x94\x93\x94)\x81\x94.";
    check_both(empty, "<app.Empty object>");
    let slots = b"\x80\x04\x8c\x03app\x94\x8c\x05Slots\x94\x93\x94)\x81\x94N}\x94\x8c\x01a\x94K\
                  \x01s\x86\x94b.";
    check_both(slots, "<app.Slots object (None, {'a': 1})>");
    let keywords = b"\x80\x04\x8c\x03app\x94\x8c\x02Kw\x94\x93\x94K\x01\x85\x94}\x94\x8c\x01b\x94\
                     K\x02s\x92\x94.";
    check_both(keywords, "<app.Kw object (1) (b=2)>");
}

#[test]
fn one_that_holds_itself() {
    let own = b"ccopy_reg\n_reconstructor\nq\x00(capp\nUser\nq\x01c__builtin__\nobject\nq\x02Ntq\
                \x03Rq\x04}q\x05X\x02\x00\x00\x00meq\x06h\x04sb.";
    check_both(own, "<app.User object {'me': <app.User object ...>}>");
}

#[test]
fn enum_members() {
    let by_value = b"capp\nColor\nq\x00(K\x01tq\x01Rq\x02.";
    check_both(by_value, "<app.Color object (1)>");
    let by_name = b"c__builtin__\ngetattr\n(capp\nColor\nX\x03\x00\x00\x00REDtR.";
    check(by_name, "Color.RED", "<Color.RED>");
}

#[test]
fn subclasses_of_builtins() {
    let start = |class: &str, base: &str| {
        format!("ccopy_reg\n_reconstructor\n(capp\n{class}\nc__builtin__\n{base}\n").into_bytes()
    };
    let with = |class, base, value: &[u8]| [&start(class, base)[..], value, b"tR."].concat();
    check_both(&with("P", "tuple", b"(K\x01K\x02t"), "P(1, 2)");
    check_both(&with("L", "list", b"]K\x01a"), "[1]");
    check_both(&with("D", "dict", b"}X\x01\x00\x00\x00aK\x01s"), "{'a': 1}");
    check_both(&with("I", "long", b"K\x05"), "5");
    check(&with("S", "unicode", b"X\x04\x00\x00\x00it's"), "it's", "\"it's\"");
    // protocol 2 and up don't tell the base; items and pairs do
    let list = b"\x80\x04\x8c\x03app\x94\x8c\x01L\x94\x93\x94)\x81\x94K\x01a.";
    check_both(list, "[1]");
    let dict = b"\x80\x04\x8c\x03app\x94\x8c\x01D\x94\x93\x94)\x81\x94\x8c\x01a\x94K\x01s.";
    check_both(dict, "{'a': 1}");
    let point = b"\x80\x04\x8c\x03app\x94\x8c\x01P\x94\x93\x94K\x01K\x02\x86\x94\x81\x94.";
    check_both(point, "<app.P object (1, 2)>");
    let safe = b"cdjango.utils.safestring\nSafeString\n(X\x01\x00\x00\x00xtR.";
    check(safe, "x", "'x'");
}

#[test]
fn exceptions_by_name() {
    let error = b"capp\nAppError\nq\x00(X\x03\x00\x00\x00badq\x01K\x01tq\x02Rq\x03.";
    check(error, "('bad', 1)", "AppError('bad', 1)");
    let one = b"capp\nAppError\n(X\x03\x00\x00\x00badtR.";
    check(one, "bad", "AppError('bad')");
}

#[test]
fn parts_that_the_class_never_sends() {
    check_both(
        b"cdatetime\ndatetime\n(X\x03\x00\x00\x00badtR.",
        "<datetime.datetime object ('bad')>",
    );
    // month 13
    check_both(
        b"\x80\x03cdatetime\ndate\nC\x04\x07\xea\x0d\x01\x85R.",
        r"<datetime.date object (b'\x07\xea\r\x01')>",
    );
    check_both(b"cuuid\nUUID\n)R.", "<uuid.UUID object>");
    check_both(b"ccollections\ndeque\n(K\x01tR.", "<collections.deque object (1)>");
    check_both(b"c__builtin__\nslice\n)R.", "<builtins.slice object>");
    check_both(b"cpathlib\nPosixPath\n(K\x01tR.", "<pathlib.PosixPath object (1)>");
    check_both(b"cfractions\nFraction\n)R.", "<fractions.Fraction object>");
    check_both(b"chttp\nHTTPStatus\n(M+\x01tR.", "<http.HTTPStatus object (299)>");
    check_both(b"ccollections\nUserList\n)R.", "<collections.UserList object>");
    // its data is itself
    check_both(
        b"ccollections\nUserDict\n)Rq\x00}X\x04\x00\x00\x00datah\x00sb.",
        "<collections.UserDict object {'data': {...}}>",
    );
    check_both(b"cdatetime\ntimedelta\n(K\x01K\x02tR.", "<datetime.timedelta object (1, 2)>");
}

#[test]
fn a_zone_that_is_not_known() {
    let zoned = b"\x80\x03cdatetime\ndatetime\nC\x0a\x07\xea\x0b\x16\x07\x00\x00\x00\x00\x00capp\n\
                  Zone\n)R\x86R.";
    check(
        zoned,
        "2026-11-22 07:00:00 <app.Zone object>",
        "datetime.datetime(2026, 11, 22, 7, 0, tzinfo=<app.Zone object>)",
    );
}

#[test]
fn what_is_called_may_be_no_class() {
    let made = b"c__builtin__\ngetattr\n(capp\nMaker\nX\x04\x00\x00\x00maketR(K\x01tR.";
    check_both(made, "<<Maker.make> object (1)>");
}

#[test]
fn long_states_are_cut() {
    let text = "é".repeat(2000);
    let mut pickle = b"capp\nBig\n(X".to_vec();
    pickle.extend((text.len() as u32).to_le_bytes());
    pickle.extend(text.as_bytes());
    pickle.extend(b"tR.");
    let (str_text, repr_text) = texts(&pickle);
    assert_eq!(str_text, repr_text);
    assert!(str_text.starts_with("<app.Big object ('éé") && str_text.ends_with("éé...>"));
    assert!((1000..1100).contains(&str_text.len()), "{}", str_text.len());
    // one in another: only the outer one is cut, and what follows it is whole
    let mut pickle = b"(capp\nOuter\n(capp\nInner\n(X".to_vec();
    pickle.extend((text.len() as u32).to_le_bytes());
    pickle.extend(text.as_bytes());
    pickle.extend(b"tRtRK\x07t.");
    let (str_text, _) = texts(&pickle);
    assert!(str_text.starts_with("(<app.Outer object (<app.Inner object ('éé"), "{str_text}");
    assert!(str_text.ends_with("éé...>, 7)"), "{str_text}");
}
