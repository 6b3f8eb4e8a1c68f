use std::ffi::{OsStr, OsString};

/// One name in the folder of the log file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name, without the folder.
    pub name: OsString,
    /// Whether `os.path.exists` says so: false for a symbolic link that leads nowhere.
    pub exists: bool,
}

/// One step of a rollover; names are within the folder of the log file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// `os.rename`: takes the place of what has the new name.
    Rename {
        /// The name now.
        from: OsString,
        /// The name after.
        to: OsString,
    },
    /// `os.remove`.
    Remove(OsString),
}

/// Whether a name is there and leads to something.
pub(crate) fn exists(listing: &[Entry], name: &OsStr) -> bool {
    listing.iter().any(|entry| entry.exists && entry.name == name)
}

/// `base` with `.suffix` after it.
pub(crate) fn with_suffix(base: &OsStr, suffix: impl AsRef<OsStr>) -> OsString {
    let mut name = base.to_os_string();
    name.push(".");
    name.push(suffix);
    name
}
