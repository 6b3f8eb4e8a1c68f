//! Methods of `str`.

use super::eval::{Arguments, too_large};
use super::{ExprError, Kind, MAX_LEN, Value, format, operators};
use crate::text::is_space;

/// Calls a method of a text.
pub(super) fn method(text: &str, name: &str, call: &Arguments) -> Result<Kind, ExprError> {
    let changed = match name {
        "lower" | "upper" | "strip" | "lstrip" | "rstrip" | "title" | "capitalize" | "swapcase" => {
            return simple(text, name, call);
        }
        "format" => format::format(text, call)?,
        "replace" => {
            let [old, new] = call.bind(name, ["old", "new"], 2)?;
            let (old, new) = (string(old, call)?, string(new, call)?);
            let count =
                if old.is_empty() { text.chars().count() + 1 } else { text.matches(old).count() };
            if count.saturating_mul(new.len()).saturating_add(text.len()) > MAX_LEN {
                return Err(too_large(call.at.clone()));
            }
            text.replace(old, new)
        }
        "join" => {
            let [parts] = call.bind(name, [""], 1)?;
            let Some(parts) = parts else { return Err(not_text(call)) };
            let parts = operators::iterate(parts)?;
            let mut words = Vec::new();
            for part in &parts {
                words.push(string(Some(part), call)?);
            }
            let len = words.iter().map(|word| word.len() + text.len()).sum::<usize>();
            if len > MAX_LEN {
                return Err(too_large(call.at.clone()));
            }
            words.join(text)
        }
        "startswith" | "endswith" => {
            let [part] = call.bind(name, [""], 1)?;
            let part = string(part, call)?;
            let is_start = name == "startswith";
            return Ok(Kind::Bool(if is_start {
                text.starts_with(part)
            } else {
                text.ends_with(part)
            }));
        }
        _ => {
            let what = format!("the method `.{name}()` of a str");
            return Err(ExprError::unsupported(what, call.at.clone())
                .help("write the value itself, or hand it in with --define and %(name)s"));
        }
    };
    Ok(Kind::Str(changed))
}

fn simple(text: &str, name: &str, call: &Arguments) -> Result<Kind, ExprError> {
    let chars = match name {
        "strip" | "lstrip" | "rstrip" => match call.bind(name, [""], 0)? {
            [None] => None,
            [Some(value)] => Some(string(Some(value), call)?),
        },
        _ => {
            call.bind::<0>(name, [], 0)?;
            None
        }
    };
    let cut = |c: char| chars.map_or_else(|| is_space(c), |chars| chars.contains(c));
    Ok(Kind::Str(match name {
        "lower" => text.to_lowercase(),
        "upper" => text.to_uppercase(),
        "strip" => text.trim_matches(cut).to_owned(),
        "lstrip" => text.trim_start_matches(cut).to_owned(),
        "rstrip" => text.trim_end_matches(cut).to_owned(),
        _ if !text.is_ascii() => {
            return Err(ExprError::unsupported(format_args!("`.{name}()`"), call.at.clone()));
        }
        "capitalize" => {
            let mut lower = text.to_ascii_lowercase();
            if let Some(first) = lower.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            lower
        }
        "swapcase" => {
            let swap = |c: char| {
                if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
            };
            text.chars().map(swap).collect()
        }
        _ => {
            let mut inside = false;
            let title = |c: char| {
                let word = std::mem::replace(&mut inside, c.is_ascii_alphabetic());
                if word { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() }
            };
            text.chars().map(title).collect()
        }
    }))
}

fn string<'v>(value: Option<&'v Value>, call: &Arguments) -> Result<&'v str, ExprError> {
    value.and_then(Value::as_str).ok_or_else(|| match value {
        Some(value) => {
            let what = format!("a str is needed here, not '{}'", value.type_name());
            ExprError::type_error(what, value.at.clone())
        }
        None => not_text(call),
    })
}

fn not_text(call: &Arguments) -> ExprError {
    ExprError::type_error("a str is needed here", call.at.clone())
}
