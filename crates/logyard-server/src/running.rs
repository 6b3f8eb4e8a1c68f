use std::path::PathBuf;
use std::sync::Arc;

use logyard_compat::Compat;
use logyard_config::{HandlerKind, HandlerPlan, Plan, Stream};
use logyard_handlers::Writer;
use logyard_libc::Zone;
use tokio::sync::oneshot;

use crate::formatters::{Formatters, Zoned, zone};
use crate::handler_routes::{HandlerRoute, HandlerRoutes};
use crate::lane::{Alive, Lane, Ready, Work};
use crate::layout::{LaneLayout, Layout, Place};
use crate::per_logger::PerLogger;
use crate::queued::QueueRoute;
use crate::router::Router;
use crate::shared::Shared;
use crate::slot::Slot;
use crate::start::StartError;

/// `StreamHandler.terminator`
const NEWLINE: &[u8] = b"\n";

/// One configuration at work: who gets a record, by which formatter, through which lane. It never
/// changes; a reload makes another and lets this one run dry.
pub(crate) struct Running {
    pub(crate) router: Router,
    /// The routers' indices lead here.
    pub(crate) handlers: Vec<HandlerRoute>,
    /// `logging.lastResort`
    pub(crate) last_resort: HandlerRoute,
    /// With no configuration: a file for each logger.
    pub(crate) per_logger: Option<(Arc<PerLogger>, HandlerRoute)>,
    pub(crate) formatters: Vec<Zoned>,
    /// What lies before the handlers that are behind one of these.
    pub(crate) queues: Vec<QueueRoute>,
    pub(crate) lanes: Vec<Lane>,
    pub(crate) zone: Zone,
    pub(crate) apply_logger_levels: bool,
    /// Whose rules hold.
    pub(crate) compat: Compat,
}

/// What one configuration's lanes tell.
pub(crate) struct Started {
    pub(crate) running: Running,
    /// Each answers when its lane has opened its files.
    pub(crate) opened: Vec<oneshot::Receiver<()>>,
    /// The journal's record behind which some of them may lack something.
    pub(crate) replay_from: Option<u64>,
}

impl Running {
    /// Starts the lanes of a plan; each opens its file when the lane `before` that has it has ended.
    /// `folder` is for a file for each logger besides. With a journal, the lanes go on where their
    /// cursors are, or with `anew` behind the record of this number.
    pub(crate) fn start(
        plan: &Plan,
        folder: Option<PathBuf>,
        shared: &Shared,
        before: &[Lane],
        anew: Option<u64>,
        alive: &Alive,
    ) -> Result<Started, StartError> {
        let layout = Layout::new(plan);
        if plan.handlers.len() > usize::from(u16::MAX) {
            return Err(StartError::TooManyHandlers(plan.handlers.len()));
        }
        let mut formatters = Formatters::default();
        let routes = HandlerRoutes::new(plan, &layout, &mut formatters)?;
        let last_resort = HandlerRoute {
            name: "lastResort".into(),
            level: 30, // WARNING
            filters: Vec::new(),
            terminator: NEWLINE.into(),
            formatter: formatters.add(None, plan.compat)?,
            place: Some(layout.last_resort),
            behind: None,
        };
        let per_logger = match folder {
            None => None,
            Some(folder) => {
                let surroundings = shared.surroundings(&shared.zone, plan);
                let files = Arc::new(PerLogger::new(folder, surroundings));
                let place = Some(Place { lane: layout.lanes.len() as u16, slot: 0 });
                let formatter = formatters.add(plan.formatters.first(), plan.compat)?;
                let (name, terminator) = ("logs".into(), NEWLINE.into());
                let filters = Vec::new();
                let (level, behind) = (0, None);
                let route =
                    HandlerRoute { name, level, filters, terminator, formatter, place, behind };
                Some((files, route))
            }
        };
        // All that can be wrong with the plan is known before the first thread opens a file.
        let slots: Vec<Vec<Slot>> = layout
            .lanes
            .iter()
            .map(|lane| slots(plan, lane, &layout, shared))
            .collect::<Result<_, _>>()?;
        let mut lanes = Lanes { shared, before, anew, alive, ready: Vec::new(), replay_from: None };
        for (lane, slots) in layout.lanes.iter().zip(slots) {
            lanes.start(lane, slots, None)?;
        }
        if let Some((files, _)) = &per_logger {
            let rolls = Some("logs".to_owned());
            let lane = LaneLayout { name: "logs".into(), rolls, ..LaneLayout::default() };
            lanes.start(&lane, Vec::new(), Some(Arc::clone(files)))?;
        }
        let replay_from = lanes.replay_from;
        let (lanes, opened) = lanes.go();
        let running = Running {
            router: Router::new(plan, &routes.reached),
            handlers: routes.all,
            last_resort,
            per_logger,
            formatters: formatters.compiled,
            queues: routes.queues,
            lanes,
            zone: shared.zone.clone(),
            apply_logger_levels: shared.apply_logger_levels,
            compat: plan.compat,
        };
        Ok(Started { running, opened, replay_from })
    }
}

/// The lanes that are being started. None opens a file before all of them are there.
struct Lanes<'s> {
    shared: &'s Shared,
    before: &'s [Lane],
    anew: Option<u64>,
    alive: &'s Alive,
    ready: Vec<Ready>,
    replay_from: Option<u64>,
}

impl Lanes<'_> {
    fn start(
        &mut self,
        layout: &LaneLayout,
        mut slots: Vec<Slot>,
        per_logger: Option<Arc<PerLogger>>,
    ) -> Result<(), StartError> {
        let name = &layout.name;
        let recorder = self.shared.recorder.as_ref();
        let mut progress =
            recorder.map(|recorder| recorder.progress(name, self.anew, &self.shared.trouble));
        if let Some(progress) = &mut progress {
            self.replay_from = [self.replay_from, progress.least()].into_iter().flatten().min();
            slots.iter_mut().for_each(|slot| slot.follow(progress));
        }
        let work = Work {
            slots,
            file: layout.file.clone(),
            rolls: layout.rolls.clone(),
            pool: Arc::clone(&self.shared.pool),
            trouble: Arc::clone(&self.shared.trouble),
            clock: self.shared.clock.clone(),
            lag: Arc::clone(&self.shared.lag),
            per_logger,
            progress,
        };
        let before = self.before.iter().find(|lane| lane.state.name == *name);
        let before = before.map(|lane| lane.state.set_successor());
        let ready =
            Lane::start(name, work, before, Arc::clone(self.alive)).map_err(StartError::Thread)?;
        self.ready.push(ready);
        Ok(())
    }

    fn go(self) -> (Vec<Lane>, Vec<oneshot::Receiver<()>>) {
        let go = |ready: Ready| {
            let _ = ready.go.send(()); // it waits for nothing else
            (ready.lane, ready.opened)
        };
        self.ready.into_iter().map(go).unzip()
    }
}

fn slots(
    plan: &Plan,
    lane: &LaneLayout,
    layout: &Layout,
    shared: &Shared,
) -> Result<Vec<Slot>, StartError> {
    let kind = HandlerKind::Stream(Stream::Stderr);
    let last_resort = HandlerPlan { name: "lastResort".into(), kind, ..HandlerPlan::default() };
    let mut slots = Vec::new();
    for handler in &lane.handlers {
        slots.push(match handler.and_then(|index| plan.handlers.get(index)) {
            Some(handler) => slot(plan, handler, layout, shared)?,
            None => Slot::new(last_resort.name.clone(), writer(&last_resort, plan, shared)?),
        });
    }
    Ok(slots)
}

fn slot(
    plan: &Plan,
    handler: &HandlerPlan,
    layout: &Layout,
    shared: &Shared,
) -> Result<Slot, StartError> {
    let slot = Slot::new(handler.name.clone(), writer(handler, plan, shared)?);
    let HandlerKind::Memory { target: Some(target), .. } = handler.kind else { return Ok(slot) };
    let place = layout.places.get(target).copied().flatten();
    Ok(slot.with_target(place.map(|place| place.slot), memory_depth(plan, handler)))
}

/// How many MemoryHandlers a record passes from here on.
fn memory_depth<'p>(plan: &'p Plan, mut handler: &'p HandlerPlan) -> u16 {
    let mut depth = 0;
    while let HandlerKind::Memory { target: Some(target), .. } = handler.kind
        && let Some(next) = plan.handlers.get(target)
        && usize::from(depth) < plan.handlers.len()
    {
        handler = next;
        depth += 1;
    }
    depth
}

fn writer(handler: &HandlerPlan, plan: &Plan, shared: &Shared) -> Result<Writer, StartError> {
    let zone = zone(handler.extras.tz.as_deref())?.unwrap_or_else(|| shared.zone.clone());
    Writer::new(handler, &shared.surroundings(&zone, plan))
        .map_err(|error| StartError::Codec { handler: handler.name.clone(), error })
}
