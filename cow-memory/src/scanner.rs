//! Three ways to learn which pages of a slot are private.

use crate::dirty::PageSet;
use crate::sys::{self, ByteRange};
use std::io;

/// How private pages are found. Pools choose the best one the kernel has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ScanMethod {
    /// `ioctl(PAGEMAP_SCAN)`: costs what is present.
    PagemapScan,
    /// Reading the page map: costs the length of the memory.
    PagemapRead,
    /// Not at all: all pages count as private, and every reset drops them.
    Blind,
}

/// A method and what it needs.
#[derive(Debug)]
pub(crate) enum Scanner {
    Scan(sys::Pagemap),
    Read(sys::Pagemap),
    Blind,
}

/// What a scan has found.
pub(crate) enum Scanned {
    /// Exactly these pages are private (or some more).
    Pages(PageSet),
    /// Any page may be.
    Anything,
}

impl Scanner {
    /// The wanted method, or the best one that works.
    pub(crate) fn new(wanted: Option<ScanMethod>) -> Self {
        let Ok(pagemap) = sys::Pagemap::open() else {
            return Self::Blind;
        };
        match wanted {
            Some(ScanMethod::Blind) => Self::Blind,
            Some(ScanMethod::PagemapRead) => Self::Read(pagemap),
            Some(ScanMethod::PagemapScan) | None if pagemap.can_scan() => Self::Scan(pagemap),
            Some(ScanMethod::PagemapScan) | None => Self::Read(pagemap),
        }
    }

    /// The method in use.
    pub(crate) fn method(&self) -> ScanMethod {
        match self {
            Self::Scan(_) => ScanMethod::PagemapScan,
            Self::Read(_) => ScanMethod::PagemapRead,
            Self::Blind => ScanMethod::Blind,
        }
    }

    /// The private pages in `range`, which counts from `base`, as page numbers do.
    pub(crate) fn scan(&self, base: usize, range: ByteRange) -> io::Result<Scanned> {
        match self {
            Self::Scan(pagemap) => pagemap.scan(base, range).map(Scanned::Pages),
            Self::Read(pagemap) => pagemap.read(base, range).map(Scanned::Pages),
            Self::Blind => Ok(Scanned::Anything),
        }
    }
}
