//! The `sudare` binary.
fn main() {}
