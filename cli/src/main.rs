//! The `hatchery` command line.
fn main() {}
