//! What needs `unsafe`: loading code that was compiled a moment ago.

use crate::Failure;
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
