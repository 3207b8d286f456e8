//! Without a build script cargo passes over the dependencies of build scripts.

fn main() {}
