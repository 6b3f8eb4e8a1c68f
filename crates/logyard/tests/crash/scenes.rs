//! What is rotated: folders as they are before, and the directives for them.

/// One kind of rotation, due by time.
pub(crate) struct Scene {
    pub(crate) name: &'static str,
    pub(crate) directives: &'static str,
    /// Options of the command.
    pub(crate) options: &'static [&'static str],
    /// Older logs that are there; each has some lines. `.gz` are compressed.
    pub(crate) older: &'static [&'static str],
    /// Whether somebody has the log open.
    pub(crate) open: bool,
}

const fn scene(
    name: &'static str,
    directives: &'static str,
    older: &'static [&'static str],
) -> Scene {
    Scene { name, directives, options: &[], older, open: false }
}

const fn open(scene: Scene) -> Scene {
    Scene { open: true, ..scene }
}

const fn classic(scene: Scene) -> Scene {
    Scene { options: &["--classic-copytruncate"], ..scene }
}

const NUMBERED: &[&str] = &["a.log.1", "a.log.2", "a.log.3"];
const PACKED: &[&str] = &["a.log.1.gz", "a.log.2.gz", "a.log.3.gz"];
const DELAYED: &[&str] = &["a.log.1", "a.log.2.gz", "a.log.3.gz"];
const DATED: &[&str] = &["a.log-20260101", "a.log-20260102", "a.log-20260103"];

pub(crate) const SCENES: &[Scene] = &[
    scene("create", "rotate 3\ncreate", NUMBERED),
    scene("nocreate", "rotate 3\nnocreate\nmissingok", NUMBERED),
    scene("keep all", "rotate -1\ncreate", NUMBERED),
    scene("keep none", "rotate 0\ncreate", &[]),
    scene("gap", "rotate 3\ncreate", &["a.log.1", "a.log.3"]),
    scene("copytruncate", "rotate 3\ncopytruncate", NUMBERED),
    open(scene("copytruncate, open", "rotate 3\ncopytruncate", NUMBERED)),
    classic(scene("copytruncate, classic", "rotate 3\ncopytruncate", NUMBERED)),
    open(scene("copytruncate, open, packed", "rotate 3\ncopytruncate\ncompress", PACKED)),
    open(scene(
        "as in the README",
        "rotate 3\nmissingok\nnocompress\ncopytruncate\nnotifempty\ndateext\ndateyesterday",
        DATED,
    )),
    scene("copy", "rotate 3\ncopy", NUMBERED),
    scene("renamecopy", "rotate 3\nrenamecopy\ncreate", NUMBERED),
    scene("compress", "rotate 3\ncompress\ncreate", PACKED),
    scene("compress, plain in the way", "rotate 3\ncompress\ncreate", DELAYED),
    scene("delaycompress", "rotate 3\ncompress\ndelaycompress\ncreate", DELAYED),
    scene("shred", "rotate 2\ncompress\nshred\ncreate", PACKED),
    scene("dateext", "rotate 3\ndateext\ncreate", DATED),
    scene(
        "dateext, packed",
        "rotate 3\ndateext\ncompress\ncreate",
        &["a.log-20260101.gz", "a.log-20260102.gz", "a.log-20260103.gz"],
    ),
    scene(
        "dateext, delayed",
        "rotate 3\ndateext\ncompress\ndelaycompress\ncreate",
        &["a.log-20260101.gz", "a.log-20260102.gz", "a.log-20260103"],
    ),
    scene("olddir", "rotate 3\ncreate\nolddir old\ncreateolddir", &[]),
    scene(
        "extension",
        "rotate 3\ncopytruncate\nextension .log\ncompress",
        &["a.1.log.gz", "a.2.log.gz", "a.3.log.gz"],
    ),
    scene("maxage", "rotate 3\ncreate\nmaxage 10", NUMBERED),
    scene(
        "scripts",
        "rotate 3\ncreate\nprerotate\ntrue\nendscript\npostrotate\ntouch signalled\nendscript",
        NUMBERED,
    ),
    scene(
        "shared scripts",
        "rotate 3\ncreate\nsharedscripts\npostrotate\ntouch signalled\nendscript",
        NUMBERED,
    ),
];
