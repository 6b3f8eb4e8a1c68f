//! A stream cut in two anywhere gives the same frames as the whole: the first byte says where.
#![no_main]
use libfuzzer_sys::fuzz_target;
use logyard_pickle::{FrameError, HEADER, Limits, Step, next_frame};

/// The payloads at the start of a stream, what is left of it, and the error that ends it.
fn cut<'b>(mut stream: &'b [u8], limits: &Limits) -> (Vec<&'b [u8]>, &'b [u8], Option<FrameError>) {
    let mut payloads = Vec::new();
    loop {
        match next_frame(stream, limits) {
            Ok(Step::Frame { payload, rest }) => {
                assert_eq!(HEADER + payload.len() + rest.len(), stream.len());
                payloads.push(payload);
                stream = rest;
            }
            Ok(Step::More { wanted }) => {
                assert!(wanted > stream.len());
                return (payloads, stream, None);
            }
            Err(error) => return (payloads, stream, Some(error)),
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((&at, stream)) = data.split_first() else { return };
    let limits = Limits { frame_bytes: 300, ..Limits::default() };
    let (whole, left, error) = cut(stream, &limits);

    let at = usize::from(at).min(stream.len());
    let (mut parts, rest, early) = cut(&stream[..at], &limits);
    if early.is_some() {
        assert_eq!(early, error);
        return;
    }
    let (later, last, late) = cut(&stream[at - rest.len()..], &limits);
    parts.extend(later);
    assert_eq!((parts, last, late), (whole, left, error));
});
