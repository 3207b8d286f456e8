//! Stacks for guest calls, mapped by us.
//!
//! ```text
//! low                                                                high
//! | guard, no access | host functions called at full depth | wasm stack |
//! |      64 KiB      |                1 MiB                |  128 MiB   |
//!                                                            ▲ the guest starts here and grows down
//! ```

use rustix::mm::{Advice, MapFlags, MprotectFlags, ProtFlags};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::{self, NonNull};

/// Host code running off the stack hits this instead of another mapping. Larger than a page, because a host function
/// may move the stack pointer further than a page between two touches.
const GUARD_BYTES: usize = 64 << 10;

/// How much of a stack its thread keeps between calls: most programs use a tenth of it.
const KEPT_BYTES: usize = 1 << 20;

/// At the depth of [`KEPT_BYTES`], the words that are looked at. Return addresses lie closer to each other than that
/// where a guest recurs, as its frames are smaller.
const MARK_WORDS: usize = 128;

/// A mapped stack with a guard below it.
#[derive(Debug)]
pub(crate) struct GuestStack {
    mapping: NonNull<u8>,
    mapping_bytes: usize,
}

impl GuestStack {
    /// Maps a stack of `usable_bytes`, a multiple of 64 KiB. Pages are committed as they are touched.
    pub(crate) fn map(usable_bytes: usize) -> io::Result<Self> {
        assert!(usable_bytes > 0 && usable_bytes.is_multiple_of(64 << 10));
        let mapping_bytes = usable_bytes + GUARD_BYTES;
        // SAFETY: a fresh private anonymous mapping at an address of the kernel's choice touches no existing memory.
        let mapping = unsafe {
            rustix::mm::mmap_anonymous(
                ptr::null_mut(),
                mapping_bytes,
                ProtFlags::empty(),
                MapFlags::PRIVATE | MapFlags::NORESERVE | MapFlags::STACK,
            )?
        };
        let mapping = NonNull::new(mapping.cast::<u8>()).expect("mmap never returns null");
        let stack = Self {
            mapping,
            mapping_bytes,
        };
        // SAFETY: the range lies inside the mapping that was just made and that nothing else refers to.
        unsafe {
            let usable = stack.usable().cast();
            rustix::mm::mprotect(
                usable,
                usable_bytes,
                MprotectFlags::READ | MprotectFlags::WRITE,
            )?;
            // A huge page would be cleared whole for a guest that touches a few kilobytes. Only a hint: a kernel
            // without huge pages refuses it.
            let _ = rustix::mm::madvise(usable, usable_bytes, Advice::LinuxNoHugepage);
        }
        Ok(stack)
    }

    fn usable(&self) -> *mut u8 {
        // SAFETY: the guard is the first part of the mapping, which is longer.
        unsafe { self.mapping.as_ptr().add(GUARD_BYTES) }
    }

    /// Gives what a deep recursion has written to back to the kernel: all that lies deeper than [`KEPT_BYTES`], if
    /// anything has been written just there.
    pub(crate) fn give_back_depths(&mut self) {
        let usable_bytes = self.mapping_bytes - GUARD_BYTES;
        let Some(deep_bytes) = usable_bytes.checked_sub(KEPT_BYTES) else {
            return;
        };
        // SAFETY: the words lie inside the usable part, at an address that is a multiple of a page's; any bytes are
        // words, and no code runs on the stack while it is borrowed exclusively.
        let mark = unsafe {
            let first = self.usable().add(deep_bytes).cast::<usize>();
            std::slice::from_raw_parts(first, MARK_WORDS)
        };
        if mark.iter().fold(0, |any, word| any | word) == 0 {
            return;
        }
        let len = deep_bytes + size_of_val(mark).next_multiple_of(rustix::param::page_size());
        // SAFETY: the range lies inside the mapping, which is ours, and no code runs on it.
        let given_back =
            unsafe { rustix::mm::madvise(self.usable().cast(), len, Advice::LinuxDontNeed) };
        debug_assert!(given_back.is_ok());
    }

    /// How much memory the stack has of its own.
    #[cfg(test)]
    pub(crate) fn resident_bytes(&self) -> usize {
        let page_bytes = rustix::param::page_size();
        let mut pages = vec![0_u8; self.mapping_bytes / page_bytes];
        // SAFETY: there is a byte for each page of the mapping, which is ours.
        let answered = unsafe {
            libc::mincore(
                self.mapping.as_ptr().cast(),
                self.mapping_bytes,
                pages.as_mut_ptr(),
            )
        };
        assert_eq!(answered, 0);
        pages.iter().filter(|page| **page & 1 == 1).count() * page_bytes
    }

    /// Runs `f` on this stack. A panic in `f` continues on the caller's stack.
    pub(crate) fn run<R>(&mut self, f: impl FnOnce() -> R) -> R {
        let usable_bytes = self.mapping_bytes - GUARD_BYTES;
        // Unwinding must not cross the switch, so a panic is carried over it as a value.
        let carry = || catch_unwind(AssertUnwindSafe(f));
        psm::psm_stack_manipulation! {
            yes {
                // SAFETY: the range is mapped readable and writable, aligned to a page, and used by nothing else while
                // `self` is borrowed exclusively; `carry` does not unwind. Shown by `stack::tests`.
                let outcome = unsafe { psm::on_stack(self.usable(), usable_bytes, carry) };
            }
            no {
                let outcome = { let _ = usable_bytes; carry() };
            }
        }
        match outcome {
            Ok(value) => value,
            Err(panic) => resume_unwind(panic),
        }
    }
}

impl Drop for GuestStack {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and no code runs on it: `run` borrows the stack for as long as it does.
        let unmapped =
            unsafe { rustix::mm::munmap(self.mapping.as_ptr().cast(), self.mapping_bytes) };
        debug_assert!(unmapped.is_ok());
    }
}

/// Whether this target can run a call on another stack.
pub(crate) const fn can_switch() -> bool {
    psm::psm_stack_manipulation! {
        yes { cfg!(unix) }
        no { false }
    }
}
