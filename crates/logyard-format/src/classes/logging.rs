//! `logging.Formatter` itself.

use logyard_libc::Zone;
use logyard_pickle::{Kept, Limits, Value};
use logyard_record::{Attr, Record, TextError};

use crate::FormatSpec;
use crate::asctime::TimeFormat;
use crate::error::{FormatError, FormatSpecError, PercentError, TEXT_LIMIT};
use crate::operand;
use crate::scratch::{Parts, Scratch};
use crate::styles::{Added, AnyStyle, Subject};

/// A format, a time format and defaults, compiled.
#[derive(Debug)]
pub(crate) struct LoggingFormatter {
    style: AnyStyle,
    /// Only if the format uses `asctime`.
    time: Option<TimeFormat>,
    /// In UTC, whatever the zone: `converter = time.gmtime`.
    utc: bool,
    defaults: Option<Kept>,
}

impl LoggingFormatter {
    pub(crate) fn new(spec: &FormatSpec<'_>) -> Result<LoggingFormatter, FormatSpecError> {
        let style = AnyStyle::new(spec.style, spec.fmt, spec.validate, spec.compat)?;
        let time = style.uses_time().then(|| TimeFormat::new(spec));
        let defaults = spec.defaults.map(keep).transpose()?;
        Ok(LoggingFormatter { style, time, utc: spec.utc, defaults })
    }

    /// Each field that the format names, with its byte offset.
    pub(crate) fn fields(&self) -> Vec<(&str, usize)> {
        self.style.fields()
    }

    /// Whether the format may show the whole record.
    pub(crate) fn shows_all(&self) -> bool {
        self.style.shows_all()
    }

    /// The zone of its times, where `zone` is the server's.
    pub(crate) fn zone<'z>(&self, zone: &'z Zone) -> &'z Zone {
        if self.utc { &Zone::Utc } else { zone }
    }

    /// What makes this format fail for every record, with its byte offset.
    pub(crate) fn fault(&self) -> Option<(usize, PercentError)> {
        self.style.fault()
    }

    /// `Formatter.format`
    pub(crate) fn format(
        &self,
        record: &Record<'_>,
        zone: &Zone,
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        self.format_with(&Added::default(), record, zone, scratch, out)
    }

    /// `Formatter.format` with what a class's own `formatMessage` adds to the record.
    pub(crate) fn format_with(
        &self,
        added: &Added<'_>,
        record: &Record<'_>,
        zone: &Zone,
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        let start = out.len();
        let Parts { message, times, .. } = scratch.parts(record)?;
        let message = added.message.unwrap_or(message);
        let zone = self.zone(zone);
        let asctime = match &self.time {
            Some(format) => {
                let (created, msecs) = (record.attr(Attr::Created), record.attr(Attr::Msecs));
                Some(times.asctime(created, msecs, format, zone).map_err(FormatError::bad_time)?)
            }
            None => None,
        };
        let defaults = match self.defaults.as_ref().map(Kept::value) {
            Some(Value::Dict(defaults)) => Some(defaults),
            _ => None,
        };
        self.style.format(&Subject { record, message, asctime, defaults, added: *added }, out)?;
        if !out.get(start..).unwrap_or_default().ends_with(added.end) {
            out.extend_from_slice(added.end);
        }
        let mut repr = Vec::new();
        if let Some(text) = exception(record, &mut repr)? {
            append_text("exc_text", text, start, out)?;
        }
        append_text("stack_info", record.attr(Attr::StackInfo), start, out)
    }
}

/// Values of a configuration, from their pickle.
pub(super) fn keep(defaults: &[u8]) -> Result<Kept, FormatSpecError> {
    Kept::load(defaults.to_vec(), Limits::default()).map_err(|error| FormatSpecError {
        at: 0,
        message: format!("the defaults can't be read: {error}"),
        help: "defaults hold plain values".to_owned(),
    })
}

/// The traceback's text. Stock clients have made it, and `exc_info` is None. Should a client send
/// `exc_info` alone, there is no traceback to print (CPython fails on it): its `repr`, which goes into the
/// buffer, says what is known of it.
pub(super) fn exception<'a>(
    record: &Record<'a>,
    repr: &'a mut Vec<u8>,
) -> Result<Option<Value<'a>>, FormatError> {
    let (text, info) = (record.attr(Attr::ExcText), record.attr(Attr::ExcInfo));
    if operand::is_true(text) {
        return Ok(Some(text));
    }
    if !operand::is_true(info) {
        return Ok(None);
    }
    logyard_record::write_repr(info, repr).map_err(|error| match error {
        TextError::TooLong => FormatError::TooLong,
        error => FormatError::BadException(error.into()),
    })?;
    Ok(Some(Value::Str(repr)))
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
