//! Python's tokens, as far as expressions need them.

use std::ops::Range;

use super::{ExprError, MAX_LEN};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Name(String),
    Int(i64),
    Float(f64),
    Str(String),
    Bytes(Vec<u8>),
    /// An operator, bracket or other mark.
    Mark(&'static str),
    End,
}

/// Longest first, so that `**` is not read as two `*`.
const MARKS: [&str; 33] = [
    "**", "//", "<<", ">>", "==", "!=", "<=", ">=", ":=", "(", ")", "[", "]", "{", "}", ",", ":",
    ".", "+", "-", "*", "/", "%", "|", "&", "^", "~", "<", ">", "=", ";", "@", "\\",
];

/// Splits an expression into tokens; the last one is `End`.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, Range<usize>)>, ExprError> {
    if text.len() > MAX_LEN {
        return Err(ExprError::limit("the expression is longer than 64 KiB", 0..text.len()));
    }
    let mut tokens = Vec::new();
    let mut brackets = 0usize;
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let Some(c) = rest.chars().next() else { break };
        match c {
            ' ' | '\t' | '\x0c' => at += 1,
            '#' => at += rest.find('\n').unwrap_or(rest.len()),
            '\\' if rest.starts_with("\\\n") => at += 2,
            '\n' if brackets > 0 || tokens.is_empty() => at += 1,
            '\n' if is_blank(rest) => at += 1,
            '\n' => {
                return Err(ExprError::syntax("a second line outside of brackets", at..at + 1)
                    .help("put the expression in parentheses"));
            }
            '0'..='9' => at = number(text, at, &mut tokens)?,
            '.' if rest.chars().nth(1).is_some_and(|c| c.is_ascii_digit()) => {
                at = number(text, at, &mut tokens)?;
            }
            '\'' | '"' => at = string(text, at, at, &mut tokens)?,
            c if c == '_' || c.is_alphabetic() => {
                let len = rest.find(|c: char| c != '_' && !c.is_alphanumeric());
                let end = at + len.unwrap_or(rest.len());
                if text.get(end..).is_some_and(|r| r.starts_with(['\'', '"'])) {
                    at = string(text, at, end, &mut tokens)?;
                } else {
                    let name = text.get(at..end).unwrap_or_default();
                    tokens.push((Token::Name(name.to_owned()), at..end));
                    at = end;
                }
            }
            _ => {
                let Some(mark) = MARKS.iter().find(|mark| rest.starts_with(**mark)) else {
                    let what = format!("unexpected character {c:?}");
                    return Err(ExprError::syntax(what, at..at + c.len_utf8()));
                };
                match *mark {
                    "(" | "[" | "{" => brackets += 1,
                    ")" | "]" | "}" => brackets = brackets.saturating_sub(1),
                    _ => {}
                }
                tokens.push((Token::Mark(mark), at..at + mark.len()));
                at += mark.len();
            }
        }
    }
    tokens.push((Token::End, text.len()..text.len()));
    Ok(tokens)
}

fn is_blank(rest: &str) -> bool {
    rest.lines().all(|line| line.trim_start().is_empty() || line.trim_start().starts_with('#'))
}

type Tokens = Vec<(Token, Range<usize>)>;

fn number(text: &str, start: usize, tokens: &mut Tokens) -> Result<usize, ExprError> {
    let rest = text.get(start..).unwrap_or_default();
    let mut end = 0;
    let mut previous = ' ';
    for c in rest.chars() {
        let exponent = matches!(previous, 'e' | 'E') && !rest.starts_with("0x");
        if c.is_alphanumeric() || c == '_' || c == '.' || (matches!(c, '+' | '-') && exponent) {
            end += c.len_utf8();
            previous = c;
        } else {
            break;
        }
    }
    let word = rest.get(..end).unwrap_or_default();
    let at = start..start + end;
    let wrong = || {
        let error = ExprError::syntax(format!("{word} is not a number"), at.clone());
        match word.trim_start_matches(|c: char| c.is_ascii_digit()).to_ascii_lowercase().as_str() {
            "k" | "kb" => error.help("write the number times 1024"),
            "m" | "mb" => error.help("write the number times 1024 * 1024"),
            "g" | "gb" => error.help("write the number times 1024 * 1024 * 1024"),
            _ => error,
        }
    };
    if word.ends_with('_') || word.contains("__") {
        return Err(wrong());
    }
    let lower = word.to_ascii_lowercase();
    let digits = lower.replace('_', "");
    let token = if let Some((radix, digits)) = radix(&digits) {
        Token::Int(whole(digits, radix, &at, wrong)?)
    } else if digits.bytes().all(|b| b.is_ascii_digit()) {
        if digits.len() > 1 && digits.starts_with('0') && digits.bytes().any(|b| b != b'0') {
            let help = format!("write 0o{} for an octal number", digits.trim_start_matches('0'));
            return Err(ExprError::syntax("a number can't start with 0", at).help(help));
        }
        Token::Int(whole(&digits, 10, &at, wrong)?)
    } else if digits.ends_with('j') {
        return Err(ExprError::unsupported("a complex number", at));
    } else {
        let float = digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'+' | b'-'));
        let parts = lower.split(['.', 'e', '+', '-']);
        if !float || parts.clone().any(|part| part.starts_with('_') || part.ends_with('_')) {
            return Err(wrong());
        }
        Token::Float(digits.parse().map_err(|_| wrong())?)
    };
    tokens.push((token, at));
    Ok(start + end)
}

fn radix(digits: &str) -> Option<(u32, &str)> {
    let prefixes = [("0x", 16), ("0o", 8), ("0b", 2)];
    prefixes.iter().find_map(|(prefix, radix)| Some((*radix, digits.strip_prefix(prefix)?)))
}

fn whole(
    digits: &str,
    radix: u32,
    at: &Range<usize>,
    wrong: impl Fn() -> ExprError,
) -> Result<i64, ExprError> {
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(wrong());
    }
    i64::from_str_radix(digits, radix)
        .map_err(|_| ExprError::limit("the number is larger than 64 bits hold", at.clone()))
}

/// A string literal whose quote stands at `quote`; the prefix before it starts at `start`.
fn string(text: &str, start: usize, quote: usize, tokens: &mut Tokens) -> Result<usize, ExprError> {
    let prefix = text.get(start..quote).unwrap_or_default().to_ascii_lowercase();
    let (raw, bytes) = match prefix.as_str() {
        "" | "u" => (false, false),
        "r" => (true, false),
        "b" => (false, true),
        "rb" | "br" => (true, true),
        "f" | "fr" | "rf" => {
            return Err(ExprError::unsupported("an f-string", start..quote + 1)
                .help("write the text with %(name)s of the INI file, or with +"));
        }
        _ => return Err(ExprError::syntax("no string has this prefix", start..quote)),
    };
    let rest = text.get(quote..).unwrap_or_default();
    let mark = ["'''", "\"\"\"", "'", "\""].into_iter().find(|m| rest.starts_with(m));
    let mark = mark.unwrap_or("'");
    let body_start = quote + mark.len();
    let mut end = body_start;
    loop {
        let rest = text.get(end..).unwrap_or_default();
        let Some(c) = rest.chars().next().filter(|c| *c != '\n' || mark.len() == 3) else {
            return Err(ExprError::syntax("the string does not end", start..end)
                .help(format!("close it with {mark}")));
        };
        if rest.starts_with(mark) {
            break;
        }
        end += c.len_utf8();
        if c == '\\' {
            end += rest.chars().nth(1).map_or(0, char::len_utf8);
        }
    }
    let body = text.get(body_start..end).unwrap_or_default();
    let after = end + mark.len();
    if bytes && !body.is_ascii() {
        let what = "bytes can only contain ASCII literal characters";
        return Err(ExprError::syntax(what, start..after));
    }
    let token = if bytes {
        Token::Bytes(if raw {
            body.as_bytes().to_vec()
        } else {
            unescape(body, body_start, true)?.0
        })
    } else if raw {
        Token::Str(body.to_owned())
    } else {
        Token::Str(unescape(body, body_start, false)?.1)
    };
    tokens.push((token, start..after));
    Ok(after)
}

/// Resolves the escapes of a literal, as bytes or as text.
fn unescape(body: &str, start: usize, bytes: bool) -> Result<(Vec<u8>, String), ExprError> {
    let (mut octets, mut out) = (Vec::new(), String::new());
    let mut at = 0;
    while let Some(c) = body.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = body.get(at + c.len_utf8()..).unwrap_or_default();
        let next = rest.chars().next();
        let (code, len) = match (c, next) {
            ('\\', Some(next)) => match next {
                '\n' => {
                    at += 2;
                    continue;
                }
                '\\' | '\'' | '"' => (next as u32, 2),
                'a' => (7, 2),
                'b' => (8, 2),
                'f' => (12, 2),
                'n' => (10, 2),
                'r' => (13, 2),
                't' => (9, 2),
                'v' => (11, 2),
                '0'..='7' => {
                    let digits = rest.bytes().take(3).take_while(|b| (b'0'..=b'7').contains(b));
                    let len = digits.count();
                    (u32::from_str_radix(rest.get(..len).unwrap_or("0"), 8).unwrap_or(0), 1 + len)
                }
                'x' => hex(rest, 2, start + at)?,
                'u' if !bytes => hex(rest, 4, start + at)?,
                'U' if !bytes => hex(rest, 8, start + at)?,
                'N' if !bytes => {
                    return Err(ExprError::unsupported(
                        "a character by name",
                        start + at..start + at + 2,
                    )
                    .help("write the character itself"));
                }
                // an unknown escape stays as it is, with a SyntaxWarning
                _ => ('\\' as u32, 1),
            },
            _ => (c as u32, c.len_utf8()),
        };
        let span = start + at..start + at + len;
        if bytes {
            octets.push((code & 0xff) as u8);
        } else {
            match char::from_u32(code) {
                Some(c) => out.push(c),
                None if code < 0x11_0000 => {
                    return Err(ExprError::unsupported("a lone surrogate", span));
                }
                None => return Err(ExprError::syntax("no character has this number", span)),
            }
        }
        at += len;
    }
    Ok((octets, out))
}

/// `rest` starts with the letter; returns the code and the length with the backslash.
fn hex(rest: &str, len: usize, at: usize) -> Result<(u32, usize), ExprError> {
    let digits = rest.get(1..1 + len).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
    let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let wrong = || ExprError::syntax(format!("this escape needs {len} hex digits"), at..at + 2);
    Ok((code.ok_or_else(wrong)?, len + 2))
}
