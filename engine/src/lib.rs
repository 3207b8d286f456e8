//! Hatchery: full CPython in a WebAssembly sandbox, thousands at once, each started from one golden snapshot.
//!
//! # Any module, from a snapshot
//!
//! The lower half of this crate runs any large pre-initialised WebAssembly module and knows no Python. [`freeze`]
//! rewrites a module once so that its state is its memory and its globals, and nothing else. [`bake`] brings it to
//! life and takes a [`Golden`] snapshot, which [`Golden::save`] stores and [`Golden::load`] maps again. Each
//! [`Instance`] is a copy-on-write view of the snapshot: it is made in microseconds, is stopped by a deadline or from
//! another thread, and returns to the golden state at the cost of what it has written.
//!
//! ```
//! use hatchery::{CowEngine, EngineConfig, InstanceConfig, bake, freeze};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // (module (memory 1) (global (mut i32) (i32.const 0))
//! //   (func (export "count") (result i32)
//! //     (global.set 0 (i32.add (global.get 0) (i32.const 1))) (global.get 0)))
//! # let wasm = b"\0asm\x01\0\0\0\x01\x05\x01\x60\0\x01\x7f\x03\x02\x01\0\x05\x03\x01\0\x01\x06\x06\x01\x7f\x01\x41\0\x0b\x07\x09\x01\x05count\0\0\x0a\x0d\x01\x0b\0\x23\0\x41\x01\x6a\x24\0\x23\0\x0b";
//! let engine = CowEngine::new(EngineConfig::default())?;
//! let linker = engine.linker::<()>();
//! let golden = bake(&engine, &freeze(wasm)?, &linker, (), |bake| {
//!     // Done once, and from then on part of every instance.
//!     bake.call::<(), i32>("count", (), None).map(drop)
//! })?;
//! let mut instance = golden.prepare(&linker)?.instantiate((), InstanceConfig::default())?;
//! assert_eq!(instance.call::<(), i32>("count", (), None)?, 2);
//! assert_eq!(instance.call::<(), i32>("count", (), None)?, 3);
//! instance.reset()?;
//! assert_eq!(instance.call::<(), i32>("count", (), None)?, 2);
//! # Ok(())
//! # }
//! ```

#![deny(unsafe_code)]

mod ambient;
mod async_files;
mod async_sandbox;
mod async_state;
mod bake;
mod bytecode;
mod dirty_report;
mod engine;
mod error;
mod exception;
mod files;
mod freeze;
mod golden;
mod hibernate;
mod host_functions;
mod instance;
mod interrupt;
mod limits;
mod mount;
mod output;
mod python;
mod runtime;
mod sandbox;
mod settings;
mod stack;
mod store;
mod sys;

pub use ambient::Clock;
pub use async_sandbox::AsyncSandbox;
pub use bake::{Bake, BakeError, bake};
pub use bytecode::Bytecode;
pub use dirty_report::{DirtyReport, Owner};
pub use engine::{CowEngine, EngineConfig, EngineError};
pub use error::Error;
pub use exception::{Exception, Frame};
pub use files::{Copied, CopyLimits, DirEntry, EntryKind, FileError};
pub use freeze::{
    DataSegment, FreezeError, FreezeReport, Frozen, Offset, RESERVED_PREFIX, ResetKind, freeze,
};
pub use golden::{Golden, GoldenId, SnapshotError};
pub use hibernate::{Hibernated, ResumeError, SESSION_KEY_BYTES};
pub use host_functions::{Arguments, HostError, HostFunctions};
pub use instance::{
    CallError, Instance, InstanceConfig, InstanceError, OutOfBounds, PoisonReason, Prepared, Reset,
    Status,
};
pub use interrupt::{CallLimits, InterruptCause, InterruptKind, Interrupted, Interrupter};
pub use limits::Limits;
pub use mount::Mount;
pub use output::{Output, Returned};
pub use python::PREWARMED_MODULES;
pub use runtime::{Runtime, RuntimeBuilder};
pub use sandbox::{Checkpoint, Sandbox, SandboxBuilder, Usage};
pub use settings::{
    HOST_CALL_BYTES_MAX_DEFAULT, HOST_CALL_TIMEOUT_DEFAULT, HOST_CALLS_MAX_DEFAULT,
    MEMORY_BYTES_MAX_DEFAULT, OUTPUT_BYTES_MAX_DEFAULT, TIMEOUT_DEFAULT,
};
pub use store::StoreData;
