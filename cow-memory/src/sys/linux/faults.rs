//! The calling thread's page-fault counters.

use crate::sys::seam::{Site, check};
use std::mem::MaybeUninit;

/// Page faults the calling thread has taken so far, minor and major.
///
/// The kernel counts a fault on the thread whose access caused it, kernel
/// copies on that thread's behalf included. `None` when the counters cannot be
/// read, which callers must treat as "moved".
pub(crate) fn thread_faults() -> Option<u64> {
    check(Site::Faults).ok()?;
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
}
