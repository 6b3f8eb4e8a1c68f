/// Bounds on what one frame may cost. Each is far above what `logging` sends; together they keep
/// a machine below some 90 MiB while it decodes the worst pickle, and it shrinks back afterwards.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Longest payload of a frame, in bytes. A record with a traceback is some 5 kB.
    pub frame_bytes: u32,
    /// Values that one pickle may make or refer to, containers and their items alike: bounds the
    /// machine's memory (16 bytes on the stack, up to 44 more once kept). An object counts for six
    /// as it takes that room; each 64 bytes of a long dict key, and each 256 of a text that a call
    /// makes bytes of, count for one as they take time.
    pub nodes: u32,
    /// Entries of the memo, and so the highest key plus one (CPython's picklers count from 0 or
    /// 1), at 16 bytes each. Above 1,023 a key can't be higher than the pickle is long, either.
    pub memo: u32,
    /// Decimal digits of an integer: CPython's own limit for `str(int)`
    /// (`sys.int_info.default_max_str_digits`), past which printing costs quadratic time. CPython
    /// refuses only the textual form when it decodes; here the binary form has the same limit, so
    /// that nobody who prints a value has to think of it.
    pub digits: u32,
    /// Bytes of text that can't be left where it lies in the frame (escapes, Latin-1, mapped class
    /// names). It is about as long as its source, but a call can be repeated through the memo.
    pub scratch_bytes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frame_bytes: 16 << 20,
            nodes: 1 << 19,
            memo: 1 << 19,
            digits: 4300,
            scratch_bytes: 16 << 20,
        }
    }
}
