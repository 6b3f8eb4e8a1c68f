//! What differs in the handlers that roll over.

use crate::Compat;

impl Compat {
    /// `RotatingFileHandler` rolls an empty file over when the first line alone is too long for it:
    /// before 3.13 (gh-116263).
    pub fn rolls_empty_file(self) -> bool {
        self < Compat::Py313
    }

    /// `RotatingFileHandler` looks for the file's end before each line, so that what others have
    /// written to it, or cut off, counts: before 3.13 (gh-116263). Since then it is where its own
    /// last line ended.
    pub fn seeks_end_of_file(self) -> bool {
        self < Compat::Py313
    }

    /// Rollovers leave alone what is no regular file (a FIFO, a device, a link to one): since 3.9
    /// (bpo-45401).
    pub fn rolls_only_regular_files(self) -> bool {
        self >= Compat::Py39
    }

    /// `TimedRotatingFileHandler` waits a whole period more when its file is not a regular one at the
    /// time of the rollover: since 3.10 (gh-89564). 3.9 rolls over as soon as the file is one.
    pub fn special_file_moves_rollover_time(self) -> bool {
        self >= Compat::Py310
    }

    /// A timed rollover removes the file that has the target's name already: before 3.13
    /// (gh-116191). Since then there is no rollover as long as it is there.
    pub fn replaces_rollover_target(self) -> bool {
        self < Compat::Py313
    }

    /// `computeRollover` gives a moment after the one that it counts from, counts `interval` for
    /// `midnight` and `W0` to `W6`, and sees to daylight saving time itself: since 3.13 (gh-116191,
    /// gh-90535). Before, a start at the very time of the rollover was due at once, such intervals
    /// were one day or week, and daylight saving time was seen to after a rollover, not for the first.
    pub fn computes_rollover_whole(self) -> bool {
        self >= Compat::Py313
    }

    /// The first timed rollover counts from the file's mtime with its fraction cut off
    /// (`os.stat()[ST_MTIME]`): before 3.13. Since then it is `int(st_mtime)`, and the float may
    /// have been rounded up.
    pub fn cuts_mtime_to_seconds(self) -> bool {
        self < Compat::Py313
    }

    /// `logging.shutdown` flushes a MemoryHandler whatever its `flushOnClose` says: before 3.12
    /// (gh-95804).
    pub fn flushes_memory_at_shutdown(self) -> bool {
        self < Compat::Py312
    }

    /// Which names `TimedRotatingFileHandler.getFilesToDelete` takes for its own.
    pub fn old_file_names(self) -> OldFileNames {
        match self {
            Compat::Py38 => OldFileNames::DateWithExtension,
            Compat::Py39 | Compat::Py310 | Compat::Py311 | Compat::Py312 => {
                OldFileNames::DateInside
            }
            Compat::Py313 | Compat::Py314 => OldFileNames::DateOnly,
        }
    }
}

/// The names that retention counts and removes; `base` is the log file's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OldFileNames {
    /// 3.8: `base.DATE`, and `base.DATE.WORD` too.
    DateWithExtension,
    /// 3.9 to 3.12 (bpo-44753, bpo-45628): what begins with `base` and has the date as one of the
    /// parts between dots, `base.DATE.gz` and even `baseX.DATE`.
    DateInside,
    /// Since 3.13 (gh-115809): `base.DATE` and nothing else.
    DateOnly,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_change_where_cpython_changed_them() {
        assert!(Compat::Py312.rolls_empty_file() && !Compat::Py313.rolls_empty_file());
        assert!(!Compat::Py38.rolls_only_regular_files());
        assert!(!Compat::Py39.special_file_moves_rollover_time());
        assert_eq!(Compat::Py39.old_file_names(), OldFileNames::DateInside);
        assert_eq!(Compat::default().old_file_names(), OldFileNames::DateOnly);
    }
}
