//! A corpus: frames one after the other, each 4 bytes of length (big endian) and its payload, or lines.

/// A run of whole frames: a range of bytes of the corpus.
pub type Slice = std::ops::Range<usize>;

/// Where the frame that starts at `start` ends; `None` when it isn't whole.
pub fn frame_end(data: &[u8], start: usize) -> Option<usize> {
    let head = data.get(start..start.checked_add(4)?)?;
    let length = u32::from_be_bytes(head.try_into().ok()?);
    let end = start.checked_add(4)?.checked_add(usize::try_from(length).ok()?)?;
    (end <= data.len()).then_some(end)
}

/// Where the line that starts at `start` ends, behind its newline; `None` when it has none.
pub fn line_end(data: &[u8], start: usize) -> Option<usize> {
    Some(start + memchr::memchr(b'\n', data.get(start..)?)? + 1)
}

/// [`frame_end`] or [`line_end`].
pub type End = fn(&[u8], usize) -> Option<usize>;

/// The number of whole frames or lines in `data`.
pub fn count(data: &[u8], end: End) -> usize {
    let mut start = 0;
    let mut frames = 0;
    while let Some(end) = end(data, start) {
        start = end;
        frames += 1;
    }
    frames
}

/// Cuts `data` into `parts` slices of about the same number of bytes, between frames or lines. They follow
/// each other and leave out only what comes after the last whole one.
pub fn deal_out(data: &[u8], parts: usize, end_of: End) -> Vec<Slice> {
    let mut start = 0;
    (1..=parts)
        .map(|part| {
            let wanted = (data.len() as u128 * part as u128 / parts as u128) as usize;
            let mut end = start;
            while end < wanted {
                match end_of(data, end) {
                    Some(next) => end = next,
                    None => break,
                }
            }
            let slice = start..end;
            start = end;
            slice
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus(lengths: &[u32]) -> Vec<u8> {
        let mut data = Vec::new();
        for &length in lengths {
            data.extend_from_slice(&length.to_be_bytes());
            data.resize(data.len() + length as usize, b'.');
        }
        data
    }

    #[test]
    fn slices_hold_whole_frames_and_all_of_them() {
        let data = corpus(&[0, 1, 7, 300, 2, 2, 90, 5, 0, 64]);
        for parts in 1..14 {
            let slices = deal_out(&data, parts, frame_end);
            assert_eq!(slices.len(), parts);
            let frames: usize = slices.iter().map(|s| count(&data[s.clone()], frame_end)).sum();
            assert_eq!(frames, 10);
            assert_eq!(slices.first().map(|s| s.start), Some(0));
            assert_eq!(slices.last().map(|s| s.end), Some(data.len()));
            assert!(slices.windows(2).all(|pair| pair[0].end == pair[1].start));
        }
    }

    #[test]
    fn what_is_cut_off_is_left_out() {
        let mut data = corpus(&[3, 3]);
        data.pop();
        assert_eq!(count(&data, frame_end), 1);
        assert_eq!(deal_out(&data, 1, frame_end).first(), Some(&(0..7)));
        assert_eq!(frame_end(&[0xff, 0xff, 0xff, 0xff], 0), None);
        assert_eq!(frame_end(&data, usize::MAX), None);
    }

    #[test]
    fn lines_are_cut_behind_their_newlines() {
        let data = b"one\n\nthree\nfo";
        assert_eq!(count(data, line_end), 3);
        assert_eq!(deal_out(data, 1, line_end), vec![0..11]);
        assert_eq!(line_end(data, 11), None);
    }
}
