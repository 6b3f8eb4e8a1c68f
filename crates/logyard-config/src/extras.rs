//! What a handler does beyond Python's `logging`: `[logyard:HANDLER]` in INI, `logyard` in dicts.

/// The server's own settings of one handler. The default is what CPython does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extras {
    /// Rolled files are compressed.
    pub compress: Option<Compress>,
    /// Bytes that the file and its rolled ones may have together: the oldest rolled go.
    pub max_total_size: Option<u64>,
    /// Seconds after its last line that a rolled file is removed.
    pub max_age: Option<u64>,
    /// When what was written is made to survive a power cut.
    pub fsync: Fsync,
    /// Permission bits of the file, whatever the umask: at most `0o7777`.
    pub mode: Option<u32>,
    /// Who owns the file.
    pub owner: Option<Owner>,
    /// The records become lines of JSON; the formatter is not used.
    pub json: bool,
    /// The zone of `asctime` and of rollovers in local time: a name that `logyard_libc::Zone::named`
    /// knows.
    pub tz: Option<String>,
}

/// How rolled files are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compress {
    /// `gz`: gzip.
    Gz,
    /// `zst`: Zstandard.
    Zst,
}

impl Compress {
    /// What the name of a compressed file ends in.
    pub fn ending(self) -> &'static str {
        match self {
            Compress::Gz => ".gz",
            Compress::Zst => ".zst",
        }
    }
}

/// When a file is synced with the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fsync {
    /// When the kernel likes to, as CPython leaves it.
    #[default]
    Never,
    /// At most once a second, and when the file is closed.
    Interval,
    /// After each batch, before the next one is written.
    Always,
}

/// Owner and group by their numbers; what is `None` stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// The user's id.
    pub user: Option<u32>,
    /// The group's id.
    pub group: Option<u32>,
}
