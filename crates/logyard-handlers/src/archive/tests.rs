use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, UNIX_EPOCH};

use flate2::read::MultiGzDecoder;
use logyard_config::{Compress, Extras, Fsync, HandlerKind, Mode, When};

use crate::testing::{Place, write_well};

fn gz() -> Extras {
    Extras { compress: Some(Compress::Gz), ..Extras::default() }
}

fn sized(place: &Place, max_bytes: u64, backup_count: u32) -> HandlerKind {
    HandlerKind::RotatingFile { file: place.plan("a", Mode::Append), max_bytes, backup_count }
}

fn daily(place: &Place, backup_count: u32) -> HandlerKind {
    HandlerKind::TimedRotatingFile {
        file: place.plan("a", Mode::Append),
        when: When::Midnight,
        interval: 1,
        backup_count,
        utc: true,
        at_time: None,
    }
}

fn unpack(path: &Path) -> String {
    let mut text = String::new();
    let file = std::fs::File::open(path).unwrap();
    MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
    text
}

fn pack(path: &Path, text: &str) {
    use std::io::Write;
    let file = std::fs::File::create(path).unwrap();
    let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap();
}

fn age(path: &Path, seconds: u64) {
    let file = std::fs::File::options().append(true).open(path).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_secs(1_000_000_000 - seconds)).unwrap();
}

#[test]
fn backups_are_compressed_and_shift() {
    let place = Place::new();
    let (mut writer, packer) = place.open_with(&sized(&place, 3, 2), &gz());
    for line in ["1\n", "2\n", "3\n", "4\n"] {
        write_well(&mut writer, line);
        assert!(packer.care(&mut writer).is_empty());
    }
    assert_eq!(place.names(), ["a", "a.1.gz", "a.2.gz"]);
    assert_eq!(
        (place.read("a"), unpack(&place.path("a.1.gz")), unpack(&place.path("a.2.gz"))),
        ("4\n".into(), "3\n".into(), "2\n".into())
    );
}

#[test]
fn zstandard_too() {
    let place = Place::new();
    let extras = Extras { compress: Some(Compress::Zst), ..Extras::default() };
    let (mut writer, packer) = place.open_with(&sized(&place, 3, 2), &extras);
    write_well(&mut writer, "1\n2\n");
    let problems = packer.care(&mut writer);
    if cfg!(feature = "zst") {
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(place.names(), ["a", "a.1.zst"]);
    } else {
        assert!(problems[0].ends_with("built without Zstandard"), "{problems:?}");
        assert_eq!(place.names(), ["a", "a.1"]);
    }
}

/// Rollovers and the worker race for the names; no line may be lost or go to another's place.
#[test]
fn rollovers_during_compression_keep_every_line_in_order() {
    let place = Place::new();
    let (mut writer, packer) = place.open_with(&sized(&place, 200, 10_000), &gz());
    let mut all = String::new();
    for n in 0..600 {
        let line = format!("{n:060}\n");
        write_well(&mut writer, &line);
        writer.care(&mut |notice| panic!("{notice:?}"));
        all.push_str(&line);
    }
    assert!(packer.care(&mut writer).is_empty());
    let mut names = place.names();
    names.retain(|name| name != "a");
    assert!(names.len() > 150 && names.iter().all(|name| name.ends_with(".gz")), "{names:?}");
    let number = |name: &String| name.split('.').nth(1).unwrap().parse::<u32>().unwrap();
    names.sort_by_key(|name| std::cmp::Reverse(number(name)));
    let mut found: String = names.iter().map(|name| unpack(&place.path(name))).collect();
    found.push_str(&place.read("a"));
    assert!(found == all);
}

#[test]
fn what_a_crash_left_is_put_right_at_the_start() {
    let place = Place::new();
    std::fs::write(place.path(".a.logyard-tmp"), "half").unwrap();
    for (name, text) in [("a.1", "not yet\n"), ("a.2", "twice\n"), ("a.3", "other\n"), ("a.x", "x")]
    {
        std::fs::write(place.path(name), text).unwrap();
    }
    pack(&place.path("a.2.gz"), "twice\n");
    pack(&place.path("a.3.gz"), "somebody's\n");
    let (mut writer, packer) = place.open_with(&sized(&place, 3, 9), &gz());
    let problems = packer.care(&mut writer);
    assert_eq!(place.names(), ["a", "a.1.gz", "a.2.gz", "a.3", "a.3.gz", "a.x"]);
    assert_eq!(unpack(&place.path("a.1.gz")), "not yet\n");
    assert_eq!(unpack(&place.path("a.3.gz")), "somebody's\n");
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].ends_with("is there already and holds something else"), "{problems:?}");
}

#[test]
fn time_counts_compressed_files_and_takes_no_name_twice() {
    let place = Place::new();
    for (name, text) in [("a.2001-09-06.gz", "6"), ("a.2001-09-07.gz", "7"), ("a.2001-09-08", "8")]
    {
        match name.strip_suffix(".gz") {
            Some(_) => pack(&place.path(name), text),
            None => std::fs::write(place.path(name), text).unwrap(),
        }
    }
    let (mut writer, packer) = place.open_with(&daily(&place, 2), &gz());
    write_well(&mut writer, "9\n");
    place.seconds.fetch_add(86_400_000_000, Ordering::SeqCst);
    write_well(&mut writer, "10\n");
    assert!(packer.care(&mut writer).is_empty());
    assert_eq!(place.names(), ["a", "a.2001-09-08.gz", "a.2001-09-09.gz"]);
    // the clock goes back: the day's file is there, if under another name
    place.seconds.fetch_sub(86_400_000_000, Ordering::SeqCst);
    let (mut writer, _packer) = place.open_with(&daily(&place, 2), &gz());
    age(&place.path("a"), 86_400);
    writer.close();
    let (mut writer, _packer) = place.open_with(&daily(&place, 2), &gz());
    place.seconds.fetch_add(86_400_000_000, Ordering::SeqCst);
    write_well(&mut writer, "11\n");
    assert_eq!(unpack(&place.path("a.2001-09-09.gz")), "9\n");
    drop(writer);
}

#[test]
fn size_and_age_bound_what_is_kept() {
    let place = Place::new();
    for (name, text, seconds) in [("a.1", "1234\n", 10), ("a.2", "1234\n", 20), ("a.3", "1\n", 900)]
    {
        std::fs::write(place.path(name), text).unwrap();
        age(&place.path(name), seconds);
    }
    std::fs::write(place.path("a.old"), "not ours").unwrap();
    let extras = Extras { max_age: Some(600), ..Extras::default() };
    let (mut writer, packer) = place.open_with(&sized(&place, 6, 9), &extras);
    assert!(packer.care(&mut writer).is_empty());
    assert_eq!(place.names(), ["a", "a.1", "a.2", "a.old"]);
    let extras = Extras { max_total_size: Some(11), ..Extras::default() };
    let (mut writer, packer) = place.open_with(&sized(&place, 6, 9), &extras);
    assert!(packer.care(&mut writer).is_empty());
    assert_eq!(place.names(), ["a", "a.1", "a.2", "a.old"]);
    write_well(&mut writer, "ab\n");
    // nothing is looked at before the next rollover
    assert!(packer.care(&mut writer).is_empty());
    assert_eq!(place.names(), ["a", "a.1", "a.2", "a.old"]);
    write_well(&mut writer, "cdefgh\n");
    assert!(packer.care(&mut writer).is_empty());
    assert_eq!(place.names(), ["a", "a.1", "a.old"]);
    assert_eq!(place.read("a.1"), "ab\n");
}

#[test]
fn mode_holds_for_each_new_file_whatever_the_umask() {
    let place = Place::new();
    let extras = Extras { mode: Some(0o662), fsync: Fsync::Always, ..Extras::default() };
    let (mut writer, packer) = place.open_with(&sized(&place, 3, 2), &extras);
    write_well(&mut writer, "1\n2\n");
    assert!(packer.care(&mut writer).is_empty());
    for name in ["a", "a.1"] {
        let mode = std::fs::metadata(place.path(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o662);
    }
}

#[test]
fn what_fails_besides_the_writing_is_told() {
    let place = Place::new();
    let owner = Some(logyard_config::Owner { user: Some(12_345), group: None });
    let extras = Extras { owner, ..Extras::default() };
    let kind = HandlerKind::File(place.plan("a", Mode::Append));
    let (mut writer, packer) = place.open_with(&kind, &extras);
    write_well(&mut writer, "1\n");
    assert_eq!(place.read("a"), "1\n");
    let problems = packer.care(&mut writer);
    if rustix::process::geteuid().is_root() {
        use std::os::unix::fs::MetadataExt;
        assert_eq!(std::fs::metadata(place.path("a")).unwrap().uid(), 12_345);
        return;
    }
    assert_eq!(problems.len(), 1);
    assert!(problems[0].starts_with("can't set the owner of log file `"), "{problems:?}");
}

#[test]
fn an_interval_syncs_later_and_at_the_end() {
    let place = Place::new();
    let extras = Extras { fsync: Fsync::Interval, ..Extras::default() };
    let kind = HandlerKind::File(place.plan("a", Mode::Append));
    let (mut writer, packer) = place.open_with(&kind, &extras);
    assert_eq!(writer.next_care(), None);
    write_well(&mut writer, "1\n");
    let due = writer.next_care().unwrap();
    write_well(&mut writer, "2\n");
    assert_eq!(writer.next_care(), Some(due));
    std::thread::sleep(due.saturating_duration_since(std::time::Instant::now()));
    assert!(packer.care(&mut writer).is_empty());
    assert_eq!(writer.next_care(), None);
}
