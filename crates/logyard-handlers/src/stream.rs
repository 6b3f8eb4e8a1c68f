use crate::encoding::{Codec, Errors};
use crate::error::{Failed, HandlerError};
use crate::run::{Notice, Run};
use crate::text::Text;

/// `StreamHandler` on one of the process's standard streams, in UTF-8.
#[derive(Debug)]
pub struct StreamHandler {
    stream: Standard,
    text: Text,
}

#[derive(Clone, Copy, Debug)]
enum Standard {
    Out,
    Err,
}

impl StreamHandler {
    /// `sys.stdout`: strict.
    pub(crate) fn stdout() -> StreamHandler {
        StreamHandler { stream: Standard::Out, text: Text::new(Codec::UTF_8, Errors::Strict) }
    }

    /// `sys.stderr`: `backslashreplace`, so that it never fails.
    pub(crate) fn stderr() -> StreamHandler {
        let text = Text::new(Codec::UTF_8, Errors::BackslashReplace);
        StreamHandler { stream: Standard::Err, text }
    }

    pub(crate) fn write(
        &mut self,
        run: &Run,
        notice: &mut dyn FnMut(Notice),
    ) -> Result<(), Failed> {
        let (first, last) = (run.first(), run.ends.len());
        let (name, done) = match self.stream {
            Standard::Out => {
                ("<stdout>", self.text.write(std::io::stdout(), run, first, last, notice))
            }
            Standard::Err => {
                ("<stderr>", self.text.write(std::io::stderr(), run, first, last, notice))
            }
        };
        done.map_err(|stopped| Failed {
            written: stopped.written,
            error: HandlerError::Write { name: name.to_owned(), source: stopped.errno.into() },
        })
    }
}
