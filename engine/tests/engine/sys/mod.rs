//! What tests ask of the kernel that Rust has no safe words for.

pub(crate) mod memory;
