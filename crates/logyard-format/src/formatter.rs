use logyard_libc::Zone;
use logyard_pickle::{Kept, Limits, Value};
use logyard_record::{Attr, Record, TextError};

use crate::asctime::TimeFormat;
use crate::error::{FormatError, FormatSpecError, PercentError, Raised, TEXT_LIMIT};
use crate::operand;
use crate::scratch::Scratch;
use crate::styles::{AnyStyle, Style, Subject};

/// The arguments of `logging.Formatter`.
#[derive(Clone, Copy, Debug)]
pub struct FormatSpec<'s> {
    /// The format; `None` or empty is the style's default, the bare message.
    pub fmt: Option<&'s str>,
    /// The format of `asctime` for libc's strftime; `None` or empty takes the two defaults below.
    pub datefmt: Option<&'s str>,
    /// `Formatter.default_time_format`, for libc's strftime.
    pub default_time_format: &'s str,
    /// `Formatter.default_msec_format`: a `%` format of the time's text and the milliseconds;
    /// `None` or empty leaves them out.
    pub default_msec_format: Option<&'s str>,
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
            default_time_format: "%Y-%m-%d %H:%M:%S",
            default_msec_format: Some("%s,%03d"),
            style: Style::Percent,
            validate: true,
            defaults: None,
        }
    }
}

/// `logging.Formatter`, compiled. It may be shared by threads; each brings its own [`Scratch`].
#[derive(Debug)]
pub struct Formatter {
    style: AnyStyle,
    /// Only if the format uses `asctime`.
    time: Option<TimeFormat>,
    defaults: Option<Kept>,
}

impl Formatter {
    /// Compiles a format. It is refused only where CPython refuses it, see
    /// [`Formatter::fault`] for the rest.
    pub fn new(spec: &FormatSpec<'_>) -> Result<Formatter, FormatSpecError> {
        let style = AnyStyle::new(spec.style, spec.fmt, spec.validate)?;
        let time = style.uses_time().then(|| match spec.datefmt {
            None | Some("") => {
                TimeFormat::with_msecs(spec.default_time_format, spec.default_msec_format)
            }
            Some(datefmt) => TimeFormat::of(datefmt),
        });
        let defaults = spec.defaults.map(keep).transpose()?;
        Ok(Formatter { style, time, defaults })
    }

    /// Each field that the format names, with its byte offset. A name that is none of a
    /// LogRecord's has to come from the client's `extra`.
    pub fn fields(&self) -> impl Iterator<Item = (&str, usize)> {
        self.style.fields().into_iter()
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
        let asctime = match &self.time {
            Some(format) => {
                let (created, msecs) = (record.attr(Attr::Created), record.attr(Attr::Msecs));
                Some(times.asctime(created, msecs, format, zone).map_err(bad_time)?)
            }
            None => None,
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
