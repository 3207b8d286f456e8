//! Hatchery: full CPython in a WebAssembly sandbox, thousands at once, each started from one golden snapshot.
//!
//! A [`Runtime`] holds CPython's golden snapshot. A [`Sandbox`] is a Python interpreter of its own, a copy-on-write
//! view of that snapshot: it is made in microseconds, runs programs within limits, is reset completely, forked, and put
//! to sleep in kilobytes. [`AsyncSandbox`] has the same calls for asynchronous code.
//!
//! ```no_run
//! let runtime = hatchery::Runtime::new()?;
//! let mut sandbox = runtime.sandbox()?;
//! assert_eq!(sandbox.execute("print('hello')")?.stdout_text(), "hello\n");
//! # Ok::<(), hatchery::Error>(())
//! ```
//!
//! # Features
//!
//! Both are on unless `default-features = false`; each saves ten crates where it is off.
//!
//! - `async`: [`AsyncSandbox`] and what makes one. Asynchronous host functions are there without it.
//! - `mounts`: [`Mount`], folders and files of the host's in a sandbox.
//!
//! What runs any WebAssembly module, and knows no Python, is the crate [`hatchery_engine`], which is re-exported as
//! [`engine`].

#![forbid(unsafe_code)]

mod ambient;
mod bytecode;
mod caller;
mod dirty_report;
mod error;
mod exception;
mod files;
mod host_functions;
mod json;
#[cfg(feature = "mounts")]
mod mount;
mod output;
mod python;
mod runtime;
mod sandbox;
mod session;
mod settings;

pub use ambient::Clock;
pub use bytecode::Bytecode;
pub use caller::Caller;
pub use dirty_report::{DirtyReport, Owner};
pub use error::{Error, ErrorKind};
pub use exception::{Exception, Frame};
pub use files::{Copied, CopyLimits, DirEntry, EntryKind, FileError};
pub use host_functions::{Arguments, HostError, HostFunctions};
pub use json::{FromJsonError, ToJsonError};
#[cfg(feature = "mounts")]
pub use mount::{Mount, MountQuota};
pub use output::{Output, Returned};
pub use python::PREWARMED_MODULES;
pub use runtime::{Runtime, RuntimeBuilder};
#[cfg(feature = "async")]
pub use sandbox::{AsyncSandbox, AsyncWithOptions, PythonSandboxAsync};
pub use sandbox::{
    Checkpoint, PythonSandbox, RunOptions, Sandbox, SandboxBuilder, Usage, WithOptions,
};
pub use settings::{
    HOST_CALL_BYTES_MAX_DEFAULT, HOST_CALL_TIMEOUT_DEFAULT, HOST_CALLS_MAX_DEFAULT,
    MEMORY_BYTES_MAX_DEFAULT, OUTPUT_BYTES_MAX_DEFAULT, TIMEOUT_DEFAULT, VALUE_BYTES_MAX_DEFAULT,
};

/// The engine under the sandbox, for modules other than Python's.
pub use hatchery_engine as engine;

pub use cow_memory::{PageSet, ResetReport, SlotPool, SlotPoolConfig};
pub use hatchery_engine::{
    BakeError, CallError, CowEngine, EngineConfig, EngineError, FreezeError, Golden, GoldenId,
    HibernateError, Hibernated, InstanceError, InterruptCause, InterruptKind, Interrupted,
    Interrupter, PoisonReason, Reset, ResetKind, ResumeError, SealingKey, SnapshotError, Trap,
};
pub use hatchery_guest::Guest;
