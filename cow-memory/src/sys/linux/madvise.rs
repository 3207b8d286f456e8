//! Advice about many scattered ranges in one call.
//!
//! `process_madvise` on oneself takes a list of ranges, so that giving back a
//! hundred runs of pages costs one system call and one flush of the
//! translation caches. `PIDFD_SELF` names the caller without a descriptor that
//! a `fork` could leave pointing at the parent. Kernels that lack either get
//! one `madvise` a range.

use super::page_size;
use crate::sys::ByteRange;
use crate::sys::seam::{Site, check};
use rustix::mm::Advice;
use std::ffi::c_void;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// The kernel's name for "the calling process" where a pidfd is wanted
/// (`linux/pidfd.h`).
const PIDFD_SELF: libc::c_int = -10000;

/// The most ranges one call takes (`UIO_MAXIOV`).
const RANGES_A_CALL_MAX: usize = 1024;

/// Set once the kernel has said that it does not know the call. A failure for
/// any other reason falls back for that call only.
static UNKNOWN_CALL: AtomicBool = AtomicBool::new(false);

/// Drops the pages of `ranges`, counted from `base`, which read as their
/// backing (image bytes, or zeros) from then on.
///
/// # Safety
///
/// The ranges lie in one mapping that the caller owns exclusively, and no
/// reference to their bytes is alive.
pub(super) unsafe fn discard(base: usize, ranges: &[ByteRange]) -> io::Result<()> {
    if ranges.len() > 1 {
        let done = check(Site::DiscardMany)
            // SAFETY: the caller owns the ranges.
            .and_then(|()| unsafe { advise_many(base, ranges, libc::MADV_DONTNEED) });
        if done.is_ok() {
            return Ok(());
        }
    }
    for range in ranges.iter().filter(|range| !range.is_empty()) {
        check(Site::Discard)?;
        let start = (base + range.start) as *mut c_void;
        // SAFETY: the caller owns the range; dropping its pages changes bytes to
        // which nobody holds a reference.
        unsafe { rustix::mm::madvise(start, range.len(), Advice::LinuxDontNeed)? };
    }
    Ok(())
}

/// Makes the pages of `ranges` private and writable without changing a byte.
///
/// # Safety
///
/// The ranges are mapped readable and writable, and stay so during the call.
pub(super) unsafe fn populate_write(base: usize, ranges: &[ByteRange]) -> io::Result<()> {
    check(Site::Populate)?;
    // SAFETY: populating changes no byte; the caller vouches for the mapping.
    if unsafe { advise_many(base, ranges, libc::MADV_POPULATE_WRITE) }.is_ok() {
        return Ok(());
    }
    for range in ranges {
        for offset in range.clone().step_by(page_size()) {
            // SAFETY: the page is mapped readable and writable. The write is
            // atomic and puts back what it read, so it neither changes the byte
            // nor loses a concurrent write by the guest.
            unsafe {
                AtomicU8::from_ptr((base + offset) as *mut u8).fetch_or(0, Ordering::Relaxed);
            }
        }
    }
    Ok(())
}

/// One `process_madvise` per [`RANGES_A_CALL_MAX`] ranges.
///
/// # Safety
///
/// As the advice demands of the ranges.
unsafe fn advise_many(base: usize, ranges: &[ByteRange], advice: libc::c_int) -> io::Result<()> {
    if UNKNOWN_CALL.load(Ordering::Relaxed) {
        return Err(io::ErrorKind::Unsupported.into());
    }
    for part in ranges.chunks(RANGES_A_CALL_MAX) {
        let vector: Vec<libc::iovec> = part
            .iter()
            .map(|range| libc::iovec {
                iov_base: (base + range.start) as *mut c_void,
                iov_len: range.len(),
            })
            .collect();
        let bytes: usize = part.iter().map(ExactSizeIterator::len).sum();
        // SAFETY: the vector outlives the call and has the length given; the
        // caller vouches for the ranges it names.
        let done = unsafe {
            libc::syscall(
                libc::SYS_process_madvise,
                PIDFD_SELF,
                vector.as_ptr(),
                vector.len(),
                advice,
                0,
            )
        };
        if done < 0 {
            let error = io::Error::last_os_error();
            if matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EBADF)) {
                UNKNOWN_CALL.store(true, Ordering::Relaxed);
            }
            return Err(error);
        }
        if usize::try_from(done) != Ok(bytes) {
            return Err(io::Error::other("advice was given to a part of the ranges"));
        }
    }
    Ok(())
}

/// Whether scattered ranges can be dropped in one call.
pub(crate) fn process_madvise_works() -> bool {
    probe(libc::MADV_DONTNEED)
}

/// Whether scattered ranges can be prefaulted in one call.
pub(crate) fn populate_write_works() -> bool {
    probe(libc::MADV_POPULATE_WRITE)
}

fn probe(advice: libc::c_int) -> bool {
    let Ok(mut scratch) = memmap2::MmapMut::map_anon(page_size()) else {
        return false;
    };
    let base = scratch.as_mut_ptr() as usize;
    // SAFETY: the scratch page is ours, writable, and nothing refers to its
    // bytes.
    let works = unsafe { advise_many(base, std::slice::from_ref(&(0..page_size())), advice) };
    works.is_ok()
}
