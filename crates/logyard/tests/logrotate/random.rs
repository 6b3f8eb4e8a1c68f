//! Cases that nobody thought of: random files, directives, states and times, the same for the same number.
//!
//!     LOGYARD_ROTATE_RANDOM=1000 LOGYARD_LOGROTATE=$(tests/logrotate-3.22) cargo test -p logyard --test logrotate random
//!
//! A difference is printed with its case; what it shows belongs into `cases/`, as data.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::case::{Case, Step};

/// How many there are without `LOGYARD_ROTATE_RANDOM`: a sample that takes some seconds.
const FEW: u64 = 40;

/// The cases, by number: `LOGYARD_ROTATE_RANDOM` says how many, and as `FROM..TO` which.
pub(crate) fn cases() -> impl Iterator<Item = Case> {
    let asked = std::env::var("LOGYARD_ROTATE_RANDOM").unwrap_or_else(|_| FEW.to_string());
    let (from, to) = asked.split_once("..").unwrap_or(("0", &asked));
    (from.parse().unwrap()..to.parse().unwrap()).map(case)
}

/// A row of numbers from a first one (xorshift64*).
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % sides
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    /// So many times of a hundred.
    fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

const LOGS: &[&str] = &["a.log", "b.log", "c d.log", "sub/a.log"];

const PATTERNS: &[&str] = &[
    "{dir}/a.log",
    "{dir}/a.log",
    "{dir}/*.log",
    "{dir}/*.log",
    "{dir}/a.log {dir}/b.log",
    "\"{dir}/c d.log\"",
    "{dir}/sub/*.log",
    "{dir}/[ab].log",
    "{dir}/?.log {dir}/none.log",
    "{dir}/none*.log",
    "'{dir}/a.log'",
    "{dir}/sub {dir}/a.log",
];

const WHEN: &[&str] = &[
    "daily", "daily", "weekly", "weekly 0", "weekly 7", "weekly 6", "monthly", "yearly", "hourly",
    "size 0", "size 10", "size 1k", "size 2M", "size=12",
];

const HOW: &[&str] = &[
    "create",
    "create 0600",
    "create 0640 root root",
    "create root root",
    "nocreate",
    "copytruncate",
    "nocopytruncate",
    "copy",
    "nocopy",
    "renamecopy",
    "norenamecopy",
    "create 7",
];

const NAMES: &[&str] = &[
    "dateext",
    "dateext",
    "nodateext",
    "dateformat -%Y-%m-%d",
    "dateformat .%Y%m%d-%s",
    "dateformat -%d%m%Y",
    "dateformat -%H",
    "dateformat %q-%Y",
    "dateyesterday",
    "datehourago",
    "extension .log",
    "extension .txt",
    "extension log",
    "addextension .old",
    "addextension .log",
    "start 0",
    "start 1",
    "start 3",
    "start 9",
    "dateformat -%Y%m%d%z",
    "olddir {dir}/old",
    "olddir old",
    "olddir old",
    "noolddir",
    "createolddir 0700",
    "createolddir",
    "nocreateolddir",
    "olddir new",
    "olddir sub",
];

const KEEP: &[&str] = &[
    "rotate 1",
    "rotate 2",
    "rotate 3",
    "rotate 0",
    "rotate -1",
    "rotate 9",
    "rotate 02",
    "rotate 0x3",
    "maxage 1",
    "maxage 30",
    "maxage 2",
    "minage 1",
    "minage 3",
    "minsize 5",
    "minsize 1k",
    "maxsize 5",
    "maxsize 100",
    "maxsize 3k",
    "ifempty",
    "notifempty",
    "missingok",
    "nomissingok",
    "ignoreduplicates",
    "allowhardlink",
    "noallowhardlink",
];

const PACK: &[&str] = &[
    "compress",
    "compress",
    "compress",
    "nocompress",
    "delaycompress",
    "delaycompress",
    "nodelaycompress",
    "compresscmd /bin/bzip2",
    "compresscmd xz",
    "compressext .zz",
    "compressoptions -9",
    "compressoptions -1 -n",
    "compresscmd /bin/cat",
    "uncompresscmd /bin/cat",
];

const REST: &[&str] = &[
    "sharedscripts",
    "sharedscripts",
    "nosharedscripts",
    "prerotate\necho pre $# \"$1\" >>{dir}/ran\nendscript",
    "postrotate\necho post $# \"$1\" \"$2\" >>{dir}/ran\nendscript",
    "firstaction\necho first \"$1\" >>{dir}/ran\nendscript",
    "lastaction\necho last \"$1\" >>{dir}/ran; ls {dir} | grep -v underway >>sub/ran\nendscript",
    "preremove\necho remove \"$1\" >>{dir}/ran\nendscript",
    "postrotate\nfalse\nendscript",
    "prerotate\nfalse\nendscript",
    "firstaction\nexit 3\nendscript",
    "lastaction\nfalse\nendscript",
    "postrotate\ncat \"$1\"* >/dev/null; ls {dir} | grep -v underway >>sub/ran\nendscript",
    "mail me@example.org",
    "nomail",
    "mailfirst",
    "maillast",
    "# a comment",
    "unknown x",
    "shred",
    "shredcycles 1",
    "tabooext + .x",
    "su root root",
];

const BAD: &[&str] = &[
    "rotate x",
    "rotate -2",
    "size 5m",
    "weekly x",
    "create 9",
    "create 0 no such one more",
    "su root",
    "%",
    "daily x",
    "compress = yes",
    "}",
    "start -1",
    "include {dir}/nothing",
    "minsize 1kk",
    "rotate3",
];

const TIMES: &[&str] = &[
    "2026-11-22-9:0:0",
    "2026-11-22-10:0:0",
    "2026-11-21-23:59:0",
    "2026-11-20-10:0:0",
    "2026-11-16-9:0:0",
    "2026-11-15-9:0:0",
    "2026-10-31-10:0:0",
    "2026-10-22-10:0:0",
    "2026-01-30-0:0:0",
    "2026-12-30-0:0:0",
    "2026-11-22-9:54:59",
    "2026-11-22",
];

const LATER: &[&str] = &[
    "2026-11-22 10:00:30",
    "2026-11-22 10:06:00",
    "2026-11-22 11:00:00",
    "2026-11-23 00:00:00",
    "2026-11-29 09:00:00",
    "2026-12-01 10:00:00",
    "2027-01-01 00:00:01",
];

fn case(number: u64) -> Case {
    let mut dice = Dice((number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    for _ in 0..8 {
        dice.below(2); // numbers that are near begin alike
    }
    let mut conf = String::new();
    directives(&mut dice, &mut conf, 20);
    for _ in 0..1 + dice.below(2) {
        let _ = writeln!(conf, "{} {{", dice.one(PATTERNS));
        directives(&mut dice, &mut conf, 75);
        conf += "}\n";
    }
    let first = Step {
        setup: MAILER.into(),
        flags: flags(&mut dice, &conf),
        now: "2026-11-22 10:00:00".into(),
    };
    let mut then = Vec::new();
    for _ in 0..dice.below(3) {
        let setup = dice
            .one(&[
                "echo more >>a.log",
                "echo more >>b.log; rm -f a.log.1",
                "",
                "touch a.log 'c d.log'",
            ])
            .into();
        let after = then
            .last()
            .map_or(0, |step: &Step| LATER.iter().position(|at| *at == step.now).unwrap() + 1);
        let Some(rest) = LATER.get(after..).filter(|rest| !rest.is_empty()) else { break };
        then.push(Step { setup, flags: flags(&mut dice, &conf), now: dice.one(rest).into() });
    }
    if conf.contains("renamecopy") {
        conf = conf.replace("    copy\n", ""); // logrotate fails with both
    }
    let packs = conf.contains(" compress\n");
    let mut state = String::new();
    for log in LOGS {
        if dice.percent(75) {
            let _ = writeln!(state, "\"{{dir}}/{log}\" {}", dice.one(TIMES));
        }
    }
    Case {
        name: format!("random::{number}"),
        files: files(&mut dice, packs),
        conf: Some(conf),
        state: dice.percent(90).then_some(state),
        tz: None,
        root: true, // it has owners
        setup: first.setup,
        flags: first.flags,
        now: first.now,
        then,
        since: Some("3.22".into()),
        instead: None,
        expect: None,
        // what is compressed in the background is told of later
        messages_differ: packs.then(|| "compression".to_owned()),
    }
}

/// With `-d`, logrotate runs the mail command, can't open what it would shred, and tells otherwise of `rotate -1`.
fn flags(dice: &mut Dice, conf: &str) -> String {
    let otherwise = ["mail me", "shred\n", "rotate -1"].iter().any(|what| conf.contains(what));
    let some = if otherwise { 5 } else { 7 };
    let flags = dice.one(&["", "-v", "-v", "-vf", "-f", "-d", "-df"][..some]);
    format!("{flags} -m {{dir}}/mailer")
}

/// Keeps what it gets.
const MAILER: &str = "printf '#!/bin/sh\\necho \"$@\" >>%s/mails; cat >>%s/mails\\n' {dir} {dir} >mailer; chmod +x mailer";

/// Some lines; each kind comes so many times of a hundred.
fn directives(dice: &mut Dice, conf: &mut String, percent: usize) {
    let mut lines = Vec::new();
    for kind in [WHEN, HOW, NAMES, KEEP, KEEP, PACK, PACK, REST, REST, NAMES] {
        if dice.percent(percent) && dice.percent(60) {
            lines.push(dice.one(kind));
        }
    }
    // after a block with an error, logrotate knows no `extension` and `addextension` from before it
    if dice.percent(3) && !conf.contains("extension") {
        lines.push(dice.one(BAD));
    }
    while !lines.is_empty() {
        let line = lines.swap_remove(dice.below(lines.len()));
        let _ = writeln!(conf, "    {line}");
    }
}

/// Where logs are compressed there are no older ones that are not: logrotate writes over them (COMPATIBILITY.md).
fn files(dice: &mut Dice, packs: bool) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let text = |dice: &mut Dice, name: &str| match dice.below(5) {
        0 => String::new(),
        1 => format!("{name}\n{}", "x".repeat(1500)),
        _ => format!("{name}\n"),
    };
    for log in LOGS {
        if !dice.percent(75) {
            continue;
        }
        files.insert((*log).to_owned(), text(dice, log));
        for older in [
            ".1",
            ".2",
            ".3",
            ".0",
            ".1.old",
            ".9",
            "-20261121",
            "-20261120",
            "-20261122",
            "-2026-11-20",
        ] {
            if dice.percent(12) && !(packs && older.starts_with('.')) {
                let name = format!("{log}{older}");
                files.insert(name.clone(), text(dice, &name));
            }
        }
        for older in [".1.gz", ".2.gz", ".3.gz", "-20261121.gz"] {
            if dice.percent(8) {
                files.insert(format!("{log}{older}"), format!("{log}{older}\n"));
            }
        }
    }
    if dice.percent(60) {
        files.insert("old/kept".into(), "kept\n".into());
    }
    files.insert("sub/kept".into(), "kept\n".into());
    files
}

/// A case as it would stand in a file of `cases/`.
pub(crate) fn show(case: &Case) -> String {
    let mut out =
        format!("[[case]]\nname = {:?}\nflags = {:?}\n", case.name, case.steps()[0].flags);
    let files: Vec<String> =
        case.files.iter().map(|(name, text)| format!("{name:?} = {text:?}")).collect();
    let _ = writeln!(
        out,
        "files = {{ {} }}\nconf = '''\n{}'''",
        files.join(", "),
        case.conf.as_deref().unwrap_or_default()
    );
    if let Some(state) = &case.state {
        let _ = writeln!(out, "state = '''\n{state}'''");
    }
    for Step { setup, flags, now } in case.steps().iter().skip(1) {
        let _ = writeln!(out, "[[case.then]]\nsetup = {setup:?}\nflags = {flags:?}\nnow = {now:?}");
    }
    out
}
