//! Everything that is `unsafe` or talks to the kernel directly.
//!
//! Each file wraps one thing in an interface that safe code cannot misuse; the rest of the crate denies `unsafe_code`.
#![allow(unsafe_code)]

pub(crate) mod snapshot;
pub(crate) mod stack;
