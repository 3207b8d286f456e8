//! Where a slot's bytes are in the address space.
//!
//! ```text
//!  arena: one PROT_NONE reservation, carved front to back (default sizes)
//!
//!  +--------------+==========================+--------------+=============...
//!  | front guard  |  slot 0                  | back guard   |  slot 1
//!  | 32 MiB, NONE |  4 GiB                   | 32 MiB, NONE |  4 GiB
//!  +--------------+==========================+--------------+=============...
//!                 ^ base                     ^ base + reservation
//!
//!  slot, in use:
//!
//!  base           +image length    +grown length              +reservation
//!  |  golden image |  grown memory  |  not grown into          |
//!  |  RW, private  |  RW, anonymous |  NONE                    |
//!  |  file mapping |  reads zero    |                          |
//!  `--- one mapping ---- one more, while grown ---- one mapping ... guard --'
//! ```
//!
//! The guard behind one slot is the guard in front of the next. A 32-bit guest
//! reaches at most 4 GiB + a constant offset below the guard size past its base,
//! so compiled code leaves bounds checks out and relies on the `PROT_NONE` parts
//! to fault. Nothing here is ever executable.
//!
//! With the defaults a slot takes 4,128 MiB, so the 128 TiB that an x86-64
//! process has hold about 32,250 of them; two mappings a slot end at about the
//! same number under the default `vm.max_map_count` of 65,530.

use crate::error::Error;
use crate::sys;

/// The sizes every slot of a pool has, checked once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SlotLayout {
    reservation_bytes: usize,
    guard_bytes: usize,
}

impl SlotLayout {
    /// Checks that the sizes are page-aligned and leave room for a guard.
    pub(crate) fn new(reservation_bytes: usize, guard_bytes: usize) -> Result<Self, Error> {
        let page = sys::page_size();
        let refuse = |reason| Err(Error::PoolConfig { reason });
        if reservation_bytes == 0 || !reservation_bytes.is_multiple_of(page) {
            return refuse("reservation_bytes must be a multiple of the page size, not 0");
        }
        if guard_bytes == 0 || !guard_bytes.is_multiple_of(page) {
            return refuse("guard_bytes must be a multiple of the page size, not 0");
        }
        if reservation_bytes / page > u32::MAX as usize {
            return refuse("reservation_bytes must be less than 2^32 pages");
        }
        if reservation_bytes.checked_add(guard_bytes).is_none() {
            return refuse("reservation_bytes and guard_bytes exceed the address space");
        }
        Ok(Self {
            reservation_bytes,
            guard_bytes,
        })
    }

    /// Bytes a slot's memory can have at most.
    pub(crate) fn reservation_bytes(self) -> usize {
        self.reservation_bytes
    }

    /// Inaccessible bytes in front of a slot and behind it.
    pub(crate) fn guard_bytes(self) -> usize {
        self.guard_bytes
    }

    /// Bytes from one slot's base to the next one's.
    pub(crate) fn stride_bytes(self) -> usize {
        self.reservation_bytes + self.guard_bytes
    }

    /// Bytes an arena of `slots` slots takes. `None` when no process has as many.
    pub(crate) fn arena_bytes(self, slots: usize) -> Option<usize> {
        self.stride_bytes()
            .checked_mul(slots)?
            .checked_add(self.guard_bytes)
    }
}

/// `bytes` rounded up to whole pages, `None` past the end of the address space.
pub(crate) fn page_ceil(bytes: usize) -> Option<usize> {
    bytes.checked_next_multiple_of(sys::page_size())
}

#[cfg(test)]
mod tests {
    use super::SlotLayout;

    #[test]
    fn sizes_that_would_leave_no_guard_are_refused() {
        for (reservation, guard) in [(0, 4096), (4096, 0), (4097, 4096), (4096, 1)] {
            assert!(SlotLayout::new(reservation, guard).is_err());
        }
        assert!(SlotLayout::new(usize::MAX - 4095, 4096).is_err());
    }

    #[test]
    fn a_process_holds_32000_slots_of_the_default_size() {
        let layout = SlotLayout::new(4 << 30, 32 << 20).unwrap();
        assert!(layout.arena_bytes(32_000).unwrap() < 1 << 47);
        assert_eq!(layout.arena_bytes(usize::MAX), None);
    }
}
