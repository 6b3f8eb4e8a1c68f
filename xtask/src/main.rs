//! The workspace's own commands: `cargo xtask test` and others.
fn main() {}
