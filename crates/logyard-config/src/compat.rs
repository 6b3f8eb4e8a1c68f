//! What the compat level refuses.

use std::ops::Range;

use logyard_compat::Compat;

use crate::diagnostic::{Diagnostic, Severity};
use crate::problems::{Problems, Reported};

impl Problems<'_> {
    /// Whose rules hold.
    pub(crate) fn compat(&self) -> Compat {
        self.options.settings.compat
    }

    /// Whether `getLogger(name)` is the root logger.
    pub(crate) fn is_root(&self, name: &str) -> bool {
        name.is_empty() || (name == "root" && self.compat().root_has_a_name())
    }

    /// Reports what only CPythons from `since` on have. `what` ends where ` in Python 3.8` can follow.
    pub(crate) fn too_new(
        &mut self,
        what: &str,
        since: Compat,
        at: Range<usize>,
        label: &str,
    ) -> Reported {
        let diagnostic = self.newer(what, since);
        self.report(diagnostic.at(at, label));
        Reported
    }

    /// The diagnostic of [`Problems::too_new`], without a place.
    pub(crate) fn newer(&self, what: &str, since: Compat) -> Diagnostic {
        let compat = self.compat();
        Diagnostic::error("newer-python", format!("{what} in Python {compat}")).help(format!(
            "it works since Python {since}: change it, or run with --compat {since} or above"
        ))
    }

    /// The same for what an older CPython leaves lying, as if it were not there.
    pub(crate) fn not_read_yet(&mut self, what: &str, since: Compat, at: Range<usize>) {
        let diagnostic = Diagnostic {
            id: "not-read",
            severity: Severity::Warning,
            ..self.newer(what, since).at(at, "it has no effect")
        };
        self.report(diagnostic);
    }
}
