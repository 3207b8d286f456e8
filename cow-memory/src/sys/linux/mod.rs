//! Linux: one file a topic.

mod faults;
mod limits;
mod madvise;
mod memfd;
mod mmap;
mod pagemap;

pub(crate) use faults::thread_faults;
pub(crate) use limits::{SystemLimits, page_size};
pub(crate) use madvise::{populate_write_works, process_madvise_works};
pub(crate) use memfd::{FileView, Memfd, data_ranges, read_exact_at, seals};
pub(crate) use mmap::{MapFailure, Region, Reservation};
pub(crate) use pagemap::Pagemap;

/// Whether this platform has copy-on-write slots at all.
pub(crate) const SUPPORTED: bool = true;
