//! Interrupts by signal, x86-64 Linux.
//!
//! ```text
//!   watchdog                      guest's thread
//!   wanted := true
//!   tgkill ─────────────────────► handler: wanted := false
//!                                   in the guest's code?  RIP := its `ud2`, landed := true
//!                                   called out of it?     return address := its `ud2`, landed := true
//!                                   neither?              nothing; the watchdog tries again
//!                                 return from the handler ─► SIGILL ─► wasmtime's handler: a trap
//! ```
//!
//! A guest's code may be left at any instruction: wasmtime unwinds to where the guest was entered, and what the guest
//! was doing to its memory is undone by the reset. Host code, built-ins and trampolines may not, so they run to their
//! end first.
//!
//! The signal is a real-time one that nobody had a use for when it was claimed. The handler touches atomics only.
//!
//! A host program may install a handler of its own over ours, pass the signal on or not, ignore it, and put ours back:
//! `tests/engine/shared_signal.rs`. It may not put back the default action, which ends the process, nor block the signal
//! in a thread that has run a guest before: such a guest stops only in host functions that look for interrupts.

use super::code::CodeRange;
use super::exit::ExitState;
use std::cell::Cell;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Kicks that do not arrive before the signal's handler is looked at: somebody may have taken it.
const LOST_KICKS: u32 = 32;
/// How long a call that has ended waits for a kick on its way, at most.
const SETTLE_MAX: Duration = Duration::from_millis(20);

/// One instance, as its thread's handler sees it.
#[derive(Debug)]
pub(crate) struct Target {
    code: CodeRange,
    /// The thread that the guest runs on.
    thread: AtomicI32,
    /// A signal is on its way.
    wanted: AtomicBool,
    /// The handler has moved the guest to its trap.
    landed: AtomicBool,
    /// The [`ExitState`] of the guest's store. Changes only between calls.
    exit: AtomicPtr<u8>,
    lost: AtomicU32,
    /// The instance whose host function made this call, if any.
    outer: AtomicPtr<Target>,
}

thread_local! {
    /// The innermost guest of this thread. Neither initialised lazily nor dropped, so the handler can read it.
    static CURRENT: AtomicPtr<Target> = const { AtomicPtr::new(ptr::null_mut()) };
    static UNBLOCKED: Cell<bool> = const { Cell::new(false) };
    /// The handler that was there before ours has been called and has not returned.
    static FORWARDING: AtomicBool = const { AtomicBool::new(false) };
}

/// The handler that somebody else installed over ours, and that ours goes on to.
static PREVIOUS: AtomicPtr<libc::sigaction> = AtomicPtr::new(ptr::null_mut());

/// Claims a signal for this process, once. `Err` when there is none.
pub(crate) fn prepare() -> Result<(), ()> {
    signal().map(drop).ok_or(())
}

fn signal() -> Option<libc::c_int> {
    static SIGNAL: OnceLock<Option<libc::c_int>> = OnceLock::new();
    *SIGNAL.get_or_init(|| {
        // From the top: libraries that want one tend to take the lowest.
        (libc::SIGRTMIN()..=libc::SIGRTMAX())
            .rev()
            .find(|signal| is_free(*signal) && install(*signal))
    })
}

fn is_free(signal: libc::c_int) -> bool {
    current_action(signal).is_some_and(|action| action.sa_sigaction == libc::SIG_DFL)
}

fn current_action(signal: libc::c_int) -> Option<libc::sigaction> {
    let mut action = MaybeUninit::uninit();
    // SAFETY: with no new action the call only writes the old one, to memory that fits it.
    let asked = unsafe { libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) };
    // SAFETY: it was written when the call succeeded.
    (asked == 0).then(|| unsafe { action.assume_init() })
}

fn install(signal: libc::c_int) -> bool {
    // SAFETY: all zeros is a valid `sigaction`, and `handler` has the type that `SA_SIGINFO` calls for. It is
    // async-signal-safe: it reads and writes atomics and the context it is given. No `SA_RESTART`: a host function
    // blocked in a system call has to notice.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        action.sa_sigaction = (handler as *const ()).addr();
        libc::sigemptyset(&mut action.sa_mask);
        libc::sigaction(signal, &action, ptr::null_mut()) == 0
    }
}

/// Takes the signal back from somebody who installed a handler of their own, and calls theirs for what is not ours.
fn reclaim(signal: libc::c_int) {
    if let Some(theirs) = current_action(signal)
        && theirs.sa_sigaction != (handler as *const ()).addr()
    {
        let is_function = ![libc::SIG_DFL, libc::SIG_IGN].contains(&theirs.sa_sigaction);
        let chained = if is_function {
            Box::into_raw(Box::new(theirs))
        } else {
            ptr::null_mut()
        };
        // A handler may be reading the one before, so it is never freed. This happens once, if at all.
        PREVIOUS.store(chained, Ordering::Release);
        install(signal);
    }
}

extern "C" fn handler(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let innermost = CURRENT.with(|current| current.load(Ordering::Acquire));
    let mut ours = false;
    let mut next = innermost;
    // SAFETY: a target is reachable from `CURRENT` only while `enter` is on this thread's stack and holds a reference
    // to it, and this handler runs on the same thread.
    while let Some(target) = unsafe { next.as_ref() } {
        if target.wanted.swap(false, Ordering::AcqRel) {
            ours = true;
            target.lost.store(0, Ordering::Relaxed);
            // Only the innermost guest can be stopped here: the stack above an outer one belongs to the guests within.
            if ptr::eq(target, innermost) {
                // SAFETY: with `SA_SIGINFO` the third argument is the interrupted thread's context.
                unsafe { land(target, &mut *context.cast::<libc::ucontext_t>()) };
            }
        }
        next = target.outer.load(Ordering::Acquire);
    }
    // Their handler may go on to ours, which it found when it was installed: it has had its turn then.
    if !ours && !FORWARDING.with(|forwarding| forwarding.swap(true, Ordering::Relaxed)) {
        // SAFETY: the arguments are the kernel's, handed on as they came.
        unsafe { forward(signal, info, context) };
        FORWARDING.with(|forwarding| forwarding.store(false, Ordering::Relaxed));
    }
}

/// Moves a guest to its trap: at once when it was interrupted in its own code, otherwise when it is back there.
fn land(target: &Target, context: &mut libc::ucontext_t) {
    let registers = &mut context.uc_mcontext.gregs;
    let at = registers[libc::REG_RIP as usize].cast_unsigned() as usize;
    let landed = if target.code.contains(at) {
        registers[libc::REG_RIP as usize] = (target.code.trap as u64).cast_signed();
        true
    } else if let Some(exit) = ExitState::from_ptr(target.exit.load(Ordering::Acquire)) {
        let stack_pointer = registers[libc::REG_RSP as usize].cast_unsigned() as usize;
        // SAFETY: the guest is entered, so its store is alive, and it runs on this thread, outside its own code.
        unsafe { exit.divert(&target.code, stack_pointer) }
    } else {
        false
    };
    if landed {
        target.landed.store(true, Ordering::Release);
    }
}

/// Calls the handler that was there before ours took the signal back.
///
/// # Safety
///
/// The arguments are those of the signal being handled.
unsafe fn forward(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: `PREVIOUS` is null or a leaked box.
    let Some(previous) = (unsafe { PREVIOUS.load(Ordering::Acquire).as_ref() }) else {
        return;
    };
    // SAFETY: `reclaim` keeps only handlers that are functions, and the flag says of which type.
    unsafe {
        if previous.sa_flags & libc::SA_SIGINFO != 0 {
            type Full = extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);
            std::mem::transmute::<usize, Full>(previous.sa_sigaction)(signal, info, context);
        } else {
            std::mem::transmute::<usize, extern "C" fn(libc::c_int)>(previous.sa_sigaction)(signal);
        }
    }
}

/// Lets the signal through to this thread, once: its creator may have blocked everything.
fn unblock(signal: libc::c_int) {
    UNBLOCKED.with(|unblocked| {
        if !unblocked.replace(true) {
            // SAFETY: the set is initialised before it is used, and only this thread's mask changes.
            unsafe {
                let mut set = MaybeUninit::uninit();
                libc::sigemptyset(set.as_mut_ptr());
                libc::sigaddset(set.as_mut_ptr(), signal);
                libc::pthread_sigmask(libc::SIG_UNBLOCK, set.as_ptr(), ptr::null_mut());
            }
        }
    });
}

impl Target {
    pub(crate) fn new(code: CodeRange) -> Self {
        Self {
            code,
            thread: AtomicI32::new(0),
            wanted: AtomicBool::new(false),
            landed: AtomicBool::new(false),
            exit: AtomicPtr::new(ptr::null_mut()),
            lost: AtomicU32::new(0),
            outer: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// Notes which store the guest lives in from now on, until the next call of this.
    pub(crate) fn attach(&self, exit: Option<ExitState>) {
        let notes = exit.map_or(ptr::null_mut(), ExitState::as_ptr);
        self.exit.store(notes, Ordering::Release);
    }

    /// Runs `call` as this thread's innermost guest. One call at a time.
    pub(crate) fn enter<R>(&self, call: impl FnOnce() -> R) -> R {
        /// Makes the outer guest innermost again, also after a panic.
        struct Leave(*mut Target);
        impl Drop for Leave {
            fn drop(&mut self) {
                CURRENT.with(|current| current.store(self.0, Ordering::Release));
            }
        }
        if let Some(signal) = signal() {
            unblock(signal);
        }
        self.thread.store(
            rustix::thread::gettid().as_raw_nonzero().get(),
            Ordering::Release,
        );
        self.wanted.store(false, Ordering::Release);
        self.landed.store(false, Ordering::Release);
        let this = ptr::from_ref(self).cast_mut();
        let outer = CURRENT.with(|current| current.load(Ordering::Acquire));
        self.outer.store(outer, Ordering::Release);
        CURRENT.with(|current| current.store(this, Ordering::Release));
        let _leave = Leave(outer);
        call()
    }

    /// Whether the call in progress, or the last one, was moved to its trap.
    pub(crate) fn landed(&self) -> bool {
        self.landed.load(Ordering::Acquire)
    }
}

impl Target {
    /// Signals the thread that runs the guest. Called only while its call is in progress.
    pub(crate) fn kick(&self) {
        let Some(signal) = signal() else { return };
        if self.wanted.swap(true, Ordering::AcqRel) {
            // The last one has not arrived yet. It will, unless somebody took the signal.
            if !(self.lost.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(LOST_KICKS) {
                return;
            }
            reclaim(signal);
        }
        let thread = self.thread.load(Ordering::Acquire);
        // SAFETY: no memory is passed. The watchdog kicks only while the call is registered, so the thread exists and
        // is in `enter`; a signal that arrives later than that finds nothing wanted and does nothing.
        unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), thread, signal) };
    }

    /// Waits until no signal is on its way to the calling thread, whose guest call has ended.
    pub(crate) fn settle(&self) {
        // On this very thread the signal arrives at the next return from the kernel, if not before.
        let begun = Instant::now();
        while self.wanted.load(Ordering::Acquire) && begun.elapsed() < SETTLE_MAX {
            std::thread::yield_now();
        }
        self.wanted.store(false, Ordering::Release);
    }
}
