//! A state file of logrotate: what was read reads the same once it is written.

#![no_main]

use libfuzzer_sys::fuzz_target;
use logyard_libc::Zone;
use logyard_logrotate::Moment;
use logyard_logrotate::state::State;

fuzz_target!(|data: &[u8]| {
    let now = Moment::new(1_795_341_600, Zone::Utc);
    let (state, _) = State::read(data, &now);
    let text = state.text(&now);
    let (again, error) = State::read(&text, &now);
    assert_eq!(error, None);
    assert_eq!(again, state);
});
