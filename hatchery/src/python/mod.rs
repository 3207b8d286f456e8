//! The CPython guest as the engine drives it: its ABI, its host functions, its bake.
//!
//! Everything below this module runs any WebAssembly module; everything that knows
//! Python is here, in `sandbox` and in `runtime`.

mod bake;
mod bridge;
mod calls;
mod files;
mod guest;
mod host;
mod memory;
mod memory_map;
#[cfg(feature = "mounts")]
mod mount;
#[cfg(not(feature = "mounts"))]
#[path = "no_mount.rs"]
mod mount;
mod prewarm;
mod wasi;
mod write_set;

use wasmtime::Linker;

use hatchery_engine::StoreData;

pub(crate) use bake::{Recipe, bake_cpython};
#[cfg(feature = "async")]
pub(crate) use calls::Delivery;
pub(crate) use files::{Answer, Refusal};
pub(crate) use guest::{Gives, PythonGuest, Run, RunReport, Step, TEXT_BYTES_MAX};

/// Where in a golden snapshot's metadata the address of the run report is.
pub(crate) const METADATA_RUN_REPORT: &str = "run_report_address";
/// Where the version of its ABI is.
pub(crate) const METADATA_ABI: &str = "guest_abi";
/// Where the identity of the guest's build is.
pub(crate) const METADATA_GUEST_BUILD: &str = "guest_build";
pub(crate) use host::{Host, LogBudget};
pub(crate) use memory_map::{METADATA_MEMORY_MAP, MemoryMap};
pub use prewarm::PREWARMED_MODULES;
pub(crate) use write_set::{METADATA_WRITE_SET, learn, parse as parse_write_set};

/// Everything that the guest imports.
pub(crate) fn add_to_linker(linker: &mut Linker<StoreData<Host>>) -> wasmtime::Result<()> {
    wasi::add_to_linker(linker)?;
    bridge::add_to_linker(linker)?;
    mount::add_to_linker(linker)
}
