//! The policies against the real handlers, at each compat level that this machine has a CPython for.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsStr;

use logyard_compat::Compat;
use logyard_libc::Zone;
use logyard_rotate::{Action, BySize, ByTime, Entry, Rules, When};
use logyard_testing::Child;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

const ZONES: [&str; 10] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe", // half an hour of daylight saving
    "Africa/Casablanca",   // its winter time is the exception
    "Europe/Dublin",       // negative daylight saving, where tzdata says so
    "Asia/Kolkata",
    "America/Sao_Paulo", // skipped midnights
    "Pacific/Apia",      // skipped a day
    "Antarctica/Troll",  // two hours of daylight saving
];
const WHENS: [&str; 12] =
    ["S", "M", "H", "D", "MIDNIGHT", "W0", "W1", "W2", "W3", "W4", "W5", "W6"];

#[derive(Clone, Debug)]
struct Case {
    zone: &'static str,
    when: &'static str,
    interval: u32,
    utc: bool,
    at_time: Option<u32>,
    start: i64,
}

impl Case {
    fn policy(&self, keep: u32, compat: Compat) -> ByTime {
        let when = match self.when {
            "S" => When::S,
            "M" => When::M,
            "H" => When::H,
            "D" => When::D,
            "MIDNIGHT" => When::Midnight,
            day => When::W(day.as_bytes()[1] - b'0'),
        };
        let zone = Zone::named(self.zone).unwrap();
        ByTime::new(when, self.interval, keep, self.utc, self.at_time, zone)
            .by(Rules { compat, ..Rules::default() })
    }

    fn at_time(&self) -> String {
        self.at_time.map_or("-".to_owned(), |at| at.to_string())
    }
}

fn case() -> impl Strategy<Value = Case> {
    // Within an hour or two of a midnight or a change of the clocks the rules differ most: half of
    // the moments are put near a whole hour, and the years have many changes.
    let start = prop_oneof![
        1_000_000_000_i64..1_900_000_000,
        (270_000_i64..520_000, -2_i64..3).prop_map(|(hour, off)| hour * 3600 + off),
    ];
    let at_time = prop_oneof![
        Just(None),
        (0_u32..86_400).prop_map(Some),
        (0_u32..24).prop_map(|hour| Some(hour * 3600))
    ];
    (
        select(&ZONES),
        select(&WHENS),
        prop_oneof![Just(1_u32), 1_u32..40],
        any::<bool>(),
        at_time,
        start,
    )
        .prop_map(|(zone, when, interval, utc, at_time, start)| Case {
            zone,
            when,
            interval,
            utc,
            at_time,
            start,
        })
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
}

/// Runs a test at each level that there is a CPython for.
fn each_level(test: impl Fn(Compat, RefCell<Child>)) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cpython/oracle.py");
    for python in logyard_testing::one_of_each(8..=14) {
        let compat = format!("3.{}", python.version.1).parse().unwrap();
        test(compat, RefCell::new(Child::start(&python, script)));
    }
}

#[test]
fn compute_rollover() {
    each_level(compute_rollover_at);
}

fn compute_rollover_at(compat: Compat, python: RefCell<Child>) {
    runner(2500)
        .run(&case(), |case| {
            let question = format!(
                "at\t{}\t{}\t{}\t{}\t{}\t{}",
                case.zone,
                case.when,
                case.interval,
                u8::from(case.utc),
                case.at_time(),
                case.start
            );
            let theirs = python.borrow_mut().ask(&question);
            prop_assert_eq!(case.policy(0, compat).rollover_at(case.start).to_string(), theirs);
            Ok(())
        })
        .unwrap();
}

/// Around each change of the clocks, hour by hour: too rare for chance to find.
#[test]
fn compute_rollover_around_the_changes() {
    each_level(compute_rollover_around_the_changes_at);
}

fn compute_rollover_around_the_changes_at(compat: Compat, python: RefCell<Child>) {
    for name in ZONES {
        let zone = Zone::named(name).unwrap();
        let hours = (450_000_i64..490_000).map(|hour| hour * 3600);
        let changes: Vec<i64> = hours
            .filter(|&at| zone.local(at).gmtoff != zone.local(at - 3600).gmtoff)
            .take(8)
            .collect();
        for change in changes {
            for step in -60..30 {
                let start = change + step * 1800 + 7;
                for (when, at_time) in [
                    ("MIDNIGHT", None),
                    ("MIDNIGHT", Some(9_000)),
                    ("W6", None),
                    ("W0", Some(5_400)),
                ] {
                    let case = Case { zone: name, when, interval: 1, utc: false, at_time, start };
                    let question = format!("at\t{name}\t{when}\t1\t0\t{}\t{start}", case.at_time());
                    let theirs = python.borrow_mut().ask(&question);
                    let ours = case.policy(0, compat).rollover_at(start).to_string();
                    assert_eq!(ours, theirs, "{case:?}");
                }
            }
        }
    }
}

/// A folder: names with their contents, and links that lead nowhere.
type Tree = BTreeMap<String, String>;

fn tree(names: &[String]) -> Tree {
    let content = |(number, name): (usize, &String)| match name.strip_suffix('@') {
        Some(link) => (link.to_owned(), "->".to_owned()),
        None => (name.clone(), number.to_string()),
    };
    names.iter().enumerate().map(content).collect()
}

fn listing(tree: &Tree) -> Vec<Entry> {
    let entry =
        |(name, content): (&String, &String)| Entry { name: name.into(), exists: content != "->" };
    tree.iter().map(entry).collect()
}

fn act(tree: &mut Tree, actions: &[Action]) {
    for action in actions {
        match action {
            Action::Rename { from, to } => {
                let content = tree.remove(from.to_str().unwrap()).expect("renames what is there");
                tree.insert(to.to_str().unwrap().to_owned(), content);
            }
            Action::Remove(name) => {
                tree.remove(name.to_str().unwrap()).expect("removes what is there");
            }
        }
    }
}

fn text(tree: &Tree) -> String {
    tree.iter()
        .map(|(name, content)| format!("{name}={content}"))
        .collect::<Vec<_>>()
        .join("|")
        .replace('\n', "\\n")
}

#[test]
fn rollover_by_size() {
    each_level(rollover_by_size_at);
}

fn rollover_by_size_at(compat: Compat, python: RefCell<Child>) {
    let suffixes = ["", ".1", ".2", ".3", ".4", ".5", ".10", ".01", ".1@", ".3@", ".x", "x.1"];
    let names = proptest::sample::subsequence(suffixes.to_vec(), 0..=suffixes.len());
    runner(150)
        .run(&(names, 0_u32..7), |(suffixes, keep)| {
            let mut names: Vec<String> = suffixes.iter().map(|s| format!("a.log{s}")).collect();
            // A name is either a file or a link.
            names.dedup_by_key(|name| name.trim_end_matches('@').to_owned());
            names.retain({
                let all = names.clone();
                move |name| {
                    !name.ends_with('@') || !all.contains(&name.trim_end_matches('@').into())
                }
            });
            let mut ours = tree(&names);
            let policy = BySize::new(1, keep, compat);
            let actions = policy.rollover(OsStr::new("a.log"), &listing(&ours));
            act(&mut ours, &actions);
            let theirs = python.borrow_mut().ask(&format!("size\t{keep}\t{}", names.join("|")));
            prop_assert_eq!(text(&ours), theirs);
            Ok(())
        })
        .unwrap();
}

#[test]
fn rollover_by_time() {
    each_level(rollover_by_time_at);
}

fn rollover_by_time_at(compat: Compat, python: RefCell<Child>) {
    let moments = proptest::collection::vec((-9_i64..3, any::<bool>()), 0..8);
    let extras = proptest::sample::subsequence(
        vec![
            "a.log.2020-01-01",
            "a.log.2020-01-01_00",
            "a.log.2020-01-01.gz",
            "a.log.2020-01-01.tar.gz",
            "a.log.2020-01-01.",
            "a.log.2020-01-01.é",
            "a.log.2020-01-02\n",
            "a.log.old.2020-01-02",
            "a.logs.2020-01-03",
            "a.log.x",
            "a.2020-01-01",
            "b.log",
        ],
        0..=12,
    );
    let late = prop_oneof![0_i64..100, 0_i64..20_000_000];
    let base = prop::bool::weighted(0.9);
    runner(400)
        .run(&(case(), 0_u32..4, late, moments, extras, base), |input| {
            let (case, keep, late, moments, extras, base) = input;
            let policy = case.policy(keep, compat);
            let rollover_at = policy.rollover_at(case.start);
            let now = rollover_at + late;
            let mut names: Vec<String> = extras.iter().map(|&name| name.to_owned()).collect();
            names.extend(base.then(|| "a.log".to_owned()));
            let period = rollover_at - case.start.min(rollover_at - 1);
            for (back, link) in moments {
                let target = policy.target(OsStr::new("a.log"), now, rollover_at + back * period);
                let name = target.into_string().unwrap();
                if names.iter().all(|known| known.trim_end_matches('@') != name) {
                    names.push(if link { name + "@" } else { name });
                }
            }
            let mut ours = tree(&names);
            let rollover = policy.rollover(OsStr::new("a.log"), now, rollover_at, &listing(&ours));
            let next = rollover.as_ref().map_or(rollover_at, |rollover| rollover.rollover_at);
            act(&mut ours, &rollover.map_or(Vec::new(), |rollover| rollover.actions));
            let question = format!(
                "time\t{}\t{}\t{}\t{keep}\t{}\t{}\t{now}\t{rollover_at}\t{}",
                case.zone,
                case.when,
                case.interval,
                u8::from(case.utc),
                case.at_time(),
                names.join("|").replace('\n', "\\n")
            );
            let theirs = python.borrow_mut().ask(&question);
            prop_assert_eq!(format!("{next}\t{}", text(&ours)), theirs, "{}: {}", compat, question);
            Ok(())
        })
        .unwrap();
}
