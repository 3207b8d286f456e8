//! What the machine and its settings allow.

use rustix::process::{Resource, getrlimit};
use std::fs;

/// Bytes in a page of this machine.
#[inline]
pub(crate) fn page_size() -> usize {
    rustix::param::page_size()
}

/// A reading of the limits that decide how many slots fit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemLimits {
    /// `vm.max_map_count`, where it can be read.
    pub(crate) mappings_max: Option<usize>,
    /// Mappings the process has now.
    pub(crate) mappings_in_use: usize,
    /// `RLIMIT_AS` in bytes, where one is set.
    pub(crate) address_space_limit_bytes: Option<u64>,
    /// Address space the process has mapped now, in bytes.
    pub(crate) address_space_in_use_bytes: u64,
    /// Bits of address space a process gets without asking for more.
    pub(crate) address_bits: u32,
    /// Swap of the machine, in bytes.
    pub(crate) swap_total_bytes: u64,
}

impl SystemLimits {
    /// Reads the limits. What cannot be read becomes the cautious answer.
    pub(crate) fn read() -> Self {
        let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
        Self {
            mappings_max: fs::read_to_string("/proc/sys/vm/max_map_count")
                .ok()
                .and_then(|text| text.trim().parse().ok()),
            mappings_in_use: maps.lines().count(),
            address_space_limit_bytes: getrlimit(Resource::As).current,
            address_space_in_use_bytes: status_kib("/proc/self/status", "VmSize:") * 1024,
            address_bits: address_bits(),
            swap_total_bytes: status_kib("/proc/meminfo", "SwapTotal:") * 1024,
        }
    }
}

/// The `key` line of a proc file whose lines read `key   123 kB`, or 0.
fn status_kib(path: &str, key: &str) -> u64 {
    fs::read_to_string(path)
        .ok()
        .and_then(|text| {
            let line = text.lines().find_map(|line| line.strip_prefix(key))?;
            line.split_whitespace().next()?.parse().ok()
        })
        .unwrap_or(0)
}

/// Without an address hint the kernel stays below these, whatever the machine
/// could map above: 47 bits on x86-64, 48 on 64-bit Arm with 4 KiB pages.
const fn address_bits() -> u32 {
    if cfg!(target_arch = "x86_64") {
        47
    } else if cfg!(target_arch = "aarch64") {
        48
    } else if cfg!(target_pointer_width = "64") {
        38
    } else {
        31
    }
}

#[cfg(test)]
mod tests {
    use super::SystemLimits;

    #[test]
    #[cfg_attr(miri, ignore = "reads /proc")]
    fn limits_are_read_and_not_guessed_low() {
        let limits = SystemLimits::read();
        assert!(limits.mappings_in_use > 5);
        assert!(limits.mappings_max.unwrap_or(usize::MAX) > limits.mappings_in_use);
        assert!(limits.address_space_in_use_bytes > 0);
    }
}
