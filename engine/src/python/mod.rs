//! The CPython guest as the engine drives it: its ABI, its host functions, its bake.
//!
//! Everything below this module runs any WebAssembly module; everything that knows
//! Python is here, in `sandbox` and in `runtime`.

mod bake;
mod guest;
mod prewarm;
mod wasi;
mod write_set;

use std::time::Instant;

pub(crate) use bake::{bake_cpython, snapshot_name};
pub(crate) use guest::{PythonGuest, Run, RunReport, SOURCE_BYTES_MAX};
pub use prewarm::PREWARMED_MODULES;
pub(crate) use wasi::add_to_linker;
pub(crate) use write_set::{METADATA_WRITE_SET, parse as parse_write_set};

/// What the guest's host functions use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Host {
    /// Where the guest's monotonic clock begins.
    pub(crate) clock_start: Instant,
}
