/// Bounds on what one frame may cost. Each is far above what `logging` sends.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Longest payload of a frame, in bytes. A record with a traceback is some 5 kB.
    pub frame_bytes: u32,
    /// Values in one pickle, containers and their items alike: bounds the machine's memory.
    pub nodes: u32,
    /// Entries of the memo, and so the highest key plus one (CPython's picklers count from 0).
    pub memo: u32,
    /// Decimal digits of an integer: CPython's own limit for `str(int)`
    /// (`sys.int_info.default_max_str_digits`), past which printing costs quadratic time.
    pub digits: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { frame_bytes: 16 << 20, nodes: 1 << 21, memo: 1 << 21, digits: 4300 }
    }
}
