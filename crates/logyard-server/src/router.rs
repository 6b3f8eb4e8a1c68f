use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use logyard_config::{FilterPlan, LoggerPlan, Plan};

/// The logger tree, resolved: which handlers a record reaches by the name of its logger.
///
/// This is `Logger.callHandlers` worked out ahead: from the logger upwards, as long as `propagate`
/// holds, each logger's handlers in their order.
#[derive(Debug)]
pub(crate) struct Router {
    root: Route,
    /// By dotted name, without the root.
    loggers: HashMap<Vec<u8>, Route, BuildHasherDefault<NameHasher>>,
    /// Whether `root` is the root's name.
    root_has_a_name: bool,
    /// No configured name is longer: what a longer name adds is not looked at.
    longest: usize,
}

/// A name is looked up for each record, and the standard library's hash of it costs as much as half of the
/// record's text. That one is safe against keys chosen to collide; here all keys are the configuration's.
#[derive(Debug, Default)]
struct NameHasher(u64);

impl NameHasher {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for NameHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        for word in words {
            self.add(u64::from_le_bytes(*word));
        }
        self.add(rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)));
    }

    /// The length of what follows.
    fn write_usize(&mut self, length: usize) {
        self.add(length as u64);
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32 // the map looks at the lowest and at the highest bits
    }
}

/// Where the records of one logger go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// Indices into the running handlers, in the order in which CPython calls them.
    pub(crate) handlers: Vec<u16>,
    /// The effective level (`Logger.getEffectiveLevel`), for those who ask the server to apply it.
    pub(crate) level: i64,
    /// A disabled logger drops what it receives (`Logger.handle`).
    pub(crate) disabled: bool,
    /// `Logger.filters`: each has to let a record pass that names this very logger.
    pub(crate) filters: Vec<FilterPlan>,
}

impl Router {
    /// `reached`: by the plan's index, the running handlers that a record reaches at a handler.
    pub(crate) fn new(plan: &Plan, reached: &[Vec<u16>]) -> Router {
        let by_name: HashMap<&str, &LoggerPlan> =
            plan.loggers.iter().map(|logger| (logger.name.as_str(), logger)).collect();
        let loggers: HashMap<_, _, _> = plan
            .loggers
            .iter()
            .map(|logger| {
                let route = resolve(logger, &by_name, &plan.root, reached);
                (logger.name.clone().into_bytes(), route)
            })
            .collect();
        let longest = loggers.keys().map(Vec::len).max().unwrap_or(0);
        let root = resolve(&plan.root, &HashMap::new(), &plan.root, reached);
        Router { root, loggers, root_has_a_name: plan.compat.root_has_a_name(), longest }
    }

    /// The route of `getLogger(name)`. The root answers to nothing and, since 3.9, to `root`.
    pub(crate) fn route(&self, name: &[u8]) -> Found<'_> {
        if name.is_empty() || (self.root_has_a_name && name == b"root") {
            return Found { route: &self.root, exact: true };
        }
        if let Some(route) = self.loggers.get(name) {
            return Found { route, exact: true };
        }
        // the nearest ancestor that the configuration names
        let mut end = name.len().min(self.longest + 1);
        while let Some(dot) = name[..end].iter().rposition(|&byte| byte == b'.') {
            if let Some(route) = self.loggers.get(&name[..dot]) {
                return Found { route, exact: false };
            }
            end = dot;
        }
        Found { route: &self.root, exact: false }
    }
}

/// The route of a name, and whether the configuration has a logger of just this name: `disabled` and
/// the filters hold for that one only, not for its children.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found<'r> {
    pub(crate) route: &'r Route,
    pub(crate) exact: bool,
}

impl Found<'_> {
    /// `Logger.handle`: whether a record goes on to the handlers.
    pub(crate) fn passes(&self, record_name: &[u8]) -> bool {
        let Route { disabled, filters, .. } = self.route;
        !self.exact
            || (!disabled
                && (filters.is_empty() || filters.iter().all(|filter| filter.passes(record_name))))
    }
}

fn resolve(
    logger: &LoggerPlan,
    by_name: &HashMap<&str, &LoggerPlan>,
    root: &LoggerPlan,
    reached: &[Vec<u16>],
) -> Route {
    let mut route = Route {
        handlers: Vec::new(),
        level: 0,
        disabled: logger.disabled,
        filters: logger.filters.clone(),
    };
    let mut propagates = true;
    for ancestor in lineage(logger, by_name, root) {
        if route.level == 0 {
            route.level = ancestor.level;
        }
        if propagates {
            let found = ancestor.handlers.iter().filter_map(|&handler| reached.get(handler));
            route.handlers.extend(found.flatten());
            propagates = ancestor.propagate;
        }
    }
    route
}

/// The logger itself, its configured ancestors from the nearest on, and the root.
fn lineage<'p>(
    logger: &'p LoggerPlan,
    by_name: &HashMap<&str, &'p LoggerPlan>,
    root: &'p LoggerPlan,
) -> Vec<&'p LoggerPlan> {
    let mut line = vec![logger];
    let mut name = logger.name.as_str();
    while let Some((parent, _)) = name.rsplit_once('.') {
        line.extend(by_name.get(parent));
        name = parent;
    }
    if !std::ptr::eq(logger, root) {
        line.push(root);
    }
    line
}

#[cfg(test)]
mod tests {
    use logyard_config::FilterRule;

    use super::*;

    fn logger(name: &str, level: i64, propagate: bool, handlers: &[usize]) -> LoggerPlan {
        LoggerPlan {
            name: name.into(),
            level,
            propagate,
            handlers: handlers.to_vec(),
            ..LoggerPlan::default()
        }
    }

    fn filter(logger: &str) -> FilterPlan {
        FilterPlan { name: "f".into(), rule: FilterRule::Logger(logger.into()) }
    }

    fn router() -> Router {
        let mut quiet = logger("quiet", 0, true, &[]);
        quiet.filters = ["quiet", ""].map(filter).into();
        let mut never = logger("never", 0, true, &[]);
        never.filters = ["never", "other"].map(filter).into();
        let plan = Plan {
            root: logger("root", 30, true, &[0]),
            loggers: vec![
                logger("a", 10, true, &[1]),
                logger("a.b", 0, true, &[2, 3]),
                logger("a.b.c.d", 0, false, &[4]),
                quiet,
                never,
            ],
            ..Plan::default()
        };
        Router::new(&plan, &[0, 1, 2, 3, 4].map(|handler| vec![handler]))
    }

    fn handlers(name: &str) -> Vec<u16> {
        router().route(name.as_bytes()).route.handlers.clone()
    }

    #[test]
    fn records_go_up_the_tree() {
        assert_eq!(handlers("a.b"), [2, 3, 1, 0]);
        assert_eq!(handlers("a"), [1, 0]);
        assert_eq!(handlers(""), [0]);
        assert_eq!(handlers("root"), [0]);
    }

    #[test]
    fn a_name_that_is_not_configured_is_its_nearest_ancestors() {
        assert_eq!(handlers("a.b.c"), [2, 3, 1, 0]);
        assert_eq!(handlers("a.bc"), [1, 0]);
        assert_eq!(handlers("ab"), [0]);
        assert_eq!(handlers("root.x"), [0]);
        assert_eq!(handlers(&format!("a.b.{}", "x.".repeat(100_000))), [2, 3, 1, 0]);
    }

    #[test]
    fn propagate_ends_the_way_up() {
        assert_eq!(handlers("a.b.c.d"), [4]);
        assert_eq!(handlers("a.b.c.d.e"), [4]);
    }

    #[test]
    fn filters_of_a_logger_are_asked_for_its_own_records() {
        let passes = |name: &str| router().route(name.as_bytes()).passes(name.as_bytes());
        assert!(passes("quiet") && passes("quiet.child") && passes("a"));
        assert!(!passes("never"));
        assert!(passes("never.child"));
    }

    #[test]
    fn a_handler_may_lead_to_several() {
        let plan = Plan { root: logger("root", 30, true, &[1, 0]), ..Plan::default() };
        let router = Router::new(&plan, &[vec![0], vec![5, 6]]);
        assert_eq!(router.route(b"x").route.handlers, [5, 6, 0]);
    }

    #[test]
    fn the_effective_level_is_the_nearest_that_is_set() {
        assert_eq!(router().route(b"a.b.c.d").route.level, 10);
        assert_eq!(router().route(b"x").route.level, 30);
    }
}
