//! A JSON configuration.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| logyard_fuzz::configuration("f.json", data));
