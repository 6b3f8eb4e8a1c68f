//! A configuration of logrotate. Nothing in it is done; all paths in it lead to one folder.

#![no_main]

use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use logyard_logrotate::{Messages, conf};

/// A folder with the configuration and some files.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("logyard-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("old")).unwrap();
    for name in ["a.log", "b.log", "old/a.log.1"] {
        std::fs::write(folder.join(name), name).unwrap();
    }
    std::env::set_current_dir(&folder).unwrap();
    folder
});

fuzz_target!(|data: &[u8]| {
    let folder = &*FOLDER;
    let mut text = Vec::with_capacity(data.len() * 2);
    for byte in data {
        match byte {
            b'/' => text.extend([folder.as_os_str().as_bytes(), b"/"].concat()),
            b'~' => text.push(b'x'), // nobody's home is looked at
            byte => text.push(*byte),
        }
    }
    let path = folder.join("conf");
    std::fs::write(&path, text).unwrap();
    let told = Messages::after(Default::default(), false, None, Some(Arc::new(|_, _| {})));
    let configuration = conf::read(&[path], true, &told);
    for block in configuration.blocks {
        assert!(block.files.len() <= 1_000_000);
        let _ = logyard_logrotate::dates::DateFormat::of(&block.directives);
    }
});
