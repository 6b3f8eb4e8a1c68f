use std::collections::HashMap;
use std::path::{Path, PathBuf};

use logyard_config::{HandlerKind, Plan, Stream};

/// Which lane owns a handler, and which of its slots it has there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) lane: u16,
    pub(crate) slot: u16,
}

/// How a plan's handlers are spread over lanes: those that write to one file or stream share one,
/// so that their lines stay in the order of the records.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) lanes: Vec<LaneLayout>,
    /// By the plan's index; none for a handler that keeps nothing.
    pub(crate) places: Vec<Option<Place>>,
    /// `logging.lastResort`'s.
    pub(crate) last_resort: Place,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct LaneLayout {
    pub(crate) name: String,
    /// Where it is one.
    pub(crate) file: Option<PathBuf>,
    /// The name of a handler that rolls the file over by itself.
    pub(crate) rolls: Option<String>,
    /// The plan's indices of the lane's handlers, by slot. lastResort has no index.
    pub(crate) handlers: Vec<Option<usize>>,
}

#[derive(PartialEq, Eq, Hash)]
enum Owned<'p> {
    File(&'p Path),
    Stdout,
    Stderr,
}

impl Layout {
    pub(crate) fn new(plan: &Plan) -> Layout {
        let mut layout = Layout::default();
        let mut lanes = HashMap::new();
        layout.last_resort = layout.place(&mut lanes, Owned::Stderr, None);
        for index in 0..plan.handlers.len() {
            let place =
                owned(plan, index).map(|owned| layout.place(&mut lanes, owned, Some(index)));
            layout.places.push(place);
            let handler = &plan.handlers[index];
            if let Some(place) = place
                && handler.kind.rolls()
            {
                layout.lanes[usize::from(place.lane)].rolls = Some(handler.name.clone());
            }
        }
        layout
    }

    fn place<'p>(
        &mut self,
        lanes: &mut HashMap<Owned<'p>, usize>,
        owned: Owned<'p>,
        handler: Option<usize>,
    ) -> Place {
        let (name, file) = match owned {
            Owned::File(path) => (path.display().to_string(), Some(path.to_owned())),
            Owned::Stdout => ("stdout".to_owned(), None),
            Owned::Stderr => ("stderr".to_owned(), None),
        };
        let lane = *lanes.entry(owned).or_insert_with(|| {
            self.lanes.push(LaneLayout { name, file, ..LaneLayout::default() });
            self.lanes.len() - 1
        });
        let handlers = &mut self.lanes[lane].handlers;
        handlers.push(handler);
        Place { lane: lane as u16, slot: (handlers.len() - 1) as u16 }
    }
}

/// The handler that a chain of MemoryHandlers ends in; none where it has no end.
pub(crate) fn final_target(plan: &Plan, handler: usize) -> Option<usize> {
    let mut at = handler;
    for _ in 0..=plan.handlers.len() {
        match &plan.handlers.get(at)?.kind {
            HandlerKind::Memory { target, .. } => at = (*target)?,
            _ => return Some(at),
        }
    }
    None // a circle
}

fn owned(plan: &Plan, handler: usize) -> Option<Owned<'_>> {
    match &plan.handlers[final_target(plan, handler)?].kind {
        HandlerKind::Stream(Stream::Stdout) => Some(Owned::Stdout),
        HandlerKind::Stream(Stream::Stderr) => Some(Owned::Stderr),
        HandlerKind::Null | HandlerKind::Memory { .. } | HandlerKind::Queue { .. } => None,
        kind => kind.file().map(|file| Owned::File(&file.path)),
    }
}

#[cfg(test)]
mod tests {
    use logyard_config::{FilePlan, HandlerPlan, Mode};

    use super::*;

    fn plan(kinds: Vec<HandlerKind>) -> Plan {
        let handler = |kind| HandlerPlan { kind, ..HandlerPlan::default() };
        Plan { handlers: kinds.into_iter().map(handler).collect(), ..Plan::default() }
    }

    fn file(path: &str) -> HandlerKind {
        HandlerKind::File(FilePlan {
            path: path.into(),
            mode: Mode::Append,
            encoding: None,
            errors: None,
            delay: false,
        })
    }

    fn memory(target: Option<usize>) -> HandlerKind {
        HandlerKind::Memory { capacity: 10, flush_level: 40, target, flush_on_close: true }
    }

    fn places(kinds: Vec<HandlerKind>) -> Vec<Option<(u16, u16)>> {
        let layout = Layout::new(&plan(kinds));
        layout.places.iter().map(|place| place.map(|p| (p.lane, p.slot))).collect()
    }

    #[test]
    fn a_file_has_one_owner() {
        let found = places(vec![file("/a"), file("/b"), file("/a")]);
        assert_eq!(found, [Some((1, 0)), Some((2, 0)), Some((1, 1))]);
    }

    #[test]
    fn stderr_is_shared_with_last_resort() {
        let stream = HandlerKind::Stream(Stream::Stderr);
        assert_eq!(places(vec![stream, HandlerKind::Null]), [Some((0, 1)), None]);
    }

    #[test]
    fn memory_lives_with_its_target() {
        let kinds =
            vec![memory(Some(1)), memory(Some(2)), file("/a"), memory(None), memory(Some(4))];
        assert_eq!(places(kinds), [Some((1, 0)), Some((1, 1)), Some((1, 2)), None, None]);
    }
}
