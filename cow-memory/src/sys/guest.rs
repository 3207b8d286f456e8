//! The two traits by which wasmtime takes memories from us.

use crate::creator::CowMemoryCreator;
use crate::handle::SharedSlot;
use std::sync::Arc;
use wasmtime::{LinearMemory, MemoryCreator, MemoryType};

/// A slot as wasmtime owns it.
pub(crate) struct GuestMemory(pub(crate) Arc<SharedSlot>);

// SAFETY: the slot stays mapped at one address for as long as the `Arc` lives.
// Its first `byte_size` bytes are readable and writable; the rest of the
// reservation and the guards on both sides are `PROT_NONE` (the test
// `guards_hold` walks the process's mappings to see it). The length changes only
// in `grow_to`, which wasmtime calls, and in `SlotHandle::reset`, which holds
// the store exclusively and has wasmtime take note.
//
// Unlike the trait's text the memory does not start zero-filled but as the
// golden image, and may be longer than the module's minimum. wasmtime 48 reads
// the length anew from `byte_size` and assumes no contents: the tests in
// `tests/wasmtime_facts.rs` stand guard over both.
unsafe impl LinearMemory for GuestMemory {
    fn byte_size(&self) -> usize {
        self.0.len_bytes()
    }

    fn byte_capacity(&self) -> usize {
        self.0.reservation_bytes()
    }

    fn grow_to(&mut self, new_size: usize) -> wasmtime::Result<()> {
        self.0.grow(new_size).map_err(wasmtime::Error::new)
    }

    fn as_ptr(&self) -> *mut u8 {
        self.0.base_address() as *mut u8
    }
}

// SAFETY: `provide` hands out a slot that nobody else has, and only if its
// reservation and guard are at least as large as asked for.
unsafe impl MemoryCreator for CowMemoryCreator {
    fn new_memory(
        &self,
        ty: MemoryType,
        minimum: usize,
        maximum: Option<usize>,
        reserved_size_in_bytes: Option<usize>,
        guard_size_in_bytes: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        let reserved = reserved_size_in_bytes.unwrap_or(0);
        let shared = self.provide(&ty, minimum, maximum, reserved, guard_size_in_bytes)?;
        Ok(Box::new(GuestMemory(shared)))
    }
}
