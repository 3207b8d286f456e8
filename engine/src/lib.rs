//! Runs instances of any large pre-initialised WebAssembly module, each a copy-on-write view of one golden snapshot.
//!
//! The crate knows no Python. [`freeze`] rewrites a module once so that its state is its memory and its globals, and nothing else. [`bake`] brings it to
//! life and takes a [`Golden`] snapshot, which [`Golden::save`] stores and [`Golden::load`] maps again. Each
//! [`Instance`] is a copy-on-write view of the snapshot: it is made in microseconds, is stopped by a deadline or from
//! another thread, and returns to the golden state at the cost of what it has written.
//!
//! ```
//! use hatchery_engine::{CowEngine, EngineConfig, InstanceConfig, bake, freeze};
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

mod bake;
mod engine;
mod freeze;
mod golden;
mod hibernate;
mod instance;
mod interrupt;
mod limits;
mod stack;
mod store;
mod sys;

pub use bake::{Bake, BakeError, bake};
pub use engine::{CowEngine, EngineConfig, EngineError};
pub use freeze::{
    DataSegment, FREEZE_REVISION, FreezeError, FreezeReport, Frozen, Offset, RESERVED_PREFIX,
    ResetKind, freeze,
};
pub use golden::{GlobalValue, Golden, GoldenId, SNAPSHOT_FORMAT, SnapshotError};
pub use hibernate::{HibernateError, Hibernated, ResumeError, SealingKey};
pub use instance::{
    CallError, Calls, Instance, InstanceConfig, InstanceError, OutOfBounds, PoisonReason, Prepared,
    Reset, State, Status, Stopped,
};
pub use interrupt::{
    CallLimits, InterruptCause, InterruptKind, Interrupted, Interrupter, RunInProgress,
};
pub use limits::Limits;
pub use store::StoreData;
pub use sys::thread::CpuClock;
/// Why a guest's own code cannot go on: wasmtime's list.
pub use wasmtime::Trap;
