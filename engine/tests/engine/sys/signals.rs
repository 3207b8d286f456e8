//! A host program's own handlers, installed when ours are there already.

use libc::{c_int, c_void, siginfo_t};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

/// How often the host's handler was called.
static CALLS: AtomicUsize = AtomicUsize::new(0);
/// Whether it goes on to the handler that it found, and which that is, by signal.
static CHAINS: AtomicBool = AtomicBool::new(false);
static FOUND: [AtomicPtr<libc::sigaction>; 65] = [const { AtomicPtr::new(ptr::null_mut()) }; 65];

type Full = extern "C" fn(c_int, *mut siginfo_t, *mut c_void);

/// How a handler is installed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Style {
    /// With all the arguments there are.
    Full,
    /// As `signal` does it: the handler is told the number only.
    Plain,
    Ignore,
}

/// The signal that the engine has claimed.
pub(crate) fn claimed() -> c_int {
    (libc::SIGRTMIN()..=libc::SIGRTMAX())
        .rev()
        .find(|signal| action(*signal).sa_sigaction != libc::SIG_DFL)
        .expect("an engine that interrupts by signal has been made")
}

/// Installs the host's handler for `signal`, and keeps the one that was there.
pub(crate) fn take(signal: c_int, style: Style) {
    let (flags, address) = match style {
        Style::Full => (
            libc::SA_SIGINFO | libc::SA_ONSTACK,
            (full as *const ()).addr(),
        ),
        Style::Plain => (libc::SA_ONSTACK, (plain as *const ()).addr()),
        Style::Ignore => (0, libc::SIG_IGN),
    };
    let found = Box::into_raw(Box::new(action(signal)));
    FOUND[signal as usize].store(found, Ordering::SeqCst);
    // SAFETY: all zeros is a valid `sigaction`, and the handlers have the types that the flags call for; they touch
    // atomics only.
    let taken = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_flags = flags;
        action.sa_sigaction = address;
        libc::sigaction(signal, &action, ptr::null_mut())
    };
    assert_eq!(taken, 0);
}

/// Puts back the handler that [`take`] found.
pub(crate) fn restore(signal: c_int) {
    let found = FOUND[signal as usize].load(Ordering::SeqCst);
    // SAFETY: `take` has stored what the kernel said was installed.
    let restored = unsafe { libc::sigaction(signal, found, ptr::null_mut()) };
    assert_eq!(restored, 0);
}

/// Whether the host's handler goes on to the one that it found.
pub(crate) fn set_chains(chains: bool) {
    CHAINS.store(chains, Ordering::SeqCst);
}

/// How often the host's handler is called for a signal that this thread sends to itself.
pub(crate) fn calls_when_raised(signal: c_int) -> usize {
    let before = CALLS.load(Ordering::SeqCst);
    // SAFETY: the signal has a handler, or is ignored.
    let raised = unsafe { libc::raise(signal) };
    assert_eq!(raised, 0);
    CALLS.load(Ordering::SeqCst) - before
}

fn action(signal: c_int) -> libc::sigaction {
    let mut action = MaybeUninit::uninit();
    // SAFETY: with no new action the call only writes the old one, to memory that fits it.
    let asked = unsafe { libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) };
    assert_eq!(asked, 0);
    // SAFETY: the call succeeded, so it was written.
    unsafe { action.assume_init() }
}

extern "C" fn full(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    CALLS.fetch_add(1, Ordering::SeqCst);
    if CHAINS.load(Ordering::SeqCst) {
        // SAFETY: `take` stored it before it installed this handler. The engine's handlers and wasmtime's are of this
        // type, and the arguments are the kernel's.
        unsafe {
            let found = &*FOUND[signal as usize].load(Ordering::SeqCst);
            std::mem::transmute::<usize, Full>(found.sa_sigaction)(signal, info, context);
        }
    }
}

extern "C" fn plain(_: c_int) {
    CALLS.fetch_add(1, Ordering::SeqCst);
}
