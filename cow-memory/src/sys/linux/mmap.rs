//! Reserved address space, and the exclusive parts of it that become slots.
//!
//! A [`Region`] is the only value that can change the mappings of its part of
//! a [`Reservation`]. Before Linux 6.12 a failed `mmap(MAP_FIXED)` can leave a
//! gap into which any other thread may map. Calls that replace a mapping
//! therefore take the region by value, and where it could have a gap they do
//! not give it back: its addresses are quarantined (never handed to a guest
//! again, and never unmapped).

use super::{madvise, page_size};
use crate::sys::ByteRange;
use crate::sys::seam::{Site, check};
use parking_lot::Mutex;
use rustix::mm::{Advice, MapFlags, MprotectFlags, ProtFlags};
use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::sync::{Arc, OnceLock};

/// Address space held with `PROT_NONE`, given back when dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    base: usize,
    len: usize,
    carving: Mutex<Carving>,
}

#[derive(Debug)]
struct Carving {
    /// Bytes from the base that are guards or belong to regions already.
    taken: usize,
    /// Addresses in an unknown state, sorted by carving order.
    quarantined: Vec<ByteRange>,
}

impl Reservation {
    /// Reserves `len` bytes of which the first `front_guard` belong to no region.
    pub(crate) fn new(len: usize, front_guard: usize) -> io::Result<Arc<Self>> {
        assert!(front_guard <= len && len.is_multiple_of(page_size()));
        check(Site::Reserve)?;
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        // SAFETY: no address is asked for, so no existing mapping is touched.
        let base = unsafe {
            rustix::mm::mmap_anonymous(std::ptr::null_mut(), len, ProtFlags::empty(), flags)?
        } as usize;
        let reservation = Self {
            base,
            len,
            carving: Mutex::new(Carving {
                taken: front_guard,
                quarantined: Vec::new(),
            }),
        };
        // On failure the reservation is dropped, and with it the mapping.
        // SAFETY: the mapping was made above and nothing refers to its bytes.
        unsafe {
            keep_private_to_this_process(base, len)?;
            refuse_huge_pages(base, len);
        }
        Ok(Arc::new(reservation))
    }

    /// Takes the next `len` bytes as a region and leaves a guard of
    /// `back_guard` bytes behind it. `None` when what is left is too small.
    pub(crate) fn carve(self: &Arc<Self>, len: usize, back_guard: usize) -> Option<Region> {
        assert!(len.is_multiple_of(page_size()) && back_guard.is_multiple_of(page_size()));
        let mut carving = self.carving.lock();
        let stride = len.checked_add(back_guard)?;
        let end = carving.taken.checked_add(stride)?;
        if end > self.len {
            return None;
        }
        let base = self.base + carving.taken;
        carving.taken = end;
        Some(Region {
            base,
            len,
            accessible: 0,
            reservation: Arc::clone(self),
        })
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let end = self.base + self.len;
        let mut quarantined = std::mem::take(&mut self.carving.get_mut().quarantined);
        quarantined.sort_unstable_by_key(|range| range.start);
        let mut start = self.base;
        for keep in quarantined.into_iter().chain(std::iter::once(end..end)) {
            if keep.start > start {
                // SAFETY: every region of this reservation is gone, for each
                // holds an `Arc` of it; the quarantined parts are stepped over.
                let unmapped =
                    unsafe { rustix::mm::munmap(start as *mut c_void, keep.start - start) };
                debug_assert_eq!(unmapped, Ok(()), "an own mapping could not be unmapped");
            }
            start = keep.end;
        }
    }
}

/// An exclusive part of a reservation.
///
/// Its first [`Region::accessible`] bytes are readable and writable, the rest
/// is `PROT_NONE`. Nothing of it is ever executable.
#[derive(Debug)]
pub(crate) struct Region {
    base: usize,
    len: usize,
    accessible: usize,
    reservation: Arc<Reservation>,
}

impl Region {
    /// Address of the first byte.
    pub(crate) fn base(&self) -> usize {
        self.base
    }

    /// Bytes from the base that are readable and writable.
    pub(crate) fn accessible(&self) -> usize {
        self.accessible
    }

    /// Shows a private, copy-on-write view of `len` bytes of `file` from
    /// `offset` on, and nothing else.
    pub(crate) fn map(mut self, file: &File, offset: u64, len: usize) -> Result<Self, MapFailure> {
        assert!(len <= self.len && len.is_multiple_of(page_size()));
        if len > 0 {
            if let Err(source) = self.replace_by_file(file, offset, len) {
                return Err(self.after_failed_mmap(source));
            }
            self.accessible = self.accessible.max(len);
            // SAFETY: the range was mapped above and lies in the region.
            if let Err(source) = unsafe { keep_private_to_this_process(self.base, len) } {
                return Err(MapFailure::intact(source, self));
            }
        }
        self.blank_from(len)
    }

    /// Makes the whole region inaccessible and forgets its bytes.
    pub(crate) fn blank(self) -> Result<Self, MapFailure> {
        self.blank_from(0)
    }

    /// Makes the bytes up to `accessible` readable and writable. They read as
    /// zero.
    pub(crate) fn open(&mut self, accessible: usize) -> io::Result<()> {
        assert!(accessible <= self.len && accessible.is_multiple_of(page_size()));
        if accessible <= self.accessible {
            return Ok(());
        }
        check(Site::Open)?;
        let start = (self.base + self.accessible) as *mut c_void;
        let protection = MprotectFlags::READ | MprotectFlags::WRITE;
        // SAFETY: the range lies in the region; the anonymous memory in it has
        // never been written, or has been dropped by `close`.
        unsafe { rustix::mm::mprotect(start, accessible - self.accessible, protection)? };
        self.accessible = accessible;
        Ok(())
    }

    /// Drops the bytes from `accessible` on and makes them inaccessible. Only
    /// for bytes that [`Region::open`] opened. On failure they stay accessible.
    pub(crate) fn close(&mut self, accessible: usize) -> io::Result<()> {
        assert!(accessible.is_multiple_of(page_size()));
        if accessible >= self.accessible {
            return Ok(());
        }
        // Dropped first: when only the second call fails, the bytes that stay
        // accessible are zeros and not a tenant's.
        self.discard(accessible..self.accessible)?;
        check(Site::Close)?;
        let start = (self.base + accessible) as *mut c_void;
        // SAFETY: the range lies in the region, whose bytes `&mut self` owns.
        unsafe {
            let len = self.accessible - accessible;
            rustix::mm::mprotect(start, len, MprotectFlags::empty())?;
        }
        self.accessible = accessible;
        Ok(())
    }

    /// Drops the private pages of `range`: they read as their backing again.
    pub(crate) fn discard(&mut self, range: ByteRange) -> io::Result<()> {
        self.discard_runs(std::slice::from_ref(&range))
    }

    /// The same for many ranges, in one call where the kernel has it.
    pub(crate) fn discard_runs(&mut self, ranges: &[ByteRange]) -> io::Result<()> {
        self.assert_accessible(ranges);
        // SAFETY: the ranges lie in the region, whose bytes `&mut self` owns.
        unsafe { madvise::discard(self.base, ranges) }
    }

    /// Makes the pages of `ranges` private ahead of their first write. No byte
    /// changes, so a guest may run meanwhile.
    pub(crate) fn populate(&self, ranges: &[ByteRange]) -> io::Result<()> {
        self.assert_accessible(ranges);
        // SAFETY: the ranges are accessible, and stay so while `self` is
        // borrowed.
        unsafe { madvise::populate_write(self.base, ranges) }
    }

    /// Asks the kernel to write the pages of `range` to swap.
    pub(crate) fn page_out(&mut self, range: ByteRange) -> io::Result<()> {
        self.assert_accessible(std::slice::from_ref(&range));
        let start = (self.base + range.start) as *mut c_void;
        // SAFETY: where a page's bytes are kept is not observable.
        unsafe { rustix::mm::madvise(start, range.len(), Advice::LinuxPageOut)? };
        Ok(())
    }

    /// The accessible bytes.
    ///
    /// The caller must know that no guest runs on them: it owns the slot, or
    /// holds the guest's store exclusively.
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: the bytes are readable for as long as the region is borrowed;
        // nobody else writes meanwhile, as the text above demands.
        unsafe { std::slice::from_raw_parts(self.base as *const u8, self.accessible) }
    }

    /// The accessible bytes, for writing. As [`Region::bytes`].
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`, and `&mut self` makes the slice the only one.
        unsafe { std::slice::from_raw_parts_mut(self.base as *mut u8, self.accessible) }
    }

    fn assert_accessible(&self, ranges: &[ByteRange]) {
        for range in ranges {
            assert!(range.start <= range.end && range.end <= self.accessible);
        }
    }

    fn blank_from(mut self, start: usize) -> Result<Self, MapFailure> {
        let range = start..self.accessible;
        if range.is_empty() {
            return Ok(self);
        }
        if let Err(source) = self.replace_by_nothing(range.clone()) {
            return Err(self.after_failed_mmap(source));
        }
        self.accessible = start;
        let base = self.base + start;
        // SAFETY: the range was mapped above and lies in the region.
        let advised = unsafe {
            refuse_huge_pages(base, range.len());
            keep_private_to_this_process(base, range.len())
        };
        match advised {
            Ok(()) => Ok(self),
            Err(source) => Err(MapFailure::intact(source, self)),
        }
    }

    fn replace_by_file(&mut self, file: &File, offset: u64, len: usize) -> io::Result<()> {
        check(Site::MapImage)?;
        let flags = MapFlags::PRIVATE | MapFlags::FIXED | MapFlags::NORESERVE;
        let protection = ProtFlags::READ | ProtFlags::WRITE;
        let start = self.base as *mut c_void;
        // SAFETY: the range lies in the region, which `&mut self` owns; no
        // reference to its bytes is alive, for such borrow the region.
        unsafe { rustix::mm::mmap(start, len, protection, flags, file, offset)? };
        Ok(())
    }

    fn replace_by_nothing(&mut self, range: ByteRange) -> io::Result<()> {
        check(Site::MapBlank)?;
        let flags = MapFlags::PRIVATE | MapFlags::FIXED | MapFlags::NORESERVE;
        let start = (self.base + range.start) as *mut c_void;
        // SAFETY: as in `replace_by_file`.
        unsafe { rustix::mm::mmap_anonymous(start, range.len(), ProtFlags::empty(), flags)? };
        Ok(())
    }

    fn after_failed_mmap(self, source: io::Error) -> MapFailure {
        if failed_mmap_leaves_no_gap() {
            return MapFailure::intact(source, self);
        }
        let range = self.base..self.base + self.len;
        self.reservation.carving.lock().quarantined.push(range);
        MapFailure {
            source,
            region: None,
        }
    }
}

/// Why a region shows something else than it should.
#[derive(Debug)]
pub(crate) struct MapFailure {
    /// The kernel's answer.
    pub(crate) source: io::Error,
    /// The region, with an unknown mixture of bytes, if it has no gap.
    pub(crate) region: Option<Region>,
}

impl MapFailure {
    fn intact(source: io::Error, region: Region) -> Self {
        Self {
            source,
            region: Some(region),
        }
    }
}

/// Whether the kernel keeps the old mapping when `mmap(MAP_FIXED)` fails: since
/// Linux 6.12.
fn failed_mmap_leaves_no_gap() -> bool {
    static KEEPS: OnceLock<bool> = OnceLock::new();
    !crate::sys::seam::old_kernel()
        && *KEEPS.get_or_init(|| {
            let release = std::fs::read_to_string("/proc/sys/kernel/osrelease");
            release.is_ok_and(|text| release_is_at_least(&text, (6, 12)))
        })
}

/// Compares the first two numbers of a kernel release such as `6.12.3-generic`.
fn release_is_at_least(release: &str, wanted: (u32, u32)) -> bool {
    let mut numbers = release
        .split(|c: char| !c.is_ascii_digit())
        .map_while(|text| text.parse::<u32>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(major), Some(minor)) => (major, minor) >= wanted,
        _ => false,
    }
}

/// Keeps a mapping out of forked children and core dumps: it holds tenants'
/// bytes.
///
/// # Safety
///
/// The range is mapped and owned by the caller.
unsafe fn keep_private_to_this_process(base: usize, len: usize) -> io::Result<()> {
    for advice in [Advice::LinuxDontFork, Advice::LinuxDontDump] {
        check(Site::Advise)?;
        // SAFETY: the advice changes no byte; the caller owns the mapping.
        unsafe { rustix::mm::madvise(base as *mut c_void, len, advice)? };
    }
    Ok(())
}

/// Keeps a first write to grown memory from costing two megabytes. Kernels
/// built without huge pages refuse the advice and need none.
///
/// # Safety
///
/// The range is mapped and owned by the caller.
unsafe fn refuse_huge_pages(base: usize, len: usize) {
    // SAFETY: the advice changes no byte; the caller owns the mapping.
    let _ = unsafe { rustix::mm::madvise(base as *mut c_void, len, Advice::LinuxNoHugepage) };
}

#[cfg(test)]
mod tests {
    use super::release_is_at_least;

    #[test]
    fn an_unknown_kernel_counts_as_old() {
        for (release, new) in [
            ("6.12.0\n", true),
            ("6.18.44-custom", true),
            ("7.0-rc1", true),
            ("6.11.9", false),
            ("5.15.0-100-generic", false),
            ("6", false),
            ("", false),
            ("mainline", false),
        ] {
            assert_eq!(release_is_at_least(release, (6, 12)), new, "{release:?}");
        }
    }
}
