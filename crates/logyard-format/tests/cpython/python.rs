//! The CPython child: `child.py`, a line for each request.

use logyard_format::Class;
use logyard_testing::Child;

/// The oldest Python with the rules tested here: before 3.12 an `OrderedDict` printed otherwise.
const OLDEST: (u32, u32) = (3, 12);

/// What is asked of both sides.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) zone: String,
    pub(crate) style: char,
    /// The format; `None` asks for the message alone.
    pub(crate) fmt: Option<String>,
    pub(crate) datefmt: Option<String>,
    pub(crate) default_time_format: String,
    pub(crate) default_msec_format: Option<String>,
    pub(crate) validate: bool,
    /// A Python expression of the record's dict.
    pub(crate) record: String,
    /// A Python expression of the formatter, if it is not `logging.Formatter`; the fields above and
    /// `class` say the same to logyard.
    pub(crate) make: Option<String>,
    pub(crate) class: Class,
    /// Whether the record comes without its `args`, as from a stock SocketHandler.
    pub(crate) stock: bool,
}

impl Default for Ask {
    fn default() -> Ask {
        Ask {
            zone: "UTC".to_owned(),
            style: '%',
            fmt: None,
            datefmt: None,
            default_time_format: "%Y-%m-%d %H:%M:%S".to_owned(),
            default_msec_format: Some("%s,%03d".to_owned()),
            validate: false,
            record: String::new(),
            make: None,
            class: Class::Formatter,
            stock: false,
        }
    }
}

pub(crate) struct Answer {
    pub(crate) pickle: Vec<u8>,
    /// `ok` or the exception's class.
    pub(crate) outcome: String,
    /// The text or the exception's message.
    pub(crate) text: Vec<u8>,
}

pub(crate) struct Python {
    child: Child,
    pub(crate) version: (u32, u32),
}

impl Python {
    /// `None` if there is no Python with the rules that are tested.
    pub(crate) fn start() -> Option<Python> {
        logyard_testing::python(OLDEST..).map(Python::run)
    }

    /// One that has these modules.
    pub(crate) fn with_packages(modules: &[&str]) -> Option<Python> {
        logyard_testing::with_packages(modules).map(Python::run)
    }

    fn run(python: logyard_testing::Python) -> Python {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cpython/child.py");
        Python { child: Child::start(&python, script), version: python.version }
    }

    pub(crate) fn ask(&mut self, ask: &Ask) -> Answer {
        let optional = |text: Option<&str>| text.map_or("-".to_owned(), hex);
        let request = format!(
            "{} {} {} {} {} {} {} {} {} {}",
            hex(&ask.zone),
            hex(&ask.style.to_string()),
            ask.fmt.as_deref().map_or("message".to_owned(), hex),
            optional(ask.datefmt.as_deref()),
            hex(&ask.default_time_format),
            optional(ask.default_msec_format.as_deref()),
            u8::from(ask.validate),
            hex(&ask.record),
            optional(ask.make.as_deref()),
            u8::from(ask.stock),
        );
        let line = self.child.ask(&request);
        let mut fields = line.split(' ');
        let mut field = || fields.next().unwrap_or_else(|| panic!("child.py failed on {ask:?}"));
        Answer { pickle: unhex(field()), outcome: field().to_owned(), text: unhex(field()) }
    }
}

pub(crate) fn hex(text: &str) -> String {
    // A mark before it, for a field that is split at blanks can't be empty.
    std::iter::once("=".to_owned()).chain(text.bytes().map(|byte| format!("{byte:02x}"))).collect()
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).expect("a hexadecimal digit") as u8;
    text.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}
