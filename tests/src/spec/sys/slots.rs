//! A memory creator that takes a slot of zeros for whatever memory is asked for.

use cow_memory::{Image, Slot, SlotPool, SlotPoolConfig};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use wasmtime::{Config, LinearMemory, MemoryCreator, MemoryType};

/// Slots for all memories of an engine, the second and third of a module included.
pub(crate) struct Slots {
    pool: SlotPool,
    /// By length, so that slots are used again by memories of the same length: what is left in one shows in the next.
    images: Mutex<HashMap<usize, Image>>,
    given: AtomicUsize,
}

impl Slots {
    pub(crate) fn new() -> Result<Arc<Self>, cow_memory::Error> {
        Ok(Arc::new(Self {
            pool: SlotPool::new(SlotPoolConfig::default())?,
            images: Mutex::default(),
            given: AtomicUsize::new(0),
        }))
    }

    /// Makes engines of `config` take their memories from here.
    pub(crate) fn configure(self: &Arc<Self>, config: &mut Config) {
        let sizes = self.pool.config();
        config
            .with_host_memory(Arc::<Self>::clone(self))
            .memory_init_cow(false)
            .memory_reservation(sizes.reservation_bytes as u64)
            .memory_guard_size(sizes.guard_bytes as u64)
            .memory_reservation_for_growth(0)
            .memory_may_move(false);
    }

    /// How many memories were slots.
    pub(crate) fn given(&self) -> usize {
        self.given.load(Ordering::Relaxed)
    }

    fn lease(&self, len_bytes: usize) -> Result<Slot, cow_memory::Error> {
        let image = {
            let mut images = self.images.lock().expect("nothing panics with it");
            match images.get(&len_bytes) {
                Some(image) => image.clone(),
                None => {
                    let image = Image::zeroed(len_bytes)?;
                    images.insert(len_bytes, image.clone());
                    image
                }
            }
        };
        self.pool.acquire(&image)
    }
}

// SAFETY: a leased slot is nobody else's. It has the pool's reservation and guards, front and back, which are compared
// with what is asked for.
unsafe impl MemoryCreator for Slots {
    fn new_memory(
        &self,
        ty: MemoryType,
        minimum: usize,
        _maximum: Option<usize>,
        reserved_size_in_bytes: Option<usize>,
        guard_size_in_bytes: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        let sizes = self.pool.config();
        if ty.is_shared()
            || reserved_size_in_bytes.unwrap_or(0) > sizes.reservation_bytes
            || guard_size_in_bytes > sizes.guard_bytes
        {
            return Err(format!("no slot is like {ty:?}"));
        }
        let mut slot = self.lease(minimum).map_err(|error| error.to_string())?;
        // From here on wasmtime writes to it without telling: the release has to look for written pages.
        let base = slot.as_mut_slice().as_mut_ptr();
        self.given.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(SlotMemory { slot, base }))
    }
}

/// A slot as a linear memory.
struct SlotMemory {
    slot: Slot,
    base: *mut u8,
}

// SAFETY: the pointer is to the slot's own memory, which no thread owns.
unsafe impl Send for SlotMemory {}
// SAFETY: shared access only reads the pointer and the length.
unsafe impl Sync for SlotMemory {}

// SAFETY: the slot stays at one address and accessible up to its length until it is dropped, and is dropped with this.
unsafe impl LinearMemory for SlotMemory {
    fn byte_size(&self) -> usize {
        self.slot.len_bytes()
    }

    fn byte_capacity(&self) -> usize {
        // The engine was configured with this pool's sizes: see `Slots::configure`.
        SlotPoolConfig::default().reservation_bytes
    }

    fn grow_to(&mut self, new_size: usize) -> wasmtime::Result<()> {
        self.slot.grow(new_size).map_err(wasmtime::Error::new)
    }

    fn as_ptr(&self) -> *mut u8 {
        self.base
    }
}
