//! TOML documents against `tomllib.loads`.

use logyard_config::tree::{Syntax, read};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use crate::documents::compare;
use crate::python::{ask, samples};

const VALUES: [&str; 54] = [
    "1",
    "-0",
    "+7",
    "1_000",
    "0x1F",
    "0o17",
    "0b101",
    "00",
    "1__0",
    "_1",
    "0X1",
    "1.5",
    "-0.0",
    "1e3",
    "6.6_6E-2",
    "1.",
    ".5",
    "inf",
    "-nan",
    "+inf",
    "true",
    "false",
    "True",
    "\"\"",
    "\"a\\tb\\u00e9\"",
    "\"\\U0001F600\"",
    "\"\\ud83d\"",
    "\"\\q\"",
    "'raw \\n'",
    "'%(asctime)s'",
    "\"\"\"\nline\n  two\"\"\"",
    "\"\"\"a\\\n   b\"\"\"",
    "'''\nraw'''",
    "\"open",
    "'é'",
    "1979-05-27",
    "07:32:00",
    "07:32:00.999999999",
    "1979-05-27T07:32:00Z",
    "1979-05-27 07:32:00.5-07:00",
    "1979-05-27t07:32:00",
    "1979-02-30",
    "25:00:00",
    "[1, 2, ]",
    "[1, 'a', [true]]",
    "[\n 1, # c\n 2\n]",
    "[1 2]",
    "{a = 1, b.c = 2}",
    "{}",
    "{a = 1, a = 2}",
    "[{a = 1}, {b = 2}]",
    "99999999999999999999",
    "\"\t\"",
    "",
];
const KEYS: [&str; 14] = [
    "a", "b", "c", "a.b", "a.b.c", "b.a", "\"a\"", "'b c'", "\"\"", "1", "a-b", "é", "c . d",
    "version",
];
const HEADERS: [&str; 12] = [
    "[a]",
    "[b]",
    "[a.b]",
    "[c.d.e]",
    "[[x]]",
    "[[x]]",
    "[x.y]",
    "[\"q r\"]",
    "[ a . c ]",
    "[]",
    "[a",
    "[[a]]",
];

fn toml_document() -> impl Strategy<Value = String> {
    let end = select(vec!["\n", "\n", "\n", "\r\n", " # c\n", "\t\n", " x\n"]);
    // keys are numbered, so that most documents name each but once
    let pair = (select(&KEYS), 0..60_u8, select(vec![" = ", "=", " =\t"]), select(&VALUES));
    let pair = pair.prop_map(|(key, number, equals, value)| match number {
        0..6 => format!("{key}{equals}{value}"),
        _ => format!("k{number}{equals}{value}"),
    });
    let header = (select(&HEADERS), 0..20_u8).prop_map(|(header, number)| match number {
        0..6 => header.to_owned(),
        _ => format!("[t{number}]"),
    });
    let line = prop_oneof![8 => pair, 2 => header, 1 => Just(String::new())];
    prop::collection::vec((line, end), 0..6)
        .prop_map(|lines| lines.iter().map(|(line, end)| format!("{line}{end}")).collect())
}

#[test]
fn toml_documents_read_as_tomllib_reads_them() {
    let mut texts = samples(toml_document());
    texts.extend(VALUES.map(|value| format!("a = {value}\n")));
    let Some(answer) = ask(&json!({ "toml": texts })) else { return };
    compare(Syntax::Toml, &texts, &answer["toml"]);
}

/// TOML 1.1: a known difference from tomllib up to CPython 3.14.
#[test]
fn toml_1_1_is_read() {
    let newer = ["a = 07:32", "a = {b = 1, }", "a = \"\\e\"", "a = \"\\x41\"", "a = {\n b = 1 }"];
    if logyard_testing::python((3, 12)..(3, 15)).is_none() {
        return;
    }
    let Some(answer) = ask(&json!({ "toml": newer })) else { return };
    for (text, answer) in newer.iter().zip(answer["toml"].as_array().unwrap()) {
        assert!(read(Syntax::Toml, text).is_ok(), "{text}");
        assert_eq!(answer["error"], "TOMLDecodeError", "{text}: {answer}");
    }
}
