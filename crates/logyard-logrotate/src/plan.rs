//! What a logrotate configuration says: blocks of files, each with all its directives.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One `FILES { ... }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// The files as they are written, up to the `{`: scripts and messages get it.
    pub pattern: String,
    /// The files that the patterns gave when the configuration was read. A pattern that fits nothing
    /// stands for itself.
    pub files: Vec<PathBuf>,
    /// What to do with them.
    pub directives: Directives,
    /// Where it begins.
    pub at: Origin,
}

/// Where something stands in a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The file.
    pub file: Arc<Path>,
    /// Counts from 1.
    pub line: usize,
    /// Counts from 1, in bytes.
    pub column: usize,
}

impl Default for Origin {
    /// Nowhere.
    fn default() -> Origin {
        Origin { file: Path::new("").into(), line: 1, column: 1 }
    }
}

/// A directive that the configuration has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Where it stands; the last one, if there are several.
    pub at: Origin,
    /// Whether it stands in the block itself, not before it.
    pub inside: bool,
}

/// Everything that directives set, with logrotate's defaults.
#[derive(Clone, Debug, PartialEq)]
pub struct Directives {
    /// When a file is due.
    pub criterion: Criterion,
    /// `minsize`, in bytes.
    pub min_size: Option<u64>,
    /// `maxsize`, in bytes.
    pub max_size: Option<u64>,
    /// `minage`, in days.
    pub min_age: u32,
    /// `maxage`, in days.
    pub max_age: u32,
    /// `rotate`: how many to keep; -1 keeps all.
    pub rotate: i32,
    /// `start`: the number of the newest.
    pub start: u32,
    /// How the content gets from the live file to the rotated one.
    pub copy: bool,
    /// `copytruncate`.
    pub copy_truncate: bool,
    /// `renamecopy`.
    pub rename_copy: bool,
    /// `create`.
    pub create: Option<Access>,
    /// What `create` has said so far, which one that says less leaves; so does `nocreate`.
    pub create_last: Access,
    /// `olddir`.
    pub old_dir: Option<PathBuf>,
    /// `createolddir`.
    pub create_old_dir: Option<Access>,
    /// As `create_last`.
    pub create_old_dir_last: Access,
    /// `su`: user and group.
    pub su: Option<(u32, u32)>,
    /// `missingok`.
    pub missing_ok: bool,
    /// `ifempty`.
    pub if_empty: bool,
    /// `ignoreduplicates`.
    pub ignore_duplicates: bool,
    /// `allowhardlink`.
    pub allow_hardlink: bool,
    /// `shred`.
    pub shred: bool,
    /// `shredcycles`; 0 is the default of shred.
    pub shred_cycles: u32,
    /// How rotated files are compressed.
    pub compression: Compression,
    /// `dateext`.
    pub date_ext: bool,
    /// `dateformat`.
    pub date_format: Option<String>,
    /// `dateyesterday`.
    pub date_yesterday: bool,
    /// `datehourago`.
    pub date_hour_ago: bool,
    /// `extension`.
    pub extension: Option<String>,
    /// `addextension`.
    pub add_extension: Option<String>,
    /// `mail`.
    pub mail: Option<String>,
    /// `mailfirst`: the newest is mailed, not the one that goes.
    pub mail_first: bool,
    /// `sharedscripts`.
    pub shared_scripts: bool,
    /// `logyard_max_total_size`: bytes of a log and what was rotated of it, together.
    pub max_total_size: Option<u64>,
    /// `logyard_keep_free`: what stays free on the filesystem.
    pub keep_free: Option<Amount>,
    /// `logyard_delete_when_full`: older logs go where the disk is full.
    pub delete_when_full: bool,
    /// The script blocks.
    pub scripts: Scripts,
    /// The directives that the configuration has, by keyword.
    pub said: BTreeMap<String, Said>,
}

/// When a file is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Criterion {
    /// `size`: as soon as it has that many bytes.
    Size(u64),
    /// `minutes`.
    Minutes(u32),
    /// `hourly`.
    Hourly,
    /// `daily`.
    Daily,
    /// `weekly`: on that day (0 is Sunday), or after seven days; 7 is only the latter.
    Weekly(i32),
    /// `monthly`: in another month than before, or on that day of it.
    Monthly(Option<i32>),
    /// `yearly`.
    Yearly,
}

/// Mode and owner of what is created; what is not given comes from the rotated file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Permission bits.
    pub mode: Option<u32>,
    /// Numeric id.
    pub user: Option<u32>,
    /// Numeric id.
    pub group: Option<u32>,
}

impl Access {
    /// The same, with what it does not say from `before`.
    pub(crate) fn or(self, before: Access) -> Access {
        Access {
            mode: self.mode.or(before.mode),
            user: self.user.or(before.user),
            group: self.group.or(before.group),
        }
    }
}

/// A part of a filesystem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// That many bytes.
    Bytes(u64),
    /// That many hundredths of all of it: 100 at most.
    Percent(u8),
}

/// `compress` and what belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Compression {
    /// `compress`.
    pub on: bool,
    /// `delaycompress`.
    pub delay: bool,
    /// `compresscmd`.
    pub command: PathBuf,
    /// `uncompresscmd`, for mail.
    pub undo: PathBuf,
    /// `compressext`.
    pub extension: String,
    /// `compressoptions`.
    pub options: Vec<String>,
}

/// The five script blocks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scripts {
    /// `firstaction`.
    pub first: Option<String>,
    /// `prerotate`.
    pub pre: Option<String>,
    /// `postrotate`.
    pub post: Option<String>,
    /// `lastaction`.
    pub last: Option<String>,
    /// `preremove`.
    pub pre_remove: Option<String>,
}

impl Directives {
    /// Whether `copy` and `copytruncate` make no copy: none is kept, and none is mailed.
    pub(crate) fn copies_nothing(&self) -> bool {
        self.rotate == 0 && self.mail.is_none()
    }
}

impl Default for Directives {
    fn default() -> Directives {
        Directives {
            criterion: Criterion::Size(1024 * 1024),
            min_size: None,
            max_size: None,
            min_age: 0,
            max_age: 0,
            rotate: 0,
            start: 1,
            copy: false,
            copy_truncate: false,
            rename_copy: false,
            create: None,
            create_last: Access::default(),
            old_dir: None,
            create_old_dir: None,
            create_old_dir_last: Access::default(),
            su: None,
            missing_ok: false,
            if_empty: true,
            ignore_duplicates: false,
            allow_hardlink: false,
            shred: false,
            shred_cycles: 0,
            compression: Compression::default(),
            date_ext: false,
            date_format: None,
            date_yesterday: false,
            date_hour_ago: false,
            extension: None,
            add_extension: None,
            mail: None,
            mail_first: false,
            shared_scripts: false,
            max_total_size: None,
            keep_free: None,
            delete_when_full: false,
            scripts: Scripts::default(),
            said: BTreeMap::new(),
        }
    }
}

impl Default for Compression {
    fn default() -> Compression {
        Compression {
            on: false,
            delay: false,
            command: "/bin/gzip".into(),
            undo: "/bin/gunzip".into(),
            extension: ".gz".into(),
            options: Vec::new(),
        }
    }
}

impl Criterion {
    /// The directive's name.
    pub fn name(self) -> &'static str {
        match self {
            Criterion::Size(_) => "size",
            Criterion::Minutes(_) => "minutes",
            Criterion::Hourly => "hourly",
            Criterion::Daily => "daily",
            Criterion::Weekly(_) => "weekly",
            Criterion::Monthly(_) => "monthly",
            Criterion::Yearly => "yearly",
        }
    }
}
