use logyard_libc::Zone;
use logyard_pickle::{Kept, Limits, Value};
use logyard_record::{Attr, Record, TextError};

use crate::error::{FormatError, FormatSpecError, PercentError, Raised, TEXT_LIMIT};
use crate::operand;
use crate::scratch::Scratch;
use crate::styles::{PercentStyle, Style, Subject};

/// The arguments of `logging.Formatter`.
#[derive(Clone, Copy, Debug)]
pub struct FormatSpec<'s> {
    /// The format; `None` or empty is the style's default, the bare message.
    pub fmt: Option<&'s str>,
    /// The format of `asctime` for libc's strftime; `None` or empty is
    /// `%Y-%m-%d %H:%M:%S` with `,` and the milliseconds.
    pub datefmt: Option<&'s str>,
    /// How fields are written in `fmt`.
    pub style: Style,
    /// Whether to refuse a format that names no field (CPython's default since 3.8).
    pub validate: bool,
    /// Values for fields that a record lacks: the pickle of a dict.
    pub defaults: Option<&'s [u8]>,
}

impl Default for FormatSpec<'_> {
    fn default() -> Self {
        FormatSpec {
            fmt: None,
            datefmt: None,
            style: Style::Percent,
            validate: true,
            defaults: None,
        }
    }
}

/// `logging.Formatter`, compiled. It may be shared by threads; each brings its own [`Scratch`].
#[derive(Debug)]
pub struct Formatter {
    style: PercentStyle,
    datefmt: Box<str>,
    uses_time: bool,
    defaults: Option<Kept>,
}

impl Formatter {
    /// Compiles a format. It is refused only where CPython refuses it, see
    /// [`Formatter::fault`] for the rest.
    pub fn new(spec: &FormatSpec<'_>) -> Result<Formatter, FormatSpecError> {
        let Style::Percent = spec.style;
        let format = match spec.fmt {
            None | Some("") => PercentStyle::DEFAULT,
            Some(format) => format,
        };
        if spec.validate {
            PercentStyle::validate(format)?;
        }
        let style = PercentStyle::new(format);
        let uses_time = style.uses_time();
        let datefmt = spec.datefmt.unwrap_or_default().into();
        let defaults = spec.defaults.map(keep).transpose()?;
        Ok(Formatter { style, datefmt, uses_time, defaults })
    }

    /// Each field that the format names, with its byte offset. A name that is none of a
    /// LogRecord's has to come from the client's `extra`.
    pub fn fields(&self) -> impl Iterator<Item = (&str, usize)> {
        self.style.fields()
    }

    /// What makes this format fail for every record, with its byte offset: CPython accepts it when
    /// it loads the configuration and then writes nothing.
    pub fn fault(&self) -> Option<(usize, PercentError)> {
        self.style.fault()
    }

    /// Appends `Formatter.format(record)`, without the handler's terminator, in the time zone
    /// `zone`. On an error `out` is as before.
    ///
    /// The text is at most [`TEXT_LIMIT`] bytes.
    pub fn format(
        &self,
        record: &Record<'_>,
        zone: &Zone,
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        let start = out.len();
        let done = self.append(record, zone, scratch, out);
        if done.is_err() {
            out.truncate(start);
        }
        done
    }

    fn append(
        &self,
        record: &Record<'_>,
        zone: &Zone,
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        let start = out.len();
        let (message, times) = scratch.message(record)?;
        let asctime = if self.uses_time {
            let (created, msecs) = (record.attr(Attr::Created), record.attr(Attr::Msecs));
            let text = times.asctime(created, msecs, &self.datefmt, zone).map_err(bad_time)?;
            Some(text)
        } else {
            None
        };
        let defaults = match self.defaults.as_ref().map(Kept::value) {
            Some(Value::Dict(defaults)) => Some(defaults),
            _ => None,
        };
        self.style.format(&Subject { record, message, asctime, defaults }, out)?;
        append_exception(record, start, out)?;
        append_text("stack_info", record.attr(Attr::StackInfo), start, out)
    }
}

fn keep(defaults: &[u8]) -> Result<Kept, FormatSpecError> {
    Kept::load(defaults.to_vec(), Limits::default()).map_err(|error| FormatSpecError {
        at: 0,
        message: format!("the defaults can't be read: {error}"),
        help: "defaults hold plain values".to_owned(),
    })
}

/// The traceback's text. Stock clients have made it, and `exc_info` is None. Should a client send
/// `exc_info` alone, there is no traceback to print (CPython fails on it): its `repr` says what is
/// known of it.
fn append_exception(
    record: &Record<'_>,
    start: usize,
    out: &mut Vec<u8>,
) -> Result<(), FormatError> {
    let text = record.attr(Attr::ExcText);
    if operand::is_true(text) {
        return append_text("exc_text", text, start, out);
    }
    let info = record.attr(Attr::ExcInfo);
    if !operand::is_true(info) {
        return Ok(());
    }
    let mut text = Vec::new();
    logyard_record::write_repr(info, &mut text).map_err(|error| match error {
        TextError::TooLong => FormatError::TooLong,
        error => FormatError::BadException(error.into()),
    })?;
    append_text("exc_info", Value::Str(&text), start, out)
}

/// Appends a text on a line of its own, if there is one.
fn append_text(
    field: &'static str,
    text: Value<'_>,
    start: usize,
    out: &mut Vec<u8>,
) -> Result<(), FormatError> {
    if !operand::is_true(text) {
        return Ok(());
    }
    let Value::Str(text) = text else {
        return Err(FormatError::NotText { field, type_name: operand::type_name(text) });
    };
    if out.get(start..).unwrap_or_default().last() != Some(&b'\n') {
        out.push(b'\n');
    }
    out.extend_from_slice(text);
    if out.len() - start > TEXT_LIMIT { Err(FormatError::TooLong) } else { Ok(()) }
}

fn bad_time(error: PercentError) -> FormatError {
    match error.raised {
        Raised::MemoryError => FormatError::TooLong,
        _ => FormatError::BadTime(error),
    }
}
