//! The shape of a log whose formatter is known.

use jiff::tz::TimeZone;
use logyard_config::{Class, FormatterPlan};
use regex::Regex as TextRegex;
use regex::bytes::Regex;

use super::shape::{Lines, Shape};
use super::when;

/// A piece of a format.
enum Piece {
    Literal(String),
    Field(String),
}

/// From the formatter of a handler; none is the bare message. Times that name no zone are of this one.
pub(super) fn shape(formatter: Option<&FormatterPlan>, zone: &TimeZone) -> Shape {
    let bare = FormatterPlan::default();
    let formatter = formatter.unwrap_or(&bare);
    let zone = if formatter.utc { TimeZone::UTC } else { zone.clone() };
    match formatter.class {
        Class::Json
        | Class::EcsLogging(_)
        | Class::JsonLogFormatter(_)
        | Class::Logstash(_)
        | Class::PythonJsonLogger(_) => return Shape::Json(zone),
        Class::Formatter | Class::Colorlog(_) | Class::DjangoServer | Class::Uvicorn(_) => {}
    }
    let format = formatter.fmt.as_deref().filter(|format| !format.is_empty());
    let pieces = format.map_or_else(Vec::new, |format| pieces(format, formatter.style));
    let at = pieces.iter().position(|piece| matches!(piece, Piece::Field(f) if f == "message"));
    let at = at.unwrap_or(pieces.len());
    let (before, behind) = pieces.split_at(at);
    let mut writer =
        Writer { formatter, fields: Vec::new(), groups: Vec::new(), out: String::new() };
    writer.out.push_str(r"(?-u)^");
    let timed = before.iter().any(|piece| matches!(piece, Piece::Field(f) if f == "asctime"));
    before.iter().for_each(|piece| writer.piece(piece, timed));
    let tells = before.iter().any(|piece| matches!(piece, Piece::Field(_)));
    if behind.is_empty() && tells {
        writer.out.push('$');
    }
    let begin = Regex::new(&writer.out).ok().filter(|_| tells);
    // what stands behind the message is there only if that has one line
    let more = behind.iter().skip(1).any(|piece| matches!(piece, Piece::Field(_)));
    if more {
        writer.out.push_str(r"[^\n]*");
        behind.iter().skip(1).for_each(|piece| writer.piece(piece, true));
        writer.out.push('$');
    }
    let whole = Regex::new(&writer.out).ok().filter(|_| more);
    let parts = whole.into_iter().chain(begin.clone()).collect();
    Shape::Lines(Lines { begin, parts, fields: writer.fields, zone })
}

/// The literal parts and the fields of a format, in order.
fn pieces(format: &str, style: char) -> Vec<Piece> {
    let pattern = match style {
        '{' => r"(?s)\{\{|\}\}|\{([^{}!:.\[]+)[^{}]*(?:\{[^{}]*\}[^{}]*)*\}",
        '$' => r"\$\$|\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})",
        _ => r"%%|%\(([^()]*)\)[-#0 +]*[\d*]*(?:\.[\d*]+)?[hlL]?[A-Za-z]",
    };
    let mut pieces = Vec::new();
    let mut at = 0;
    let literal = |text: &str| Piece::Literal(text.to_owned());
    if let Ok(regex) = TextRegex::new(pattern) {
        for found in regex.captures_iter(format) {
            let Some(all) = found.get(0) else { continue };
            pieces.push(literal(format.get(at..all.start()).unwrap_or_default()));
            at = all.end();
            pieces.push(match found.get(1).or_else(|| found.get(2)) {
                Some(name) => Piece::Field(name.as_str().to_owned()),
                None => literal(all.as_str().get(1..).unwrap_or_default()), // %% {{ $$
            });
        }
    }
    pieces.push(literal(format.get(at..).unwrap_or_default()));
    pieces.retain(|piece| !matches!(piece, Piece::Literal(text) if text.is_empty()));
    pieces
}

struct Writer<'f> {
    formatter: &'f FormatterPlan,
    fields: Vec<String>,
    /// Groups that are there.
    groups: Vec<&'static str>,
    out: String,
}

impl Writer<'_> {
    /// Appends what a piece's text is like. `any`: a text may hold spaces, as there is something that no
    /// other line has.
    fn piece(&mut self, piece: &Piece, any: bool) {
        let name = match piece {
            Piece::Literal(text) => return self.out.push_str(&regex::escape(text)),
            Piece::Field(name) => name.as_str(),
        };
        let text = if any { r"[^\n]*?" } else { r"\S*?" };
        let pattern = match name {
            "asctime" => self.asctime(),
            "created" => self.once("created", when::CREATED, r"[\d.]+"),
            // of a time without a fraction of its own
            "msecs" => self.once("f", when::MSECS, r"[\d.]+"),
            "levelname" => self.once("level", r"(?P<level>Level -?\d+|\S+?)", r"\S+?"),
            "levelprefix" => self.once("level", r"(?P<level>\w+?):", r"\S+?"),
            "levelno" => self.once("levelno", r"(?P<levelno>-?\d+)", r"-?\d+"),
            "name" => self.once("logger", &format!("(?P<logger>{text})"), text),
            "process" | "thread" | "lineno" => self.field(name, r"-?\d+|None"),
            _ => self.field(name, text),
        };
        // what a width adds
        self.out.push_str(&format!(" *{pattern} *"));
    }

    fn asctime(&mut self) -> String {
        if self.groups.contains(&"asctime") {
            return r"[^\n]*?".to_owned();
        }
        self.groups.push("asctime");
        let formatter = self.formatter;
        if let Some(format) = formatter.datefmt.as_deref().filter(|format| !format.is_empty()) {
            return when::pattern(format);
        }
        let format = formatter.default_time_format.as_deref().unwrap_or("%Y-%m-%d %H:%M:%S");
        let time = when::pattern(format);
        match formatter.default_msec_format.clone().unwrap_or_else(|| Some("%s,%03d".to_owned())) {
            Some(format) if !format.is_empty() => {
                let (before, behind) = format.split_once("%s").unwrap_or(("", ""));
                let number = TextRegex::new(r"%0?\d*d").map(|number| {
                    let parts: Vec<String> = number.splitn(behind, 2).map(regex::escape).collect();
                    parts.join(&self.once("f", when::MSECS, r"\d+"))
                });
                format!("{}{time}{}", regex::escape(before), number.unwrap_or_default())
            }
            _ => time,
        }
    }

    /// A pattern with a group, the first time; then one without.
    fn once(&mut self, group: &'static str, pattern: &str, again: &str) -> String {
        if self.groups.contains(&group) {
            return again.to_owned();
        }
        self.groups.push(group);
        pattern.to_owned()
    }

    fn field(&mut self, name: &str, pattern: &str) -> String {
        if self.fields.iter().any(|field| field == name) {
            return format!("(?:{pattern})");
        }
        self.fields.push(name.to_owned());
        format!("(?P<f{}>{pattern})", self.fields.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: i64 = 1_763_719_205_000_000;

    fn known(style: char, fmt: &str, datefmt: Option<&str>, line: &str) -> String {
        let formatter = FormatterPlan {
            fmt: Some(fmt.to_owned()),
            datefmt: datefmt.map(str::to_owned),
            style,
            ..FormatterPlan::default()
        };
        let shape = shape(Some(&formatter), &TimeZone::UTC);
        assert!(shape.begins(line.as_bytes()), "{fmt}: {line}");
        let known = shape.read(line.as_bytes());
        let Shape::Lines(lines) = &shape else { panic!("{fmt}") };
        let text =
            |bytes: Option<Vec<u8>>| bytes.map_or("-".into(), |b| String::from_utf8(b).unwrap());
        let mut out = format!(
            "{} {} {}",
            known.level.map_or("-".into(), |level| level.to_string()),
            text(known.logger),
            known.micros.map_or("-".into(), |micros| (micros - AT).to_string()),
        );
        for (name, range) in lines.fields.iter().zip(known.fields) {
            out.push_str(&format!(" {name}={}", range.map_or("-", |range| &line[range])));
        }
        out
    }

    #[test]
    fn lines_are_read_by_their_format() {
        for (style, fmt, datefmt, line, expected) in [
            (
                '%',
                "%(asctime)s %(levelname)-8s [%(name)s:%(lineno)4d] %(message)s",
                None,
                "2025-11-21 10:00:05,250 INFO     [shop.cart:  12] a [b:7] c",
                "20 shop.cart 250000 lineno=12",
            ),
            (
                '%',
                "[%(process)d %(threadName)s] %(levelname).1s %(asctime)s.%(msecs)03d %(message)s (%(request_id)s)",
                Some("%d/%b/%Y %H:%M:%S"),
                "[4711 Thread-1 (run)] W 21/Nov/2025 10:00:05.007 hello (you) (r-1)",
                "30 - 7000 process=4711 threadName=Thread-1 (run) request_id=r-1",
            ),
            // a message of several lines
            (
                '%',
                "%(asctime)s %(message)s (%(request_id)s)",
                None,
                "2025-11-21 10:00:05,000 hello\nyou (r-1)",
                "- - 0 request_id=-",
            ),
            (
                '{',
                "{asctime} | {levelname:>8} | {name}:{funcName} - {message}",
                None,
                "2025-11-21 10:00:05,000 |     INFO | shop:run - 100% {}",
                "20 shop 0 funcName=run",
            ),
            ('$', "$levelname ${name}$$ $message", None, "Level 15 shop$ hi", "15 shop -"),
            ('%', "%(created)f %(levelno)s %(message)s", None, "1763719205.5 40 hi", "40 - 500000"),
            // another line than any of this formatter's is one, but tells nothing
            ('%', "%(message)s", None, "anything", "- - -"),
        ] {
            assert_eq!(known(style, fmt, datefmt, line), expected, "{fmt}");
        }
    }

    #[test]
    fn what_is_no_beginning_is_none() {
        let formatter = FormatterPlan {
            fmt: Some("%(levelname)s:%(name)s:%(message)s".into()),
            ..FormatterPlan::default()
        };
        let shape = shape(Some(&formatter), &TimeZone::UTC);
        for line in
            ["Traceback (most recent call last):", "  File \"x\", line 1, in f", "KeyError: 'x'"]
        {
            assert!(!shape.begins(line.as_bytes()), "{line}");
        }
        assert!(shape.begins(b"INFO:a.b:hi"));
        assert!(!shape.has_time() && shape.has_level() && shape.has_logger());
    }
}
