//! Slots as wasmtime's linear memories.
//!
//! wasmtime asks an engine-wide creator for a memory and tells it sizes, not
//! which image is meant. So the slot is laid ready on the instantiating thread
//! for the length of one closure. A memory asked for when none lies ready, or
//! of a type that the image does not fit, is refused: a module must never get
//! memory that was meant for another.

use crate::error::Error;
use crate::handle::{SharedSlot, SlotHandle};
use crate::pool::SlotPool;
use crate::slot::Slot;
use crate::sys;
use std::cell::RefCell;
use std::sync::Arc;
use wasmtime::{Config, MemoryType};

/// Gives slots of a [`SlotPool`] to wasmtime.
///
/// One creator an engine. The on-demand allocator is the only one that asks it:
/// the pooling allocator silently ignores host memories.
pub struct CowMemoryCreator {
    pool: SlotPool,
}

/// A slot that lies ready for one instantiation.
struct Pending {
    creator: *const CowMemoryCreator,
    slot: Option<Arc<SharedSlot>>,
    refusal: Option<Error>,
}

thread_local! {
    /// A stack, for a host function may instantiate while its caller does.
    static PENDING: RefCell<Vec<Pending>> = const { RefCell::new(Vec::new()) };
}

/// Takes the pending slot away again, come what may.
struct Ready;

impl Ready {
    fn lay(pending: Pending) -> Self {
        PENDING.with_borrow_mut(|stack| stack.push(pending));
        Self
    }

    fn clear(self) -> Option<Pending> {
        std::mem::forget(self);
        PENDING.with_borrow_mut(Vec::pop)
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        // Outside the borrow: dropping the slot runs the pool's code.
        let pending = PENDING.with_borrow_mut(Vec::pop);
        drop(pending);
    }
}

impl CowMemoryCreator {
    /// A creator whose memories are slots with the sizes of `pool`.
    #[must_use]
    pub fn new(pool: SlotPool) -> Arc<Self> {
        Arc::new(Self { pool })
    }

    /// The pool.
    #[must_use]
    pub fn pool(&self) -> &SlotPool {
        &self.pool
    }

    /// Makes the engines built from `config` take their memories from here.
    ///
    /// Compiled code relies on the sizes set here, so they must not be changed
    /// afterwards; a memory of other sizes is refused.
    pub fn configure(self: &Arc<Self>, config: &mut Config) {
        let sizes = self.pool.config();
        config
            .with_host_memory(Arc::<Self>::clone(self))
            .allocation_strategy(wasmtime::InstanceAllocationStrategy::OnDemand)
            // A host memory together with a data image makes wasmtime 48 panic.
            .memory_init_cow(false)
            .memory_reservation(sizes.reservation_bytes as u64)
            .memory_guard_size(sizes.guard_bytes as u64)
            .memory_reservation_for_growth(0)
            .memory_may_move(false)
            .guard_before_linear_memory(true);
    }

    /// Runs `instantiate` with `slot` ready for the one memory it makes.
    ///
    /// The module must define exactly one memory, 32-bit or 64-bit, not shared,
    /// with a minimum not above the image's length and a maximum not below it.
    /// The memory starts with the image's bytes and length.
    ///
    /// The closure must instantiate on this thread, with a store of an engine
    /// [configured](Self::configure) by this creator.
    ///
    /// # Errors
    ///
    /// [`Error::MemoryMismatch`] when the image does not fit the memory,
    /// [`Error::Instantiate`] with wasmtime's reason when the closure fails, and
    /// [`Error::SlotNotUsed`] when no memory was asked for. The slot then goes
    /// back to its pool.
    pub fn with_slot<R>(
        &self,
        slot: Slot,
        instantiate: impl FnOnce() -> wasmtime::Result<R>,
    ) -> Result<(R, SlotHandle), Error> {
        self.lay_ready(slot, |handle| {
            // Data segments are written while instantiating.
            let run = handle.enter();
            let result = instantiate();
            drop(run);
            handle.uncount_runs();
            result
        })
    }

    /// As [`with_slot`](Self::with_slot), for a module that writes nothing to its memory while it is instantiated:
    /// one with neither active data segments nor a start function. Two system calls less.
    ///
    /// That is a promise of the kind that [`ResetMode::Counted`](crate::ResetMode::Counted) asks for, and where it is
    /// not kept, what was written is neither seen nor put back by a counted reset. Debug builds notice.
    ///
    /// # Errors
    ///
    /// As [`with_slot`](Self::with_slot).
    pub fn with_slot_unwritten<R>(
        &self,
        slot: Slot,
        instantiate: impl FnOnce() -> wasmtime::Result<R>,
    ) -> Result<(R, SlotHandle), Error> {
        self.lay_ready(slot, |_| instantiate())
    }

    fn lay_ready<R>(
        &self,
        slot: Slot,
        instantiate: impl FnOnce(&mut SlotHandle) -> wasmtime::Result<R>,
    ) -> Result<(R, SlotHandle), Error> {
        let shared = SharedSlot::new(slot);
        let ready = Ready::lay(Pending {
            creator: std::ptr::from_ref(self),
            slot: Some(Arc::clone(&shared)),
            refusal: None,
        });
        let mut handle = SlotHandle::new(shared);
        let result = instantiate(&mut handle);
        let pending = ready.clear();
        let (unused, refusal) = match pending {
            Some(pending) => (pending.slot.is_some(), pending.refusal),
            None => (true, None),
        };
        match (result, refusal) {
            (_, Some(refusal)) => Err(refusal),
            (Err(error), None) => Err(Error::Instantiate {
                source: error.into(),
            }),
            (Ok(_), None) if unused => Err(Error::SlotNotUsed),
            (Ok(result), None) => Ok((result, handle)),
        }
    }

    /// The slot that lies ready, if it goes with what wasmtime asks for.
    pub(crate) fn provide(
        &self,
        ty: &MemoryType,
        minimum: usize,
        maximum: Option<usize>,
        reserved: usize,
        guard: usize,
    ) -> Result<Arc<SharedSlot>, String> {
        PENDING.with_borrow_mut(|stack| {
            let pending = stack
                .last_mut()
                .filter(|pending| std::ptr::eq(pending.creator, self))
                .ok_or("no slot lies ready: instantiate within CowMemoryCreator::with_slot")?;
            let Some(slot) = &pending.slot else {
                return Err("a second memory was asked for: modules may define one".into());
            };
            match unfit(slot, ty, minimum, maximum, reserved, guard) {
                Some(reason) => {
                    let refusal = Error::MemoryMismatch {
                        image_bytes: slot.image_bytes(),
                        reason,
                    };
                    let text = refusal.to_string();
                    pending.refusal = Some(refusal);
                    Err(text)
                }
                None => pending.slot.take().ok_or_else(String::new),
            }
        })
    }
}

/// Why `slot` must not be used for such a memory, if so.
fn unfit(
    slot: &SharedSlot,
    ty: &MemoryType,
    minimum: usize,
    maximum: Option<usize>,
    reserved: usize,
    guard: usize,
) -> Option<String> {
    let image = slot.image_bytes();
    if ty.is_shared() {
        return Some("it is shared between threads".into());
    }
    if minimum > image {
        return Some(format!("its minimum is {minimum} bytes"));
    }
    if let Some(maximum) = maximum.filter(|maximum| *maximum < image) {
        return Some(format!("its maximum is {maximum} bytes"));
    }
    if ty.page_size() < sys::page_size() as u64 || !(image as u64).is_multiple_of(ty.page_size()) {
        return Some(format!("its pages have {} bytes", ty.page_size()));
    }
    if reserved > slot.reservation_bytes() || guard > slot.guard_bytes() {
        return Some(format!(
            "the engine counts on {reserved} reserved and {guard} guard bytes; configure it with \
             CowMemoryCreator::configure alone"
        ));
    }
    None
}

impl std::fmt::Debug for CowMemoryCreator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CowMemoryCreator")
            .field("pool", &self.pool)
            .finish()
    }
}
