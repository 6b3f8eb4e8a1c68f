//! JSON and YAML documents against `json.load` and PyYAML's `safe_load`.

use logyard_config::tree::{Syntax, read};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::plan::encode;
use crate::python::{ask, ask_yaml, samples};

/// What this crate refuses on purpose, though Python takes it.
const STRICTER: [&str; 3] = ["too-large", "unsupported-text", "unsupported-tag"];

/// What YAML 1.2, by whose rules the parser goes, refuses and PyYAML takes.
const YAML_1_2: [&str; 2] =
    ["plain scalar cannot start with '-' followed by", "invalid indentation in quoted scalar"];

pub(crate) fn compare(syntax: Syntax, texts: &[String], answers: &Json) {
    let (mut good, mut bad) = (0, 0);
    let mut differ = Vec::new();
    for (text, expected) in texts.iter().zip(answers.as_array().unwrap()) {
        let got = match read(syntax, text) {
            Ok((value, _)) => {
                good += 1;
                json!({ "value": encode(&value) })
            }
            Err(problem) => {
                bad += 1;
                let newer = YAML_1_2.iter().any(|rule| problem.message.starts_with(rule));
                if newer || STRICTER.contains(&problem.id) {
                    continue;
                }
                json!({ "error": problem.message })
            }
        };
        let same = match expected.get("error") {
            Some(_) => got.get("error").is_some(),
            None => got == *expected,
        };
        if !same {
            differ.push(format!("{text:?}\n  logyard: {got}\n  Python:  {expected}\n"));
        }
    }
    let shown = differ[..differ.len().min(12)].concat();
    assert!(differ.is_empty(), "{} of {} differ\n{shown}", differ.len(), texts.len());
    assert!(good * 8 > texts.len() && bad * 20 > texts.len(), "{good} good, {bad} bad");
}

fn json_document() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "null",
        "true",
        "false",
        "NaN",
        "Infinity",
        "-Infinity",
        "0",
        "-0",
        "-1",
        "12",
        "1.5",
        "-0.0",
        "1e3",
        "1E-2",
        "1e999",
        "123456789012345678",
        "01",
        "1.",
        ".5",
        "+1",
        "-",
        "1e",
        "0x1",
        "\"\"",
        "\"a\"",
        "\"\\u00e9\\n\\\"\\/\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "\"\\u12\"",
        "\"\\x41\"",
        "\"é\"",
        "\"a\tb\"",
        "'a'",
        "True",
        "None",
        "",
        "\"open",
        "[",
        "}",
        "\"\u{7f}\"",
        "\"\u{2028}\"",
        "1_0",
    ]);
    let space =
        prop::sample::select(vec!["", "", "", " ", "\n", "\t ", "\r\n", "\u{a0}", "// c\n"]);
    let comma = prop::sample::select(vec![",", ",", ",", ",", ",", ",", ", ", ",,", ""]);
    let key = prop::sample::select(vec![
        "\"a\"",
        "\"b\"",
        "\"a\"",
        "\"\"",
        "\"b\"",
        "\"c\"",
        "\"long key\"",
        "a",
        "1",
        "\"\\u0061\"",
    ]);
    let leaf = (leaf, space.clone()).prop_map(|(leaf, space)| format!("{space}{leaf}"));
    leaf.prop_recursive(4, 24, 5, move |inner| {
        let item = (inner.clone(), comma.clone()).prop_map(|(v, c)| format!("{v}{c}"));
        let pair = (key.clone(), space.clone(), inner.clone(), comma.clone())
            .prop_map(|(k, s, v, c)| format!("{s}{k}{s}:{v}{c}"));
        // the last comma is mostly taken out again
        let close = |text: String, often: u8| match often {
            0 => text,
            _ => text.strip_suffix(',').map_or(text.clone(), str::to_owned),
        };
        prop_oneof![
            (prop::collection::vec(item, 0..5), 0..9u8)
                .prop_map(move |(items, often)| format!("[{}]", close(items.concat(), often))),
            (prop::collection::vec(pair, 0..5), 0..9u8)
                .prop_map(move |(pairs, often)| format!("{{{}}}", close(pairs.concat(), often))),
        ]
    })
}

#[test]
fn json_documents_read_as_json_load_reads_them() {
    let mut texts = samples(json_document());
    texts.extend(["", " ", "{} {}", "[1]]", "\u{0}"].map(str::to_owned));
    let Some(answer) = ask(&json!({ "json": texts })) else { return };
    compare(Syntax::Json, &texts, &answer["json"]);
}

const SCALARS: [&str; 120] = [
    "yes",
    "No",
    "on",
    "OFF",
    "true",
    "y",
    "n",
    "null",
    "~",
    "Null",
    "",
    "010",
    "08",
    "0b11",
    "0b12",
    "0o7",
    "0x1f",
    "0xg",
    "1_000",
    "_1",
    "1:30",
    "1:60",
    "190:20:30",
    "0:30",
    "-1:30",
    "1:30.5",
    "1e3",
    "1.5e3",
    "1.5e+3",
    "1.",
    ".5",
    "-.5",
    ".inf",
    "-.INF",
    "+.inf",
    ".nan",
    "-.nan",
    ".",
    "+1",
    "-7",
    "+",
    "0",
    "-0",
    "00",
    "0_",
    "1__0",
    "1_0.5",
    "2001-01-01",
    "2001-1-1",
    "2001-13-01",
    "2001-12-14t21:59:43.10-05:00",
    "2001-12-14 21:59:43.1234567 -5",
    "2001-12-14 21:59:43Z",
    "2001-12-14 1:59:43 +05:30",
    "2001-12-14 25:00:00",
    "2001-02-29",
    "2000-02-29 00:00:00",
    "2001-12-14 21:59:43 +1",
    "=",
    "<<",
    "'yes'",
    "\"no\"",
    "'it''s'",
    "\"\\u00e9\\x41\\n\\e\"",
    "\"a\\\n b\"",
    "\"\\q\"",
    "plain text",
    "a: b",
    "a:b",
    "a #b",
    "a#b",
    "# c",
    "%(asctime)s %(message)s",
    "'%(message)s'",
    "{a}",
    "[a",
    "é",
    "ext://sys.stdout",
    "cfg://a.b[0]",
    "-",
    "- a",
    "--- a",
    "...",
    "@x",
    "`x",
    "%x",
    "!x",
    "! 12",
    "!!str 12",
    "!!int '3'",
    "!!int x",
    "!!float 1",
    "!!float '1e3'",
    "!!bool yes",
    "!!bool x",
    "!!null x",
    "!!timestamp 2001-01-01",
    "!!seq x",
    "!!python/name:os.system x",
    "!!binary aGk=",
    "!ENV x",
    "&a x",
    "&b yes",
    "&c 'q'",
    "*a",
    "*b",
    "*c",
    "*nope",
    "|",
    ">",
    "? x",
    ", a",
    "a, b",
    "a]",
    "a}",
    "'open",
    "logging.handlers.RotatingFileHandler",
    "10000000",
    "1 2",
    "2001-12-14 21:59:43 ",
];

/// One value, in flow or block style, by its indentation.
fn yaml_value(depth: u32) -> BoxedStrategy<Vec<String>> {
    // most of those at the start are well-formed
    let (well, all) = (SCALARS[..64].to_vec(), SCALARS.to_vec());
    let scalar = prop_oneof![9 => prop::sample::select(well), 1 => prop::sample::select(all)];
    let scalar = scalar.prop_map(|text| vec![text.to_owned()]);
    let folded = (
        prop::sample::select(vec!["|", ">", "|-", ">+", "|2", ">-", "| # c"]),
        prop::collection::vec(
            prop::sample::select(vec!["a", "b c", "", "  d", "# e", "'f'"]),
            0..4,
        ),
    )
        .prop_map(|(mark, lines)| {
            let lines = lines.into_iter().map(|line| format!("  {line}"));
            std::iter::once(mark.to_owned()).chain(lines).collect()
        });
    if depth == 0 {
        return prop_oneof![8 => scalar, 1 => folded].boxed();
    }
    let inner = yaml_value(depth - 1);
    let key = prop::sample::select(vec![
        "a",
        "b",
        "e",
        "f",
        "g",
        "h",
        "i",
        "j",
        "k",
        "l",
        "m",
        "n o",
        "c",
        "a",
        "1",
        "yes",
        "<<",
        "'<<'",
        "'q k'",
        "\"d\"",
        "=",
        "~",
        "1.5",
        "long key",
        "2001-01-01",
        "",
        "[x]",
        "1.0",
    ]);
    let flow_scalar = prop::sample::select(
        SCALARS
            .iter()
            .copied()
            .filter(|text| !text.contains([',', '[', ']', '{', '}', '#', '\n']))
            .collect::<Vec<_>>(),
    );
    let flow = (prop::collection::vec((key.clone(), flow_scalar), 0..4), any::<bool>()).prop_map(
        |(pairs, list)| {
            let pairs = pairs.iter().map(|(key, value)| match list {
                true => (*value).to_owned(),
                false => format!("{key}: {value}"),
            });
            let text = pairs.collect::<Vec<_>>().join(", ");
            vec![if list { format!("[{text}]") } else { format!("{{{text}}}") }]
        },
    );
    let head = prop::sample::select(vec![
        "", "", "", "", "", "", "", "", "&d ", "&e ", "&f ", "!!map ", "!!seq ", "# c",
    ]);
    let map = (head.clone(), prop::collection::vec((key, inner.clone()), 1..5)).prop_map(
        |(head, pairs)| {
            let mut lines = vec![head.trim_end().to_owned()];
            for (key, value) in pairs {
                let mut value = value.into_iter();
                let first = value.next().unwrap_or_default();
                lines.push(format!("  {key}: {first}").trim_end().to_owned());
                lines.extend(value.map(|line| format!("  {line}")));
            }
            lines
        },
    );
    let list = (head, prop::collection::vec(inner, 1..4)).prop_map(|(head, items)| {
        let mut lines = vec![head.trim_end().to_owned()];
        for item in items {
            let mut item = item.into_iter();
            let first = item.next().unwrap_or_default();
            lines.push(format!("  - {first}").trim_end().to_owned());
            lines.extend(item.map(|line| format!("  {line}")));
        }
        lines
    });
    let alias = prop::sample::select(vec!["*d", "*e", "*f", "[*d, *e]"])
        .prop_map(|text| vec![text.to_owned()]);
    prop_oneof![3 => scalar, 1 => folded, 2 => flow, 5 => map, 3 => list, 1 => alias].boxed()
}

fn yaml_document() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec!["version", "handlers", "loggers", "x", "&g base", "<<"]);
    let start = prop::sample::select(vec![
        "",
        "",
        "",
        "",
        "---\n",
        "%YAML 1.1\n---\n",
        "# c\n",
        "\u{feff}",
    ]);
    let end = prop::sample::select(vec!["\n", "\n", "\n", "", "\n...\n", "\n---\n", "\n# end"]);
    (start, prop::collection::vec((key, yaml_value(2)), 1..5), end).prop_map(
        |(start, pairs, end)| {
            let mut lines = Vec::new();
            for (key, value) in pairs {
                let mut value = value.into_iter();
                let first = value.next().unwrap_or_default();
                lines.push(format!("{key}: {first}").trim_end().to_owned());
                lines.extend(value);
            }
            format!("{start}{}{end}", lines.join("\n"))
        },
    )
}

#[test]
fn yaml_documents_read_as_pyyaml_reads_them() {
    let mut texts = samples(yaml_document());
    texts.extend(SCALARS.map(str::to_owned));
    texts.extend(SCALARS.map(|text| format!("- {text}\n- x: {text}\n  y: {text}\n")));
    texts.extend(SCALARS.map(|text| format!("{text}: 1\n")));
    let Some(answer) = ask_yaml(&json!({ "yaml": texts })) else { return };
    compare(Syntax::Yaml, &texts, &answer["yaml"]);
}
