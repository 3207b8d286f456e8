//! Where a guest that has called out of its code will return to.
//!
//! A guest can spend nearly all its time in built-ins such as `memory.fill`, so that a signal hardly ever finds it in
//! its own code. Then the address that the built-in, or any host function, will return to is replaced by that of the
//! guest's trap: the host's part ends as it would, and the guest traps as soon as it is back.
//!
//! ```text
//!   guest's frame        … call ─────────────────────────────┐
//!   trampoline's frame   | return address into the guest | ◄─┘ replaced
//!                        | the guest's frame pointer     | ◄─── last_wasm_exit_trampoline_fp
//!   host's frames        …
//! ```
//!
//! wasmtime notes both the trampoline's frame and the return address in a structure of the store's, for walks of the
//! stack. Its layout is taken from `wasmtime-environ`, which is what the compiler uses, at the very same version.

use super::code::CodeRange;
use std::ptr::NonNull;
use wasmtime::{AsContextMut, Func};
use wasmtime_environ::{HostPtr, PtrSize, VMCONTEXT_MAGIC};

/// The furthest that a guest's last frame can be above the interrupted stack pointer: more than a host function uses.
const STACK_BYTES_MAX: usize = 16 << 20;

/// A store's notes on its last exit from a guest. Valid for as long as the store is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExitState(NonNull<u8>);

impl ExitState {
    /// Finds the notes of the store that `function` lives in. `None` if things are not where they should be.
    pub(crate) fn of(store: impl AsContextMut, function: &Func) -> Option<Self> {
        let function = NonNull::new(function.to_raw(store).cast::<u8>())?;
        // SAFETY: a function's raw form points to a `VMFuncRef`, whose `vmctx` is for a WebAssembly function a
        // `VMContext`, which begins with a magic number and points to its store's `VMStoreContext`. All live as long
        // as the store. The offsets are those that wasmtime compiles into guests. A wrong pointer would show in
        // `no_runaway_guest_outlives_its_deadline`, which stops guests that are always in a built-in.
        unsafe {
            let vmctx = function
                .add(HostPtr.vm_func_ref().vmctx().into())
                .cast::<NonNull<u8>>()
                .read();
            if vmctx.add(HostPtr.vmctx_magic().into()).cast::<u32>().read() != VMCONTEXT_MAGIC {
                return None;
            }
            let store = vmctx.add(HostPtr.vmctx_store_context().into());
            Some(Self(store.cast::<NonNull<u8>>().read()))
        }
    }

    pub(crate) fn as_ptr(self) -> *mut u8 {
        self.0.as_ptr()
    }

    pub(crate) fn from_ptr(notes: *mut u8) -> Option<Self> {
        NonNull::new(notes).map(Self)
    }

    /// Makes the guest trap when what it has called returns. Says whether it will.
    ///
    /// # Safety
    ///
    /// The store is alive, this is called by a signal handler on the thread that runs its guest, and `stack_pointer`
    /// is where that thread was interrupted, outside the guest's own code.
    pub(crate) unsafe fn divert(&self, code: &CodeRange, stack_pointer: usize) -> bool {
        let notes = HostPtr.vm_store_context();
        // SAFETY: the store is alive, so its notes can be read; nobody writes to them meanwhile, for that is done by
        // the interrupted thread.
        let note =
            |offset: u8| unsafe { self.0.add(offset.into()).cast::<usize>().read_volatile() };
        let frame = note(notes.last_wasm_exit_trampoline_fp());
        let address = note(notes.last_wasm_exit_pc());
        let is_on_stack = frame > stack_pointer && frame - stack_pointer < STACK_BYTES_MAX;
        if !is_on_stack || !frame.is_multiple_of(align_of::<usize>()) || !code.contains(address) {
            return false;
        }
        let slot = (frame as *mut usize).wrapping_add(1);
        // SAFETY: the notes are of an exit on this call's stack, which is mapped as a whole, at or above where the
        // thread is. They may be of an exit that is over; then the slot holds something else by now, or is the same
        // call site's again, or is never read. Only the very return address noted is replaced, and the new one only
        // ever leads to a trap.
        unsafe {
            if slot.read_volatile() != address {
                return false;
            }
            slot.write_volatile(code.trap);
        }
        true
    }
}
