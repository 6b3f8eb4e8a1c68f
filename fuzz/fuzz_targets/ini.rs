//! An INI configuration; and what is found in it has a place in it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use logyard_config::ini;

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        let (document, errors) = ini::parse(text);
        for error in &errors {
            assert!(text.get(error.at.clone()).is_some());
        }
        for section in document.sections() {
            assert_eq!(text.get(section.at.clone()), Some(section.name.as_str()));
            for entry in &section.entries {
                assert!(text.get(entry.value.whole()).is_some());
                let _ = document.get(section, &entry.key);
            }
        }
    }
    logyard_fuzz::configuration("f.ini", data);
});
