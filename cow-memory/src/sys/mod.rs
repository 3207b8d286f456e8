//! Every system call and every `unsafe` block of the crate.
//!
//! What leaves this module is safe to call: ranges are checked against the
//! region they belong to, a region is owned by exactly one value, and a mapping
//! that may be in an unknown state is never given back to the caller. One twin
//! a platform: `linux` does the work, `unsupported` has the same functions and
//! refuses.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub(crate) use linux::*;

#[cfg(not(target_os = "linux"))]
mod unsupported;
#[cfg(not(target_os = "linux"))]
pub(crate) use unsupported::*;

/// Compiled by the tests here too, so that the twin does not fall behind unseen.
#[cfg(all(test, target_os = "linux"))]
#[allow(dead_code, reason = "only the platforms that it is for use it")]
mod unsupported;

#[cfg(feature = "wasmtime")]
mod guest;

pub(crate) mod seam;
mod vouched;

use std::ops::Range;

/// A range of bytes counted from the base of a region, on page boundaries.
pub(crate) type ByteRange = Range<usize>;
