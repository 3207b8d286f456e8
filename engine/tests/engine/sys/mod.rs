//! What tests ask of the kernel that Rust has no safe words for.

pub(crate) mod memory;
#[cfg(target_arch = "x86_64")]
pub(crate) mod signals;
