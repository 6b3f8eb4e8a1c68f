use logyard_compat::Compat;
use logyard_libc::Zone;
use logyard_record::Record;

use crate::classes::{AnyFormatter, Class};
use crate::error::{FormatError, FormatSpecError, PercentError};
use crate::scratch::Scratch;
use crate::styles::Style;

/// The arguments of a formatter, those of `logging.Formatter` and what its class has besides.
#[derive(Clone, Copy, Debug)]
pub struct FormatSpec<'s> {
    /// The class, with its own arguments.
    pub class: &'s Class,
    /// The format; `None` or empty is the style's default, the bare message.
    pub fmt: Option<&'s str>,
    /// The format of `asctime` for libc's strftime; `None` or empty takes the two defaults below.
    pub datefmt: Option<&'s str>,
    /// `Formatter.default_time_format`, for libc's strftime.
    pub default_time_format: &'s str,
    /// `Formatter.default_msec_format`: a `%` format of the time's text and the milliseconds;
    /// `None` or empty leaves them out.
    pub default_msec_format: Option<&'s str>,
    /// `Formatter.converter` is `time.gmtime` rather than `time.localtime`.
    pub utc: bool,
    /// How fields are written in `fmt`.
    pub style: Style,
    /// Whether to refuse a format that names no field (CPython's default since 3.8).
    pub validate: bool,
    /// Values for fields that a record lacks: the pickle of a dict.
    pub defaults: Option<&'s [u8]>,
    /// Whether the text goes to a terminal: some classes have colours there.
    pub terminal: bool,
    /// Whose rules hold.
    pub compat: Compat,
}

impl Default for FormatSpec<'_> {
    fn default() -> Self {
        FormatSpec {
            class: &Class::Formatter,
            fmt: None,
            datefmt: None,
            default_time_format: "%Y-%m-%d %H:%M:%S",
            default_msec_format: Some("%s,%03d"),
            utc: false,
            style: Style::Percent,
            validate: true,
            defaults: None,
            terminal: false,
            compat: Compat::default(),
        }
    }
}

/// A formatter, compiled. It may be shared by threads; each brings its own [`Scratch`].
#[derive(Debug)]
pub struct Formatter(AnyFormatter);

impl Formatter {
    /// Compiles a format. It is refused only where Python refuses it, see
    /// [`Formatter::fault`] for the rest.
    pub fn new(spec: &FormatSpec<'_>) -> Result<Formatter, FormatSpecError> {
        Ok(Formatter(AnyFormatter::new(spec)?))
    }

    /// Each field that the format names, with its byte offset. A name that is none of a
    /// LogRecord's has to come from the client's `extra`.
    pub fn fields(&self) -> impl Iterator<Item = (&str, usize)> {
        self.0.logging().into_iter().flat_map(|formatter| formatter.fields())
    }

    /// What makes this format fail for every record, with its byte offset: CPython accepts it when
    /// it loads the configuration and then writes nothing.
    pub fn fault(&self) -> Option<(usize, PercentError)> {
        self.0.logging()?.fault()
    }

    /// Appends what the class's `format(record)` returns, without the handler's terminator, in the
    /// time zone `zone`. On an error `out` is as before.
    ///
    /// The text is at most [`crate::TEXT_LIMIT`] bytes.
    pub fn format(
        &self,
        record: &Record<'_>,
        zone: &Zone,
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        let start = out.len();
        let done = self.0.format(record, zone, scratch, out);
        if done.is_err() {
            out.truncate(start);
        }
        done
    }
}
