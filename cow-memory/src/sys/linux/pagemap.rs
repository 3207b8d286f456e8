//! Which pages of a range are private to this process.
//!
//! A page is private when it is anonymous: its bytes are no longer the file's.
//! It stays private when it is swapped out or being migrated, and then it is
//! *not present*. Asking for present pages only would miss it, and its bytes
//! would reach the next tenant when it is swapped in again.

use super::page_size;
use crate::dirty::PageSet;
use crate::sys::ByteRange;
use crate::sys::seam::{Site, check};
use rustix::ioctl::{Ioctl, IoctlOutput, Opcode, opcode};
use std::cell::RefCell;
use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Categories of `linux/fs.h`.
const PAGE_IS_FILE: u64 = 1 << 2;
const PAGE_IS_PRESENT: u64 = 1 << 3;
const PAGE_IS_SWAPPED: u64 = 1 << 4;
const PAGE_IS_PFNZERO: u64 = 1 << 5;

/// Bits of a page-map entry (`Documentation/admin-guide/mm/pagemap.rst`).
const ENTRY_FILE: u64 = 1 << 61;
const ENTRY_SWAPPED: u64 = 1 << 62;
const ENTRY_PRESENT: u64 = 1 << 63;

/// Runs returned by one `ioctl`; the scan goes on where it stopped.
const RUNS_A_CALL: usize = 1024;
/// Page-map entries read by one `pread`: 64 KiB of them.
const ENTRIES_A_READ: usize = 8192;

/// `struct page_region`: addresses, end exclusive.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
struct PageRegion {
    start: u64,
    end: u64,
    categories: u64,
}

/// `struct pm_scan_arg`.
#[repr(C)]
#[derive(Debug, Default)]
struct ScanArguments {
    size: u64,
    flags: u64,
    start: u64,
    end: u64,
    walk_end: u64,
    regions: u64,
    regions_len: u64,
    pages_max: u64,
    category_inverted: u64,
    category_mask: u64,
    category_any_of_mask: u64,
    return_mask: u64,
}

/// The `ioctl`, with its buffer borrowed for as long as the kernel may write.
struct Scan<'a> {
    arguments: &'a mut ScanArguments,
    _regions: &'a mut [PageRegion],
}

// SAFETY: the opcode is `PAGEMAP_SCAN`, an `_IOWR('f', 16, struct pm_scan_arg)`;
// the pointer is to such a structure, and the buffer named in it is borrowed
// exclusively until the call is over.
unsafe impl Ioctl for Scan<'_> {
    type Output = usize;

    const IS_MUTATING: bool = true;

    fn opcode(&self) -> Opcode {
        opcode::read_write::<ScanArguments>(b'f', 16)
    }

    fn as_ptr(&mut self) -> *mut c_void {
        std::ptr::from_mut(self.arguments).cast()
    }

    unsafe fn output_from_ptr(out: IoctlOutput, _: *mut c_void) -> rustix::io::Result<usize> {
        Ok(usize::try_from(out).unwrap_or(0))
    }
}

thread_local! {
    static REGIONS: RefCell<Vec<PageRegion>> = RefCell::new(vec![PageRegion::default(); RUNS_A_CALL]);
}

/// Lends this thread's buffer, or a new one to a slot dropped by a thread that
/// has lost its own already.
fn with_regions<R>(scan: impl FnOnce(&mut Vec<PageRegion>) -> R) -> R {
    let mut scan = Some(scan);
    let mut result = None;
    let _ = REGIONS.try_with(|regions| {
        if let (Ok(mut regions), Some(scan)) = (regions.try_borrow_mut(), scan.take()) {
            result = Some(scan(&mut regions));
        }
    });
    match (result, scan) {
        (Some(result), _) => result,
        (None, Some(scan)) => scan(&mut vec![PageRegion::default(); RUNS_A_CALL]),
        (None, None) => unreachable!("the scan was taken to make the result"),
    }
}

/// The process's own page map, open for reading.
///
/// It belongs to the process that opened it: slots are kept out of forked
/// children, which therefore never ask about them.
#[derive(Debug)]
pub(crate) struct Pagemap {
    file: File,
}

impl Pagemap {
    /// Opens the page map.
    pub(crate) fn open() -> io::Result<Self> {
        check(Site::PagemapOpen)?;
        Ok(Self {
            file: File::open("/proc/self/pagemap")?,
        })
    }

    /// Whether the kernel knows `PAGEMAP_SCAN`.
    pub(crate) fn can_scan(&self) -> bool {
        let Ok(scratch) = memmap2::MmapMut::map_anon(page_size()) else {
            return false;
        };
        self.scan(scratch.as_ptr() as usize, 0..page_size()).is_ok()
    }

    /// Private pages of `range`, which counts from `base`, by `PAGEMAP_SCAN`.
    /// Page numbers count from `base` too.
    pub(crate) fn scan(&self, base: usize, range: ByteRange) -> io::Result<PageSet> {
        let mut found = PageSet::new();
        if range.is_empty() {
            return Ok(found);
        }
        let end = base + range.end;
        let mut start = base + range.start;
        with_regions(|regions| {
            while start < end {
                check(Site::PagemapScan)?;
                let mut arguments = ScanArguments {
                    size: size_of::<ScanArguments>() as u64,
                    start: start as u64,
                    end: end as u64,
                    regions: regions.as_mut_ptr() as u64,
                    regions_len: regions.len() as u64,
                    // Neither the file's nor the zero page ...
                    category_inverted: PAGE_IS_FILE | PAGE_IS_PFNZERO,
                    category_mask: PAGE_IS_FILE | PAGE_IS_PFNZERO,
                    // ... but there, in memory or in swap.
                    category_any_of_mask: PAGE_IS_PRESENT | PAGE_IS_SWAPPED,
                    ..ScanArguments::default()
                };
                let scan = Scan {
                    arguments: &mut arguments,
                    _regions: regions,
                };
                // SAFETY: see the `Ioctl` implementation; the scan has no flags
                // set, so it changes nothing.
                let count = unsafe { rustix::ioctl::ioctl(&self.file, scan)? };
                for region in regions.iter().take(count) {
                    found.insert_run(
                        page_number(region.start, base)?..page_number(region.end, base)?,
                    );
                }
                let walked = usize::try_from(arguments.walk_end).unwrap_or(end);
                if walked <= start {
                    return Err(io::Error::other("the page-map scan made no progress"));
                }
                start = walked;
            }
            Ok(found)
        })
    }

    /// The same by reading the page map's entries, for kernels older than 6.7.
    /// The zero page counts as private here, which is harmless.
    pub(crate) fn read(&self, base: usize, range: ByteRange) -> io::Result<PageSet> {
        let mut found = PageSet::new();
        let page = page_size();
        let mut buffer = vec![0u8; ENTRIES_A_READ * size_of::<u64>()];
        let mut first = range.start / page;
        let last = range.end / page;
        while first < last {
            check(Site::PagemapRead)?;
            let entries = (last - first).min(ENTRIES_A_READ);
            let bytes = &mut buffer[..entries * size_of::<u64>()];
            let position = (base / page + first) * size_of::<u64>();
            self.file.read_exact_at(bytes, position as u64)?;
            for (index, entry) in bytes.as_chunks::<8>().0.iter().enumerate() {
                let entry = u64::from_ne_bytes(*entry);
                if entry & (ENTRY_PRESENT | ENTRY_SWAPPED) != 0 && entry & ENTRY_FILE == 0 {
                    found.insert(page_number(((first + index) * page) as u64, 0)?);
                }
            }
            first += entries;
        }
        Ok(found)
    }
}

/// The number of the page at `address`, counted from `base`.
fn page_number(address: u64, base: usize) -> io::Result<u32> {
    address
        .checked_sub(base as u64)
        .and_then(|bytes| u32::try_from(bytes / page_size() as u64).ok())
        .ok_or_else(|| io::Error::other("the page map named an address outside the range"))
}
