//! The language, as a table: queries, and which of some records they find.

use std::borrow::Cow;

use jiff::tz::TimeZone;
use logyard_query::{Clock, Field, May, Query, View};
use proptest::prelude::*;

#[derive(Debug)]
struct Line {
    level: (i64, &'static str),
    logger: &'static str,
    message: &'static str,
    fields: Vec<(&'static str, Field<'static>)>,
}

impl View for Line {
    fn level(&self) -> Option<i64> {
        Some(self.level.0)
    }
    fn level_name(&self) -> Option<&[u8]> {
        Some(self.level.1.as_bytes())
    }
    fn logger(&self) -> Option<&[u8]> {
        Some(self.logger.as_bytes())
    }
    fn micros(&self) -> Option<i64> {
        Some(NOW - 60_000_000)
    }
    fn any_text(&self, is: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        is(self.message.as_bytes())
    }
    fn field(&self, name: &str) -> Option<Field<'_>> {
        if name == "message" {
            return Some(Field::Text(Cow::Borrowed(self.message.as_bytes())));
        }
        self.fields.iter().find(|(key, _)| *key == name).map(|(_, field)| field.clone())
    }
}

/// 2026-11-29 13:00 UTC.
const NOW: i64 = 1_795_957_200_000_000;

fn clock() -> Clock {
    Clock::new(NOW, TimeZone::UTC)
}

fn text(text: &'static str) -> Field<'static> {
    Field::Text(Cow::Borrowed(text.as_bytes()))
}

fn line() -> Line {
    Line {
        level: (40, "ERROR"),
        logger: "serving.api",
        message: "TimeoutError: the read of GET /api/v1/users Timed out, Größe=3",
        fields: vec![
            ("user_id", Field::Int(42)),
            ("ratio", Field::Float(0.5)),
            ("ok", Field::Bool(false)),
            ("parent", Field::None),
            ("path", text("/api/v1/users")),
            ("version", text("3.10")),
            ("status", text("503")),
        ],
    }
}

#[test]
fn what_is_found() {
    for (query, found) in [
        ("", true),
        // words
        ("timed", true),
        ("TIMED", true),
        ("time", false),
        ("time*", true),
        ("*error", true),
        ("timeout", false),
        ("*out*", true),
        ("ti*d", true),
        ("ti*x", false),
        ("größe", true),
        ("GRÖSSE", false),
        ("größ", false),
        ("größ*", true),
        // phrases
        ("\"timed out\"", true),
        ("'timed out'", true),
        ("\"imed out\"", false),
        ("\"timed  out\"", false),
        ("\"/api/v1/users\"", true),
        ("\"/api/v1/user\"", false),
        ("GET", true),
        ("größe=3", false), // a field
        ("\"größe=3\"", true),
        // regular expressions
        ("/Timed out/", true),
        ("/timed out/", false),
        ("/timed out/i", true),
        (r"/v\d\/users/", true),
        ("/^Timeout.*=3$/", true),
        // and, or, not
        ("timed out", true),
        ("timed never", false),
        ("timed AND never", false),
        ("timed or never", true),
        ("never or never or timed", true),
        ("not never", true),
        ("-never", true),
        ("-timed", false),
        ("not timed or out", true),
        ("not (timed or out)", false),
        ("not (timed and never)", true),
        ("never timed or out", true),
        ("timed or out never", true), // `and` binds more tightly
        ("(timed or out) never", false),
        ("not not timed", true),
        ("((timed))", true),
        // levels
        ("level>=ERROR", true),
        ("level>error", false),
        ("level=40", true),
        ("level:Error", true),
        ("level!=error", false),
        ("level<critical level>warn", true),
        ("level=NOTICE", false),
        ("level!=NOTICE", true),
        // loggers
        ("logger:serving", true),
        ("logger:serv", false),
        ("logger:serv*", true),
        ("logger:*.api", true),
        ("logger=serving", false),
        ("logger=serving.api", true),
        ("logger!=serving.api", false),
        ("logger~^serving", true),
        ("logger!~^serving", false),
        ("logger:root", true),
        // fields
        ("user_id=42", true),
        ("user_id=42.0", true),
        ("user_id=\"42\"", false),
        ("user_id==42", true),
        ("user_id!=42", false),
        ("user_id>=42 user_id<43", true),
        ("user_id>9", true),
        ("ratio<1", true),
        ("ratio=.5", true),
        ("ok=false", true),
        ("ok=true", false),
        ("ok!=true", true),
        ("parent=none", true),
        ("parent!=7", true),
        ("parent=None", true),
        ("path=/api/v1/users", true),
        ("path:/api/*", true),
        ("path:*users", true),
        ("path:users", false),
        ("path~users$", true),
        ("path~/USERS$/i", true),
        ("path!~users", false),
        ("version=3.1", false),
        ("version=3.10", true),
        ("status=503", true),
        ("status>=500", true),
        ("status<1000", true),
        // of what a record hasn't got nothing is true
        ("missing=1", false),
        ("missing!=1", false),
        ("not missing=1", true),
        ("message:timed", true),
        ("message:\"timed out\"", true),
        ("message:time", false),
        ("message~^Timeout", true),
        // times
        ("since:2m", true),
        ("since:30s", false),
        ("until:30s", true),
        ("since=yesterday until=now", true),
        ("time>=2026-11-29T12:58 time<\"2026-11-29 13:00\"", true),
        // no field
        ("http://x", false),
        ("127.0.0.1:80", false),
    ] {
        let parsed = Query::parse(query, &clock());
        let parsed = parsed.unwrap_or_else(|error| panic!("{}", error.render(query)));
        assert_eq!(parsed.matches(&line()), found, "{query}");
        // where nothing is known, nothing is passed over; and what is known of one is enough for one
        assert!(parsed.may_match(&mut |_, _| May::ANY), "{query}");
        let known = parsed.may_match(&mut |_, condition| match condition.is(&line()) {
            true => May::ALWAYS,
            false => May::NEVER,
        });
        assert_eq!(known, found, "{query}");
    }
}

#[test]
fn errors_point_at_the_place() {
    let mut all = String::new();
    for query in [
        "level>=EROR timeout",
        "level>=NOTICE",
        "level~x",
        "level = ERROR",
        "timed and",
        "or timed",
        "timed or not",
        "(timed out",
        "timed) out",
        "()",
        "\"timed out",
        "/timed out",
        "/api/v1",
        "/(a/",
        "/a(?=b)/",
        "user_id=",
        "user_id= 42",
        "*",
        "\"\"",
        "größe \u{1b}[31m since:soon",
        "until>10m",
        "path~(",
        "/\\w{1000}{1000}/",
    ] {
        let error = Query::parse(query, &clock()).expect_err(query);
        assert!(query.get(error.span.clone()).is_some(), "{query}");
        all.push_str(&error.render(query));
        all.push_str("\n\n");
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_query_has_bounds() {
    let deep = "(".repeat(1000);
    let long = "a ".repeat(1000);
    let nots = "not ".repeat(2000) + "a";
    let regex = format!("/{}a{}/", "(".repeat(1000), ")".repeat(1000));
    for query in [&deep, &long, &nots, &regex, &"x".repeat(1 << 20)] {
        assert!(Query::parse(query, &clock()).is_err());
    }
    assert!(Query::parse(&"a ".repeat(100), &clock()).is_ok());
}

/// Queries of the conditions `a=1` and so on, in all shapes.
fn query() -> impl Strategy<Value = String> {
    let leaf =
        (0..4u8, any::<bool>()).prop_map(|(field, one)| format!("f{field}={}", u8::from(one)));
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|query| format!("not {query}")),
            inner.clone().prop_map(|query| format!("({query})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} or {b})")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("{a} and {b}")),
        ]
    })
}

proptest! {
    #[test]
    fn what_matches_is_not_passed_over(query in query(), values in prop::array::uniform4(0..2i64), known in prop::array::uniform4(any::<bool>())) {
        let query = Query::parse(&query, &clock()).unwrap();
        let names = ["f0", "f1", "f2", "f3"];
        let fields = names.iter().zip(values).map(|(name, value)| (*name, Field::Int(value)));
        let line = Line { fields: fields.collect(), ..line() };
        let passed = !query.may_match(&mut |index, condition| match condition.is(&line) {
            _ if !known[index % 4] => May::ANY,
            true => May::ALWAYS,
            false => May::NEVER,
        });
        prop_assert!(!passed || !query.matches(&line));
    }

    #[test]
    fn any_text_is_read_or_refused_with_its_place(text in "\\PC{0,40}|[a-z()\"'/~=<>!:* -]{0,40}") {
        match Query::parse(&text, &clock()) {
            Ok(query) => { query.matches(&line()); }
            Err(error) => {
                prop_assert!(text.get(error.span.clone()).is_some());
                error.render(&text);
            }
        }
    }

    #[test]
    fn both_queries_hold_for_what_and_joins(a in query(), b in query(), values in prop::array::uniform4(0..2i64)) {
        let names = ["f0", "f1", "f2", "f3"];
        let fields = names.iter().zip(values).map(|(name, value)| (*name, Field::Int(value)));
        let line = Line { fields: fields.collect(), ..line() };
        let (a, b) = (Query::parse(&a, &clock()).unwrap(), Query::parse(&b, &clock()).unwrap());
        let expected = a.matches(&line) && b.matches(&line);
        prop_assert_eq!(a.and(b).matches(&line), expected);
    }
}
