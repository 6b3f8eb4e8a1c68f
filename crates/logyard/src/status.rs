//! `logyard status`

use std::fmt::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use logyard_web::client::{AskError, Place};
use serde_json::Value;

use crate::exit;
use crate::paint::clean;
use crate::watched::{self, Server};

/// How long records are counted to tell how many come.
const LOOK: Duration = Duration::from_secs(1);

/// Peers that are told one by one.
const PEERS: usize = 20;

/// `logyard status`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    server: Server,

    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let place = match arguments.server.place() {
        Ok(place) => place,
        Err(why) => return exit::run_time(&why),
    };
    let asked = watched::block_on(async {
        let first = ask(&place).await?;
        if arguments.json {
            return Ok(first);
        }
        let before: Value = serde_json::from_str(&first).unwrap_or_default();
        tokio::time::sleep(LOOK).await;
        let now: Value = serde_json::from_str(&ask(&place).await?).unwrap_or_default();
        Ok::<_, AskError>(page(&before, &now, &TimeZone::system()))
    });
    match asked {
        Ok(Ok(text)) => exit::print(&text).unwrap_or(ExitCode::SUCCESS),
        Ok(Err(error)) => exit::run_time(&error.to_string()),
        Err(error) => exit::run_time(&error.to_string()),
    }
}

async fn ask(place: &Place) -> Result<String, AskError> {
    place.get("/api/v1/status").await?.text().await
}

/// The status for a person; `before` tells how fast records come.
fn page(before: &Value, now: &Value, zone: &TimeZone) -> String {
    let mut out = String::new();
    let _ = write_page(before, now, zone, &mut out); // a String takes all
    out
}

fn write_page(
    before: &Value,
    now: &Value,
    zone: &TimeZone,
    out: &mut String,
) -> Result<(), std::fmt::Error> {
    let (moment, started) = (seconds(&now["now"]), seconds(&now["started"]));
    let since = moment - seconds(&before["now"]);
    let up = SignedDuration::from_secs((moment - started) as i64);
    let state = if now["ready"] == true { "takes records in" } else { "starts or stops" };
    writeln!(out, "logyard {} {state}, up for {up:#}", text(&now["version"]))?;
    let total: u64 = fields(&now["levels"]).map(|(_, records)| number(records)).sum();
    let old: u64 = fields(&before["levels"]).map(|(_, records)| number(records)).sum();
    let rate = total.saturating_sub(old) as f64 / since.max(0.001);
    let levels = fields(&now["levels"]).filter(|(_, records)| number(records) > 0);
    let mut levels: Vec<_> =
        levels.map(|(level, n)| format!("{level} {}", count(number(n)))).collect();
    levels.sort();
    writeln!(out, "\nRecords: {}, {rate:.0}/s{}", count(total), in_brackets(&levels))?;
    for one in list(&now["receivers"]) {
        let (records, bytes) = (count(number(&one["records"])), size(number(&one["bytes"])));
        let open = count(number(&one["open"]));
        writeln!(
            out,
            "  {}  {records} records, {bytes}, {open} connections",
            text(&one["address"])
        )?;
    }
    write_peers(before, now, since, out)?;
    writeln!(out, "\nFiles")?;
    for lane in list(&now["lanes"]) {
        let mut words = Vec::new();
        if let Some(bytes) = lane["size"].as_u64() {
            words.push(size(bytes));
        }
        match number(&lane["queued"]) {
            0 => {}
            queued => words.push(format!("{} wait to be written", size(queued))),
        }
        match number(&lane["waiting"]) {
            0 => {}
            waiting => words.push(format!("CAN'T BE WRITTEN, {} records wait", count(waiting))),
        }
        if lane["stuck"] == true {
            words.push("STUCK".to_owned());
        }
        writeln!(out, "  {}{}", text(&lane["name"]), in_brackets(&words))?;
        for handler in list(&lane["handlers"]) {
            let records = count(number(&handler["records"]));
            write!(out, "    {}: {records} records", text(&handler["name"]))?;
            if let Some(at) = handler["rolls_at"].as_i64() {
                write!(out, ", next rollover {}", time(at as f64, zone))?;
            }
            if let Some(bytes) = handler["rolls_at_size"].as_u64() {
                write!(out, ", rolls over at {}", size(bytes))?;
            }
            match number(&handler["rollovers"]) {
                0 => {}
                rollovers => write!(out, ", {rollovers} so far")?,
            }
            writeln!(out)?;
        }
    }
    if let Some(journal) = now["journal"].as_object() {
        let at = |name: &str| journal.get(name).map_or(0, number);
        writeln!(out, "\nJournal: {}, the last record is number {}", size(at("bytes")), at("end"))?;
        writeln!(
            out,
            "  {} records are not yet known to be in all files",
            count(at("cursor_lag"))
        )?;
    }
    let wrong: Vec<_> = fields(&now["drops"])
        .map(|(reason, records)| {
            format!("  {} records set aside or lost [{reason}]", count(number(records)))
        })
        .chain(
            fields(&now["complaints"])
                .map(|(reason, n)| format!("  {} times [{reason}]", number(n))),
        )
        .collect();
    if wrong.is_empty() {
        writeln!(out, "\nNothing went wrong.")?;
    } else {
        writeln!(out, "\nWent wrong\n{}", wrong.join("\n"))?;
    }
    if let Some(last) = now["last_error"].as_object() {
        let at = last.get("at").map_or(0.0, seconds);
        let what = last.get("what").map(text).unwrap_or_default();
        writeln!(out, "  the last, {}: {what}", time(at, zone))?;
    }
    Ok(())
}

/// Connections, summed by the host that they come from.
fn write_peers(
    before: &Value,
    now: &Value,
    since: f64,
    out: &mut String,
) -> Result<(), std::fmt::Error> {
    let sums = |status: &Value| {
        let mut sums = std::collections::BTreeMap::<String, (u64, u64)>::new();
        for one in list(&status["connections"]) {
            let peer = text(&one["peer"]);
            let host = peer.rsplit_once(':').map_or(peer.as_str(), |(host, _)| host).to_owned();
            let sum = sums.entry(host).or_default();
            *sum = (sum.0 + 1, sum.1 + number(&one["records"]));
        }
        sums
    };
    let old = sums(before);
    let mut peers: Vec<_> = sums(now).into_iter().collect();
    peers.sort_by_key(|(_, (_, records))| std::cmp::Reverse(*records));
    if peers.is_empty() {
        return writeln!(out, "\nNobody is connected.");
    }
    writeln!(out, "\nConnections: {} open", count(number(&now["open"])))?;
    for (peer, (connections, records)) in peers.iter().take(PEERS) {
        let earlier = old.get(peer).map_or(0, |(_, records)| *records);
        let rate = records.saturating_sub(earlier) as f64 / since.max(0.001);
        let s = if *connections == 1 { "" } else { "s" };
        writeln!(
            out,
            "  {peer}  {connections} connection{s}, {} records, {rate:.0}/s",
            count(*records)
        )?;
    }
    if peers.len() > PEERS {
        writeln!(out, "  and {} others", peers.len() - PEERS)?;
    }
    Ok(())
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0)
}

fn seconds(value: &Value) -> f64 {
    value.as_f64().unwrap_or(0.0)
}

/// Names may come from the network.
fn text(value: &Value) -> String {
    let mut out = String::new();
    clean(value.as_str().unwrap_or_default(), &mut out);
    out
}

fn in_brackets(words: &[String]) -> String {
    if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) }
}

fn time(at: f64, zone: &TimeZone) -> String {
    match Timestamp::from_second(at as i64) {
        Ok(when) => when.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
        Err(_) => at.to_string(),
    }
}

/// `1,234,567`
fn count(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}

/// `12.3 MiB`
fn size(bytes: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let power = (0..units.len() - 1).take_while(|power| bytes >> (10 * (power + 1)) > 0).count();
    match power {
        0 => format!("{bytes} B"),
        _ => format!("{:.1} {}", bytes as f64 / (1_u64 << (10 * power)) as f64, units[power]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_person_reads_it() {
        let status = |now: f64, records: u64| {
            json!({
                "version": "0.1.0", "started": 1_774_789_200.0, "now": now, "ready": true, "open": 3,
                "levels": {"info": records, "error": 2, "debug": 0},
                "receivers": [{"address": "127.0.0.1:9020", "records": records + 2, "bytes": 5_000_000, "open": 3, "accepted": 9}],
                "connections": [
                    {"peer": "10.0.0.1:5000", "records": records}, {"peer": "10.0.0.1:5001", "records": 1},
                    {"peer": "unix\u{1b}[31m", "records": 1},
                ],
                "lanes": [{"name": "/var/log/app.log", "size": 2_000_000, "queued": 0, "waiting": 4, "stuck": false,
                    "handlers": [{"name": "file", "records": records, "rollovers": 2, "rolls_at": 1_774_828_800, "rolls_at_size": null}]}],
                "drops": {"not-a-pickle": 1}, "complaints": {"handler-failed": 3},
                "last_error": {"at": 1_774_789_260.0, "reason": "handler-failed", "what": "no space left"},
                "journal": {"bytes": 1_073_741_824, "end": records + 2, "synced": 5, "cursor_lag": 7},
            })
        };
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        insta::assert_snapshot!(page(
            &status(1_774_792_800.0, 1_000_000),
            &status(1_774_792_802.0, 1_001_000),
            &zone
        ));
        insta::assert_snapshot!(page(&Value::Null, &json!({"started": 0, "now": 5}), &zone));
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!(
            [0, 1023, 1024, 1 << 20, u64::MAX].map(size),
            ["0 B", "1023 B", "1.0 KiB", "1.0 MiB", "16777216.0 TiB"]
        );
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    }
}
