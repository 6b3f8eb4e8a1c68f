//! `json.load`: JSON with `NaN` and `Infinity`.

use std::ops::Range;

use super::dict::{Builder, Key};
use super::{MAX_DEPTH, Read, syntax, too_deep, too_large_number};
use crate::diagnostic::Diagnostic;
use crate::expr::{Kind, Value};

/// Reads a whole text.
pub(super) fn read(text: &str) -> Result<Read, Diagnostic> {
    let mut reader = Reader { text, at: 0, warnings: Vec::new() };
    if text.starts_with('\u{feff}') {
        reader.at = '\u{feff}'.len_utf8();
        reader.warnings.push(
            Diagnostic::warning("byte-order-mark", "the file starts with a byte order mark")
                .at(0..reader.at, "json.load stops here unless the file is read as utf-8-sig")
                .help("save the file as UTF-8 without a mark"),
        );
    }
    reader.space();
    let value = reader.value(0)?;
    reader.space();
    match reader.peek() {
        None => Ok((value, reader.warnings)),
        Some(_) => Err(reader.unexpected("the end of the file")),
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    warnings: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn space(&mut self) {
        self.at += self.rest().bytes().take_while(|b| b" \t\n\r".contains(b)).count();
    }

    /// Takes the text if it is next.
    fn take(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    fn unexpected(&self, wanted: &str) -> Diagnostic {
        let Some(found) = self.peek() else {
            let diagnostic = syntax(format!("the file ends where {wanted} should be"), self.here());
            return diagnostic;
        };
        let diagnostic = syntax(format!("expected {wanted}, not `{found}`"), self.here());
        let word: String = self.rest().chars().take_while(|c| c.is_alphanumeric()).collect();
        match (found, word.to_lowercase().as_str()) {
            ('\'', _) => diagnostic.help("write texts in double quotes"),
            ('/' | '#', _) => diagnostic.help("JSON has no comments: take it out"),
            (_, "true" | "false") => diagnostic.help(format!("write {}", word.to_lowercase())),
            (_, "none") => diagnostic.help("write null"),
            (c, _) if c.is_alphabetic() || c == '_' => diagnostic.help("put it in double quotes"),
            _ => diagnostic,
        }
    }

    fn here(&self) -> Range<usize> {
        self.at..self.at + self.peek().map_or(0, char::len_utf8)
    }

    /// Recurses as deep as `MAX_DEPTH`.
    fn value(&mut self, depth: usize) -> Result<Value, Diagnostic> {
        if depth > MAX_DEPTH {
            return Err(too_deep(self.here()));
        }
        let start = self.at;
        let kind = match self.peek() {
            Some('"') => Kind::Str(self.string()?),
            Some('{') => self.object(depth)?,
            Some('[') => self.array(depth)?,
            _ if self.take("null") => Kind::None,
            _ if self.take("true") => Kind::Bool(true),
            _ if self.take("false") => Kind::Bool(false),
            _ if self.take("NaN") => Kind::Float(f64::NAN),
            _ if self.take("Infinity") => Kind::Float(f64::INFINITY),
            _ if self.take("-Infinity") => Kind::Float(f64::NEG_INFINITY),
            _ => self.number()?,
        };
        Ok(Value { kind, at: start..self.at })
    }

    fn object(&mut self, depth: usize) -> Result<Kind, Diagnostic> {
        let mut dict = Builder::default();
        self.at += 1;
        self.space();
        if self.take("}") {
            return Ok(dict.finish());
        }
        loop {
            let start = self.at;
            if self.peek() != Some('"') {
                return Err(self.unexpected("a key in double quotes"));
            }
            let name = self.string()?;
            let key = Value { kind: Kind::Str(name.clone()), at: start..self.at };
            self.space();
            if !self.take(":") {
                return Err(self.unexpected("`:` after the key"));
            }
            self.space();
            let value = self.value(depth + 1)?;
            self.warnings.extend(dict.insert(Key::Str(name), key, value));
            if self.next_item('}')? {
                return Ok(dict.finish());
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Kind, Diagnostic> {
        let mut items = Vec::new();
        self.at += 1;
        self.space();
        if self.take("]") {
            return Ok(Kind::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.next_item(']')? {
                return Ok(Kind::List(items));
            }
        }
    }

    /// Past the comma to the next item; true at the end.
    fn next_item(&mut self, close: char) -> Result<bool, Diagnostic> {
        self.space();
        if self.peek() == Some(close) {
            self.at += 1;
            return Ok(true);
        }
        let comma = self.at;
        if !self.take(",") {
            return Err(self.unexpected(&format!("`,` or `{close}`")));
        }
        self.space();
        if self.peek() == Some(close) {
            let what = format!("there is a comma before `{close}`");
            return Err(syntax(what, comma..comma + 1).help("take the comma out"));
        }
        Ok(false)
    }

    fn number(&mut self) -> Result<Kind, Diagnostic> {
        let rest = self.rest();
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let sign = usize::from(rest.starts_with('-'));
        let whole = match digits(rest.get(sign..).unwrap_or_default()) {
            0 => return Err(self.unexpected("a value")),
            _ if rest.get(sign..).is_some_and(|rest| rest.starts_with('0')) => 1,
            count => count,
        };
        let mut end = sign + whole;
        let mut float = false;
        if let Some(rest) = rest.get(end..).and_then(|rest| rest.strip_prefix('.'))
            && digits(rest) > 0
        {
            end += 1 + digits(rest);
            float = true;
        }
        if let Some(rest) = rest.get(end..).and_then(|rest| rest.strip_prefix(['e', 'E'])) {
            let sign = usize::from(rest.starts_with(['+', '-']));
            let count = digits(rest.get(sign..).unwrap_or_default());
            if count > 0 {
                end += 1 + sign + count;
                float = true;
            }
        }
        let text = rest.get(..end).unwrap_or_default();
        let at = self.at..self.at + end;
        let number = match float {
            true => text.parse().map(Kind::Float).map_err(|_| syntax("no number", at.clone())),
            false => text.parse().map(Kind::Int).map_err(|_| too_large_number(at.clone())),
        };
        self.at = at.end;
        number
    }

    fn string(&mut self) -> Result<String, Diagnostic> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let plain = rest.find(|c| c == '"' || c == '\\' || c < ' ').unwrap_or(rest.len());
            text.push_str(rest.get(..plain).unwrap_or_default());
            self.at += plain;
            match self.peek() {
                Some('"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some('\\') => text.push(self.escape()?),
                Some(_) => {
                    return Err(syntax("a control character in a text", self.here())
                        .help("write \\n for a new line, \\t for a tab"));
                }
                None => return Err(syntax("the text does not end", start..start + 1)),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Diagnostic> {
        let start = self.at;
        let letter = self.rest().chars().nth(1);
        let end = start + 1 + letter.map_or(0, char::len_utf8);
        self.at = end;
        let c = match letter {
            Some(c @ ('"' | '\\' | '/')) => c,
            Some('b') => '\x08',
            Some('f') => '\x0c',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => return self.unicode(start),
            _ => {
                return Err(syntax("JSON has no such escape", start..end)
                    .help("write \\\\ for a backslash"));
            }
        };
        Ok(c)
    }

    fn unicode(&mut self, start: usize) -> Result<char, Diagnostic> {
        let first = self.hex(start)?;
        if (0xd800..0xdc00).contains(&first) && self.rest().starts_with("\\u") {
            let middle = self.at;
            self.at += 2;
            let second = self.hex(middle)?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return char::from_u32(code).ok_or_else(|| self.surrogate(start));
            }
            self.at = middle;
        }
        char::from_u32(first).ok_or_else(|| self.surrogate(start))
    }

    /// Python makes a lone surrogate of it, which no file name and no format needs.
    fn surrogate(&self, start: usize) -> Diagnostic {
        let at = start..self.at;
        Diagnostic::error("unsupported-text", "half of a surrogate pair is no character").at(at, "")
    }

    fn hex(&mut self, start: usize) -> Result<u32, Diagnostic> {
        let digits = self.rest().get(..4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let Some(code) = code else {
            return Err(syntax("\\u needs four hexadecimal digits", start..start + 2));
        };
        self.at += 4;
        Ok(code)
    }
}
