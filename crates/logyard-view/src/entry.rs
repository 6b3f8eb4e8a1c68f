use logyard_format::message;
use logyard_pickle::Value;
use logyard_record::{Attr, Exception, Record};
use serde::{Deserialize, Serialize};

use crate::field::{Field, Fields, cut};

/// Text of one attribute that is shown: a screen can't use more, and the file has it all.
pub const TEXT_BYTES: usize = 4 << 20;

/// Text of all attributes together beyond that of the frame they came in: sharing within a pickle can
/// make a small frame print without end.
const BLOW_UP: usize = 64 << 10;

/// The attributes that `LogRecord.__init__` sets and that tell where a record comes from.
const ORIGIN: [Attr; 10] = [
    Attr::PathName,
    Attr::FileName,
    Attr::Module,
    Attr::LineNo,
    Attr::FuncName,
    Attr::Process,
    Attr::ProcessName,
    Attr::Thread,
    Attr::ThreadName,
    Attr::TaskName,
];

/// What is shown of one record. Its JSON is what the API gives for each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place in the server's sequence: that of the journal, where there is one. No two are equal,
    /// whatever their times.
    pub number: u64,
    /// `created`: seconds since 1970.
    pub created: f64,
    /// `levelno`, rounded down.
    pub level: i64,
    /// `levelname`, as the client calls it.
    pub levelname: String,
    /// `name`; `root` for the root logger.
    pub logger: String,
    /// `getMessage()`.
    pub message: String,
    /// `exc_text`: the traceback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<String>,
    /// The exception as the client `logyard` tells of it: a text need not be Python's traceback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raised: Option<Raised>,
    /// Of an error, `msg` where `args` were sent with it: what its messages have in common.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// `stack_info`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<String>,
    /// Who sent it.
    pub peer: String,
    /// Where it comes from: `pathname`, `lineno`, `funcName`, `process` and the like.
    #[serde(default)]
    pub origin: Fields,
    /// All that the program has added: `extra` and what filters have set.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub extra: Fields,
}

/// An exception that was logged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Raised {
    /// Its class with the module; without one if that is `builtins`.
    pub class: String,
    /// Its text, which may have been cut.
    pub message: String,
    /// File, line and function, the innermost last.
    pub frames: Vec<(String, i64, String)>,
}

/// Frames that are kept: the client sends no more.
const FRAMES: usize = 50;

impl Entry {
    /// Reads a record of a frame of that many bytes.
    pub fn read(record: &Record<'_>, number: u64, peer: &str, frame: usize) -> Entry {
        let mut reading = Reading { left: 2 * frame + BLOW_UP, scratch: Vec::new() };
        let logger = match record.name() {
            b"" => "root".to_owned(),
            name => reading.bytes(name),
        };
        let mut merged = Vec::new();
        let message = match message(record, &mut merged) {
            Ok(()) => reading.bytes(&merged),
            // what a formatter would have failed with; the template is better than nothing
            Err(error) => {
                let template = reading.text(record.attr(Attr::Msg));
                format!("{template} <the message can't be made: {error}>")
            }
        };
        let mut origin = Fields::default();
        for attr in ORIGIN {
            match record.sent(attr) {
                Some(Value::None) | None => {}
                Some(value) => origin.0.push((attr.key().to_owned(), reading.field(value))),
            }
        }
        let mut extra = Fields::default();
        for (key, value) in record.pairs().iter() {
            let key = match key {
                Value::Str(key) if Attr::from_key(key).is_some() => continue,
                key => reading.text(key),
            };
            extra.0.push((key, reading.field(value)));
        }
        let is_error = record.levelno() >= 40
            || record.exception().is_some()
            || !matches!(record.attr(Attr::ExcText), Value::None | Value::Str(b""));
        let is_merged = match record.attr(Attr::Args) {
            Value::None => true,
            Value::Tuple(args) => args.is_empty(),
            _ => false,
        };
        let template = is_error && !is_merged;
        Entry {
            number,
            created: record.created().filter(|created| created.is_finite()).unwrap_or_default(),
            level: record.levelno(),
            levelname: reading.text(record.attr(Attr::LevelName)),
            logger,
            message,
            exception: reading.optional(record.attr(Attr::ExcText)),
            template: template.then(|| reading.text(record.attr(Attr::Msg))),
            raised: record.exception().map(|exception| reading.raised(&exception)),
            stack: reading.optional(record.attr(Attr::StackInfo)),
            peer: peer.to_owned(),
            origin,
            extra,
        }
    }

    /// A field by the name that Python has for it.
    pub fn field(&self, name: &str) -> Option<Field> {
        let text = |text: &str| Some(Field::Text(text.to_owned()));
        match name {
            "name" | "logger" => text(&self.logger),
            "levelname" => text(&self.levelname),
            "levelno" | "level" => Some(Field::Int(self.level)),
            "created" => Some(Field::Float(self.created)),
            "message" | "msg" => text(&self.message),
            "exc_text" => text(self.exception.as_deref()?),
            "stack_info" => text(self.stack.as_deref()?),
            "peer" => text(&self.peer),
            _ => self.extra.get(name).or_else(|| self.origin.get(name)).cloned(),
        }
    }
}

/// Reading one record's texts within a bound.
struct Reading {
    /// Bytes of text that it may still have.
    left: usize,
    scratch: Vec<u8>,
}

impl Reading {
    fn bytes(&mut self, bytes: &[u8]) -> String {
        let text = cut(bytes, self.left.min(TEXT_BYTES));
        self.left = self.left.saturating_sub(text.len());
        text
    }

    fn field(&mut self, value: Value<'_>) -> Field {
        let field = Field::read(value, self.left.min(TEXT_BYTES), &mut self.scratch);
        self.left = self.left.saturating_sub(field.len());
        field
    }

    fn text(&mut self, value: Value<'_>) -> String {
        match self.field(value) {
            Field::Text(text) => text,
            other => other.to_string(),
        }
    }

    fn raised(&mut self, exception: &Exception<'_>) -> Raised {
        let class = self.bytes(exception.class);
        let message = self.bytes(exception.message);
        let frames = exception.frames().take(FRAMES);
        let frames = frames.map(|(file, line, name)| (self.bytes(file), line, self.bytes(name)));
        Raised { class, message, frames: frames.collect() }
    }

    /// Python's `if record.exc_text:`
    fn optional(&mut self, value: Value<'_>) -> Option<String> {
        match value {
            Value::None | Value::Str(b"") => None,
            value => Some(self.text(value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use logyard_format::{Plain, pickle_dict};
    use logyard_pickle::{Limits, Machine};
    use logyard_record::Received;

    use super::*;

    fn entry(pairs: &[(&str, Plain)]) -> Entry {
        let pairs: Vec<_> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let frame = pickle_dict(&pairs);
        let mut machine = Machine::new(Limits::default());
        let received = Received { created: 1.0, msecs: 0.0, started: 0.0, pid: 7 };
        let record = Record::new(machine.load(&frame).unwrap(), &received).unwrap();
        Entry::read(&record, 3, "peer", frame.len())
    }

    fn text(text: &str) -> Plain {
        Plain::Str(text.into())
    }

    #[test]
    fn a_record_is_read_with_all_its_fields() {
        let entry = entry(&[
            ("name", text("a.b")),
            ("levelno", Plain::Int(40)),
            ("levelname", text("ERROR")),
            ("msg", text("%s is %d")),
            ("args", Plain::Tuple(vec![text("x"), Plain::Int(1)])),
            ("exc_text", text("Traceback (most recent call last):\n  File\nmod.Bad: no\n")),
            ("lineno", Plain::Int(12)),
            ("taskName", Plain::None),
            ("user", Plain::List(vec![Plain::Int(1), text("ü")])),
            ("ratio", Plain::Float(f64::INFINITY)),
        ]);
        assert_eq!(entry.message, "x is 1");
        assert_eq!(entry.origin, Fields(vec![("lineno".into(), Field::Int(12))]));
        assert_eq!(entry.extra.get("user"), Some(&Field::Text("[1, 'ü']".into())));
        assert_eq!(entry.extra.get("ratio"), Some(&Field::Text("inf".into())));
        assert_eq!(entry.field("name"), Some(Field::Text("a.b".into())));
        let json = serde_json::to_string(&entry).unwrap();
        assert_eq!(serde_json::from_str::<Entry>(&json).unwrap(), entry);
        assert!(json.starts_with(r#"{"number":3,"created":1.0,"level":40,"#), "{json}");
    }

    #[test]
    fn a_message_that_can_not_be_made_shows_its_template() {
        let entry = entry(&[
            ("levelno", Plain::Int(20)),
            ("msg", text("%d users")),
            ("args", Plain::Tuple(vec![text("many")])),
        ]);
        assert!(entry.message.starts_with("%d users <the message can't be made: "), "{entry:?}");
        assert_eq!(entry.logger, "root");
    }

    #[test]
    fn sharing_does_not_blow_up() {
        // ['x' * 1000] shared 2**16 times
        let mut frame = b"}(X\x07\0\0\0levelnoK\x14X\x01\0\0\0a".to_vec();
        frame.extend(b"X\xe8\x03\0\0");
        frame.extend([b'x'; 1000]);
        frame.extend(b"q\0");
        for level in 0..16 {
            frame.extend(b"0](h"); // what came before is in the memo
            frame.push(level);
            frame.push(b'h');
            frame.push(level);
            frame.push(b'e');
            frame.extend([b'q', level + 1]);
        }
        frame.extend(b"u.");
        let mut machine = Machine::new(Limits::default());
        let received = Received { created: 1.0, msecs: 0.0, started: 0.0, pid: 7 };
        let value = machine.load(&frame);
        let Ok(record) = value.map(|value| Record::new(value, &received).unwrap()) else {
            panic!("the pickle is bad")
        };
        let entry = Entry::read(&record, 1, "p", frame.len());
        assert!(entry.extra.get("a").unwrap().to_string().len() < 128 << 10);
    }
}
