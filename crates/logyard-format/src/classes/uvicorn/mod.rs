//! uvicorn's formatters: `uvicorn.logging` of uvicorn 0.54.

mod access;
mod phrases;

use logyard_compat::Compat;
use logyard_libc::Zone;
use logyard_pickle::Value;
use logyard_record::{Attr, Record, write_str};

use super::LoggingFormatter;
use crate::FormatSpec;
use crate::error::{FormatError, FormatSpecError, PercentError};
use crate::scratch::Scratch;
use crate::styles::{Added, Fields};
use crate::{message, operand, wtf8};

/// What ends a colour: `uvicorn._ansi.style`.
const RESET: &[u8] = b"\x1b[0m";

/// The arguments that only uvicorn's formatters have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `AccessFormatter`; else `ColourizedFormatter`, which `DefaultFormatter` is as well.
    pub access: bool,
    /// `use_colors`: `None` has them where the text goes to a terminal.
    pub use_colors: Option<bool>,
}

/// One of uvicorn's formatters, compiled.
#[derive(Debug)]
pub(crate) struct UvicornFormatter {
    logging: LoggingFormatter,
    access: bool,
    use_colors: bool,
    compat: Compat,
}

impl UvicornFormatter {
    pub(crate) fn new(
        options: &Options,
        spec: &FormatSpec<'_>,
    ) -> Result<UvicornFormatter, FormatSpecError> {
        Ok(UvicornFormatter {
            logging: LoggingFormatter::new(spec)?,
            access: options.access,
            use_colors: options.use_colors.unwrap_or(spec.terminal),
            compat: spec.compat,
        })
    }

    pub(crate) fn logging(&self) -> &LoggingFormatter {
        &self.logging
    }

    /// `ColourizedFormatter.format` or `AccessFormatter.format`.
    pub(crate) fn format(
        &self,
        record: &Record<'_>,
        zone: &Zone,
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        let mut texts = scratch.take_buffer();
        let done = self.append(record, zone, scratch, &mut texts, out);
        scratch.give_back(texts);
        done
    }

    fn append(
        &self,
        record: &Record<'_>,
        zone: &Zone,
        scratch: &mut Scratch,
        texts: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        let class = if self.access {
            "uvicorn.logging.AccessFormatter"
        } else {
            "uvicorn.logging.ColourizedFormatter"
        };
        let refused = |error| FormatError::Class { class, error };
        let message = scratch.parts(record)?.message;
        let request = match self.access {
            true => Some(access::read(record, message, texts).map_err(refused)?),
            false => None,
        };
        let lines = match &request {
            Some(request) => {
                Some(request.write(self.use_colors, self.compat, texts).map_err(refused)?)
            }
            None => None,
        };
        let prefix = texts.len();
        self.write_level_prefix(record, texts).map_err(refused)?;
        let prefix = prefix..texts.len();
        let color_message = match record.get(b"color_message") {
            Some(template) if self.use_colors => {
                let start = texts.len();
                message::merged(template, record.attr(Attr::Args), texts)?;
                Some((template, start..texts.len()))
            }
            _ => None,
        };
        // Nothing is written to `texts` from here on.
        let text = |range: std::ops::Range<usize>| texts.get(range).unwrap_or_default();
        let mut fields = [("levelprefix", Value::None); 5];
        let mut len = 0;
        let mut add = |name, value| {
            if let Some(field) = fields.get_mut(len) {
                *field = (name, value);
                len += 1;
            }
        };
        if let (Some(request), Some(lines)) = (&request, lines) {
            add("client_addr", request.client_addr(texts));
            add("request_line", Value::Str(text(lines.request_line)));
            add("status_code", Value::Str(text(lines.status_code)));
        }
        add("levelprefix", Value::Str(text(prefix)));
        let mut added = Added::default();
        if let Some((template, range)) = color_message {
            add("msg", template);
            added.message = Some(text(range));
        }
        added.fields = Fields::Values(fields.get(..len).unwrap_or_default());
        self.logging.format_with(&added, record, zone, scratch, out)
    }

    /// `levelprefix`: the level's name, a colon, and blanks up to nine characters.
    fn write_level_prefix(
        &self,
        record: &Record<'_>,
        texts: &mut Vec<u8>,
    ) -> Result<(), PercentError> {
        let Value::Str(name) = record.attr(Attr::LevelName) else {
            let kind = operand::type_name(record.attr(Attr::LevelName));
            return Err(PercentError::type_error(format!("object of type '{kind}' has no len()")));
        };
        let colour = if self.use_colors { level_colour(record.attr(Attr::LevelNo)) } else { None };
        if let Some(colour) = colour {
            texts.extend_from_slice(colour);
        }
        write_str(Value::Str(name), texts)?;
        if colour.is_some() {
            texts.extend_from_slice(RESET);
        }
        texts.push(b':');
        let blanks = 8_usize.saturating_sub(wtf8::count(name));
        texts.resize(texts.len() + blanks, b' ');
        Ok(())
    }
}

/// `ColourizedFormatter.level_name_colors`: what begins the colour of a level, by its very number.
fn level_colour(levelno: Value<'_>) -> Option<&'static [u8]> {
    let level = match levelno {
        Value::Int(level) => level,
        Value::Float(level) if level == level.trunc() => level as i64,
        _ => return None,
    };
    Some(match level {
        5 => b"\x1b[34m",
        10 => b"\x1b[36m",
        20 => b"\x1b[32m",
        30 => b"\x1b[33m",
        40 => b"\x1b[31m",
        50 => b"\x1b[91m",
        _ => return None,
    })
}
