//! Guest calls run on a large stack, however small the calling thread's own is.
//!
//! wasmtime measures a guest's stack from where the stack pointer is when the guest is entered. CPython needs
//! megabytes to end a runaway recursion with its own `RecursionError`, and threads of async runtimes have two in all,
//! so a call made there would run off the thread's stack before wasmtime's limit is reached.
//!
//! Each OS thread keeps one such stack for as long as it lives. A call made by a host function to *another* instance
//! gets a stack of its own.

use crate::sys::stack::{GuestStack, can_switch};
use std::cell::RefCell;
use std::io;

/// Stack that a guest may use, in bytes.
pub(crate) const WASM_STACK_BYTES: usize = if can_switch() { 128 << 20 } else { 512 << 10 };
/// Stack left for a host function that is called when the guest has used all of its own.
pub(crate) const HOST_STACK_BYTES: usize = 1 << 20;

thread_local! {
    static SPARE: RefCell<Option<GuestStack>> = const { RefCell::new(None) };
}

/// Runs `f` where it has [`WASM_STACK_BYTES`] for a guest and more for host functions.
///
/// On targets where stacks cannot be switched `f` runs on the thread's own stack and the guest's share is small.
///
/// # Errors
///
/// The kernel refused to map a stack; `f` has not run.
pub(crate) fn on_guest_stack<R>(f: impl FnOnce() -> R) -> io::Result<R> {
    if !can_switch() {
        return Ok(f());
    }
    let spare = SPARE
        .try_with(|spare| spare.borrow_mut().take())
        .ok()
        .flatten();
    let stack = match spare {
        Some(stack) => stack,
        None => GuestStack::map(WASM_STACK_BYTES + HOST_STACK_BYTES)?,
    };
    let mut lease = Lease(Some(stack));
    Ok(lease.run(f))
}

/// Puts the stack back as the thread's spare, also when the call panics. What a deep recursion has written to is given
/// back to the kernel first, or each thread would come to keep a whole stack.
struct Lease(Option<GuestStack>);

impl Lease {
    fn run<R>(&mut self, f: impl FnOnce() -> R) -> R {
        self.0
            .as_mut()
            .expect("the stack is there until the lease is dropped")
            .run(f)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // A thread that is ending has no spare any more; the stack is unmapped then.
        let _ = SPARE.try_with(|spare| {
            if let Some(stack) = &mut self.0 {
                stack.give_back_depths();
            }
            *spare.borrow_mut() = self.0.take();
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hint::black_box;
    use std::thread;

    /// Uses about `frames` KiB of stack.
    fn descend(frames: usize) -> usize {
        let page = black_box([frames as u8; 1024]);
        if frames == 0 {
            usize::from(page[0])
        } else {
            descend(frames - 1) + usize::from(page[1] == 0)
        }
    }

    fn on_small_thread<R: Send + 'static>(
        f: impl FnOnce() -> R + Send + 'static,
    ) -> thread::Result<R> {
        thread::Builder::new()
            .stack_size(128 << 10)
            .spawn(f)
            .unwrap()
            .join()
    }

    #[test]
    fn a_small_thread_does_not_limit_the_guest() {
        if can_switch() {
            on_small_thread(|| on_guest_stack(|| descend(2 << 10)).unwrap()).unwrap();
        }
    }

    #[test]
    fn a_thread_does_not_keep_the_memory_of_a_deep_recursion() {
        if !can_switch() {
            return;
        }
        let (deep, kept) = on_small_thread(|| {
            on_guest_stack(|| descend(16 << 10)).unwrap();
            let deep = SPARE.with(|spare| spare.borrow().as_ref().unwrap().resident_bytes());
            on_guest_stack(|| descend(256)).unwrap();
            let kept = SPARE.with(|spare| spare.borrow().as_ref().unwrap().resident_bytes());
            (deep, kept)
        })
        .unwrap();
        assert!(deep <= 2 << 20, "{deep}");
        // What usual calls write to stays.
        assert!((256 << 10..=2 << 20).contains(&kept), "{kept}");
    }

    #[test]
    fn a_panic_is_not_lost_and_the_stack_is_used_again() {
        let outcome = on_small_thread(|| {
            for _ in 0..100 {
                let panic =
                    std::panic::catch_unwind(|| on_guest_stack(|| std::panic::panic_any(7_u32)));
                assert_eq!(*panic.unwrap_err().downcast::<u32>().unwrap(), 7);
            }
            on_guest_stack(|| 8).unwrap()
        });
        assert_eq!(outcome.unwrap(), 8);
    }

    #[test]
    fn a_nested_call_never_shares_its_callers_stack() {
        let nested = on_small_thread(|| {
            on_guest_stack(|| on_guest_stack(|| descend(2 << 10)).unwrap() + descend(2 << 10))
                .unwrap()
        });
        if can_switch() {
            nested.unwrap();
        }
    }
}
