//! What the whole server allocates does not grow with the records, only with the reads that they come in. By itself: it
//! counts what the whole process does.

use std::alloc::System;
use std::path::Path;

use logyard_bench::stock_frame;
use logyard_config::{Disk, Options, Plan, Settings, Source, load};
use logyard_rotate::Clock;
use logyard_server::{Embedded, check_codec, check_format};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn plan(folder: &Path) -> Plan {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("logging.ini");
    let source = Source::read(&config, folder).expect("it can be read");
    let options = Options {
        settings: Settings::default(),
        cwd: folder.to_owned(),
        env: Default::default(),
        files: &Disk,
        check_format: &check_format,
        check_codec: &check_codec,
    };
    load(&source, &options).0.expect("a plan")
}

/// Frames of as many records.
fn frames(count: usize) -> Vec<u8> {
    let names = ["serving", "webhook.in", "orders"];
    (0..count)
        .flat_map(|n| stock_frame(names[n % 3], &format!("order {n} accepted"), 1.7e9))
        .collect()
}

#[test]
fn the_server_allocates_by_read_not_by_record() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("logs")).unwrap();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (few, many) = (frames(2_000), frames(22_000));
    runtime.block_on(async {
        let letters = folder.path().join("letters");
        let server = Embedded::start(&plan(folder.path()), Clock::System, letters).await.unwrap();
        server.feed(&many).await.unwrap(); // buffers grow to what they need
        let mut counts = Vec::new();
        for frames in [&few, &many] {
            let region = Region::new(GLOBAL);
            server.feed(frames).await.unwrap();
            let change = region.change();
            counts.push(change.allocations + change.reallocations);
        }
        let more = counts[1].saturating_sub(counts[0]);
        eprintln!("{more} allocations more for 20,000 records more");
        assert!(more < 20_000 / 4, "{counts:?}");
        assert!(server.close().await.is_empty());
    });
    let lines: usize = ["root", "serving", "webhook"]
        .iter()
        .map(|name| std::fs::read(folder.path().join(format!("logs/{name}.log"))).unwrap())
        .map(|text| text.iter().filter(|&&byte| byte == b'\n').count())
        .sum();
    assert_eq!(lines, 22_000 + 2_000 + 22_000);
}
