use super::*;

/// 2026-11-22 20:00:00 UTC, a Sunday.
const SUNDAY: i64 = 1_795_377_600;

fn policy(when: When, interval: u32, keep: u32) -> ByTime {
    ByTime::new(when, interval, keep, true, None, Zone::Utc)
}

fn listing(names: &[&str]) -> Vec<Entry> {
    names.iter().map(|name| Entry { name: name.into(), exists: true }).collect()
}

#[test]
fn midnight_is_the_next_one() {
    let midnight = policy(When::Midnight, 1, 0);
    assert_eq!(midnight.rollover_at(SUNDAY), SUNDAY + 4 * HOUR);
    // Exactly at midnight, the next one.
    assert_eq!(midnight.rollover_at(SUNDAY + 4 * HOUR), SUNDAY + 28 * HOUR);
    assert_eq!(policy(When::Midnight, 3, 0).rollover_at(SUNDAY), SUNDAY + 52 * HOUR);
}

#[test]
fn w0_is_monday() {
    // The rollover at the end of Monday, as Python counts: `W0` waits for the day's midnight.
    assert_eq!(policy(When::W(6), 1, 0).rollover_at(SUNDAY), SUNDAY + 4 * HOUR);
    assert_eq!(policy(When::W(0), 1, 0).rollover_at(SUNDAY), SUNDAY + 28 * HOUR);
}

#[test]
fn the_name_tells_the_start_of_the_period() {
    let daily = policy(When::Midnight, 1, 0);
    let at = daily.rollover_at(SUNDAY);
    assert_eq!(daily.target(OsStr::new("a.log"), at + 5, at), "a.log.2026-11-22");
}

#[test]
fn old_files_go_and_strangers_stay() {
    let daily = policy(When::Midnight, 1, 2);
    let at = daily.rollover_at(SUNDAY);
    let names = listing(&[
        "a.log",
        "a.log.2026-11-20",
        "a.log.2026-11-21",
        "a.log.2026-11-19",
        "a.log.2026-11-18.gz",
        "a.logs.2026-11-18",
        "b.log.2026-11-18",
    ]);
    let rollover = daily.rollover(OsStr::new("a.log"), at, at, &names).unwrap();
    assert_eq!(rollover.rollover_at, at + DAY);
    assert_eq!(
        rollover.actions,
        [
            Action::Rename { from: "a.log".into(), to: "a.log.2026-11-22".into() },
            Action::Remove("a.log.2026-11-19".into()),
            Action::Remove("a.log.2026-11-20".into()),
        ]
    );
}

#[test]
fn a_target_that_exists_stops_the_rollover() {
    let daily = policy(When::Midnight, 1, 2);
    let at = daily.rollover_at(SUNDAY);
    let names = listing(&["a.log", "a.log.2026-11-22"]);
    assert_eq!(daily.rollover(OsStr::new("a.log"), at, at, &names), None);
}

fn repaired(policy: ByTime) -> ByTime {
    policy.by(Rules {
        repairs: Repairs { restart_clock: true, blocked_rollover: true },
        ..Rules::default()
    })
}

#[test]
fn a_repaired_rollover_takes_a_number_and_retention_counts_it() {
    let daily = repaired(policy(When::Midnight, 1, 3));
    let at = daily.rollover_at(SUNDAY);
    assert!(daily.needs_listing(true) && daily.needs_listing(false));
    let roll = |names: &[&str]| daily.rollover(OsStr::new("a.log"), at, at, &listing(names));
    let to = |name: &str| Action::Rename { from: "a.log".into(), to: name.into() };
    let names = ["a.log", "a.log.2026-11-22"];
    assert_eq!(roll(&names).unwrap().actions, [to("a.log.2026-11-22.1")]);
    // Numbers are sorted as numbers, and one that is free in between would break the order.
    let names = [
        "a.log",
        "a.log.2026-11-21",
        "a.log.2026-11-22.2",
        "a.log.2026-11-22.10",
        "a.log.2026-11-22.x",
    ];
    assert_eq!(
        roll(&names).unwrap().actions,
        [to("a.log.2026-11-22.11"), Action::Remove("a.log.2026-11-21".into())]
    );
    let names = ["a.log", "a.log.2026-11-22", "a.log.2026-11-22.2", "a.log.2026-11-22.10"];
    assert_eq!(
        roll(&names).unwrap().actions,
        [to("a.log.2026-11-22.11"), Action::Remove("a.log.2026-11-22".into())]
    );
}

#[test]
fn before_3_13_the_target_is_replaced_unless_repaired() {
    let none = Repairs::default();
    let old = policy(When::Midnight, 1, 0).by(Rules { compat: Compat::Py312, repairs: none });
    let at = old.rollover_at(SUNDAY);
    let names = listing(&["a.log", "a.log.2026-11-22"]);
    let target = || OsString::from("a.log.2026-11-22");
    assert_eq!(
        old.rollover(OsStr::new("a.log"), at, at, &names).unwrap().actions,
        [Action::Remove(target()), Action::Rename { from: "a.log".into(), to: target() }]
    );
    let repairs = Repairs { blocked_rollover: true, ..none };
    let actions = old
        .by(Rules { compat: Compat::Py312, repairs })
        .rollover(OsStr::new("a.log"), at, at, &names)
        .unwrap()
        .actions;
    assert_eq!(actions, [Action::Rename { from: "a.log".into(), to: "a.log.2026-11-22.1".into() }]);
}

#[test]
fn a_restart_counts_from_the_birth_only_if_repaired() {
    let plain = policy(When::H, 1, 0);
    assert_eq!(plain.start_of((1_000, 5), Some(400)), 1_000);
    let repaired = repaired(plain.clone());
    assert_eq!(repaired.start_of((1_000, 5), Some(400)), 400);
    // A copy was born after its last line was written.
    assert_eq!(repaired.start_of((1_000, 5), Some(2_000)), 1_000);
    assert_eq!(repaired.start_of((1_000, 5), None), 1_000);
    // A float of that size has not all the nanoseconds.
    let nanos = (1_795_377_600, 999_999_999);
    assert_eq!(plain.start_of(nanos, None), 1_795_377_601);
    let old = plain.by(Rules { compat: Compat::Py312, repairs: Repairs::default() });
    assert_eq!(old.start_of(nanos, None), 1_795_377_600);
}

#[test]
fn compressed_files_count() {
    let daily = policy(When::Midnight, 1, 2).with_compressed(true);
    let at = daily.rollover_at(SUNDAY);
    let names = listing(&[
        "a.log",
        "a.log.2026-11-20.gz",
        "a.log.2026-11-21",
        "a.log.2026-11-19.zst",
        "a.log.2026-11-19",
    ]);
    let rollover = daily.rollover(OsStr::new("a.log"), at, at, &names).unwrap();
    assert_eq!(
        rollover.actions[1..],
        [
            Action::Remove("a.log.2026-11-19.zst".into()),
            Action::Remove("a.log.2026-11-19".into()),
            Action::Remove("a.log.2026-11-20.gz".into()),
        ]
    );
    let names = listing(&["a.log", "a.log.2026-11-22.gz"]);
    assert_eq!(daily.rollover(OsStr::new("a.log"), at, at, &names), None);
    let plain = policy(When::Midnight, 1, 2);
    assert!(plain.rollover(OsStr::new("a.log"), at, at, &names).is_some());
    assert_eq!(plain.rolled(OsStr::new("a.log"), &names), ["a.log.2026-11-22.gz"]);
}
