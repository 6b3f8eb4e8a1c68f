use crate::messages::Level;
use crate::plan::Origin;

/// Something that is wrong, or surely not meant, in a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// [`Level::Error`] where a run would end with exit code 1.
    pub level: Level,
    /// A stable name for its kind.
    pub id: &'static str,
    /// Where, if it has a place.
    pub at: Option<Origin>,
    /// What, in one line, without a final period.
    pub what: String,
    /// What it leads to, or what to do.
    pub help: Option<String>,
}

impl Finding {
    /// A warning at a place.
    pub(crate) fn warning(id: &'static str, at: &Origin, what: String, help: String) -> Finding {
        let help = Some(help).filter(|help| !help.is_empty());
        Finding { level: Level::Warning, id, at: Some(at.clone()), what, help }
    }
}
