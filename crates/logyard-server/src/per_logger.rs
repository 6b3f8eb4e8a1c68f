use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use logyard_config::{FilePlan, HandlerKind, HandlerPlan, Mode, When};
use logyard_handlers::{Surroundings, Writer};

use crate::slot::Slot;

/// Files that strangers' logger names may make; the rest goes to `other.log`.
const FILES: usize = 200;

/// Longest file name made of a logger's name, so that a date fits behind it (255 is the limit of
/// most file systems).
const NAME_BYTES: usize = 120;

/// With no configuration, each logger has a file of its own: `logs/<logger>.log`, rolled at
/// midnight, 30 kept.
///
/// A logger's name is bytes from the network: it becomes a file name without any way out of the
/// folder, and the number of files is bounded.
#[derive(Debug)]
pub(crate) struct PerLogger {
    folder: PathBuf,
    surroundings: Surroundings,
    files: Mutex<Files>,
}

#[derive(Debug, Default)]
struct Files {
    /// By the logger's name; bounded like the files, since any other name is looked up no further.
    slots: HashMap<Vec<u8>, u16>,
    /// By slot.
    names: Vec<String>,
}

impl PerLogger {
    pub(crate) fn new(folder: PathBuf, surroundings: Surroundings) -> PerLogger {
        let files = Files { slots: HashMap::new(), names: vec!["other.log".into()] };
        PerLogger { folder, surroundings, files: Mutex::new(files) }
    }

    /// The slot of a logger's file.
    pub(crate) fn slot_of(&self, logger: &[u8]) -> u16 {
        let logger = if logger.is_empty() { b"root" } else { logger };
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(&slot) = files.slots.get(logger) {
            return slot;
        }
        if files.slots.len() >= FILES {
            return 0; // other.log
        }
        let name = file_name(logger);
        let slot = match files.names.iter().position(|known| *known == name) {
            Some(slot) => slot as u16,
            None => {
                files.names.push(name);
                (files.names.len() - 1) as u16
            }
        };
        files.slots.insert(logger.to_vec(), slot);
        slot
    }

    /// The files that there are by now.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.names.iter().map(|name| self.folder.join(name)).collect()
    }

    /// Makes the handler of a slot.
    pub(crate) fn slot(&self, slot: u16) -> Slot {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let name = files.names.get(usize::from(slot)).map_or("other.log", String::as_str);
        let kind = HandlerKind::TimedRotatingFile {
            file: FilePlan {
                path: self.folder.join(name),
                mode: Mode::Append,
                encoding: None,
                errors: Some("backslashreplace".into()),
                delay: true,
            },
            when: When::Midnight,
            interval: 1,
            backup_count: 30,
            utc: false,
            at_time: None,
        };
        let writer =
            Writer::new(&HandlerPlan { kind, ..HandlerPlan::default() }, &self.surroundings)
                .expect("the codec is a known one");
        Slot::new(name.to_owned(), writer)
    }
}

/// A safe file name: letters, digits, `.`, `-` and `_` of ASCII; anything else becomes `_`, and so
/// does a leading dot.
fn file_name(logger: &[u8]) -> String {
    let safe = |&byte: &u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => byte as char,
        _ => '_',
    };
    let mut name: String = logger.iter().take(NAME_BYTES).map(safe).collect();
    if name.starts_with('.') {
        name.replace_range(..1, "_");
    }
    name.push_str(".log");
    name
}

#[cfg(test)]
mod tests {
    use logyard_handlers::Clock;
    use logyard_libc::Zone;

    use super::*;

    #[test]
    fn no_name_leads_out_of_the_folder() {
        assert_eq!(file_name(b"serving.model"), "serving.model.log");
        assert_eq!(file_name(b"../../etc/passwd"), "_._.._etc_passwd.log");
        assert_eq!(file_name(b"/etc"), "_etc.log");
        assert_eq!(file_name("é\0\n".as_bytes()), "____.log");
        assert!(file_name(&[b'x'; 100_000]).len() <= NAME_BYTES + 4);
    }

    #[test]
    fn the_number_of_files_is_bounded() {
        let files = PerLogger::new("logs".into(), Surroundings::new(Zone::Utc, Clock::System));
        assert_eq!(files.slot_of(b""), files.slot_of(b"root"));
        let slots: Vec<u16> =
            (0..1000).map(|n| files.slot_of(format!("logger{n}").as_bytes())).collect();
        assert_eq!(slots[999], 0);
        assert!(slots.iter().all(|&slot| usize::from(slot) <= FILES));
        assert_eq!(files.slot_of(b"logger5"), slots[5]);
    }
}
