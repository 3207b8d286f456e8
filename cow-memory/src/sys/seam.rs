//! The seam by which tests make a system call fail.
//!
//! Each wrapper in `sys` passes its [`Site`] to [`check`] first. Outside this
//! crate's own unit tests `check` is an empty inline function.

/// A place from which the crate calls the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
pub(crate) enum Site {
    /// `mmap` of a new arena.
    Reserve,
    /// `madvise` of a new arena or mapping (`DONTFORK`, `DONTDUMP`).
    Advise,
    /// `mmap` of an image over a slot.
    MapImage,
    /// `mmap` of inaccessible memory over a slot.
    MapBlank,
    /// `mprotect` that opens grown memory.
    Open,
    /// `mprotect` that closes grown memory.
    Close,
    /// `madvise(MADV_DONTNEED)` of one range.
    Discard,
    /// `process_madvise(MADV_DONTNEED)` of many ranges.
    DiscardMany,
    /// `process_madvise(MADV_POPULATE_WRITE)`.
    Populate,
    /// `memfd_create`.
    MemfdCreate,
    /// `ftruncate` of a memfd.
    MemfdTruncate,
    /// `pwrite` to a memfd.
    MemfdWrite,
    /// `fcntl(F_ADD_SEALS)`.
    MemfdSeal,
    /// `mmap` of an image for reading.
    MapView,
    /// `lseek(SEEK_DATA)` or `lseek(SEEK_HOLE)`.
    SeekData,
    /// `open` of the page map.
    PagemapOpen,
    /// `ioctl(PAGEMAP_SCAN)`.
    PagemapScan,
    /// `pread` of page-map entries.
    PagemapRead,
    /// `getrusage(RUSAGE_THREAD)`.
    Faults,
}

/// Fails when a test has asked for this call of this site to fail.
#[cfg(not(all(test, target_os = "linux")))]
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
#[inline(always)]
pub(crate) fn check(_site: Site) -> std::io::Result<()> {
    Ok(())
}

/// Whether a test wants the kernel treated as one that leaves gaps.
#[cfg(not(all(test, target_os = "linux")))]
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
#[inline(always)]
pub(crate) fn old_kernel() -> bool {
    false
}

#[cfg(all(test, target_os = "linux"))]
pub(crate) use armed::{check, old_kernel};

#[cfg(all(test, target_os = "linux"))]
pub(crate) mod armed {
    //! The counting and failing version, per thread so that tests do not meet.

    use super::Site;
    use std::cell::RefCell;
    use std::collections::HashMap;
    use std::io;

    #[derive(Default)]
    struct Plan {
        fail: Option<(Site, u64)>,
        calls: HashMap<Site, u64>,
        fired: u64,
        old_kernel: bool,
    }

    thread_local! {
        static PLAN: RefCell<Plan> = RefCell::new(Plan::default());
    }

    /// Counts the call, and fails it when it is the one asked for.
    pub(crate) fn check(site: Site) -> io::Result<()> {
        PLAN.with_borrow_mut(|plan| {
            let calls = plan.calls.entry(site).or_default();
            *calls += 1;
            if plan.fail == Some((site, *calls)) {
                plan.fired += 1;
                return Err(io::Error::from_raw_os_error(libc::ENOMEM));
            }
            Ok(())
        })
    }

    /// Forgets all counts and arms the `nth` call (from 1) of `site`, if given.
    pub(crate) fn arm(fail: Option<(Site, u64)>) {
        PLAN.with_borrow_mut(|plan| {
            *plan = Plan {
                fail,
                old_kernel: plan.old_kernel,
                ..Plan::default()
            }
        });
    }

    /// Treats the kernel as one that leaves gaps, or not.
    pub(crate) fn pretend_old_kernel(old: bool) {
        PLAN.with_borrow_mut(|plan| plan.old_kernel = old);
    }

    pub(crate) fn old_kernel() -> bool {
        PLAN.with_borrow(|plan| plan.old_kernel)
    }

    /// Failures injected since [`arm`].
    pub(crate) fn fired() -> u64 {
        PLAN.with_borrow(|plan| plan.fired)
    }
}
