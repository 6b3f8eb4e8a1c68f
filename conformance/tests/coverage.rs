//! docs/conformance.md tells what the cases are.

use std::process::Command;

#[test]
fn the_page_is_up_to_date() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_logyard-coverage")).arg("--check").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
