use logyard_config::{FilterPlan, HandlerKind, Plan};
use logyard_record::Record;

use crate::formatters::Formatters;
use crate::layout::{Layout, Place, final_target};
use crate::queued::{Behind, QueueRoute};
use crate::start::StartError;

/// What the intake has to know of a handler.
pub(crate) struct HandlerRoute {
    pub(crate) name: String,
    pub(crate) level: i64,
    pub(crate) filters: Vec<FilterPlan>,
    /// What ends each record.
    pub(crate) terminator: Box<[u8]>,
    /// Index into [`crate::running::Running::formatters`]: handlers whose formatters are equal share one.
    pub(crate) formatter: u16,
    /// None for a handler that keeps nothing.
    pub(crate) place: Option<Place>,
    /// If a record gets here through a QueueHandler.
    pub(crate) behind: Option<Behind>,
}

impl HandlerRoute {
    /// Whether the record is of its level, and its filters let it pass.
    pub(crate) fn takes(&self, record: &Record<'_>) -> bool {
        record.levelno() >= self.level && self.passes(record.name())
    }

    /// `Handler.filter`
    pub(crate) fn passes(&self, record_name: &[u8]) -> bool {
        self.filters.is_empty() || self.filters.iter().all(|filter| filter.passes(record_name))
    }
}

/// The ways through a plan's handlers.
#[derive(Default)]
pub(crate) struct HandlerRoutes {
    pub(crate) all: Vec<HandlerRoute>,
    /// By the plan's index: where a record goes that reaches the handler. A QueueHandler hands it on to
    /// those behind it, by its own level and filters besides theirs.
    pub(crate) reached: Vec<Vec<u16>>,
    /// The QueueHandlers that have handlers behind them.
    pub(crate) queues: Vec<QueueRoute>,
}

impl HandlerRoutes {
    pub(crate) fn new(
        plan: &Plan,
        layout: &Layout,
        formatters: &mut Formatters,
    ) -> Result<HandlerRoutes, StartError> {
        let mut routes = HandlerRoutes::default();
        for (index, handler) in plan.handlers.iter().enumerate() {
            let own = [index];
            let (behind, respect, queue) = match &handler.kind {
                HandlerKind::Queue { handlers, respect_handler_level } if !handlers.is_empty() => {
                    let queue = routes.queues.len() as u16; // there are no more than handlers
                    routes.queues.push(QueueRoute::new(plan, index, formatters)?);
                    (&handlers[..], *respect_handler_level, Some(queue))
                }
                // one with nobody behind it keeps nothing, but is a handler to callHandlers
                _ => (&own[..], false, None),
            };
            let mut reached = Vec::new();
            for &last in behind {
                let Some(target) = plan.handlers.get(last) else { continue };
                let mut filters = handler.filters.clone();
                if last != index {
                    filters.extend(target.filters.iter().cloned());
                }
                let number = u16::try_from(routes.all.len())
                    .map_err(|_| StartError::TooManyHandlers(routes.all.len()))?;
                reached.push(number);
                let formatter = formatters.of(plan, last)?;
                let message_only = formatters.asks_for_the_message_only(formatter);
                routes.all.push(HandlerRoute {
                    name: target.name.clone(),
                    // QueueListener.handle asks for the level only if it is told to
                    level: if respect { handler.level.max(target.level) } else { handler.level },
                    filters,
                    terminator: terminator(plan, last),
                    formatter,
                    place: layout.places.get(last).copied().flatten(),
                    behind: queue.map(|queue| Behind { queue, message_only }),
                });
            }
            routes.reached.push(reached);
        }
        Ok(routes)
    }
}

/// That of the handler which writes in the end.
fn terminator(plan: &Plan, handler: usize) -> Box<[u8]> {
    let last = final_target(plan, handler).and_then(|last| plan.handlers.get(last));
    last.map_or("\n", |last| &last.terminator).as_bytes().into()
}

#[cfg(test)]
mod tests {
    use logyard_config::{FilterRule, HandlerPlan, Stream};

    use super::*;

    fn handler(level: i64, filter: &str, kind: HandlerKind) -> HandlerPlan {
        let filter = FilterPlan { name: "f".into(), rule: FilterRule::Logger(filter.into()) };
        HandlerPlan { level, filters: vec![filter], kind, ..HandlerPlan::default() }
    }

    fn routes(respect_handler_level: bool) -> HandlerRoutes {
        let queue = HandlerKind::Queue { handlers: vec![0, 1], respect_handler_level };
        let plan = Plan {
            handlers: vec![
                handler(40, "a", HandlerKind::Stream(Stream::Stderr)),
                handler(10, "b", HandlerKind::Null),
                handler(20, "q", queue),
            ],
            ..Plan::default()
        };
        HandlerRoutes::new(&plan, &Layout::new(&plan), &mut Formatters::default()).unwrap()
    }

    #[test]
    fn a_queue_leads_to_the_handlers_behind_it() {
        let routes = routes(false);
        assert_eq!(routes.reached, [vec![0], vec![1], vec![2, 3]]);
        let levels: Vec<i64> = routes.all.iter().map(|route| route.level).collect();
        assert_eq!(levels, [40, 10, 20, 20]);
        let filters = |index: usize| -> Vec<&str> {
            let filters = routes.all[index].filters.iter();
            filters
                .filter_map(|filter| match &filter.rule {
                    FilterRule::Logger(logger) => Some(logger.as_str()),
                    FilterRule::Always(_) => None,
                })
                .collect()
        };
        assert_eq!(
            (filters(0), filters(2), filters(3)),
            (vec!["a"], vec!["q", "a"], vec!["q", "b"])
        );
        assert_eq!(routes.all[2].place, routes.all[0].place);
    }

    #[test]
    fn a_queue_may_respect_their_levels() {
        let levels: Vec<i64> = routes(true).all.iter().map(|route| route.level).collect();
        assert_eq!(levels, [40, 10, 40, 20]);
    }

    #[test]
    fn every_filter_has_to_let_a_record_pass() {
        let mut routes = routes(false);
        assert!(routes.all[0].passes(b"a.b"));
        assert!(!routes.all[2].passes(b"a.b") && !routes.all[2].passes(b"q"));
        routes.all[0].filters.clear();
        assert!(routes.all[0].passes(b"x"));
    }
}
