//! A record as a terminal shows it.

use std::fmt::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use logyard_view::{Entry, level_word};

/// Text and colours for records.
pub(crate) struct Painter {
    colour: bool,
    zone: TimeZone,
}

const DIM: &str = "2";

impl Painter {
    pub(crate) fn new(colour: bool) -> Painter {
        Painter { colour, zone: TimeZone::system() }
    }

    /// The record's lines: time, level, logger and message; what the program has added; traceback and
    /// stack, whole. Lines after the first are set in, so that none can pass for another record.
    pub(crate) fn entry(&self, entry: &Entry) -> String {
        let mut out = String::new();
        self.span(DIM, &self.time(entry.created), &mut out);
        out.push(' ');
        let colour = match level_word(entry.level) {
            "critical" => "1;97;41",
            "error" => "31",
            "warning" => "33",
            "info" => "32",
            _ => "36",
        };
        let mut level = String::new();
        clean(&entry.levelname, &mut level);
        self.span(colour, &format!("{level:<8}"), &mut out);
        out.push(' ');
        let mut logger = String::new();
        clean(&entry.logger, &mut logger);
        self.span("34", &logger, &mut out);
        self.span(DIM, ":", &mut out);
        out.push(' ');
        let mut lines = entry.message.split('\n');
        clean(lines.next().unwrap_or_default(), &mut out);
        let mut extra = String::new();
        for (name, value) in &entry.extra.0 {
            extra.push_str("  ");
            clean(name, &mut extra);
            extra.push('=');
            clean(&value.to_string(), &mut extra);
        }
        // behind the message's only line, or below its last
        let rest: Vec<&str> = lines.collect();
        if rest.is_empty() {
            self.span(DIM, &extra, &mut out);
        }
        out.push('\n');
        for line in &rest {
            self.below(line, None, &mut out);
        }
        if !rest.is_empty() && !extra.is_empty() {
            self.below(extra.trim_start(), Some(DIM), &mut out);
        }
        for text in [&entry.exception, &entry.stack].into_iter().flatten() {
            for line in text.trim_end_matches('\n').split('\n') {
                // the frames are dim, what was raised is not
                let frame = line.starts_with([' ', '\t']);
                self.below(line, Some(if frame { DIM } else { "31" }), &mut out);
            }
        }
        out
    }

    /// A record as a text file has it, of this level if that is known: nothing is set in or left out.
    pub(crate) fn text(&self, text: &str, level: Option<i64>) -> String {
        let mut out = String::new();
        let colour = match level.map(level_word) {
            Some("critical" | "error") => "31",
            Some("warning") => "33",
            _ => "",
        };
        for line in text.split('\n') {
            let mut shown = String::new();
            clean(line, &mut shown);
            match colour {
                "" => out.push_str(&shown),
                colour => self.span(colour, &shown, &mut out),
            }
            out.push('\n');
        }
        out
    }

    #[cfg(feature = "web")]
    pub(crate) fn skipped(&self, records: u64) -> String {
        let mut out = String::new();
        let what = if records == 1 { "1 record" } else { &format!("{records} records") };
        self.span("35", &format!("... {what} skipped ..."), &mut out);
        out.push('\n');
        out
    }

    fn below(&self, line: &str, colour: Option<&str>, out: &mut String) {
        let mut text = String::new();
        clean(line, &mut text);
        out.push_str("    ");
        match colour {
            Some(colour) => self.span(colour, &text, out),
            None => out.push_str(&text),
        }
        out.push('\n');
    }

    fn span(&self, colour: &str, text: &str, out: &mut String) {
        if self.colour && !text.is_empty() {
            let _ = write!(out, "\x1b[{colour}m{text}\x1b[0m"); // a String takes all
        } else {
            out.push_str(text);
        }
    }

    fn time(&self, created: f64) -> String {
        match Timestamp::from_microsecond((created * 1e6).round() as i64) {
            Ok(when) => {
                when.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
            }
            Err(_) => format!("{created:.3}"), // beyond the year 9999
        }
    }
}

/// Appends text so that a terminal shows it and obeys none of it: control characters and those that
/// turn the direction of writing are escaped as in Python.
pub(crate) fn clean(text: &str, out: &mut String) {
    for c in text.chars() {
        let _ = match c {
            '\t' => {
                out.push(c);
                Ok(())
            }
            '\n' => write!(out, "\\n"),
            '\r' => write!(out, "\\r"),
            '\0'..='\x1f' | '\x7f'..='\u{9f}' => write!(out, "\\x{:02x}", c as u32),
            '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}' => {
                write!(out, "\\u{:04x}", c as u32)
            }
            '\u{e0000}'..='\u{e007f}' => write!(out, "\\U{:08x}", c as u32),
            _ => {
                out.push(c);
                Ok(())
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use logyard_view::{Field, Fields};

    use super::*;

    fn painter(colour: bool) -> Painter {
        Painter { colour, zone: TimeZone::fixed(jiff::tz::offset(2)) }
    }

    fn entry() -> Entry {
        Entry {
            number: 1,
            created: 1_774_789_200.123_456,
            level: 40,
            levelname: "ERROR".into(),
            logger: "orders.db".into(),
            message: "query failed".into(),
            exception: None,
            raised: None,
            template: None,
            stack: None,
            peer: "127.0.0.1:5".into(),
            origin: Fields::default(),
            extra: Fields(vec![("user_id".into(), Field::Int(42))]),
        }
    }

    #[test]
    fn a_record_is_a_line() {
        insta::assert_snapshot!(painter(false).entry(&entry()), @"2026-03-29 15:00:00.123 ERROR    orders.db: query failed  user_id=42");
        insta::assert_debug_snapshot!(painter(true).entry(&entry()), @r#""\u{1b}[2m2026-03-29 15:00:00.123\u{1b}[0m \u{1b}[31mERROR   \u{1b}[0m \u{1b}[34morders.db\u{1b}[0m\u{1b}[2m:\u{1b}[0m query failed\u{1b}[2m  user_id=42\u{1b}[0m\n""#);
    }

    #[test]
    fn a_traceback_is_whole_and_set_in() {
        let mut entry = entry();
        entry.message = "two\nlines".into();
        entry.exception = Some("Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    g()\nKeyError: 'x'".into());
        insta::assert_snapshot!(painter(false).entry(&entry), @r#"
        2026-03-29 15:00:00.123 ERROR    orders.db: two
            lines
            user_id=42
            Traceback (most recent call last):
              File "a.py", line 1, in f
                g()
            KeyError: 'x'
        "#);
    }

    #[test]
    fn nothing_that_a_record_says_reaches_the_terminal_as_a_command() {
        let mut entry = entry();
        let evil = "a\x1b]0;title\x07\r\0\u{202e}\u{9b}31m\u{200b}";
        entry.message = format!("{evil}\n2026-03-29 15:00:00.123 CRITICAL root: forged");
        entry.logger = evil.into();
        entry.levelname = evil.into();
        entry.exception = Some(evil.into());
        entry.extra = Fields(vec![(format!("{evil}\n"), Field::Text(evil.into()))]);
        let text = painter(false).entry(&entry);
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
        assert!(!text.contains(['\u{202e}', '\u{200b}']), "{text:?}");
        assert_eq!(text.lines().filter(|line| !line.starts_with("    ")).count(), 1, "{text}");
    }
}
