//! What a client of the acknowledged protocol sends: messages with a length of two bytes before each.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut messages = Vec::new();
    let mut rest = data;
    while let Some((length, more)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length)).min(more.len());
        let (message, more) = more.split_at(length);
        messages.push(message);
        rest = more;
    }
    let taken = logyard_server::look_at(&messages);
    assert!(taken <= data.len() as u64 / 4, "more records than there are bytes for");
});
