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
        let stream = self.stream;
        let mut sink = |bytes: &[u8]| match stream {
            Standard::Out => rustix::io::write(std::io::stdout(), bytes),
            Standard::Err => rustix::io::write(std::io::stderr(), bytes),
        };
        let done = self.text.write(&mut sink, run, run.first(), run.ends.len(), notice);
        done.map_err(|stopped| Failed {
            written: stopped.written,
            error: HandlerError::Write {
                name: match stream {
                    Standard::Out => "<stdout>".to_owned(),
                    Standard::Err => "<stderr>".to_owned(),
                },
                source: stopped.errno.into(),
            },
        })
    }
}
