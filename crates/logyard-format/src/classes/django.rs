//! Django's formatter: `django.utils.log.ServerFormatter` of Django 5.2.

use logyard_libc::Zone;
use logyard_pickle::Value;
use logyard_record::{Attr, Record};

use super::LoggingFormatter;
use crate::FormatSpec;
use crate::asctime::TimeFormat;
use crate::error::{FormatError, FormatSpecError, PercentError};
use crate::operand;
use crate::scratch::Scratch;
use crate::styles::{Added, Fields};

/// `ServerFormatter.default_time_format`
pub const DEFAULT_TIME_FORMAT: &str = "%d/%b/%Y %H:%M:%S";

/// `ServerFormatter`, compiled; it has no colours, which Django uses on terminals only.
#[derive(Debug)]
pub(crate) struct ServerFormatter {
    logging: LoggingFormatter,
    /// If the format has `{server_time}`: `uses_server_time`.
    server_time: Option<TimeFormat>,
}

impl ServerFormatter {
    pub(crate) fn new(spec: &FormatSpec<'_>) -> Result<ServerFormatter, FormatSpecError> {
        let uses_server_time = spec.fmt.is_some_and(|fmt| fmt.contains("{server_time}"));
        Ok(ServerFormatter {
            logging: LoggingFormatter::new(spec)?,
            server_time: uses_server_time.then(|| TimeFormat::new(spec)),
        })
    }

    pub(crate) fn logging(&self) -> &LoggingFormatter {
        &self.logging
    }

    /// `ServerFormatter.format`
    pub(crate) fn format(
        &self,
        record: &Record<'_>,
        zone: &Zone,
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        if let Some(status) = record.get(b"status_code").filter(|status| operand::is_true(*status))
        {
            check_status(status)?;
        }
        let Some(format) = &self.server_time else {
            return self.logging.format(record, zone, scratch, out);
        };
        if record.get(b"server_time").is_some() {
            return self.logging.format(record, zone, scratch, out);
        }
        let mut text = scratch.take_buffer();
        let zone = self.logging.zone(zone);
        let (created, msecs) = (record.attr(Attr::Created), record.attr(Attr::Msecs));
        let time = scratch.times().asctime(created, msecs, format, zone);
        text.extend_from_slice(time.map_err(FormatError::bad_time)?);
        let fields = [("server_time", Value::Str(&text))];
        let added = Added { fields: Fields::Values(&fields), ..Added::default() };
        let done = self.logging.format_with(&added, record, zone, scratch, out);
        scratch.give_back(text);
        done
    }
}

/// Django compares the status with numbers, for its colour.
fn check_status(status: Value<'_>) -> Result<(), FormatError> {
    if matches!(status, Value::Float(_)) || operand::to_index(status).is_some() {
        return Ok(());
    }
    let kind = operand::type_name(status);
    let text = format!("'<=' not supported between instances of 'int' and '{kind}'");
    Err(FormatError::Class {
        class: "django.utils.log.ServerFormatter",
        error: PercentError::type_error(text),
    })
}
