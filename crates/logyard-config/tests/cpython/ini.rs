//! INI documents against configparser.

use logyard_config::ini::{self, InterpolationErrorKind, ParseErrorKind};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::python::{ask, cases, samples};

fn ini_document() -> impl Strategy<Value = String> {
    let blank = prop::sample::select(vec!["", " ", "  ", "\t", "\u{a0}", "\x0c", "\x1c", "    "]);
    let key = prop::sample::select(vec!["a", "B", "b c", "ключ", "x#y", "İ", "defined", ""]);
    let mark = prop::sample::select(vec!["=", ":", " = ", " : ", "\t=\u{a0}", ""]);
    let value = prop::sample::select(vec![
        "",
        "1",
        "text # no comment",
        "; x",
        "%(a)s",
        "%(b)s/%(B)s",
        "%%",
        "%",
        "%(nope)s",
        "%(a",
        "%()s",
        "%(defined)s",
        "100%% %(b c)s",
        "a=b:c",
        "[x]",
        "\u{2028}",
        "\"q\"",
        "%(ключ)s",
    ]);
    let header = prop::sample::select(vec![
        "[a]",
        "[b]",
        "[DEFAULT]",
        "[default]",
        "[a]b] x",
        "[]",
        "[ s ]",
        "[c",
        "[d];e",
    ]);
    let option = (key, mark, value.clone()).prop_map(|(k, m, v)| format!("{k}{m}{v}"));
    let line = prop_oneof![
        6 => option,
        2 => header.prop_map(str::to_owned),
        2 => value.prop_map(str::to_owned),
        1 => prop::sample::select(vec!["# c", ";c", "#", ""]).prop_map(str::to_owned),
    ];
    let end = prop::sample::select(vec!["\n", "\n", "\n", "\r\n", "\r", "\n\n"]);
    let start = prop_oneof![4 => Just("[s]\n"), 1 => Just("")];
    (start, prop::collection::vec((blank, line, end), 0..9)).prop_map(|(start, lines)| {
        let text = lines.iter().map(|(blank, line, end)| format!("{blank}{line}{end}"));
        start.to_owned() + &text.collect::<String>()
    })
}

/// The error that configparser raises: the first that stops it, else what it has collected.
fn ini_error(errors: &[ini::ParseError]) -> Option<&'static str> {
    let names = errors.iter().map(|error| match error.kind {
        ParseErrorKind::MissingSectionHeader => "MissingSectionHeaderError",
        ParseErrorKind::DuplicateSection { .. } => "DuplicateSectionError",
        ParseErrorKind::DuplicateOption { .. } => "DuplicateOptionError",
        ParseErrorKind::NoDelimiter | ParseErrorKind::NoKey => "ParsingError",
    });
    let all = names.collect::<Vec<_>>();
    all.iter().find(|name| **name != "ParsingError").or(all.first()).copied()
}

fn ini_answer(text: &str) -> Json {
    let (mut document, errors) = ini::parse(text);
    document.define("defined", "from outside");
    if let Some(name) = ini_error(&errors) {
        return json!({ "error": name });
    }
    let mut sections = serde_json::Map::new();
    for section in document.sections() {
        let mut values = serde_json::Map::new();
        for key in document.keys(section) {
            let mut value = match document.get(section, key) {
                Ok(text) => json!({ "value": text.unwrap().as_str() }),
                Err(error) => json!({ "error": match error.kind {
                    InterpolationErrorKind::Syntax => "InterpolationSyntaxError",
                    InterpolationErrorKind::Missing { .. } => "InterpolationMissingOptionError",
                    InterpolationErrorKind::Depth => "InterpolationDepthError",
                    InterpolationErrorKind::TooLong => "too long",
                }}),
            };
            value["raw"] = document.raw(section, key).unwrap().value.as_str().into();
            values.insert(key.to_owned(), value);
        }
        sections.insert(section.name.clone(), Json::Object(values));
    }
    let names = document.sections().iter().map(|section| section.name.clone()).collect::<Vec<_>>();
    json!({ "names": names, "sections": sections })
}

#[test]
fn ini_documents_read_as_configparser_reads_them() {
    let texts = samples(ini_document());
    let Some(answer) = ask(&json!({ "ini": texts })) else { return };
    let mut good = 0;
    for (text, expected) in texts.iter().zip(answer["ini"].as_array().unwrap()) {
        assert_eq!(&ini_answer(text), expected, "{text:?}");
        good += usize::from(expected["error"].is_null());
    }
    assert!(good > cases() / 20, "only {good} documents were well-formed");
}
