//! `<<: *base`: `SafeConstructor.flatten_mapping`.

use std::rc::Rc;

use super::super::syntax;
use super::{Content, Node, Tag};
use crate::diagnostic::Diagnostic;

/// A pair of a mapping, and whether it came by a merge.
pub(super) type Pair = (Rc<Node>, Rc<Node>, bool);

/// The pairs of a mapping with its merge keys followed: merged ones first, so that the mapping's own
/// replace them. Recurses no deeper than the nodes nest.
pub(super) fn flatten(pairs: &[(Rc<Node>, Rc<Node>)]) -> Result<Vec<Pair>, Diagnostic> {
    let mut merged: Vec<Pair> = Vec::new();
    let mut own = Vec::new();
    for (key, value) in pairs {
        if key.tag != Tag::Merge {
            own.push((Rc::clone(key), Rc::clone(value), false));
            continue;
        }
        match &value.content {
            Content::Mapping(pairs) => merged.extend(flatten(pairs)?),
            Content::Sequence(items) => {
                let mut parts = Vec::new();
                for item in items {
                    match &item.content {
                        Content::Mapping(pairs) => parts.push(flatten(pairs)?),
                        _ => return Err(no_mapping(item)),
                    }
                }
                // the first one of the list wins
                merged.extend(parts.into_iter().rev().flatten());
            }
            Content::Scalar(_) => return Err(no_mapping(value)),
        }
    }
    for pair in &mut merged {
        pair.2 = true;
    }
    merged.append(&mut own);
    Ok(merged)
}

fn no_mapping(node: &Node) -> Diagnostic {
    syntax("`<<` merges mappings only", node.at.clone()).help("write <<: *name or <<: [*a, *b]")
}
