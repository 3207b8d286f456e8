//! The calling thread's page-fault counters.

use crate::sys::seam::{Site, check};
use memmap2::MmapMut;
use std::hint::black_box;
use std::mem::MaybeUninit;
use std::sync::OnceLock;

/// Page faults the calling thread has taken so far, minor and major.
///
/// The kernel counts a fault on the thread whose access caused it, kernel
/// copies on that thread's behalf included. `None` when the counters cannot be
/// read or stand still, which callers must treat as "moved".
pub(crate) fn thread_faults() -> Option<u64> {
    static COUNTS: OnceLock<bool> = OnceLock::new();
    check(Site::Faults).ok()?;
    let counts = *COUNTS.get_or_init(|| moves_with_a_fault(read));
    counts.then(read).flatten()
}

/// Whether a counter has seen a page fault that was just made: kernels that only look like Linux may leave it at 0.
fn moves_with_a_fault(counter: impl Fn() -> Option<u64>) -> bool {
    let Ok(mut fresh) = MmapMut::map_anon(1) else {
        return false;
    };
    let before = counter();
    black_box(&mut fresh)[0] = 1;
    black_box(&mut fresh);
    before.is_some() && before < counter()
}

fn read() -> Option<u64> {
    let mut usage = MaybeUninit::<libc::rusage>::uninit();
    // SAFETY: the kernel writes one `rusage` to the pointer, which is valid and
    // exclusive for the call.
    let status = unsafe { libc::getrusage(libc::RUSAGE_THREAD, usage.as_mut_ptr()) };
    if status != 0 {
        return None;
    }
    // SAFETY: `getrusage` returned 0, so every field has been written.
    let usage = unsafe { usage.assume_init() };
    let minor = u64::try_from(usage.ru_minflt).ok()?;
    let major = u64::try_from(usage.ru_majflt).ok()?;
    minor.checked_add(major)
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg_attr(miri, ignore = "asks the kernel for its count")]
    fn a_first_touch_is_counted() {
        let before = super::thread_faults().unwrap();
        let mut fresh = vec![0u8; 4 << 20];
        for page in fresh.chunks_mut(4096) {
            std::hint::black_box(&mut page[0]);
            page[0] = 1;
        }
        assert!(super::thread_faults().unwrap() > before);
    }

    #[test]
    #[cfg_attr(miri, ignore = "asks the kernel for its count")]
    fn a_counter_that_stands_still_is_none() {
        assert!(super::moves_with_a_fault(super::read));
        assert!(!super::moves_with_a_fault(|| Some(0)));
        assert!(!super::moves_with_a_fault(|| None));
    }
}
