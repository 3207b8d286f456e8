//! The CPython guest as the engine drives it: its ABI, its host functions, its bake.
//!
//! Everything below this module runs any WebAssembly module; everything that knows
//! Python is here, in `sandbox` and in `runtime`.

mod bake;
mod guest;
mod prewarm;
mod wasi;

use std::time::Instant;

pub(crate) use bake::{bake_cpython, snapshot_name};
pub(crate) use guest::{PythonGuest, Run, RunReport, SOURCE_BYTES_MAX};
pub use prewarm::PREWARMED_MODULES;
pub(crate) use wasi::add_to_linker;

/// What the guest's host functions use.
#[derive(Debug)]
pub(crate) struct Host {
    /// Where the guest's monotonic clock begins.
    pub(crate) clock_start: Instant,
}
