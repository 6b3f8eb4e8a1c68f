//! `docs/search.md`: what stands there is true.

use jiff::tz::TimeZone;
use logyard_query::{Clock, Query, parse_time};

const PAGE: &str = include_str!("../../../docs/search.md");

fn clock() -> Clock {
    Clock::new(1_795_957_200_000_000, TimeZone::UTC)
}

/// What stands between backticks.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn its_queries_can_be_read() {
    let table = PAGE.lines().skip_while(|line| !line.starts_with("| write")).skip(2);
    let rows: Vec<_> = table.take_while(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 15);
    for query in rows.iter().flat_map(|row| code(row.split('|').nth(1).unwrap())) {
        Query::parse(query, &clock()).unwrap_or_else(|error| panic!("{}", error.render(query)));
    }
    for query in PAGE.lines().filter_map(|line| line.strip_prefix("    level")) {
        let query = format!("level{query}");
        let wrong = PAGE.contains(&format!("    {query}\n           ^"));
        assert_eq!(Query::parse(&query, &clock()).is_err(), wrong, "{query}");
    }
}

#[test]
fn its_times_can_be_read() {
    let times = PAGE.split("A time is ").nth(1).unwrap().split("A day's name").next().unwrap();
    let times: Vec<_> = code(times).filter(|time| !["Z", "+01:00"].contains(time)).collect();
    assert!(times.len() > 8);
    for time in times {
        assert!(parse_time(time.trim_matches('"'), &clock()).is_ok(), "{time}");
    }
}

#[test]
fn its_error_is_the_one_that_is_shown() {
    let query = "level>=EROR timeout";
    let shown = Query::parse(query, &clock()).unwrap_err().render(query);
    for line in shown.lines().take(2) {
        assert!(PAGE.contains(&format!("    {line}\n")), "{line}");
    }
}
