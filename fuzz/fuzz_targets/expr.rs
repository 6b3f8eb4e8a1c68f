//! An expression: it has a bounded value, or an error whose place lies in it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use logyard_config::{Disk, Options, expr};

fuzz_target!(|text: &str| {
    // the file system is asked by os.path.exists and os.path.realpath only, and never changed
    let options = Options {
        settings: Default::default(),
        cwd: "/".into(),
        env: [("HOME".to_owned(), "/h".to_owned())].into(),
        files: &Disk,
        check_format: &|_, _| Ok(()),
        check_codec: &|_| Ok(()),
    };
    match expr::evaluate(text, &options) {
        Ok(evaluated) => assert!(text.get(evaluated.value.at).is_some()),
        Err(error) => assert!(text.get(error.at).is_some(), "{}", error.message),
    }
});
