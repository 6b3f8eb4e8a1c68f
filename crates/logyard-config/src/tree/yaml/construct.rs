//! Nodes to values: PyYAML's `SafeConstructor`.

use super::super::dict::{Builder, Key};
use super::super::{syntax, too_large_number};
use super::number::{self, NoNumber};
use super::{Content, Node, Tag, merge, timestamp};
use crate::diagnostic::Diagnostic;
use crate::expr::{Kind, Value};

/// The value of a node. Recurses no deeper than the nodes nest, which is bounded.
pub(super) fn construct(node: &Node, warnings: &mut Vec<Diagnostic>) -> Result<Value, Diagnostic> {
    let kind = match (&node.tag, &node.content) {
        (Tag::Seq, Content::Sequence(items)) => {
            let items = items.iter().map(|item| construct(item, warnings));
            Kind::List(items.collect::<Result<_, _>>()?)
        }
        (Tag::Map, Content::Mapping(pairs)) => {
            let mut dict = Builder::default();
            for (key, value, merged) in merge::flatten(pairs)? {
                let key = match (&key.tag, &key.content) {
                    (Tag::Value, Content::Scalar(text)) => {
                        Value { kind: Kind::Str(text.clone()), at: key.at.clone() }
                    }
                    _ => construct(&key, warnings)?,
                };
                let Some(name) = Key::of(&key) else {
                    let what = format!("{} can't be a key", key.a_type());
                    return Err(syntax(what, key.at).help("write a text in its place"));
                };
                let value = construct(&value, warnings)?;
                if merged {
                    dict.merge(name, key, value);
                } else {
                    warnings.extend(dict.insert_own(name, key, value));
                }
            }
            dict.finish()
        }
        (tag, Content::Scalar(text)) => scalar(node, tag, text)?,
        (Tag::Other(tag), _) => return Err(unknown_tag(node, tag)),
        _ => return Err(syntax("the tag does not fit what follows", node.at.clone())),
    };
    Ok(Value { kind, at: node.at.clone() })
}

fn scalar(node: &Node, tag: &Tag, text: &str) -> Result<Kind, Diagnostic> {
    let at = node.at.clone();
    let invalid = |what: &str| syntax(format!("`{text}` is not {what}"), at.clone());
    Ok(match tag {
        Tag::Null => Kind::None,
        Tag::Bool => match text.to_lowercase().as_str() {
            "yes" | "true" | "on" => Kind::Bool(true),
            "no" | "false" | "off" => Kind::Bool(false),
            _ => return Err(invalid("a bool")),
        },
        Tag::Int => Kind::Int(number::int(text).map_err(|error| match error {
            NoNumber::Invalid => invalid("an int"),
            NoNumber::TooLarge => too_large_number(at.clone()),
        })?),
        Tag::Float => Kind::Float(number::float(text).ok_or_else(|| invalid("a float"))?),
        Tag::Timestamp => {
            let moment = timestamp::parts(text).and_then(|parts| timestamp::timestamp(&parts));
            Kind::Object(moment.ok_or_else(|| invalid("a date").help("put a text in quotes"))?)
        }
        Tag::Str => Kind::Str(text.to_owned()),
        Tag::Merge => {
            return Err(syntax("`<<` can be a key only", at).help("put it in quotes"));
        }
        Tag::Value => return Err(syntax("`=` has no value in YAML 1.1", at).help("write '='")),
        Tag::Seq | Tag::Map => return Err(invalid("what the tag says")),
        Tag::Other(tag) => return Err(unknown_tag(node, tag)),
    })
}

fn unknown_tag(node: &Node, tag: &str) -> Diagnostic {
    if matches!(tag, "!!binary" | "!!set" | "!!omap" | "!!pairs") {
        let what = format!("{tag} has no use in a logging configuration");
        return Diagnostic::error("unsupported-tag", what).at(node.at.clone(), "");
    }
    let what = format!("yaml.safe_load knows no tag {tag}");
    Diagnostic::error("unknown-tag", what)
        .at(node.at.clone(), "")
        .help("write the value itself: a tag needs the program that gave it a meaning")
}
