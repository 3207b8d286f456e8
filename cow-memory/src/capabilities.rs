//! What the kernel and the machine offer.

use crate::sys;

/// What slots can build on here, for a human to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// Slots work at all. They need Linux.
    pub slots: bool,
    /// `ioctl(PAGEMAP_SCAN)`, Linux 6.7. Without it dirty pages are found by
    /// reading the page map, at about four times the cost.
    pub pagemap_scan: bool,
    /// The page map can be read. Without it every reset drops all pages.
    pub pagemap_read: bool,
    /// `process_madvise(PIDFD_SELF, MADV_DONTNEED)`, Linux 6.14. Without it
    /// scattered pages are given back one run at a time.
    pub process_madvise: bool,
    /// `process_madvise(PIDFD_SELF, MADV_POPULATE_WRITE)`. Without it prefaulting
    /// touches one page at a time.
    pub populate_write: bool,
    /// `vm.max_map_count`, where it can be read.
    pub mappings_max: Option<usize>,
    /// Mappings the process has now.
    pub mappings_in_use: usize,
    /// Bits of the address space a process gets.
    pub address_bits: u32,
    /// `RLIMIT_AS`, where one is set.
    pub address_space_limit_bytes: Option<u64>,
    /// Address space the process has mapped now.
    pub address_space_in_use_bytes: u64,
    /// Swap of the machine, 0 for none.
    pub swap_total_bytes: u64,
    /// Bytes in a page.
    pub page_size_bytes: usize,
}

impl Capabilities {
    /// Asks the kernel. Costs some file reads and harmless calls on scratch
    /// memory; never fails.
    #[must_use]
    pub fn probe() -> Self {
        let limits = sys::SystemLimits::read();
        let pagemap = sys::Pagemap::open().ok();
        Self {
            slots: sys::SUPPORTED,
            pagemap_scan: pagemap.as_ref().is_some_and(sys::Pagemap::can_scan),
            pagemap_read: pagemap.is_some(),
            process_madvise: sys::process_madvise_works(),
            populate_write: sys::populate_write_works(),
            mappings_max: limits.mappings_max,
            mappings_in_use: limits.mappings_in_use,
            address_bits: limits.address_bits,
            address_space_limit_bytes: limits.address_space_limit_bytes,
            address_space_in_use_bytes: limits.address_space_in_use_bytes,
            swap_total_bytes: limits.swap_total_bytes,
            page_size_bytes: sys::page_size(),
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::Capabilities;

    #[test]
    #[cfg_attr(miri, ignore = "asks the kernel what it can do")]
    fn a_linux_machine_is_not_reported_as_useless() {
        let found = Capabilities::probe();
        assert!(found.slots && found.pagemap_read);
        assert!(found.page_size_bytes.is_power_of_two());
        assert!(found.mappings_in_use > 0);
    }
}
