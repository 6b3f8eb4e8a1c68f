use crate::Limits;

/// Bytes of a frame's header: the payload's length, big endian (`struct.pack(">L", …)` in
/// `logging.handlers.SocketHandler.makePickle`).
pub const HEADER: usize = 4;

/// What stands at the start of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'b> {
    /// A whole frame, and what follows it.
    Frame {
        /// The frame's bytes without its header.
        payload: &'b [u8],
        /// The rest of the buffer.
        rest: &'b [u8],
    },
    /// The frame is not complete: it will be this many bytes long, its header included
    /// ([`HEADER`] while even the header is not whole).
    More {
        /// Length of the whole frame.
        wanted: usize,
    },
}

/// The stream can't be followed any further: its connection has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The announced length is over [`Limits::frame_bytes`].
    #[error("a frame of {announced} bytes was announced, the limit is {limit}")]
    TooLong {
        /// What the header says.
        announced: u32,
        /// The limit that it breaks.
        limit: u32,
    },
}

/// Looks for one frame at the start of `buffer`, which is any part of a stream from a frame's start.
pub fn next_frame<'b>(buffer: &'b [u8], limits: &Limits) -> Result<Step<'b>, FrameError> {
    let Some((header, body)) = buffer.split_first_chunk::<HEADER>() else {
        return Ok(Step::More { wanted: HEADER });
    };
    let announced = u32::from_be_bytes(*header);
    if announced > limits.frame_bytes {
        return Err(FrameError::TooLong { announced, limit: limits.frame_bytes });
    }
    match body.split_at_checked(announced as usize) {
        Some((payload, rest)) => Ok(Step::Frame { payload, rest }),
        None => Ok(Step::More { wanted: HEADER + announced as usize }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_cut_at_their_length() {
        let limits = Limits::default();
        let bytes = b"\0\0\0\x02ab\0\0\0\x01c\0\0";
        let Ok(Step::Frame { payload, rest }) = next_frame(bytes, &limits) else { panic!() };
        assert_eq!((payload, rest), (&b"ab"[..], &b"\0\0\0\x01c\0\0"[..]));
        let Ok(Step::Frame { payload, rest }) = next_frame(rest, &limits) else { panic!() };
        assert_eq!(payload, b"c");
        assert_eq!(next_frame(rest, &limits), Ok(Step::More { wanted: 4 }));
        assert_eq!(next_frame(b"\0\0\0\x02a", &limits), Ok(Step::More { wanted: 6 }));
        assert!(matches!(
            next_frame(b"\0\0\0\0", &limits),
            Ok(Step::Frame { payload: b"", rest: b"" })
        ));
    }

    #[test]
    fn a_gigabyte_is_refused_from_its_header_alone() {
        let limit = Limits::default().frame_bytes;
        assert_eq!(
            next_frame(&[0x40, 0, 0, 0], &Limits::default()),
            Err(FrameError::TooLong { announced: 1 << 30, limit })
        );
    }
}
