//! What needs `unsafe`: loading code that was compiled a moment ago, and a thread's own clock.

use crate::Failure;
use std::time::Duration;
use wasmtime::{Engine, Module};

/// Compiled code, for as many engines as want it.
#[derive(Debug)]
pub(crate) struct Compiled(Vec<u8>);

impl Compiled {
    /// Compiles `wasm` once.
    pub(crate) fn new(engine: &Engine, wasm: &[u8]) -> Result<Self, Failure> {
        Ok(Self(engine.precompile_module(wasm)?))
    }

    /// The module, for an engine whose compiler is set in the same way: wasmtime refuses another.
    pub(crate) fn load(&self, engine: &Engine) -> Result<Module, Failure> {
        // SAFETY: the bytes were made by wasmtime in this process, and nobody has had them since.
        Ok(unsafe { Module::deserialize(engine, &self.0)? })
    }
}

/// The processor time that this thread has taken.
///
/// # Panics
///
/// Where there is no such clock.
pub(crate) fn thread_cpu_time() -> Duration {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `now` is a timespec that the call fills in and does not keep.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut now) };
    assert_eq!(failed, 0, "threads have no clocks here");
    Duration::new(now.tv_sec.cast_unsigned(), now.tv_nsec as u32)
}
